/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/health.h"

#define NOW (1000 * USEC_PER_SEC)
#define MSEC USEC_PER_MSEC

static const struct health_settings SETTINGS = {
	.probe_every = 500 * MSEC,
	.probe_every_away = 200 * MSEC,
	.probe_timeout = 1000 * MSEC,
};

struct fixture {
	struct health health;
	usec_t now;
};

static void set_up(struct fixture *f)
{
	*f = (struct fixture){ .now = NOW };
	health_init(&f->health, NOW);
}

/* After `later`. */
static enum health_change note(
	struct fixture *f, usec_t later, enum health_kind kind)
{
	f->now += later;
	return health_note(&f->health, &SETTINGS, kind, f->now);
}

static void go_away(struct fixture *f)
{
	set_up(f);
	cr_assert_eq(note(f, 0, HEALTH_PROBE_TIMEOUT), HEALTH_WENT);
	cr_assert_eq(note(f, 0, HEALTH_PROBE_TIMEOUT), HEALTH_SAME);
	cr_assert_eq(f->health.state, HEALTH_AWAY);
}

Test(health, one_failure_holds_and_the_next_is_an_outage)
{
	struct fixture f;

	set_up(&f);
	cr_expect(health_is_there(&f.health));
	cr_expect_eq(note(&f, 0, HEALTH_PROBE_TIMEOUT), HEALTH_WENT);
	cr_expect_eq(f.health.state, HEALTH_SUSPECT);
	cr_expect_not(health_is_there(&f.health));
	cr_expect_eq(note(&f, 0, HEALTH_CONNECT_FAILED), HEALTH_SAME);
	cr_expect_eq(f.health.state, HEALTH_AWAY);
	cr_expect_not(health_is_there(&f.health));
}

Test(health, a_suspect_that_answers_is_up)
{
	struct fixture f;

	set_up(&f);
	note(&f, 0, HEALTH_CONNECT_FAILED);
	cr_expect_eq(note(&f, 0, HEALTH_ALIVE), HEALTH_WAS_NOTHING);
	cr_expect_eq(f.health.state, HEALTH_UP);
}

Test(health, back_from_away_it_recovers_first)
{
	struct fixture f;

	go_away(&f);
	cr_expect_eq(note(&f, 0, HEALTH_PROBE_OK), HEALTH_CAME_BACK);
	cr_expect_eq(f.health.state, HEALTH_RECOVERING);
	cr_expect(health_is_there(&f.health));
	health_recovered(&f.health, f.now);
	cr_expect_eq(f.health.state, HEALTH_UP);
}

Test(health, goes_again_while_it_recovers)
{
	struct fixture f;

	go_away(&f);
	note(&f, 0, HEALTH_PROBE_OK);
	cr_expect_eq(note(&f, 1500 * MSEC, HEALTH_PROBE_TIMEOUT), HEALTH_WENT);
	cr_expect_eq(f.health.state, HEALTH_SUSPECT);
	/* The end of the ramp does not make it well. */
	health_recovered(&f.health, f.now);
	cr_expect_eq(f.health.state, HEALTH_SUSPECT);
}

Test(health, an_answer_of_the_last_second_beats_a_probe)
{
	struct fixture f;

	set_up(&f);
	note(&f, 0, HEALTH_ALIVE);
	cr_expect_eq(note(&f, 999 * MSEC, HEALTH_PROBE_TIMEOUT), HEALTH_SAME);
	cr_expect_eq(f.health.state, HEALTH_UP);
	cr_expect_eq(note(&f, 1 * MSEC, HEALTH_PROBE_TIMEOUT), HEALTH_WENT);
}

Test(health, a_500_of_readyz_says_prefer_another)
{
	struct fixture f;

	set_up(&f);
	cr_expect_eq(note(&f, 0, HEALTH_PROBE_FAILED), HEALTH_SAME);
	cr_expect(f.health.is_unready);
	cr_expect(health_is_there(&f.health));
	note(&f, 0, HEALTH_PROBE_OK);
	cr_expect_not(f.health.is_unready);
}

Test(health, what_something_on_the_way_says_is_no_life)
{
	struct fixture f;

	set_up(&f);
	cr_expect(health_take_probe(&f.health, &SETTINGS, false, f.now));
	note(&f, 0, HEALTH_PROBE_OK);
	cr_expect_eq(note(&f, MSEC, HEALTH_STRANGE), HEALTH_SAME);
	/* Asked at once, and believed when no other answer is that fresh. */
	cr_expect_eq(health_wake_at(&f.health, &SETTINGS, false), f.now);
	note(&f, 999 * MSEC, HEALTH_STRANGE);
	cr_expect_eq(note(&f, 0, HEALTH_PROBE_TIMEOUT), HEALTH_WENT);
}

