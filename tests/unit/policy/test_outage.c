/* SPDX-License-Identifier: Apache-2.0 */
/* The API server is away, comes back, or another one takes over (S5). */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/sim/world.h"

static enum health_state health_of(const struct world *world, unsigned endpoint)
{
	return world_stats(world).endpoints[endpoint].health;
}

/* ---- 20 seconds away --------------------------------------------------- */

struct outage {
	struct world *world;
	struct client *removals, *status, *creates, *lists, *lease;
	usec_t returned_at;
};

/* Stopped for 20 s, with what a controller sends before and meanwhile. */
static struct outage outage(uint64_t seed)
{
	struct outage o = { .world = world_new(NULL, seed) };

	o.lease = world_loop(o.world, LEASE, 1, UINT32_MAX);
	o.lease->think = 500 * MSEC;
	o.creates = world_flow(o.world, CREATE, 20 * MSEC);
	o.lists = world_flow(o.world, LIST, 500 * MSEC);
	world_run(o.world, 3 * SECOND);
	world_stop_server(o.world, 0);
	world_run(o.world, SECOND);
	o.removals = world_loop(o.world, REMOVAL, 32, 400);
	o.status = world_loop(o.world, STATUS, 8, 200);
	world_run(o.world, 19 * SECOND);
	o.returned_at = o.world->now;
	world_go_on(o.world, 0);
	return o;
}

static uint32_t rejections(const struct world *world)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < world->client_count; i++)
		sum += world->clients[i].tally.rejections;
	return sum;
}

Test(outage, everything_is_held_and_nothing_refused)
{
	struct outage o = outage(1);

	cr_expect_eq(health_of(o.world, 0), HEALTH_AWAY);
	cr_expect_eq(rejections(o.world), 0);
	world_run(o.world, 20 * SECOND);
	cr_expect_eq(rejections(o.world), 0);
	cr_expect_eq(health_of(o.world, 0), HEALTH_UP);
	/* 50 a second since the beginning, none of them lost. */
	cr_expect_geq(o.creates->tally.done, 42 * 50, "%u creates",
		o.creates->tally.done);
	world_free(o.world);
}

Test(outage, removals_are_done_soon_after_the_return)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct outage o = outage(seed);
		usec_t took;

		world_run(o.world, 20 * SECOND);
		cr_expect_eq(o.removals->tally.done, 400);
		took = o.removals->tally.last_done_at - o.returned_at;
		cr_expect_leq(took, 1500 * MSEC, "last removal after %lu ms",
			(unsigned long)(took / MSEC));
		cr_expect_eq(o.status->tally.done, 200);
		world_free(o.world);
	}
}

/* Held for the whole outage, as none of them was sent before it. */
Test(outage, leases_then_removals_and_statuses_in_turn_then_the_rest)
{
	static const enum kind KINDS_[4] = { CREATE, ARCHIVE, REMOVAL, LEASE };
	struct world *world = world_new(NULL, 1);
	struct call *calls[4][6];

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 3 * SECOND);
	cr_assert_eq(health_of(world, 0), HEALTH_AWAY);
	for (unsigned k = 0; k < 4; k++) {
		struct client *client = world_client(world, KINDS_[k]);

		for (unsigned i = 0; i < 6; i++)
			calls[k][i] = world_send(world, client);
	}
	world_run(world, 10 * SECOND);
	cr_assert_eq(world->starts, 0);
	world_go_on(world, 0);
	world_run(world, 5 * SECOND);
	for (unsigned i = 0; i < 6; i++) {
		cr_expect_leq(calls[3][i]->order, 6, "lease %u: %lu", i,
			(unsigned long)calls[3][i]->order);
		cr_expect(calls[2][i]->order > 6 && calls[2][i]->order <= 18);
		cr_expect(calls[1][i]->order > 6 && calls[1][i]->order <= 18);
		cr_expect_gt(calls[0][i]->order, 18);
	}
	/* In turn: half of the removals are behind the first statuses. */
	cr_expect_gt(calls[2][3]->order, calls[1][1]->order);
	cr_expect_gt(calls[1][3]->order, calls[2][1]->order);
	world_free(world);
}

