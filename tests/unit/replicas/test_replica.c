/* SPDX-License-Identifier: Apache-2.0 */
/* One replica, told by hand what it is told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/replicas/replica.h"

#define PERIOD (15 * USEC_PER_SEC)
#define VALID (10 * USEC_PER_SEC)
#define START (1000 * USEC_PER_SEC)
#define ALL 64
#define POOL 48 /* without four floors of 4 */

struct fixture {
	struct quotas quotas;
	struct replica replica;
	usec_t now;
	/* The store has at most two: its own and another's. */
	uint64_t version;
	uint32_t used; /* seats; else as many as it wants and has */
	uint32_t wanted;
	bool has_own, has_other;
	uint64_t own_version, other_version;
	const char *own_holder;
	struct lease_part own[QUOTAS_MAX], other[QUOTAS_MAX];
};

static struct fixture *fixture_new(void)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct replica_settings settings = {
		.name = "b",
		.holder = "b_1",
		.quotas = &f->quotas,
		.period = PERIOD,
		.replicas_max = 4,
		.floor = 250,
	};

	f->quotas.count = 1;
	f->quotas.items[0] = (struct quota){ .kind = QUOTA_TOTAL,
		.unit = SEAT, .all = ALL * SEAT, .name = "total" };
	f->now = START;
	f->own_holder = "b_1";
	replica_init(&f->replica, &settings, 1, f->now);
	return f;
}

static uint32_t seats(struct fixture *f)
{
	uint32_t portions[QUOTAS_MAX];

	replica_check(&f->replica);
	replica_portions(&f->replica, portions, f->now);
	return portions[0] / SEAT;
}

static void want(struct fixture *f, uint32_t demand)
{
	const uint32_t demands[] = { demand * SEAT };

	f->wanted = demand;
	replica_set_demand(&f->replica, demands);
}

static void answer_list(struct fixture *f)
{
	struct lease_seen seen[2];
	char versions[2][24];
	uint32_t count = 0;

	if (f->has_own) {
		snprintf(versions[0], 24, "%llu",
			(unsigned long long)f->own_version);
		seen[count++] = (struct lease_seen){ span_str("b"),
			span_str("u"), span_str(f->own_holder), span_str(versions[0]), true,
			f->own };
	}
	if (f->has_other) {
		snprintf(versions[1], 24, "%llu",
			(unsigned long long)f->other_version);
		seen[count++] = (struct lease_seen){ span_str("a"),
			span_str("v"), span_str("a_1"), span_str(versions[1]), true,
			f->other };
	}
	replica_listed(&f->replica, seen, count, f->now);
}

/* What the draft says is stored. */
static void store(struct fixture *f)
{
	uint64_t runs = u64_max(f->used, u64_min(f->wanted, seats(f)));
	const uint32_t used[] = { (uint32_t)runs * SEAT };
	struct lease_draft draft;

	replica_draft(&f->replica, used, &draft);
	memcpy(f->own, draft.parts, sizeof(f->own));
	f->has_own = true;
	f->own_holder = "b_1";
	f->own_version = ++f->version;
}

static void answer_write(struct fixture *f)
{
	char version[24];

	store(f);
	snprintf(version, sizeof(version), "%llu",
		(unsigned long long)f->own_version);
	replica_written(&f->replica, span_str(version), f->now);
}

/* The other one renews, with this claim. */
static void renew_other(struct fixture *f, uint32_t demand, uint32_t claim)
{
	f->has_other = true;
	f->other_version = ++f->version;
	f->other[0] = (struct lease_part){ demand * SEAT, claim * SEAT };
}

/* Answers all questions up to then, at once. */
static void run(struct fixture *f, usec_t until, bool other_renews)
{
	while (f->now < until) {
		enum replica_step step = replica_next(&f->replica, f->now);

		if (step == REPLICA_LIST) {
			if (other_renews)
				f->other_version = ++f->version;
			answer_list(f);
		} else if (step == REPLICA_WRITE) {
			answer_write(f);
		} else {
			f->now = u64_min(until,
				u64_max(replica_wake_at(&f->replica),
					f->now + 1));
		}
		replica_check(&f->replica);
	}
}

static struct fixture *settled(void)
{
	struct fixture *f = fixture_new();

	run(f, START + PERIOD + 5 * USEC_PER_SEC, false);
	return f;
}

static enum replica_state state(struct fixture *f)
{
	struct replica_stats stats;

	replica_read_stats(&f->replica, &stats, f->now);
	return stats.state;
}

Test(replica, begins_with_its_floor_and_waits_a_period)
{
	struct fixture *f = fixture_new();

	want(f, ALL);
	run(f, START + PERIOD - 1, false);
	cr_expect_eq(seats(f), 4);
	cr_expect_eq(state(f), REPLICA_JOINING);
	cr_expect_eq(f->own[0].claim, 0);
	run(f, START + PERIOD + 3 * USEC_PER_SEC, false);
	cr_expect_eq(seats(f), 4 + POOL);
	cr_expect_eq(state(f), REPLICA_MEMBER);
	free(f);
}

