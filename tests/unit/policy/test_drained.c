/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator lets run empty, and what an operator ends. */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

enum { LEASES = 0, STREAMS, FINALIZERS, STATUSES, WRITES, READS, EVENTS };

static struct call *send(struct world *world, enum kind kind)
{
	struct call *call = world_send(world, world_client(world, kind));

	world_pump(world);
	return call;
}

/* One of that name; its identity is proven once one was answered. */
static struct client *tenant(struct world *world, const char *namespace)
{
	struct client *client = world_client(world, READ);

	client->namespace = namespace;
	return client;
}

static void drain_lane(struct world *world, uint16_t lane, bool is_drained)
{
	policy_drain_lane(world->policy, lane, is_drained, world->now);
}

Test(drained, a_lane_serves_what_it_has_and_takes_nothing_new)
{
	struct world *world = world_new(NULL, 1);
	struct call *before, *after, *other;

	world_stop_server(world, 0);
	before = send(world, READ);
	drain_lane(world, READS, true);
	after = send(world, READ);
	other = send(world, CREATE);
	cr_expect_eq(after->verdict, VERDICT_DRAINED);
	cr_expect_eq(after->status, 429);
	cr_expect(after->retry_after == 1 || after->retry_after == 2);
	world_go_on(world, 0);
	world_run(world, SECOND);
	cr_expect_eq(before->status, 200);
	cr_expect_eq(other->status, 200);
	cr_expect(world_stats(world).lanes[READS].is_drained);
	drain_lane(world, READS, false);
	after = send(world, READ);
	world_run(world, SECOND);
	cr_expect_eq(after->status, 200);
	world_free(world);
}

Test(drained, nor_what_overflows_into_it)
{
	struct policy_settings settings = world_settings();
	struct client *client;
	struct world *world;
	struct call *call;

	settings.lanes[FINALIZERS].flow_bucket.burst = 1;
	world = world_new(&settings, 1);
	client = world_client(world, REMOVAL);
	drain_lane(world, WRITES, true);
	call = world_send(world, client);
	world_pump(world);
	cr_expect_eq(call->verdict, VERDICT_NONE);
	call = world_send(world, client);
	world_pump(world);
	cr_expect_eq(call->verdict, VERDICT_DRAINED);
	world_free(world);
}

Test(drained, a_lane_stays_so_over_a_reload)
{
	const struct policy_settings settings = world_settings();
	struct world *world = world_new(NULL, 1);
	struct renumbering renumbering;

	drain_lane(world, READS, true);
	policy_reconfigure(
		world->policy, &settings, &renumbering, world->now);
	cr_expect_eq(send(world, READ)->verdict, VERDICT_DRAINED);
	world_free(world);
}

Test(drained, a_replay_was_taken_long_ago)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, REMOVAL);
	struct call *call;

	client->source = SOURCE_REPLAY;
	drain_lane(world, FINALIZERS, true);
	call = world_send(world, client);
	world_run(world, SECOND);
	cr_expect_eq(call->status, 200);
	world_free(world);
}

Test(drained, a_flow_is_refused_and_others_are_not)
{
	struct world *world = world_new(NULL, 1);
	struct client *noisy = tenant(world, "noisy");
	struct client *quiet = tenant(world, "quiet");
	struct call *call = world_send(world, noisy);
	uint64_t flow;

	world_run(world, SECOND);
	/* The first one proved who it is. */
	call = world_send(world, noisy);
	world_pump(world);
	flow = policy_flow(&call->rq);
	world_run(world, SECOND);
	cr_assert_eq(call->status, 200);
	cr_assert_eq(policy_drain_flow(world->policy, flow, true, world->now),
		0);
	call = world_send(world, noisy);
	world_pump(world);
	cr_expect_eq(call->verdict, VERDICT_DRAINED);
	call = world_send(world, quiet);
	world_run(world, SECOND);
	cr_expect_eq(call->status, 200);
	cr_expect_eq(world_stats(world).drained_flows, 1);
	cr_assert_eq(policy_drain_flow(world->policy, flow, false, world->now),
		0);
	call = world_send(world, noisy);
	world_run(world, SECOND);
	cr_expect_eq(call->status, 200);
	world_free(world);
}

Test(drained, a_lease_is_never_refused)
{
	struct world *world = world_new(NULL, 1);
	struct call *first = send(world, LEASE), *lease;

	world_run(world, SECOND);
	policy_drain_flow(
		world->policy, policy_flow(&first->rq), true, world->now);
	lease = send(world, LEASE);
	world_run(world, SECOND);
	cr_expect_eq(lease->status, 200);
	world_free(world);
}