Test(outage, on_return_it_begins_with_a_handful)
{
	struct world *world = world_new(NULL, 1);

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 3 * SECOND);
	world_loop(world, CREATE, 64, UINT32_MAX);
	world_run(world, 10 * SECOND);
	world_go_on(world, 0);
	world_run(world, 50 * MSEC);
	cr_expect_eq(health_of(world, 0), HEALTH_RECOVERING);
	cr_expect_eq(world->servers[0].most_in_flight, 4);
	world_run(world, 200 * MSEC);
	cr_expect_leq(world->servers[0].most_in_flight, 7);
	world_run(world, 2 * SECOND);
	cr_expect_eq(health_of(world, 0), HEALTH_UP);
	cr_expect_eq(world->servers[0].most_in_flight, 8);
	world_free(world);
}

Test(outage, is_seen_within_a_second_and_a_half)
{
	struct world *world = world_new(NULL, 1);

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 1600 * MSEC);
	cr_expect_eq(health_of(world, 0), HEALTH_SUSPECT);
	world_run(world, 1300 * MSEC);
	cr_expect_eq(health_of(world, 0), HEALTH_AWAY);
	world_free(world);
}

Test(outage, a_hiccup_costs_no_ramp)
{
	struct world *world = world_new(NULL, 1);

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 1700 * MSEC);
	cr_assert_eq(health_of(world, 0), HEALTH_SUSPECT);
	world_go_on(world, 0);
	world_run(world, 300 * MSEC);
	cr_expect_eq(health_of(world, 0), HEALTH_UP);
	cr_expect_eq(world_stats(world).endpoints[0].total, 8000);
	world_free(world);
}

Test(outage, held_for_long_leaves_with_a_fresh_token)
{
	struct world *world = world_new(NULL, 1);

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 3 * SECOND);
	world_loop(world, REMOVAL, 1, 2);
	world_run(world, 40 * SECOND);
	world_go_on(world, 0);
	world_run(world, 5 * SECOND);
	cr_expect_eq(world->fresh_tokens, 1);
	world_free(world);
}

Test(outage, that_lasts_too_long_ends_with_503)
{
	struct world *world = world_new(NULL, 1);
	struct client *events, *creates, *removals;

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 3 * SECOND);
	events = world_client(world, EVENT);
	creates = world_client(world, CREATE);
	removals = world_client(world, REMOVAL);
	world_send(world, events);
	world_send(world, creates);
	world_send(world, removals);
	world_run(world, 9 * SECOND);
	cr_expect_eq(events->tally.rejections, 0);
	world_run(world, 2 * SECOND);
	cr_expect_eq(events->tally.rejected[VERDICT_AWAY], 1);
	world_run(world, 168 * SECOND);
	cr_expect_eq(creates->tally.rejections, 0);
	world_run(world, 2 * SECOND);
	cr_expect_eq(creates->tally.rejected[VERDICT_AWAY], 1);
	world_run(world, 418 * SECOND);
	cr_expect_eq(removals->tally.rejections, 0);
	world_run(world, 3 * SECOND);
	cr_expect_eq(removals->tally.rejected[VERDICT_AWAY], 1);
	world_free(world);
}

Test(outage, leases_wait_for_their_client)
{
	struct world *world = world_new(NULL, 1);
	struct client *lease;
	struct call *call;

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 3 * SECOND);
	lease = world_client(world, LEASE);
	call = world_send(world, lease);
	world_run(world, 3600 * SECOND);
	cr_expect_eq(call->state, CALL_WAITING);
	world_go_on(world, 0);
	world_run(world, SECOND);
	cr_expect_eq(call->status, 200);
	world_free(world);
}

/* ---- watches ----------------------------------------------------------- */