Test(replica, what_others_claim_is_not_its_own)
{
	struct fixture *f = fixture_new();

	want(f, ALL);
	renew_other(f, ALL, 30);
	run(f, START + PERIOD + 5 * USEC_PER_SEC, true);
	cr_expect_eq(seats(f), 4 + POOL - 30);
	/* It claims no more either: the other has to let go first. */
	cr_expect_eq(f->own[0].claim, (POOL - 30) * SEAT);
	renew_other(f, ALL, 24);
	run(f, f->now + 5 * USEC_PER_SEC, true);
	cr_expect_eq(seats(f), 4 + 24);
	free(f);
}

Test(replica, gives_up_what_another_wants_more)
{
	struct fixture *f = settled();

	want(f, 4);
	cr_expect_eq(seats(f), 4 + POOL);
	renew_other(f, ALL, 0);
	run(f, f->now + 4 * USEC_PER_SEC, true);
	cr_expect_eq(seats(f), 4);
	cr_expect_eq(f->own[0].claim, 0);
	free(f);
}

/* What still runs is not free, however little may start. */
Test(replica, claims_what_is_in_use)
{
	struct fixture *f = settled();

	want(f, 4);
	f->used = 20;
	renew_other(f, ALL, 0);
	run(f, f->now + 4 * USEC_PER_SEC, true);
	cr_expect_eq(seats(f), 4);
	cr_expect_eq(f->own[0].claim, 16 * SEAT);
	free(f);
}

/* From when it was decided to give seats back to when it is written. */
Test(replica, claims_what_has_started_since_it_has_looked)
{
	struct fixture *f = settled();

	want(f, 4);
	renew_other(f, ALL, 0);
	while (replica_next(&f->replica, f->now) != REPLICA_WRITE) {
		if (f->replica.step == REPLICA_LIST)
			answer_list(f);
		else
			f->now = replica_wake_at(&f->replica);
	}
	f->used = 20;
	answer_write(f);
	cr_expect_eq(seats(f), 4);
	cr_expect_eq(f->own[0].claim, 16 * SEAT);
	free(f);
}

Test(replica, falls_to_its_floor_before_others_take_it_for_given_up)
{
	struct fixture *f = settled();
	enum replica_step step;
	usec_t sent;

	want(f, ALL);
	run(f, f->now + 5 * USEC_PER_SEC, false);
	/* The last write that is answered, and then nothing is. */
	while (replica_next(&f->replica, f->now) != REPLICA_WRITE) {
		if (f->replica.step == REPLICA_LIST)
			answer_list(f);
		else
			f->now = replica_wake_at(&f->replica);
	}
	sent = f->now;
	f->now += USEC_PER_SEC;
	answer_write(f);
	while (f->now < sent + VALID) {
		cr_expect_eq(seats(f), 4 + POOL);
		step = replica_next(&f->replica, f->now);
		if (step == REPLICA_LIST)
			replica_not_listed(&f->replica, f->now);
		f->now = replica_wake_at(&f->replica);
	}
	cr_expect_eq(f->now, sent + VALID);
	cr_expect_eq(seats(f), 4);
	cr_expect_eq(state(f), REPLICA_CUT_OFF);
	free(f);
}

Test(replica, a_write_without_an_answer_is_no_renewal)
{
	struct fixture *f = settled();
	usec_t end;

	want(f, ALL);
	run(f, f->now + 5 * USEC_PER_SEC, false);
	end = f->replica.valid_until;
	while (f->now < end) {
		enum replica_step step = replica_next(&f->replica, f->now);

		if (step == REPLICA_LIST) {
			answer_list(f);
		} else if (step == REPLICA_WRITE) {
			store(f);
			replica_not_written(&f->replica, false, f->now);
		} else {
			f->now = replica_wake_at(&f->replica);
		}
	}
	cr_expect_eq(seats(f), 4);
	free(f);
}

/* It may yet be done, with the smaller claim that it has. */
Test(replica, what_may_have_been_claimed_less_is_not_put_in_force)
{
	struct fixture *f = settled();

	want(f, 4);
	renew_other(f, ALL, 0);
	while (replica_next(&f->replica, f->now) != REPLICA_WRITE) {
		if (f->replica.step == REPLICA_LIST)
			answer_list(f);
		else
			f->now = replica_wake_at(&f->replica);
	}
	/* It gives all up, and is not heard. */
	replica_not_written(&f->replica, false, f->now);
	f->has_other = false;
	want(f, ALL);
	while (replica_next(&f->replica, f->now) != REPLICA_LIST)
		f->now = replica_wake_at(&f->replica);
	/* In the store there still is what it had. */
	cr_expect_eq(f->own[0].claim, POOL * SEAT);
	answer_list(f);
	cr_expect_eq(seats(f), 4);
	free(f);
}

Test(replica, without_its_lease_it_has_its_floor)
{
	struct fixture *f = settled();

	f->has_own = false;
	while (replica_next(&f->replica, f->now) != REPLICA_LIST)
		f->now = replica_wake_at(&f->replica);
	answer_list(f);
	cr_expect_eq(seats(f), 4);
	/* A new one is as one that was never there. */
	run(f, f->now + PERIOD, false);
	cr_expect_eq(seats(f), 4);
	run(f, f->now + 4 * USEC_PER_SEC, false);
	cr_expect_eq(seats(f), 4 + POOL);
	free(f);
}

