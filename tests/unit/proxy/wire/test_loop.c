/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/loop.h"

#include <criterion/criterion.h>
#include <signal.h>

struct fixture {
	struct loop *loop;
	struct loop_turn_end turn_end;
	struct loop_timer timers[3];
	unsigned fired[3]; /* how often */
	unsigned order[8]; /* who, in order */
	unsigned count;
	unsigned turns;
	unsigned stop_after; /* timers; 0: never */
	int signo;
};

struct numbered {
	struct fixture *fixture;
	unsigned number;
};

static void note_timer(void *user)
{
	const struct numbered *who = user;
	struct fixture *fixture = who->fixture;

	fixture->fired[who->number]++;
	cr_assert_lt(fixture->count, ARRAY_SIZE(fixture->order));
	fixture->order[fixture->count++] = who->number;
	if (fixture->count == fixture->stop_after)
		loop_stop(fixture->loop);
}

static void note_turn(void *user)
{
	struct fixture *fixture = user;

	fixture->turns++;
}

static void init(struct fixture *fixture, struct numbered *who)
{
	struct err err;

	*fixture = (struct fixture){ .loop = loop_new(&err) };
	cr_assert_not_null(fixture->loop);
	loop_add_turn_end(
		fixture->loop, &fixture->turn_end, note_turn, fixture);
	for (unsigned i = 0; i < 3; i++) {
		who[i] = (struct numbered){ fixture, i };
		loop_timer_init(&fixture->timers[i], fixture->loop, note_timer,
			&who[i]);
	}
}

static void fini(struct fixture *fixture)
{
	for (unsigned i = 0; i < 3; i++)
		loop_timer_fini(&fixture->timers[i]);
	loop_free(fixture->loop);
}

static void set(struct fixture *fixture, unsigned number, usec_t in)
{
	loop_timer_set(&fixture->timers[number],
		usec_add(loop_now(fixture->loop), in));
}

Test(loop, timers_fire_once_and_in_order)
{
	struct numbered who[3];
	struct fixture fixture;

	init(&fixture, who);
	set(&fixture, 0, 30 * USEC_PER_MSEC);
	set(&fixture, 1, 10 * USEC_PER_MSEC);
	set(&fixture, 2, 20 * USEC_PER_MSEC);
	fixture.stop_after = 3;
	loop_run(fixture.loop);
	cr_assert_eq(fixture.order[0], 1);
	cr_assert_eq(fixture.order[1], 2);
	cr_assert_eq(fixture.order[2], 0);
	cr_assert_eq(fixture.timers[0].at, USEC_NEVER);
	fini(&fixture);
}

Test(loop, timer_that_has_passed_fires_in_the_next_turn)
{
	struct numbered who[3];
	struct fixture fixture;

	init(&fixture, who);
	loop_timer_set(&fixture.timers[0], 0);
	fixture.stop_after = 1;
	loop_run(fixture.loop);
	cr_assert_eq(fixture.fired[0], 1);
	/* One end of a turn before the first event, and one behind it. */
	cr_assert_eq(fixture.turns, 2);
	fini(&fixture);
}

Test(loop, timer_never_fires_before_its_time)
{
	struct numbered who[3];
	struct fixture fixture;
	usec_t at;

	init(&fixture, who);
	fixture.stop_after = 1;
	for (unsigned i = 0; i < 20; i++) {
		at = usec_add(loop_now(fixture.loop), 1500 + i * 137);
		loop_timer_set(&fixture.timers[0], at);
		fixture.count = 0;
		loop_run(fixture.loop);
		cr_assert_geq(loop_now(fixture.loop), at);
	}
	fini(&fixture);
}

Test(loop, timer_moves_forward_and_back_and_off)
{
	struct numbered who[3];
	struct fixture fixture;

	init(&fixture, who);
	set(&fixture, 0, 5 * USEC_PER_MSEC);
	set(&fixture, 0, 40 * USEC_PER_MSEC); /* later than the next */
	set(&fixture, 1, 3600 * USEC_PER_SEC);
	set(&fixture, 1, 10 * USEC_PER_MSEC); /* earlier */
	set(&fixture, 2, 5 * USEC_PER_MSEC);
	loop_timer_set(&fixture.timers[2], USEC_NEVER);
	fixture.stop_after = 2;
	loop_run(fixture.loop);
	cr_assert_eq(fixture.order[0], 1);
	cr_assert_eq(fixture.order[1], 0);
	cr_assert_eq(fixture.fired[2], 0);
	fini(&fixture);
}

static void set_again(void *user)
{
	struct fixture *fixture = user;

	fixture->fired[0]++;
	if (fixture->fired[0] == 5)
		loop_stop(fixture->loop);
	else
		set(fixture, 0, 0);
}

Test(loop, timer_may_be_set_when_it_fires)
{
	struct numbered who[3];
	struct fixture fixture;

	init(&fixture, who);
	loop_timer_fini(&fixture.timers[0]);
	loop_timer_init(&fixture.timers[0], fixture.loop, set_again, &fixture);
	set(&fixture, 0, 0);
	loop_run(fixture.loop);
	cr_assert_eq(fixture.fired[0], 5);
	fini(&fixture);
}

static usec_t times_seen[2];

static void look_at_the_clock(void *user)
{
	struct numbered *who = user;

	times_seen[who->number] = loop_now(who->fixture->loop);
	/* Time passes; the turn's does not. */
	if (who->number == 0) {
		usec_t start = loop_wall_clock();

		while (usec_since(loop_wall_clock(), start) < 100)
			;
	}
	note_timer(user);
}

Test(loop, clock_is_read_once_a_turn)
{
	struct numbered who[3];
	struct fixture fixture;

	init(&fixture, who);
	for (unsigned i = 0; i < 2; i++) {
		loop_timer_fini(&fixture.timers[i]);
		loop_timer_init(&fixture.timers[i], fixture.loop,
			look_at_the_clock, &who[i]);
		loop_timer_set(&fixture.timers[i], 0);
	}
	fixture.stop_after = 2;
	loop_run(fixture.loop);
	cr_assert_eq(times_seen[0], times_seen[1]);
	fini(&fixture);
}

static void note_signal(int signo, void *user)
{
	struct fixture *fixture = user;

	fixture->signo = signo;
	loop_stop(fixture->loop);
}

Test(loop, signals_are_part_of_a_turn)
{
	struct numbered who[3];
	struct fixture fixture;

	init(&fixture, who);
	loop_on_signal(fixture.loop, SIGUSR1, note_signal, &fixture);
	loop_on_signal(fixture.loop, SIGHUP, note_signal, &fixture);
	raise(SIGUSR1);
	cr_assert_eq(fixture.signo, 0);
	loop_run(fixture.loop);
	cr_assert_eq(fixture.signo, SIGUSR1);
	cr_assert_geq(fixture.turns, 2);
	fini(&fixture);
}

static void stop(void *user)
{
	loop_stop(user);
}

Test(loop, stop_ends_behind_the_turn)
{
	struct numbered who[3];
	struct fixture fixture;

	init(&fixture, who);
	loop_timer_fini(&fixture.timers[0]);
	loop_timer_init(&fixture.timers[0], fixture.loop, stop, fixture.loop);
	loop_timer_set(&fixture.timers[0], 0);
	loop_run(fixture.loop);
	cr_assert_eq(fixture.turns, 2);
	fini(&fixture);
}
