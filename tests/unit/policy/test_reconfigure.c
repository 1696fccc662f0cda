/* SPDX-License-Identifier: Apache-2.0 */
/* New settings while requests wait and run. */
#include <criterion/criterion.h>

#include "tests/sim/variation.h"
#include "tests/sim/world.h"

enum { LEASES = 0, STREAMS, FINALIZERS, STATUSES, WRITES, READS, EVENTS };

#define STARTED(call) ((call)->starts > 0)

struct fixture {
	struct policy_settings settings; /* of the next reload */
	struct renumbering renumbering;
	struct world *world;
};

/* Nothing starts before open_up(). */
static struct fixture blocked(const struct policy_settings *settings)
{
	struct fixture f = { .settings = *settings };

	f.world = world_new(settings, 1);
	f.world->servers[0].streams_max = 0;
	world_run(f.world, MSEC);
	return f;
}

static void open_up(struct fixture *f)
{
	f->world->servers[0].streams_max = 1000;
	world_run(f->world, 5 * SECOND);
}

/* Into `to`, which the policy borrows from then on. */
static void reload(struct fixture *f, struct policy_settings *to)
{
	*to = f->settings;
	policy_reconfigure(
		f->world->policy, to, &f->renumbering, f->world->now);
	policy_check(f->world->policy);
	world_pump(f->world);
}

static struct call *send(struct fixture *f, enum kind kind)
{
	return world_send(f->world, world_client(f->world, kind));
}

static const char *lane_of(const struct fixture *f, const struct call *call)
{
	return policy_lane_name(f->world->policy, &call->rq);
}

/* ---- what waits -------------------------------------------------------- */

Test(reconfigure, nothing_changes_by_the_same_settings)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *calls[20];

	for (unsigned i = 0; i < 20; i++)
		calls[i] = send(&f, i % 2 ? REMOVAL : CREATE);
	reload(&f, &next);
	cr_expect_eq(world_stats(f.world).lanes[FINALIZERS].queued, 10);
	cr_expect_eq(world_stats(f.world).lanes[WRITES].queued, 10);
	open_up(&f);
	for (unsigned i = 2; i < 20; i++) {
		cr_expect_eq(calls[i]->status, 200);
		cr_expect_lt(calls[i - 2]->order, calls[i]->order);
	}
	world_free(f.world);
}

Test(reconfigure, a_lane_is_the_same_by_its_name_whatever_its_number)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *removal = send(&f, REMOVAL), *read = send(&f, READ);

	settings_swap_lanes(&f.settings, FINALIZERS, READS);
	reload(&f, &next);
	cr_expect_str_eq(lane_of(&f, removal), "finalizers");
	cr_expect_str_eq(lane_of(&f, read), "reads");
	cr_expect_eq(world_stats(f.world).lanes[READS].submitted, 1);
	cr_expect_eq(f.renumbering.lanes[FINALIZERS], READS);
	world_free(f.world);
}

Test(reconfigure, what_was_in_a_lane_that_is_gone_goes_where_the_rules_say)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *removals[10], *create;

	create = send(&f, CREATE);
	for (unsigned i = 0; i < 10; i++)
		removals[i] = send(&f, REMOVAL);
	settings_drop_lane(&f.settings, FINALIZERS, WRITES);
	reload(&f, &next);
	for (unsigned i = 0; i < 10; i++) {
		cr_expect_str_eq(lane_of(&f, removals[i]), "writes");
		cr_expect_str_eq(
			policy_rule_name(f.world->policy, &removals[i]->rq),
			"finalizer-removals");
	}
	cr_expect_eq(f.renumbering.lanes[FINALIZERS], POLICY_GONE);
	cr_expect_eq(world_stats(f.world).lanes[WRITES - 1].queued, 11);
	open_up(&f);
	cr_expect_eq(create->status, 200);
	for (unsigned i = 1; i < 10; i++)
		cr_expect_lt(removals[i - 1]->order, removals[i]->order);
	world_free(f.world);
}