Test(health, connections_come_and_go)
{
	struct fixture f;

	set_up(&f);
	cr_expect_eq(note(&f, 0, HEALTH_CONNECTED), HEALTH_SAME);
	cr_expect_eq(note(&f, 0, HEALTH_GOAWAY), HEALTH_SAME);
	cr_expect_eq(note(&f, 0, HEALTH_CONN_LOST), HEALTH_SAME);
	cr_expect_eq(f.health.state, HEALTH_UP);
}

Test(health, probes_one_at_a_time_in_their_interval)
{
	struct fixture f;

	set_up(&f);
	cr_expect(health_take_probe(&f.health, &SETTINGS, false, f.now));
	cr_expect_not(health_take_probe(&f.health, &SETTINGS, false, f.now));
	note(&f, 10 * MSEC, HEALTH_PROBE_OK);
	cr_expect_eq(health_wake_at(&f.health, &SETTINGS, false),
		f.now + 500 * MSEC);
	cr_expect_not(health_take_probe(
		&f.health, &SETTINGS, false, f.now + 499 * MSEC));
	cr_expect(health_take_probe(
		&f.health, &SETTINGS, false, f.now + 500 * MSEC));
}

Test(health, probes_more_often_while_away)
{
	struct fixture f;

	go_away(&f);
	cr_expect_eq(health_wake_at(&f.health, &SETTINGS, false),
		f.now + 200 * MSEC);
}

Test(health, a_lost_connection_is_asked_about_at_once)
{
	struct fixture f;

	set_up(&f);
	health_take_probe(&f.health, &SETTINGS, false, f.now);
	note(&f, MSEC, HEALTH_PROBE_OK);
	note(&f, MSEC, HEALTH_CONN_LOST);
	cr_expect(health_take_probe(&f.health, &SETTINGS, false, f.now));
	/* One is out already. */
	note(&f, MSEC, HEALTH_CONN_LOST);
	cr_expect_not(health_take_probe(&f.health, &SETTINGS, false, f.now));
}

Test(health, a_probe_that_nobody_ends_is_sent_again)
{
	struct fixture f;

	set_up(&f);
	health_take_probe(&f.health, &SETTINGS, false, f.now);
	cr_expect_not(health_take_probe(
		&f.health, &SETTINGS, false, f.now + 3999 * MSEC));
	cr_expect(health_take_probe(
		&f.health, &SETTINGS, false, f.now + 4000 * MSEC));
}

/* ---- where each probe costs a connection -------------------------------- */

static const struct health_settings DEAR = {
	.probe_every = 500 * MSEC,
	.probe_every_away = 200 * MSEC,
	.probe_timeout = 1000 * MSEC,
	.are_probes_dear = true,
};

static usec_t dear_at(const struct fixture *f, bool is_waited_for)
{
	return health_wake_at(&f->health, &DEAR, is_waited_for);
}

Test(health, dear_probes_are_few_while_nobody_waits)
{
	struct fixture f;

	set_up(&f);
	cr_expect(health_take_probe(&f.health, &DEAR, false, f.now));
	health_note(&f.health, &DEAR, HEALTH_PROBE_OK, f.now);
	cr_expect_eq(dear_at(&f, false), f.now + 5 * USEC_PER_SEC);
}

Test(health, dear_probes_are_not_sent_while_answers_come)
{
	struct fixture f;

	set_up(&f);
	cr_expect(health_take_probe(&f.health, &DEAR, true, f.now));
	health_note(&f.health, &DEAR, HEALTH_PROBE_OK, f.now);
	cr_expect_eq(dear_at(&f, true), f.now + 500 * MSEC);
	health_note(&f.health, &DEAR, HEALTH_ALIVE, f.now + 400 * MSEC);
	cr_expect_eq(dear_at(&f, true), f.now + 900 * MSEC);
}

Test(health, a_dear_probe_goes_at_once_when_a_connection_was_lost)
{
	struct fixture f;

	set_up(&f);
	cr_expect(health_take_probe(&f.health, &DEAR, false, f.now));
	health_note(&f.health, &DEAR, HEALTH_PROBE_OK, f.now);
	health_note(&f.health, &DEAR, HEALTH_CONN_LOST, f.now + MSEC);
	cr_expect_eq(dear_at(&f, false), f.now + MSEC);
}
