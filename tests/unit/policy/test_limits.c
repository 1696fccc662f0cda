/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of queues, bytes and time; modes; clients that leave. */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

enum { LEASES = 0, STREAMS, FINALIZERS, STATUSES, WRITES, READS, EVENTS };

/* A world in which nothing starts: the API server takes no stream. */
static struct world *blocked(const struct policy_settings *settings)
{
	struct world *world = world_new(settings, 1);

	world->servers[0].streams_max = 0;
	world_run(world, MSEC);
	return world;
}

static struct call *send(struct world *world, enum kind kind)
{
	struct call *call = world_send(world, world_client(world, kind));

	world_pump(world);
	return call;
}

/* ---- queues ------------------------------------------------------------ */

Test(bounds, a_full_lane_refuses_and_others_do_not)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct call *call;

	settings.lanes[WRITES].queue_requests_max = 3;
	world = blocked(&settings);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(send(world, CREATE)->state, CALL_WAITING);
	call = send(world, CREATE);
	cr_expect_eq(call->verdict, VERDICT_QUEUE_FULL);
	cr_expect_eq(call->status, 429);
	cr_expect(call->retry_after == 1 || call->retry_after == 2);
	cr_expect_eq(send(world, READ)->state, CALL_WAITING);
	world_free(world);
}

Test(bounds, a_lane_has_a_bound_of_bytes)
{
	struct policy_settings settings = world_settings();
	struct world *world;

	settings.lanes[STATUSES].queue_bytes_max = 700000;
	world = blocked(&settings);
	send(world, STATUS);
	cr_expect_eq(send(world, STATUS)->state, CALL_WAITING);
	cr_expect_eq(send(world, STATUS)->verdict, VERDICT_QUEUE_FULL);
	world_free(world);
}

Test(bounds, what_overflows_fills_no_lane_beyond_its_bound)
{
	struct policy_settings settings = world_settings();
	struct world *world;

	settings.lanes[WRITES].queue_requests_max = 5;
	settings.lanes[FINALIZERS].flow_bucket.burst = 2;
	world = blocked(&settings);
	for (unsigned i = 0; i < 30; i++)
		send(world, REMOVAL);
	cr_expect_eq(world_stats(world).lanes[WRITES].queued, 5, "%u queued",
		world_stats(world).lanes[WRITES].queued);
	world_free(world);
}

Test(give_way, the_last_of_the_lowest_lane_goes_first)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct call *event[2], *read[2], *removal;

	settings.requests_max = 4;
	world = blocked(&settings);
	read[0] = send(world, READ);
	event[0] = send(world, EVENT);
	event[1] = send(world, EVENT);
	read[1] = send(world, READ);
	removal = send(world, REMOVAL);
	cr_expect_eq(removal->state, CALL_WAITING);
	cr_expect_eq(event[1]->verdict, VERDICT_GAVE_WAY);
	cr_expect_eq(event[1]->status, 429);
	send(world, REMOVAL);
	cr_expect_eq(event[0]->verdict, VERDICT_GAVE_WAY);
	send(world, REMOVAL);
	cr_expect_eq(read[1]->verdict, VERDICT_GAVE_WAY);
	cr_expect_eq(read[0]->state, CALL_WAITING);
	world_free(world);
}

Test(give_way, no_more_of_them_than_need_be)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *events, *removals;
	unsigned gone = 0;
	struct call *calls[8];

	settings.requests_max = 8;
	world = blocked(&settings);
	events = world_client(world, EVENT);
	removals = world_client(world, REMOVAL);
	for (unsigned i = 0; i < 8; i++)
		calls[i] = world_send(world, events);
	/* All in one turn. */
	for (unsigned i = 0; i < 3; i++)
		world_send(world, removals);
	world_pump(world);
	for (unsigned i = 0; i < 8; i++)
		gone += calls[i]->verdict == VERDICT_GAVE_WAY;
	cr_expect_eq(gone, 3, "%u gave way", gone);
	world_free(world);
}

Test(give_way, nobody_to_a_lane_that_is_not_higher)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct call *removal;

	settings.requests_max = 2;
	world = blocked(&settings);
	removal = send(world, REMOVAL);
	send(world, READ);
	cr_expect_eq(send(world, EVENT)->verdict, VERDICT_QUEUE_FULL);
	cr_expect_eq(send(world, READ)->verdict, VERDICT_QUEUE_FULL);
	cr_expect_eq(removal->state, CALL_WAITING);
	world_free(world);
}