Test(watch, is_refused_with_429_while_nobody_is_there)
{
	struct world *world = world_new(NULL, 1);
	struct call *call;

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 3 * SECOND);
	call = world_send(world, world_client(world, WATCH));
	world_run(world, MSEC);
	cr_expect_eq(call->verdict, VERDICT_STREAM_AWAY);
	cr_expect_eq(call->status, 429);
	cr_expect(call->retry_after == 1 || call->retry_after == 2);
	world_free(world);
}

Test(watch, that_met_a_refused_connection_is_told_to_resume)
{
	struct world *world = world_new(NULL, 1);
	struct call *call;

	world_run(world, 3 * SECOND);
	world->servers[0].is_refusing = true;
	call = world_send(world, world_client(world, WATCH));
	world_run(world, 20 * SECOND);
	cr_expect_eq(call->status, 429, "%u %s", call->status,
		verdict_info(call->verdict)->word);
	world_free(world);
}

Test(watch, starts_are_paced)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, WATCH);
	struct call *calls[300];
	unsigned open = 0;

	world->servers[0].streams_max = 1000;
	for (unsigned i = 0; i < 300; i++)
		calls[i] = world_send(world, client);
	world_run(world, 2 * SECOND);
	for (unsigned i = 0; i < 300; i++)
		open += calls[i]->state == CALL_OPEN;
	/* 100 at once and 50 a second. */
	cr_expect(open >= 195 && open <= 201, "%u are open", open);
	world_run(world, 3 * SECOND);
	cr_expect_eq(calls[299]->state, CALL_OPEN);
	cr_expect_eq(world_stats(world).lanes[1].seats, 0);
	world_free(world);
}

Test(watch, that_lists_first_keeps_its_seat_until_then)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, WATCH_LIST);
	struct call *first = world_send(world, client), *third;

	world_send(world, client);
	third = world_send(world, client);
	world_run(world, SECOND);
	cr_expect_eq(world_stats(world).lanes[1].seats, 2000);
	cr_expect_eq(third->state, CALL_WAITING);
	policy_initialised(world->policy, &first->rq, world->now);
	world_run(world, SECOND);
	cr_expect_eq(third->state, CALL_OPEN);
	/* Nobody says so: after 10 s it does not count any more. */
	world_run(world, 11 * SECOND);
	cr_expect_eq(world_stats(world).lanes[1].seats, 0);
	world_free(world);
}

Test(watch, whose_client_goes_while_it_lists)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, WATCH_LIST);
	struct call *call = world_send(world, client);

	world_run(world, SECOND);
	cr_assert_eq(call->state, CALL_OPEN);
	cr_expect_not(policy_cancel(world->policy, &call->rq, world->now));
	world_run(world, 20 * SECOND);
	cr_expect_eq(call->state, CALL_DONE);
	cr_expect_eq(world_stats(world).lanes[1].running, 0);
	world_free(world);
}

/* A rule that looks at the user agent alone takes watches as well. */
Test(watch, keeps_no_seat_of_a_lane_that_queues)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct call *calls[20], *read;

	for (uint32_t i = 0; i < settings.rule_count; i++)
		if (!strcmp(settings.rules[i].name, "streams"))
			settings.rules[i].lane = 5; /* reads */
	cr_assert_str_eq(settings.lanes[5].name, "reads");
	world = world_new(&settings, 1);
	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = world_send(world, world_client(world, WATCH));
	world_run(world, SECOND);
	cr_expect_eq(calls[ARRAY_SIZE(calls) - 1]->state, CALL_OPEN);
	cr_expect_eq(world_stats(world).lanes[5].seats, 0);
	read = world_send(world, world_client(world, READ));
	world_run(world, SECOND);
	cr_expect_eq(read->status, 200);
	world_free(world);
}

/* ---- two API servers --------------------------------------------------- */

static struct world *two_servers(void)
{
	struct policy_settings settings = world_settings();

	settings.endpoint_count = 2;
	return world_new(&settings, 1);
}

Test(two_servers, a_client_stays_with_one)
{
	struct world *world = two_servers();
	struct client *reads = world_loop(world, READ, 4, UINT32_MAX);

	reads->peer = 2;
	world_run(world, SECOND);
	cr_expect_gt(world->servers[0].most_in_flight, 0);
	cr_expect_eq(world->servers[1].most_in_flight, 0);
	world_free(world);
}