/* One that was refused stands behind the others in its lane, not in time. */
Test(reconfigure, the_order_is_that_of_arrival)
{
	struct policy_settings settings = world_settings();
	struct policy_settings next;
	struct fixture f;
	struct call *first, *second;

	settings.total = (struct total_settings){ SEAT, SEAT, SEAT, false };
	settings.lanes[FINALIZERS].reserve = 0;
	settings.gate.closed_min_usec = settings.gate.closed_max_usec =
		USEC_PER_SEC;
	f = blocked(&settings);
	f.world->servers[0].faults[REMOVAL] = (struct fault){
		.what = FAULT_ANSWER,
		.count = 1,
		.answer = { 429, 1, 7, true, false, SPAN_NONE },
	};
	first = send(&f, REMOVAL);
	f.world->servers[0].streams_max = 1;
	world_run(f.world, 2 * MSEC);
	second = send(&f, REMOVAL);
	world_run(f.world, 2 * MSEC);
	cr_assert_eq(first->rq.refusals, 1);
	cr_assert_eq(first->state, CALL_WAITING);
	settings_drop_lane(&f.settings, FINALIZERS, WRITES);
	reload(&f, &next);
	open_up(&f);
	cr_expect_lt(first->order, second->order);
	cr_expect_eq(second->status, 200);
	world_free(f.world);
}

Test(reconfigure, what_waits_for_a_token_of_a_lane_that_goes_is_let_in)
{
	struct policy_settings settings = world_settings();
	struct policy_settings next;
	struct fixture f;
	struct client *client;
	struct call *calls[3];

	settings.lanes[READS].flow_bucket =
		(struct bucket_settings){ true, 1000, 1 };
	f = blocked(&settings);
	client = world_client(f.world, READ);
	for (unsigned i = 0; i < 3; i++)
		calls[i] = world_send(f.world, client);
	world_pump(f.world);
	cr_expect_eq(world_stats(f.world).lanes[READS].parked, 2);
	settings_drop_lane(&f.settings, READS, WRITES);
	reload(&f, &next);
	cr_expect_eq(world_stats(f.world).lanes[WRITES].queued, 3);
	open_up(&f);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(calls[i]->status, 200);
	world_free(f.world);
}

Test(reconfigure, what_is_parked_after_a_failure_waits_on)
{
	struct policy_settings settings = world_settings();
	struct policy_settings next;
	struct fixture f;
	struct call *call;

	settings.retry.backoff_min = settings.retry.backoff_max = SECOND;
	f = blocked(&settings);
	f.world->servers[0].streams_max = 1000;
	f.world->servers[0].faults[READ] =
		(struct fault){ .what = FAULT_LOST, .count = 1 };
	call = send(&f, READ);
	world_run(f.world, 5 * MSEC);
	cr_assert_eq(call->rq.state, REQUEST_PARKED);
	settings_drop_lane(&f.settings, READS, WRITES);
	reload(&f, &next);
	cr_expect_eq(call->rq.state, REQUEST_PARKED);
	cr_expect_str_eq(lane_of(&f, call), "writes");
	world_run(f.world, 2 * SECOND);
	cr_expect_eq(call->status, 200);
	cr_expect_eq(call->starts, 2);
	world_free(f.world);
}

Test(reconfigure, streams_are_not_held_where_there_is_nobody)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *event = send(&f, EVENT);

	world_pump(f.world);
	policy_health(f.world->policy, 0, HEALTH_VANISHED, f.world->now);
	settings_drop_lane(&f.settings, EVENTS, STREAMS);
	reload(&f, &next);
	cr_expect_eq(event->verdict, VERDICT_STREAM_AWAY);
	cr_expect_eq(event->status, 429);
	world_free(f.world);
}

Test(reconfigure, a_rule_that_is_gone_names_nobody)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *removal = send(&f, REMOVAL);

	settings_drop_rule(&f.settings, removal->rq.rule);
	reload(&f, &next);
	cr_expect_str_eq(lane_of(&f, removal), "finalizers");
	cr_expect_str_eq(
		policy_rule_name(f.world->policy, &removal->rq), "writes");
	world_free(f.world);
}

Test(reconfigure, times_are_the_new_ones_from_submission_on)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next, last;
	struct call *impatient = send(&f, CREATE), *patient = send(&f, REMOVAL);

	world_run(f.world, 10 * SECOND);
	f.settings.lanes[WRITES].wait_max = 8 * SECOND;
	f.settings.lanes[FINALIZERS].wait_max = 15 * SECOND;
	reload(&f, &next);
	cr_expect_eq(impatient->verdict, VERDICT_WAITED_TOO_LONG);
	cr_expect_eq(patient->state, CALL_WAITING);
	f.settings.lanes[FINALIZERS].wait_max = 30 * SECOND;
	reload(&f, &last);
	world_run(f.world, 19 * SECOND);
	cr_expect_eq(patient->state, CALL_WAITING);
	world_run(f.world, 2 * SECOND);
	cr_expect_eq(patient->verdict, VERDICT_WAITED_TOO_LONG);
	world_free(f.world);
}