Test(give_way, for_bytes_only_if_that_is_enough)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct call *event;

	settings.held_bytes_max = 1000000;
	settings.held_bytes_small = 0;
	world = blocked(&settings);
	for (unsigned i = 0; i < 3; i++)
		send(world, STATUS);
	event = send(world, EVENT);
	cr_expect_eq(send(world, STATUS)->verdict, VERDICT_QUEUE_FULL);
	cr_expect_eq(event->state, CALL_WAITING);
	world_free(world);
}

Test(give_way, small_bodies_have_bytes_of_their_own)
{
	struct policy_settings settings = world_settings();
	struct world *world;

	settings.held_bytes_max = 1000000;
	settings.held_bytes_small = 300000;
	world = blocked(&settings);
	send(world, STATUS);
	send(world, STATUS);
	cr_expect_eq(send(world, STATUS)->verdict, VERDICT_QUEUE_FULL);
	cr_expect_eq(send(world, REMOVAL)->state, CALL_WAITING);
	cr_expect_eq(send(world, CREATE)->state, CALL_WAITING);
	world_free(world);
}

Test(bounds, many_flows_at_once_are_fine)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *client;

	settings.requests_max = 50;
	settings.flows_max = 4;
	world = blocked(&settings);
	client = world_client(world, EVENT);
	for (unsigned i = 0; i < 60; i++) {
		client->peer = 100 + i;
		client->identity = 0;
		world_send(world, client);
	}
	client = world_client(world, REMOVAL);
	for (unsigned i = 0; i < 60; i++) {
		client->peer = 200 + i;
		client->identity = 0;
		world_send(world, client);
	}
	policy_check(world->policy);
	world_pump(world);
	cr_expect_eq(world_stats(world).lanes[FINALIZERS].queued, 50);
	world_free(world);
}

/* ---- time -------------------------------------------------------------- */

Test(patience, ends_with_wait_max)
{
	struct world *world = blocked(NULL);
	struct call *event = send(world, EVENT);

	world_run(world, 9 * SECOND);
	cr_expect_eq(event->state, CALL_WAITING);
	world_run(world, 2 * SECOND);
	cr_expect_eq(event->verdict, VERDICT_WAITED_TOO_LONG);
	cr_expect_eq(event->done_at - event->first_at, 10 * SECOND);
	world_free(world);
}

Test(patience, ends_with_the_clients_own)
{
	struct world *world = blocked(NULL);
	struct client *client = world_client(world, READ);
	struct call *call;

	client->timeout = 5 * SECOND;
	call = world_send(world, client);
	world_run(world, 6 * SECOND);
	cr_expect_eq(call->verdict, VERDICT_DEADLINE);
	cr_expect_eq(call->status, 504);
	cr_expect_eq(call->retry_after, 0);
	cr_expect_eq(call->done_at - call->first_at, 5 * SECOND);
	world_free(world);
}

Test(patience, a_watch_that_is_paced_too_long_is_told_so)
{
	struct world *world = blocked(NULL);
	struct call *call = send(world, WATCH);

	world_run(world, 11 * SECOND);
	cr_expect_eq(call->verdict, VERDICT_STREAM_PACED, "%s",
		verdict_info(call->verdict)->word);
	world_free(world);
}

/* ---- buckets ----------------------------------------------------------- */

Test(bucket, of_a_lane_paces_it)
{
	struct world *world = world_new(NULL, 1);
	struct client *sweep = world_loop(world, SWEEP, 20, UINT32_MAX);

	world_run(world, 10 * SECOND);
	/* 5 at once, 5 a second. */
	cr_expect(sweep->tally.done >= 53 && sweep->tally.done <= 55, "%u done",
		sweep->tally.done);
	world_free(world);
}

Test(bucket, of_the_root_paces_all_but_leases)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *reads, *lease;

	settings.root_bucket = (struct bucket_settings){ true, 10000, 5 };
	world = world_new(&settings, 1);
	reads = world_loop(world, READ, 20, UINT32_MAX);
	lease = world_loop(world, LEASE, 1, UINT32_MAX);
	lease->think = 500 * MSEC;
	world_run(world, 10 * SECOND);
	cr_expect(reads->tally.done >= 100 && reads->tally.done <= 106,
		"%u done", reads->tally.done);
	cr_expect_leq(tally_latency(&lease->tally, 1000), 10 * MSEC);
	world_free(world);
}

Test(bucket, of_nothing_refuses_all)
{
	struct policy_settings settings = world_settings();
	struct world *world;

	settings.lanes[READS].bucket = (struct bucket_settings){ true, 0, 0 };
	world = world_new(&settings, 1);
	cr_expect_eq(send(world, READ)->verdict, VERDICT_RATE_LIMITED);
	cr_expect_eq(send(world, CREATE)->state, CALL_AT_SERVER);
	world_free(world);
}

