/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/total.h"

#define NOW (1000 * USEC_PER_SEC)
#define MSEC USEC_PER_MSEC
#define TICK (100 * MSEC)

static const struct total_settings ADAPTIVE = {
	.initial = 8 * SEAT,
	.min = 2 * SEAT,
	.max = 64 * SEAT,
	.is_adaptive = true,
};
static const struct total_settings FIXED = {
	.initial = 8 * SEAT,
	.min = 2 * SEAT,
	.max = 64 * SEAT,
};
static const struct health_settings RAMP = {
	.ramp_start = 4 * SEAT,
	.ramp_growth = 1300,
	.ramp_step = TICK,
};

struct fixture {
	struct total total;
	const struct total_settings *settings;
	usec_t now;
};

static void set_up(struct fixture *f, const struct total_settings *settings)
{
	*f = (struct fixture){ .settings = settings, .now = NOW };
	total_init(&f->total, settings, NOW);
}

/* One tick in which `samples` answers took that long. */
static bool tick(struct fixture *f, unsigned samples, usec_t ttfb, bool is_full)
{
	for (unsigned i = 0; i < samples; i++)
		total_sample(&f->total, 0, ttfb);
	f->total.was_full |= is_full;
	f->now += TICK;
	return total_tick(
		&f->total, f->settings, &RAMP, TOTAL_KINDS, 0, f->now);
}

static void ticks(struct fixture *f, unsigned count, unsigned samples,
	usec_t ttfb, bool is_full)
{
	while (count--)
		tick(f, samples, ttfb, is_full);
}

Test(total, grows_by_half_a_seat_while_it_keeps_somebody)
{
	struct fixture f;

	set_up(&f, &ADAPTIVE);
	ticks(&f, 10, 10, 5 * MSEC, true);
	cr_expect_eq(total_allowed(&f.total), 13 * SEAT);
	ticks(&f, 1000, 10, 5 * MSEC, true);
	cr_expect_eq(total_allowed(&f.total), 64 * SEAT);
}

Test(total, does_not_grow_while_nobody_waits_for_it)
{
	struct fixture f;

	set_up(&f, &ADAPTIVE);
	ticks(&f, 100, 10, 5 * MSEC, false);
	cr_expect_eq(total_allowed(&f.total), 8 * SEAT);
}

Test(total, is_cut_when_answers_take_four_times_as_long)
{
	struct fixture f;

	set_up(&f, &ADAPTIVE);
	f.total.in_flight = 8 * SEAT;
	ticks(&f, 20, 10, 5 * MSEC, false);
	ticks(&f, 20, 10, 15 * MSEC, false);
	cr_expect_eq(total_allowed(&f.total), 8 * SEAT);
	ticks(&f, 20, 10, 60 * MSEC, true);
	cr_expect_leq(total_allowed(&f.total), 2 * SEAT + SEAT / 2);
	ticks(&f, 20, 10, 60 * MSEC, true);
	cr_expect_eq(total_allowed(&f.total), 2 * SEAT);
}

Test(total, is_not_cut_for_what_others_do)
{
	struct fixture f;

	set_up(&f, &ADAPTIVE);
	f.total.in_flight = 4 * SEAT;
	ticks(&f, 20, 10, 5 * MSEC, false);
	ticks(&f, 50, 10, 100 * MSEC, false);
	cr_expect_eq(total_allowed(&f.total), 8 * SEAT);
}

Test(total, is_not_cut_by_a_few_slow_ones)
{
	struct fixture f;

	set_up(&f, &ADAPTIVE);
	f.total.in_flight = 8 * SEAT;
	ticks(&f, 20, 10, 5 * MSEC, false);
	ticks(&f, 20, 4, 200 * MSEC, false);
	cr_expect_eq(total_allowed(&f.total), 8 * SEAT);
}

Test(total, kinds_are_not_mixed)
{
	struct fixture f;

	set_up(&f, &ADAPTIVE);
	f.total.in_flight = 8 * SEAT;
	ticks(&f, 20, 10, 5 * MSEC, false);
	/* Another kind that always takes longer is no congestion. */
	for (unsigned i = 0; i < 20; i++) {
		for (unsigned s = 0; s < 10; s++)
			total_sample(&f.total, 1, 80 * MSEC);
		tick(&f, 10, 5 * MSEC, false);
	}
	cr_expect_eq(total_allowed(&f.total), 8 * SEAT);
}