Test(two_servers, the_other_takes_over_what_was_not_sent)
{
	struct world *world = two_servers();
	struct client *removals;

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 1800 * MSEC);
	removals = world_loop(world, REMOVAL, 32, 200);
	removals->peer = 2;
	world_run(world, 5 * SECOND);
	cr_expect_eq(removals->tally.done, 200);
	cr_expect_eq(removals->tally.rejections, 0);
	world_free(world);
}

Test(two_servers, what_waits_moves_when_its_server_goes)
{
	struct world *world = two_servers();
	struct client *creates = world_loop(world, CREATE, 64, UINT32_MAX);
	uint32_t before;

	creates->peer = 2;
	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 1600 * MSEC);
	before = creates->tally.done;
	world_run(world, SECOND);
	/* All but the 8 that hang there. */
	cr_expect_gt(creates->tally.done, before + 100);
	cr_expect_eq(creates->tally.rejections, 0);
	world_free(world);
}

Test(two_servers, refused_connections_move_it_at_once)
{
	struct world *world = two_servers();
	struct client *creates = world_client(world, CREATE);
	struct call *call;

	creates->peer = 2;
	world_run(world, 3 * SECOND);
	world->servers[0].is_refusing = true;
	world_run(world, SECOND);
	call = world_send(world, creates);
	world_run(world, 100 * MSEC);
	cr_expect_eq(call->status, 200);
	world_free(world);
}

Test(two_servers, both_gone_then_the_other_one_returns)
{
	struct world *world = two_servers();
	struct client *removals;

	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_stop_server(world, 1);
	world_run(world, 4 * SECOND);
	removals = world_loop(world, REMOVAL, 8, 100);
	removals->peer = 2; /* of the first one */
	world_run(world, 4 * SECOND);
	world_go_on(world, 1);
	world_run(world, 5 * SECOND);
	cr_expect_eq(
		removals->tally.done, 100, "%u done", removals->tally.done);
	world_free(world);
}

Test(two_servers, a_shutting_down_one_is_left_at_once)
{
	static const struct answer REFUSED = { .status = 429,
		.is_plain_text = true,
		.retry_after = 5,
		.body = SPAN_INIT("The apiserver is shutting down, ...") };
	struct world *world = two_servers();
	struct client *creates = world_client(world, CREATE);
	struct call *call;

	creates->peer = 2;
	world->servers[0].faults[CREATE] = (struct fault){
		.what = FAULT_ANSWER, .count = 9, .answer = REFUSED
	};
	world_run(world, SECOND);
	call = world_send(world, creates);
	world_run(world, 50 * MSEC);
	cr_expect_eq(call->status, 200);
	cr_expect_eq(call->starts, 2);
	cr_expect_eq(world_stats(world).endpoints[0].total, 8000);
	world_free(world);
}

/* ---- a broken connection ----------------------------------------------- */

Test(broken_connection, each_kind_ends_as_the_table_says)
{
	struct world *world = world_new(NULL, 1);
	static const enum kind KINDS_[] = { READ, REMOVAL, CREATE, LEASE };
	struct call *calls[4], *watch;

	for (unsigned i = 0; i < 4; i++)
		world->servers[0].faults[KINDS_[i]] = (struct fault){
			.what = FAULT_HANG, .count = 1, .hang = 60 * SECOND
		};
	for (unsigned i = 0; i < 4; i++)
		calls[i] = world_send(world, world_client(world, KINDS_[i]));
	watch = world_send(world, world_client(world, WATCH));
	world_run(world, SECOND);
	world_lose_all(world, 0);
	world_run(world, 10 * SECOND);
	cr_expect_eq(calls[0]->status, 200);
	cr_expect_eq(calls[1]->status, 200);
	cr_expect_eq(calls[2]->status, 504);
	cr_expect_eq(calls[3]->status, 504);
	cr_expect_eq(watch->state, CALL_DONE);
	world_free(world);
}