Test(bucket, of_a_flow_keeps_the_rest_waiting)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *one, *other;

	settings.lanes[READS].flow_bucket =
		(struct bucket_settings){ true, 10000, 2 };
	world = world_new(&settings, 1);
	one = world_loop(world, READ, 10, UINT32_MAX);
	other = world_loop(world, READ, 10, UINT32_MAX);
	other->namespace = "another";
	world_run(world, 10 * SECOND);
	cr_expect(one->tally.done >= 95 && one->tally.done <= 115, "%u",
		one->tally.done);
	cr_expect(other->tally.done >= 95 && other->tally.done <= 115, "%u",
		other->tally.done);
	world_free(world);
}

/*
 * Those that would wait longer than they may take no token: or in a flood that
 * goes on all would wait for one that comes too late, and none would start.
 */
Test(bucket, of_a_flow_is_used_however_long_a_flood_goes_on)
{
	struct policy_settings settings = world_settings();
	struct client *flood;
	struct world *world;
	uint64_t before;

	settings.lanes[READS].flow_bucket =
		(struct bucket_settings){ true, 10000, 2 };
	settings.lanes[READS].wait_max = 5 * SECOND;
	world = world_new(&settings, 1);
	flood = world_flow(world, READ, 20 * MSEC);
	flood->tries = 1;
	world_run(world, MINUTE);
	before = flood->tally.done;
	world_run(world, MINUTE);
	cr_expect_geq(flood->tally.done - before, 595, "%u",
		(unsigned)(flood->tally.done - before));
	world_free(world);
}

/* … nor those that its lane has no room for. */
Test(bucket, of_a_flow_gives_no_token_to_what_is_refused)
{
	struct policy_settings settings = world_settings();
	struct client *flood;
	struct world *world;
	uint64_t before;

	settings.lanes[READS].flow_bucket =
		(struct bucket_settings){ true, 10000, 2 };
	settings.lanes[READS].queue_requests_max = 20;
	world = world_new(&settings, 1);
	flood = world_flow(world, READ, 20 * MSEC);
	flood->tries = 1;
	world_run(world, MINUTE);
	before = flood->tally.done;
	world_run(world, MINUTE);
	cr_expect_geq(flood->tally.done - before, 595, "%u",
		(unsigned)(flood->tally.done - before));
	world_free(world);
}

Test(cap, of_a_lane_in_seats_holds)
{
	struct policy_settings settings = world_settings();
	struct world *world;

	settings.lanes[WRITES].seats_max = 3 * SEAT;
	world = world_new(&settings, 1);
	world_loop(world, CREATE, 20, UINT32_MAX);
	world_run(world, SECOND);
	cr_expect_eq(world->servers[0].most_in_flight, 3);
	world_free(world);
}

/* ---- modes ------------------------------------------------------------- */

Test(pause, only_leases_start_until_it_ends)
{
	struct world *world = world_new(NULL, 1);
	struct call *read, *lease;

	world_run(world, MSEC);
	policy_set_mode(world->policy, POLICY_PAUSE, world->now);
	read = send(world, READ);
	lease = send(world, LEASE);
	world_run(world, 10 * SECOND);
	cr_expect_eq(lease->status, 200);
	cr_expect_eq(read->state, CALL_WAITING);
	policy_set_mode(world->policy, POLICY_RUN, world->now);
	world_run(world, SECOND);
	cr_expect_eq(read->status, 200);
	world_free(world);
}

Test(pause, that_lasts_is_named)
{
	struct world *world = world_new(NULL, 1);
	struct call *read;

	policy_set_mode(world->policy, POLICY_PAUSE, world->now);
	read = send(world, READ);
	world_run(world, 61 * SECOND);
	cr_expect_eq(read->verdict, VERDICT_PAUSED);
	world_free(world);
}

/* Index of a lane of the defaults. */
static uint16_t lane_named(const char *name)
{
	static struct policy_settings settings;

	policy_settings_default(&settings);
	for (uint16_t i = 0; i < settings.lane_count; i++)
		if (!strcmp(settings.lanes[i].name, name))
			return i;
	cr_assert_fail("no lane %s", name);
	return 0;
}

Test(pause, of_a_lane_keeps_that_lane_only)
{
	struct world *world = world_new(NULL, 1);
	uint16_t reads = lane_named("reads");
	struct call *before, *read, *removal;

	before = send(world, READ);
	world_pump(world);
	policy_pause_lane(world->policy, reads, true, world->now);
	read = send(world, READ);
	removal = send(world, REMOVAL);
	world_run(world, 10 * SECOND);
	/* What runs goes on. */
	cr_expect_eq(before->status, 200);
	cr_expect_eq(removal->status, 200);
	cr_expect_eq(read->state, CALL_WAITING);
	policy_pause_lane(world->policy, reads, false, world->now);
	world_run(world, SECOND);
	cr_expect_eq(read->status, 200);
	world_free(world);
}

