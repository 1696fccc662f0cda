/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

static struct world *two_servers(void)
{
	struct policy_settings settings = world_settings();

	settings.endpoint_count = 2;
	return world_new(&settings, 1);
}

static void tell(struct world *world, unsigned endpoint, enum health_kind kind)
{
	policy_health(world->policy, endpoint, kind, world->now);
}

/* Where a read of that client connection goes. */
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

static void make_unready(struct world *world, unsigned endpoint)
{
	tell(world, endpoint, HEALTH_PROBE_FAILED);
}

Test(homes, new_connections_go_to_all_in_turns)
{
	struct world *world = two_servers();
	unsigned count[2] = { 0, 0 };

	for (uint64_t i = 1; i <= 10; i++)
		count[home_of(world, i * 7)]++;
	cr_expect_eq(count[0], 5);
	cr_expect_eq(count[1], 5);
	world_free(world);
}

Test(homes, a_connection_stays)
{
	struct world *world = two_servers();
	unsigned first = home_of(world, 7);

	home_of(world, 8);
	for (int i = 0; i < 5; i++)
		cr_expect_eq(home_of(world, 7), first);
	world_free(world);
}

Test(homes, who_moved_does_not_move_back)
{
	struct world *world = two_servers();
	unsigned first = home_of(world, 7);

	world_stop_server(world, first);
	world_run(world, 4 * SECOND);
	cr_expect_eq(home_of(world, 7), 1 - first);
	world_go_on(world, first);
	world_run(world, 10 * SECOND);
	cr_expect_eq(world_stats(world).endpoints[first].health, HEALTH_UP);
	cr_expect_eq(home_of(world, 7), 1 - first);
	world_free(world);
}

Test(homes, one_that_is_not_ready_is_left_for_one_that_is)
{
	struct world *world = two_servers();
	unsigned first = home_of(world, 7);

	make_unready(world, first);
	cr_expect_eq(home_of(world, 7), 1 - first);
	world_free(world);
}

Test(homes, when_none_is_ready_all_stay)
{
	struct world *world = two_servers();
	unsigned first = home_of(world, 7);

	make_unready(world, 0);
	make_unready(world, 1);
	cr_expect_eq(home_of(world, 7), first);
	world_free(world);
}

Test(homes, nobody_goes_to_a_vacant_slot)
{
	struct world *world = two_servers();

	tell(world, 0, HEALTH_VANISHED);
	for (uint64_t i = 1; i <= 10; i++)
		cr_expect_eq(home_of(world, i), 1);
	cr_expect_eq(world_stats(world).endpoints[0].health, HEALTH_VACANT);
	world_free(world);
}

Test(homes, a_vacant_slot_is_not_probed)
{
	struct world *world = two_servers();
	struct decision decision;

	tell(world, 0, HEALTH_VANISHED);
	tell(world, 1, HEALTH_VANISHED);
	cr_expect_not(policy_next(world->policy, world->now, &decision));
	cr_expect_eq(policy_wake_at(world->policy), USEC_NEVER);
	world_free(world);
}

Test(homes, what_waits_for_one_that_vanishes_moves)
{
	struct world *world = two_servers();
	struct client *creates = world_loop(world, CREATE, 32, UINT32_MAX);
	uint32_t before;

	world_run(world, SECOND);
	tell(world, 0, HEALTH_VANISHED);
	before = creates->tally.done;
	world_run(world, SECOND);
	cr_expect_gt(creates->tally.done, before + 100);
	cr_expect_eq(creates->tally.rejections, 0);
	world_free(world);
}

/* As when no name can be looked up: held, not refused. */
Test(homes, without_any_requests_are_held_until_one_appears)
{
	struct world *world = two_servers();
	struct client *removals;

	tell(world, 0, HEALTH_VANISHED);
	tell(world, 1, HEALTH_VANISHED);
	removals = world_loop(world, REMOVAL, 8, 100);
	world_run(world, 10 * SECOND);
	cr_expect_eq(removals->tally.done, 0);
	cr_expect_eq(removals->tally.rejections, 0);
	tell(world, 1, HEALTH_APPEARED);
	world_run(world, 5 * SECOND);
	cr_expect_eq(removals->tally.done, 100);
	cr_expect_eq(removals->tally.rejections, 0);
	world_free(world);
}

Test(homes, late_news_of_one_that_vanished_counts_for_nothing)
{
	struct world *world = two_servers();

	tell(world, 0, HEALTH_VANISHED);
	tell(world, 0, HEALTH_ALIVE);
	tell(world, 0, HEALTH_PROBE_OK);
	cr_expect_eq(world_stats(world).endpoints[0].health, HEALTH_VACANT);
	world_free(world);
}