Test(drained, so_many_flows_and_no_more)
{
	struct world *world = world_new(NULL, 1);
	const uint64_t *flows;

	for (uint64_t i = 1; i <= POLICY_DRAINED_FLOWS_MAX; i++)
		cr_assert_eq(policy_drain_flow(world->policy, i, true, 0), 0);
	cr_expect_eq(policy_drain_flow(world->policy, 3, true, 0), 0);
	cr_expect_eq(policy_drain_flow(world->policy, 99, true, 0), -1);
	cr_expect_eq(policy_drain_flow(world->policy, 99, false, 0), -1);
	cr_expect_eq(policy_drain_flow(world->policy, 1, false, 0), 0);
	cr_expect_eq(policy_drain_flow(world->policy, 99, true, 0), 0);
	cr_assert_eq(policy_drained_flows(world->policy, &flows),
		POLICY_DRAINED_FLOWS_MAX);
	cr_expect_eq(flows[0], 2);
	cr_expect_eq(flows[POLICY_DRAINED_FLOWS_MAX - 1], 99);
	world_free(world);
}

/* ---- endpoints --------------------------------------------------------- */

static unsigned home_of(struct world *world, uint64_t connection)
{
	struct client *client = world_client(world, READ);
	struct call *call;

	client->peer = connection;
	call = world_send(world, client);
	world_run(world, 20 * MSEC);
	cr_assert_eq(call->status, 200);
	return call->rq.endpoint;
}

static struct world *two_servers(void)
{
	struct policy_settings settings = world_settings();

	settings.endpoint_count = 2;
	return world_new(&settings, 1);
}

Test(drained, an_endpoint_is_left_for_another)
{
	struct world *world = two_servers();
	unsigned first = home_of(world, 7);

	policy_drain_endpoint(world->policy, first, true, world->now);
	for (uint64_t i = 7; i < 12; i++)
		cr_expect_eq(home_of(world, i), 1 - first);
	cr_expect(world_stats(world).endpoints[first].is_drained);
	policy_drain_endpoint(world->policy, first, false, world->now);
	/* Who moved stays; who is new goes to both. */
	cr_expect_eq(home_of(world, 7), 1 - first);
	cr_expect(home_of(world, 20) == first || home_of(world, 21) == first);
	world_free(world);
}

Test(drained, an_endpoint_is_better_than_none)
{
	struct world *world = two_servers();
	unsigned first = home_of(world, 7);

	policy_drain_endpoint(world->policy, first, true, world->now);
	world_stop_server(world, 1 - first);
	world_run(world, 4 * SECOND);
	cr_expect_eq(home_of(world, 7), first);
	world_free(world);
}

Test(drained, another_server_in_the_slot_is_not)
{
	struct world *world = two_servers();

	policy_drain_endpoint(world->policy, 1, true, world->now);
	policy_health(world->policy, 1, HEALTH_VANISHED, world->now);
	policy_health(world->policy, 1, HEALTH_APPEARED, world->now);
	cr_expect_not(world_stats(world).endpoints[1].is_drained);
	world_free(world);
}

/* ---- kill -------------------------------------------------------------- */

Test(kill, who_waits_is_told_that_it_was_not_executed)
{
	struct world *world = world_new(NULL, 1);
	struct call *call;

	policy_pause_lane(world->policy, READS, true, world->now);
	call = send(world, READ);
	cr_assert(policy_kill(world->policy, &call->rq, world->now));
	world_pump(world);
	cr_expect_eq(call->verdict, VERDICT_KILLED);
	cr_expect_eq(call->status, 429);
	cr_expect_neq(call->retry_after, 0);
	world_free(world);
}

Test(kill, what_runs_is_not_policys_to_end)
{
	struct world *world = world_new(NULL, 1);
	struct call *call = send(world, READ);

	cr_assert_eq(call->state, CALL_AT_SERVER);
	cr_expect_not(policy_kill(world->policy, &call->rq, world->now));
	world_run(world, SECOND);
	cr_expect_eq(call->status, 200);
	cr_expect_not(policy_kill(world->policy, &call->rq, world->now));
	world_free(world);
}

Test(kill, one_whose_fate_is_unknown_is_not_told_to_come_again)
{
	struct world *world = world_new(NULL, 1);
	struct call *call;

	/* A guarded removal that was lost goes again, a while later. */
	world->servers[0].faults[REMOVAL] =
		(struct fault){ .what = FAULT_LOST, .count = 1 };
	call = send(world, REMOVAL);
	policy_pause_lane(world->policy, FINALIZERS, true, world->now);
	world_run(world, 5 * MSEC);
	cr_assert_eq(call->state, CALL_WAITING);
	cr_assert(policy_kill(world->policy, &call->rq, world->now));
	world_pump(world);
	cr_expect_eq(call->verdict, VERDICT_NO_ANSWER);
	cr_expect_eq(call->retry_after, 0);
	world_free(world);
}