Test(pause, of_a_lane_that_lasts_is_named)
{
	struct world *world = world_new(NULL, 1);
	struct call *read;

	policy_pause_lane(
		world->policy, lane_named("reads"), true, world->now);
	read = send(world, READ);
	world_run(world, 61 * SECOND);
	cr_expect_eq(read->verdict, VERDICT_PAUSED);
	world_free(world);
}

Test(pause, of_a_lane_outlives_a_reload)
{
	struct world *world = world_new(NULL, 1);
	struct renumbering renumbering;
	static struct policy_settings fresh;
	struct call *read;

	fresh = world_settings();
	policy_pause_lane(
		world->policy, lane_named("reads"), true, world->now);
	read = send(world, READ);
	policy_reconfigure(world->policy, &fresh, &renumbering, world->now);
	world_run(world, SECOND);
	cr_expect_eq(read->state, CALL_WAITING);
	world_free(world);
}

Test(drain, serves_what_is_here_and_takes_nothing_new)
{
	struct world *world = world_new(NULL, 1);
	struct client *reads = world_client(world, READ);
	struct call *calls[40], *late;

	for (unsigned i = 0; i < 40; i++)
		calls[i] = world_send(world, reads);
	world_pump(world);
	policy_set_mode(world->policy, POLICY_DRAIN, world->now);
	late = send(world, READ);
	world_run(world, 5 * SECOND);
	for (unsigned i = 0; i < 40; i++)
		cr_expect_eq(calls[i]->status, 200);
	cr_expect_eq(late->verdict, VERDICT_SHUTTING_DOWN);
	cr_expect_eq(late->status, 429);
	world_free(world);
}

Test(drain, who_still_waits_can_be_sent_away)
{
	struct world *world = world_new(NULL, 1);
	struct client *reads = world_client(world, READ);
	struct call *calls[40];
	unsigned away = 0;

	for (unsigned i = 0; i < 40; i++)
		calls[i] = world_send(world, reads);
	world_pump(world);
	policy_send_away(world->policy, world->now);
	world_run(world, 5 * SECOND);
	for (unsigned i = 0; i < 40; i++) {
		if (calls[i]->verdict == VERDICT_SHUTTING_DOWN)
			away++;
		else
			cr_expect_eq(calls[i]->status, 200);
	}
	cr_expect_eq(away, 32);
	world_free(world);
}

/* ---- clients that leave ------------------------------------------------ */

Test(cancel, while_it_waits_it_is_gone_at_once)
{
	struct world *world = blocked(NULL);
	struct call *call = send(world, READ);

	cr_expect(policy_cancel(world->policy, &call->rq, world->now));
	policy_check(world->policy);
	cr_expect_eq(world_stats(world).lanes[READS].cancelled, 1);
	world_run(world, 100 * SECOND);
	cr_expect_eq(call->starts, 0);
	world_free(world);
}

Test(cancel, while_it_runs_it_keeps_its_seat_until_the_stream_is_gone)
{
	struct world *world = world_new(NULL, 1);
	struct call *call = send(world, CREATE);
	struct decision decision;

	cr_assert_eq(call->state, CALL_AT_SERVER);
	cr_expect_not(policy_cancel(world->policy, &call->rq, world->now));
	cr_expect_eq(world_stats(world).lanes[WRITES].seats, SEAT);
	cr_expect(policy_next(world->policy, world->now, &decision));
	cr_expect_eq(decision.kind, DECISION_ABORT);
	cr_expect_eq(decision.rq, &call->rq);
	cr_expect_eq(world_stats(world).lanes[WRITES].seats, SEAT);
	cr_expect_not(policy_finish(world->policy, &call->rq,
		&(struct outcome){ .kind = OUTCOME_LOST }, world->now));
	cr_expect_eq(world_stats(world).lanes[WRITES].seats, 0);
	policy_check(world->policy);
	world_free(world);
}

Test(cancel, whose_answer_is_lost_is_not_sent_again)
{
	struct world *world = world_new(NULL, 1);
	struct call *call = send(world, READ);

	world_cancel(world, call);
	world_run(world, 10 * SECOND);
	cr_expect_eq(call->starts, 1);
	cr_expect_eq(call->state, CALL_DONE);
	world_free(world);
}