Test(total, the_low_baseline_falls_fast_and_rises_slowly)
{
	struct fixture f;

	set_up(&f, &ADAPTIVE);
	ticks(&f, 50, 10, 20 * MSEC, false);
	ticks(&f, 30, 10, 5 * MSEC, false);
	cr_expect_leq(f.total.kinds[0].base, 6 * MSEC);
	ticks(&f, 50, 10, 20 * MSEC, false);
	cr_expect_leq(f.total.kinds[0].base, 8 * MSEC);
	ticks(&f, 3000, 10, 20 * MSEC, false);
	cr_expect_geq(f.total.kinds[0].base, 18 * MSEC);
}

Test(total, a_429_without_a_level_cuts_once_in_250_ms)
{
	struct fixture f;

	set_up(&f, &FIXED);
	for (unsigned i = 0; i < 5; i++)
		total_refused(&f.total, &FIXED, f.now + i * 40 * MSEC);
	cr_expect_eq(total_allowed(&f.total), 5600);
	total_refused(&f.total, &FIXED, f.now + 250 * MSEC);
	cr_expect_eq(total_allowed(&f.total), 3920);
	for (unsigned i = 2; i < 9; i++)
		total_refused(&f.total, &FIXED, f.now + i * 250 * MSEC);
	cr_expect_eq(total_allowed(&f.total), 2 * SEAT);
}

Test(total, that_does_not_adapt_makes_a_cut_good)
{
	struct fixture f;

	set_up(&f, &FIXED);
	total_refused(&f.total, &FIXED, f.now);
	ticks(&f, 3, 0, 0, false);
	cr_expect_eq(total_allowed(&f.total), 7100);
	ticks(&f, 30, 10, 500 * MSEC, true);
	cr_expect_eq(total_allowed(&f.total), 8 * SEAT);
	cr_expect_eq(total_wake_at(&f.total, &FIXED), USEC_NEVER);
}

Test(total, ramps_up_after_an_outage)
{
	struct fixture f;
	uint32_t before = 0;
	unsigned steps = 0;

	set_up(&f, &FIXED);
	total_start_ramp(&f.total, &RAMP, f.now);
	cr_expect_eq(total_allowed(&f.total), 4 * SEAT);
	cr_expect_eq(total_wake_at(&f.total, &FIXED), f.now + TICK);
	for (steps = 1; !tick(&f, 0, 0, false); steps++) {
		cr_expect_gt(total_allowed(&f.total), before);
		before = total_allowed(&f.total);
		cr_assert_lt(steps, 20);
	}
	cr_expect_eq(steps, 3);
	cr_expect_eq(total_allowed(&f.total), 8 * SEAT);
}

Test(total, a_ramp_ends_at_the_limit_itself)
{
	static const struct health_settings TWO_STEPS = {
		.ramp_start = 8 * SEAT - 2,
		.ramp_growth = 1000,
		.ramp_step = TICK,
	};
	struct fixture f;

	set_up(&f, &FIXED);
	total_start_ramp(&f.total, &TWO_STEPS, f.now);
	f.now += TICK;
	cr_expect_not(total_tick(
		&f.total, &FIXED, &TWO_STEPS, TOTAL_KINDS, 0, f.now));
	f.now += TICK;
	cr_expect(total_tick(
		&f.total, &FIXED, &TWO_STEPS, TOTAL_KINDS, 0, f.now));
	cr_expect_eq(total_wake_at(&f.total, &FIXED), USEC_NEVER);
}

Test(total, a_long_stop_ends_the_ramp_at_once)
{
	struct fixture f;

	set_up(&f, &FIXED);
	total_start_ramp(&f.total, &RAMP, f.now);
	f.now += 3600 * USEC_PER_SEC;
	cr_expect(total_tick(&f.total, &FIXED, &RAMP, TOTAL_KINDS, 0, f.now));
	cr_expect_gt(total_wake_at(&f.total, &FIXED), f.now);
}

Test(total, a_ramp_that_hardly_grows_still_waits_for_its_steps)
{
	static const struct health_settings FLAT = {
		.ramp_start = 1, .ramp_growth = 1000, .ramp_step = TICK
	};
	struct fixture f;

	set_up(&f, &FIXED);
	total_start_ramp(&f.total, &FLAT, f.now);
	f.now += 3600 * USEC_PER_SEC;
	cr_expect_not(
		total_tick(&f.total, &FIXED, &FLAT, TOTAL_KINDS, 0, f.now));
	cr_expect_gt(total_wake_at(&f.total, &FIXED), f.now);
}