/* ---- what runs --------------------------------------------------------- */

static struct policy_settings two_seats(void)
{
	struct policy_settings settings = world_settings();

	settings.total = (struct total_settings){ 2 * SEAT, 2 * SEAT, 2 * SEAT,
		false };
	settings.lanes[FINALIZERS].reserve = 0;
	return settings;
}

/* `count` of a kind at the API server, for a second. */
static void run_some(struct fixture *f, enum kind kind, unsigned count)
{
	struct client *client = world_client(f->world, kind);

	f->world->servers[0].streams_max = 1000;
	f->world->servers[0].faults[kind] = (struct fault){
		.what = FAULT_HANG, .count = count, .hang = SECOND,
	};
	for (unsigned i = 0; i < count; i++)
		world_send(f->world, client);
	world_run(f->world, 10 * MSEC);
}

Test(reconfigure, what_runs_is_counted_where_it_belongs_now)
{
	const struct policy_settings settings = two_seats();
	struct fixture f = blocked(&settings);
	struct policy_settings next, last;
	struct policy_stats stats;

	run_some(&f, CREATE, 2);
	stats = world_stats(f.world);
	cr_assert_eq(stats.lanes[WRITES].running, 2);
	cr_assert_eq(stats.endpoints[0].in_flight, 2 * SEAT);
	settings_drop_lane(&f.settings, WRITES, READS);
	reload(&f, &next);
	stats = world_stats(f.world);
	cr_expect_eq(stats.lanes[READS - 1].running, 2);
	cr_expect_eq(stats.lanes[READS - 1].seats, 2 * SEAT);
	cr_expect_eq(stats.endpoints[0].in_flight, 2 * SEAT);
	/* Outside the total from now on … */
	f.settings.lanes[READS - 1].kind = LANE_EXEMPT;
	f.settings.lanes[READS - 1].min_share = 0;
	reload(&f, &last);
	stats = world_stats(f.world);
	cr_expect_eq(stats.endpoints[0].in_flight, 0);
	cr_expect_eq(stats.lanes[READS - 1].seats, 2 * SEAT);
	world_run(f.world, 3 * SECOND);
	stats = world_stats(f.world);
	cr_expect_eq(stats.lanes[READS - 1].seats, 0);
	cr_expect_eq(stats.endpoints[0].in_flight, 0);
	world_free(f.world);
}

Test(reconfigure, a_smaller_total_waits_until_there_is_room)
{
	struct policy_settings settings = two_seats();
	struct policy_settings next;
	struct fixture f;
	struct call *call;

	settings.total = (struct total_settings){ 4 * SEAT, SEAT, 4 * SEAT,
		false };
	f = blocked(&settings);
	run_some(&f, CREATE, 4);
	f.settings.total.initial = f.settings.total.max = SEAT;
	reload(&f, &next);
	cr_expect_eq(world_stats(f.world).endpoints[0].total, SEAT);
	call = send(&f, READ);
	world_run(f.world, 500 * MSEC);
	cr_expect_not(STARTED(call));
	world_run(f.world, 2 * SECOND);
	cr_expect_eq(call->status, 200);
	world_free(f.world);
}

Test(reconfigure, a_smaller_cap_is_kept_once_there_is_less)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *call;

	run_some(&f, CREATE, 4);
	f.settings.lanes[WRITES].seats_max = 2 * SEAT;
	reload(&f, &next);
	call = send(&f, CREATE);
	world_run(f.world, 500 * MSEC);
	cr_expect_not(STARTED(call));
	world_run(f.world, 2 * SECOND);
	cr_expect_eq(call->status, 200);
	world_free(f.world);
}

Test(reconfigure, one_that_is_to_be_aborted_keeps_its_seat_until_it_is_gone)
{
	const struct policy_settings settings = two_seats();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *call = send(&f, CREATE);
	struct decision decision;

	f.world->servers[0].streams_max = 1000;
	f.world->servers[0].faults[CREATE] = (struct fault){
		.what = FAULT_HANG, .count = 1, .hang = SECOND,
	};
	world_run(f.world, 10 * MSEC);
	cr_assert_not(policy_cancel(f.world->policy, &call->rq, f.world->now));
	settings_drop_lane(&f.settings, WRITES, READS);
	next = f.settings;
	policy_reconfigure(
		f.world->policy, &next, &f.renumbering, f.world->now);
	policy_check(f.world->policy);
	cr_expect_eq(world_stats(f.world).endpoints[0].in_flight, SEAT);
	cr_assert(policy_next(f.world->policy, f.world->now, &decision));
	cr_expect_eq(decision.rq, &call->rq);
	cr_expect_eq(decision.kind, DECISION_ABORT);
	policy_check(f.world->policy);
	cr_expect_not(policy_finish(f.world->policy, &call->rq,
		&(struct outcome){ .kind = OUTCOME_BROKEN }, f.world->now));
	cr_expect_eq(world_stats(f.world).endpoints[0].in_flight, 0);
	world_free(f.world);
}

