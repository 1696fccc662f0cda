/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/level.h"

#define NOW (1000 * USEC_PER_SEC)
#define MSEC USEC_PER_MSEC

static const struct gate_settings GATE = { 2000, 2000000, 250000, 8000000 };

struct fixture {
	struct level level;
	struct rng rng;
	usec_t now;
};

static void set_up(struct fixture *f, uint32_t limit)
{
	*f = (struct fixture){ .now = NOW };
	rng_init(&f->rng, 1);
	level_init(&f->level, 0, 5, &GATE, limit);
}

static bool is_open(struct fixture *f)
{
	usec_t wake_at = USEC_NEVER;
	bool open = level_is_open(&f->level, f->now, &wake_at);

	cr_expect_gt(wake_at, f->now);
	return open;
}

static void start(struct fixture *f, unsigned count)
{
	while (count--)
		level_started(&f->level, f->now);
}

static void refuse(struct fixture *f, int32_t retry_after)
{
	level_left(&f->level, f->now);
	level_refused(&f->level, &GATE, retry_after, f->now, &f->rng, f->now);
}

static void answer(struct fixture *f)
{
	level_answered(&f->level, &GATE, f->now);
	level_left(&f->level, f->now);
}

Test(level, begins_open_up_to_its_limit)
{
	struct fixture f;

	set_up(&f, 3);
	start(&f, 2);
	cr_expect(is_open(&f));
	start(&f, 1);
	cr_expect_not(is_open(&f));
}

Test(level, a_refusal_leaves_what_the_others_have)
{
	struct fixture f;

	set_up(&f, 64);
	start(&f, 6);
	refuse(&f, 1);
	cr_expect_eq(f.level.limit, 5);
	/* Others are in flight, and it was one only: not closed. */
	cr_expect_eq(f.level.closed_until, 0);
	cr_expect_not(is_open(&f));
	answer(&f);
	cr_expect(is_open(&f));
}

/* Leases go by it: more may be in flight than its limit says. */
Test(level, a_refusal_costs_one_at_least)
{
	struct fixture f;

	set_up(&f, 3);
	start(&f, 5);
	refuse(&f, 1);
	cr_expect_eq(f.level.limit, 2);
}

Test(level, four_refusals_in_a_row_close_it)
{
	struct fixture f;

	set_up(&f, 64);
	start(&f, 8);
	for (unsigned i = 0; i < 3; i++)
		refuse(&f, 1);
	cr_expect_eq(f.level.closed_until, 0);
	refuse(&f, 1);
	cr_expect_gt(f.level.closed_until, f.now);
	cr_expect_eq(f.level.limit, 4);
}

Test(level, alone_and_refused_it_closes_for_milliseconds)
{
	struct fixture f;
	usec_t least = 4 * MSEC;

	set_up(&f, 64);
	for (unsigned i = 0; i < 5; i++) {
		usec_t closed;

		start(&f, 1);
		refuse(&f, 32);
		closed = f.level.closed_until - f.now;
		cr_expect_geq(closed, least);
		cr_expect_leq(closed, least + least / 2);
		cr_expect_not(is_open(&f));
		f.now = f.level.closed_until;
		cr_expect(is_open(&f));
		least *= 2;
	}
	cr_expect_eq(f.level.limit, 1);
}

Test(level, never_closes_longer_than_its_bound_or_retry_after)
{
	struct fixture f;

	set_up(&f, 64);
	for (unsigned i = 0; i < 40; i++) {
		start(&f, 1);
		refuse(&f, i < 20 ? 32 : 1);
		cr_expect_leq(f.level.closed_until - f.now,
			(i < 20 ? 2000 : 1000) * MSEC);
		f.now = f.level.closed_until;
	}
}

Test(level, an_answer_ends_the_row)
{
	struct fixture f;

	set_up(&f, 64);
	start(&f, 1);
	refuse(&f, 1);
	start(&f, 1);
	refuse(&f, 1);
	cr_expect_eq(f.level.refusals_in_a_row, 2);
	start(&f, 1);
	answer(&f);
	cr_expect_eq(f.level.refusals_in_a_row, 0);
	cr_expect_eq(f.level.refusals, 2);
}