/* Others go by what stands there, whoever wrote it. */
Test(replica, has_no_more_than_its_lease_says_when_it_was_edited)
{
	struct fixture *f = settled();

	want(f, ALL);
	run(f, f->now + 5 * USEC_PER_SEC, false);
	f->own[0].claim = 7 * SEAT;
	f->own_version = ++f->version;
	while (replica_next(&f->replica, f->now) != REPLICA_LIST)
		f->now = replica_wake_at(&f->replica);
	answer_list(f);
	cr_expect_eq(seats(f), 4 + 7);
	run(f, f->now + 4 * USEC_PER_SEC, false);
	cr_expect_eq(seats(f), 4 + POOL);
	free(f);
}

Test(replica, a_lease_of_its_name_is_taken_when_it_has_expired)
{
	struct fixture *f = fixture_new();

	f->has_own = true;
	f->own_version = ++f->version;
	f->own_holder = "b_0";
	f->own[0].claim = 10 * SEAT;
	want(f, ALL);
	run(f, START + PERIOD - 1, false);
	cr_expect_str_eq(f->own_holder, "b_0");
	cr_expect_eq(state(f), REPLICA_NAMELESS);
	run(f, START + PERIOD + 5 * USEC_PER_SEC, false);
	cr_expect_str_eq(f->own_holder, "b_1");
	cr_expect_eq(seats(f), 4 + POOL);
	free(f);
}

Test(replica, does_not_take_the_name_of_one_that_lives)
{
	struct fixture *f = fixture_new();

	f->has_own = true;
	f->own_holder = "b_0";
	for (unsigned i = 0; i < 40; i++) {
		f->own_version = ++f->version;
		run(f, f->now + USEC_PER_SEC, false);
	}
	cr_expect_str_eq(f->own_holder, "b_0");
	cr_expect_eq(seats(f), 4);
	free(f);
}

Test(replica, who_has_not_looked_for_long_waits_again)
{
	struct fixture *f = settled();

	want(f, ALL);
	f->now += 12 * USEC_PER_SEC;
	cr_expect_eq(seats(f), 4);
	run(f, f->now + PERIOD - USEC_PER_SEC, false);
	cr_expect_eq(seats(f), 4);
	run(f, f->now + 4 * USEC_PER_SEC, false);
	cr_expect_eq(seats(f), 4 + POOL);
	free(f);
}

Test(replica, less_than_before_is_in_force_at_once)
{
	struct quotas fewer = { .count = 1 };
	struct fixture *f = settled();

	want(f, ALL);
	fewer.items[0] = f->quotas.items[0];
	fewer.items[0].all = 32 * SEAT;
	replica_set_quotas(&f->replica, &fewer, f->now);
	/* 32 less four floors of 2, and its own. */
	cr_expect_eq(seats(f), 26);
	free(f);
}

Test(replica, a_limit_that_is_new_begins_at_the_floor)
{
	struct quotas more = { .count = 2 };
	struct fixture *f = settled();
	uint32_t portions[QUOTAS_MAX];

	more.items[0] = (struct quota){ .kind = QUOTA_QPS, .unit = 1,
		.all = 1000, .name = "qps" };
	more.items[1] = f->quotas.items[0];
	replica_set_quotas(&f->replica, &more, f->now);
	replica_portions(&f->replica, portions, f->now);
	cr_expect_eq(portions[0], 62);
	cr_expect_eq(portions[1], (4 + POOL) * SEAT);
	free(f);
}

Test(replica, a_fifth_of_four_is_said)
{
	struct fixture *f = fixture_new();
	struct lease_seen seen[4];
	static const char *const NAMES[] = { "a", "c", "d", "e" };
	struct replica_stats stats;

	for (unsigned i = 0; i < 4; i++)
		seen[i] = (struct lease_seen){ span_str(NAMES[i]),
			span_str("u"), span_str("x"), span_str("1"), true, f->other };
	cr_assert_eq(replica_next(&f->replica, f->now), REPLICA_LIST);
	replica_listed(&f->replica, seen, 4, f->now);
	replica_read_stats(&f->replica, &stats, f->now);
	cr_expect_eq(stats.too_many, 5);
	free(f);
}

/* It is not due again and again while its last requests end. */
Test(replica, one_that_is_stopped_asks_nothing_and_lets_go_in_its_time)
{
	struct fixture *f = fixture_new();
	usec_t valid_until;

	want(f, 64);
	run(f, START + 3 * PERIOD, false);
	cr_assert_gt(seats(f), 4);
	valid_until = f->replica.valid_until;
	replica_stop(&f->replica);
	cr_expect_eq(replica_wake_at(&f->replica), valid_until);
	f->now = valid_until;
	cr_expect_eq(replica_next(&f->replica, f->now), REPLICA_REST);
	cr_expect_eq(seats(f), 4);
	cr_expect_eq(replica_wake_at(&f->replica), USEC_NEVER);
	free(f);
}