Test(reconfigure, the_names_of_what_is_over_can_still_be_asked_for)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	struct call *removal, *read;

	f.world->servers[0].streams_max = 1000;
	removal = send(&f, REMOVAL);
	read = send(&f, READ);
	world_run(f.world, SECOND);
	cr_assert_eq(removal->rq.state, REQUEST_IDLE);
	settings_swap_lanes(&f.settings, LEASES, READS);
	settings_drop_lane(&f.settings, FINALIZERS, WRITES);
	reload(&f, &next);
	policy_renumber(f.world->policy, &f.renumbering, &removal->rq);
	policy_renumber(f.world->policy, &f.renumbering, &read->rq);
	cr_expect_str_eq(lane_of(&f, removal), "writes");
	cr_expect_str_eq(lane_of(&f, read), "reads");
	cr_expect_str_eq(
		policy_rule_name(f.world->policy, &read->rq), "catch-all");
	world_free(f.world);
}

/* ---- budgets ----------------------------------------------------------- */

Test(reconfigure, a_lane_that_has_spent_its_budget_has_spent_the_new_one)
{
	struct policy_settings settings = world_settings();
	struct policy_settings next;
	struct fixture f;
	struct client *client;
	unsigned started = 0;
	struct call *calls[40];

	settings.lanes[READS].bucket =
		(struct bucket_settings){ true, 1000, 10 };
	f = blocked(&settings);
	f.world->servers[0].streams_max = 1000;
	client = world_client(f.world, READ);
	for (unsigned i = 0; i < 5; i++)
		world_send(f.world, client);
	world_run(f.world, 100 * MSEC);
	/* Half full then, and now: 20 of 40, not 40. */
	f.settings.lanes[READS].bucket.burst = 40;
	reload(&f, &next);
	for (unsigned i = 0; i < 40; i++)
		calls[i] = world_send(f.world, client);
	world_run(f.world, 500 * MSEC);
	for (unsigned i = 0; i < 40; i++)
		started += calls[i]->starts;
	cr_expect(started >= 20 && started <= 22, "%u started", started);
	world_free(f.world);
}

Test(reconfigure, a_budget_that_is_gone_keeps_nobody)
{
	struct policy_settings settings = world_settings();
	struct policy_settings next;
	struct fixture f;
	struct client *client;
	struct call *calls[3];

	settings.lanes[READS].flow_bucket =
		(struct bucket_settings){ true, 100, 1 };
	f = blocked(&settings);
	f.world->servers[0].streams_max = 1000;
	client = world_client(f.world, READ);
	for (unsigned i = 0; i < 3; i++)
		calls[i] = world_send(f.world, client);
	world_run(f.world, 100 * MSEC);
	cr_expect_not(STARTED(calls[2]));
	f.settings.lanes[READS].flow_bucket.is_limited = false;
	reload(&f, &next);
	world_run(f.world, 100 * MSEC);
	cr_expect(STARTED(calls[1]) && STARTED(calls[2]));
	world_free(f.world);
}

/* ---- what was learned -------------------------------------------------- */

Test(reconfigure, gates_stay_as_they_were_learned)
{
	const struct policy_settings settings = world_settings();
	struct fixture f = blocked(&settings);
	struct policy_settings next;
	uint32_t before, after;

	f.world->servers[0].faults[CREATE] = (struct fault){
		.what = FAULT_ANSWER,
		.count = 30,
		.answer = { 429, 1, 7, true, false, SPAN_NONE },
	};
	f.world->servers[0].streams_max = 1000;
	for (unsigned i = 0; i < 8; i++)
		send(&f, CREATE);
	world_run(f.world, 20 * MSEC);
	cr_assert_eq(world_stats(f.world).level_count, 2);
	before = world_stats(f.world).levels[1].limit;
	settings_drop_lane(&f.settings, EVENTS, WRITES);
	reload(&f, &next);
	after = world_stats(f.world).levels[1].limit;
	cr_expect_eq(before, after);
	cr_expect_lt(after, 64);
	world_free(f.world);
}