/* One refusal behind which `others` run, so that the limit is theirs. */
static void limit_to(struct fixture *f, uint32_t others)
{
	set_up(f, 64);
	start(f, others + 1);
	refuse(f, 1);
	cr_assert_eq(f->level.limit, others);
}

Test(level, is_raised_by_one_after_a_while_if_it_was_full)
{
	struct fixture f;

	limit_to(&f, 3);
	f.now += 249 * MSEC;
	cr_expect_not(is_open(&f));
	answer(&f);
	cr_expect_eq(f.level.limit, 3);
	f.now += 1 * MSEC;
	answer(&f);
	cr_expect_eq(f.level.limit, 4);
	/* Not again before it was full again. */
	f.now += 9000 * MSEC;
	answer(&f);
	cr_expect_eq(f.level.limit, 4);
}

Test(level, each_raise_that_fails_doubles_the_wait)
{
	struct fixture f;
	usec_t wait = 250 * MSEC;

	limit_to(&f, 3);
	for (unsigned i = 0; i < 8; i++) {
		f.now += wait - 1;
		cr_expect_not(is_open(&f));
		level_answered(&f.level, &GATE, f.now);
		cr_expect_eq(f.level.limit, 3, "round %u", i);
		f.now++;
		level_answered(&f.level, &GATE, f.now);
		cr_expect_eq(f.level.limit, 4, "round %u", i);
		start(&f, 1);
		f.now += MSEC;
		refuse(&f, 1);
		cr_expect_eq(f.level.limit, 3);
		wait = u64_min(2 * wait, 8000 * MSEC);
	}
}

Test(level, a_raise_that_holds_makes_the_wait_short_again)
{
	struct fixture f;

	limit_to(&f, 3);
	f.level.raise_wait = 8000 * MSEC;
	f.now += 8000 * MSEC;
	cr_expect_not(is_open(&f));
	level_answered(&f.level, &GATE, f.now);
	cr_expect_eq(f.level.limit, 4);
	f.now += 1000 * MSEC;
	level_answered(&f.level, &GATE, f.now);
	cr_expect_eq(f.level.raise_wait, 250 * MSEC);
}

Test(level, a_lease_waits_for_milliseconds_only)
{
	struct fixture f;
	usec_t wake_at = USEC_NEVER;

	set_up(&f, 64);
	for (unsigned i = 0; i < 12; i++) {
		start(&f, 1);
		refuse(&f, 32);
	}
	cr_assert_gt(f.level.closed_until, f.now + 1000 * MSEC);
	cr_expect_not(level_is_open_first(&f.level, f.now, &wake_at));
	cr_expect_eq(wake_at, f.now + 16 * MSEC);
	cr_expect(level_is_open_first(&f.level, wake_at, &wake_at));
}

Test(level, a_lease_goes_by_one_that_hangs)
{
	struct fixture f;
	usec_t wake_at = USEC_NEVER;

	set_up(&f, 1);
	start(&f, 1);
	cr_expect_not(level_is_open_first(&f.level, f.now, &wake_at));
	cr_expect_eq(wake_at, f.now + 250 * MSEC);
	cr_expect(level_is_open_first(&f.level, wake_at, &wake_at));
}

Test(level, refusals_of_one_burst_close_it_once)
{
	struct fixture f;
	usec_t sent_at = NOW;

	set_up(&f, 64);
	start(&f, 8);
	for (int i = 0; i < 8; i++) {
		f.now += MSEC;
		level_left(&f.level, f.now);
		level_refused(
			&f.level, &GATE, 1, sent_at, &f.rng, f.now);
	}
	cr_expect_eq(f.level.limit, 1);
	cr_expect_eq(f.level.refusals, 8);
	cr_expect_eq(f.level.refusals_in_a_row, 1);
	cr_expect(is_open(&f));
	/* The next one is news: nobody else is there, so it closes. */
	start(&f, 1);
	refuse(&f, 1);
	cr_expect_not(is_open(&f));
}
