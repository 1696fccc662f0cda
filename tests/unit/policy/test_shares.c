/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shares: of seat time between lanes, of turns between the queues of a lane,
 * and what of the total adapts.
 */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

enum { WRITES = 4, READS = 5, EVENTS = 6 };

/* The seat time that a lane used, in thousandths of all. */
static uint64_t share_of(const struct world *world, unsigned lane)
{
	struct policy_stats stats = world_stats(world);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < stats.lane_count; i++)
		sum += stats.lanes[i].seat_usec;
	return sum ? stats.lanes[lane].seat_usec * 1000 / sum : 0;
}

/* ---- lanes ------------------------------------------------------------ */

Test(share, is_of_seat_time_whatever_a_request_costs)
{
	struct world *world = world_new(NULL, 1);

	world_loop(world, CREATE, 64, UINT32_MAX);
	world_loop(world, LIST, 8, UINT32_MAX);
	world_loop(world, EVENT, 8, UINT32_MAX);
	world_run(world, 60 * SECOND);
	/* LISTs of 60 ms get 3 %, events of 4 ms 2 %, and no more. */
	cr_expect_geq(share_of(world, READS), 25, "%lu",
		(unsigned long)share_of(world, READS));
	cr_expect_leq(share_of(world, READS), 40, "%lu",
		(unsigned long)share_of(world, READS));
	cr_expect_geq(share_of(world, EVENTS), 15, "%lu",
		(unsigned long)share_of(world, EVENTS));
	cr_expect_leq(share_of(world, EVENTS), 30, "%lu",
		(unsigned long)share_of(world, EVENTS));
	world_free(world);
}

Test(share, of_idle_seats_costs_nothing_later)
{
	struct world *world = world_new(NULL, 1);
	struct client *events;
	uint32_t before;

	events = world_loop(world, EVENT, 8, UINT32_MAX);
	world_run(world, 20 * SECOND);
	before = events->tally.done;
	world_loop(world, CREATE, 64, UINT32_MAX);
	world_run(world, 2 * SECOND);
	cr_expect_geq(events->tally.done, before + 10, "%u in 2 s",
		events->tally.done - before);
	world_free(world);
}

Test(share, at_a_level_of_one_seat_no_lane_stands_still)
{
	struct policy_settings settings = world_settings();
	struct client *events, *reads, *status, *removals;
	struct world *world;

	settings.lanes[EVENTS].wait_max = 60 * SECOND;
	world = world_new(&settings, 1);
	world->servers[0].levels[0].is_reject = true;
	world->servers[0].levels[0].seats = 1;
	world_loop(world, CREATE, 64, UINT32_MAX);
	events = world_loop(world, EVENT, 4, UINT32_MAX);
	reads = world_loop(world, READ, 4, UINT32_MAX);
	status = world_loop(world, STATUS, 1, UINT32_MAX);
	world_run(world, 20 * SECOND);
	removals = world_loop(world, REMOVAL, 4, 300);
	world_run(world, 40 * SECOND);
	cr_expect_gt(events->tally.done, 5, "%u", events->tally.done);
	cr_expect_gt(reads->tally.done, 5, "%u", reads->tally.done);
	cr_expect_gt(status->tally.done, 5, "%u", status->tally.done);
	cr_expect_eq(removals->tally.done, 300);
	cr_expect_leq(removals->tally.last_done_at, world->now - 36 * SECOND,
		"and removals do not pay for it");
	world_free(world);
}

/* ---- the queues of a lane --------------------------------------------- */

static usec_t eviction_alone(void)
{
	struct world *world = world_new(NULL, 1);
	struct client *light = world_loop(world, EVICTION, 1, UINT32_MAX);
	usec_t p50;

	world->servers[0].level_of[EVICTION] = 2;
	world_run(world, 5 * SECOND);
	p50 = tally_latency(&light->tally, 500);
	world_free(world);
	return p50;
}

Test(turns, a_light_flow_does_not_wait_for_a_heavy_one_of_another_level)
{
	usec_t alone = eviction_alone(), p50;
	struct world *world = world_new(NULL, 1);
	struct client *light;

	world->servers[0].level_of[EVICTION] = 2;
	world_loop(world, CREATE, 200, UINT32_MAX);
	light = world_loop(world, EVICTION, 1, UINT32_MAX);
	world_run(world, 5 * SECOND);
	p50 = tally_latency(&light->tally, 500);
	cr_expect_leq(p50, 3 * alone, "%lu us, alone %lu us",
		(unsigned long)p50, (unsigned long)alone);
	world_free(world);
}

Test(turns, go_by_flows_and_not_by_levels)
{
	static const char *const NAMESPACES[] = { "a", "b", "c" };
	struct world *world = world_new(NULL, 1);
	struct client *three[3], *one;
	uint32_t most = 0;

	world->servers[0].level_of[EVICTION] = 2;
	for (unsigned i = 0; i < 3; i++) {
		three[i] = world_loop(world, CREATE, 20, UINT32_MAX);
		three[i]->namespace = NAMESPACES[i];
	}
	one = world_loop(world, EVICTION, 20, UINT32_MAX);
	world_run(world, 10 * SECOND);
	for (unsigned i = 0; i < 3; i++)
		most = three[i]->tally.done > most ? three[i]->tally.done
						   : most;
	/* A quarter each: not half for the level that has one flow. */
	cr_expect_leq(one->tally.done, most * 12 / 10, "%u and %u",
		one->tally.done, most);
	cr_expect_geq(one->tally.done * 12 / 10, most, "%u and %u",
		one->tally.done, most);
	world_free(world);
}

Test(turns, a_gate_that_opens_gets_no_credit_for_the_time_it_was_closed)
{
	struct world *world = world_new(NULL, 1);
	struct server_level *level = &world->servers[0].levels[2];
	struct client *blocked, *other;
	uint32_t before;

	world->servers[0].level_of[EVICTION] = 2;
	level->is_reject = true;
	level->retry_after = 32;
	blocked = world_loop(world, EVICTION, 100, UINT32_MAX);
	other = world_loop(world, CREATE, 100, UINT32_MAX);
	world_run(world, SECOND);
	level->seats = 0;
	world_run(world, 20 * SECOND);
	level->seats = 20;
	world_run(world, 5 * SECOND);
	before = other->tally.done;
	world_run(world, 5 * SECOND);
	cr_expect_gt(blocked->tally.done, 0);
	/* Alone they make 6 600 in 5 s. */
	cr_expect_geq(other->tally.done - before, 1500, "%u",
		other->tally.done - before);
	world_free(world);
}

Test(turns, those_that_wait_while_a_level_becomes_known_go_there)
{
	struct world *world = world_new(NULL, 1);
	struct server_level *level = &world->servers[0].levels[0];
	struct client *creates;

	level->is_reject = true;
	level->seats = 1;
	creates = world_client(world, CREATE);
	for (int i = 0; i < 500; i++)
		world_send(world, creates);
	world_run(world, 10 * SECOND);
	cr_expect_eq(creates->tally.done, 500);
	/* Not one refusal for each of them. */
	cr_expect_leq(level->refused, 50, "%u", level->refused);
	world_free(world);
}

/* ---- the total, where it adapts ---------------------------------------- */

static struct world *adaptive_world(void)
{
	struct policy_settings settings = world_settings();

	settings.total.is_adaptive = true;
	return world_new(&settings, 1);
}

static uint32_t total_of(const struct world *world)
{
	return world_stats(world).endpoints[0].total / SEAT;
}

Test(adaptive_total, grows_while_more_in_flight_does_no_harm)
{
	struct world *world = adaptive_world();

	world->servers[0].cores = 64;
	world->servers[0].levels[0].seats = 1000;
	world_loop(world, CREATE, 64, UINT32_MAX);
	world_run(world, 20 * SECOND);
	cr_expect_geq(total_of(world), 30, "%u", total_of(world));
	world_free(world);
}

Test(adaptive_total, stays_while_nobody_waits_for_it)
{
	struct world *world = adaptive_world();

	world_loop(world, CREATE, 4, UINT32_MAX);
	world_loop(world, LIST, 20, UINT32_MAX);
	world_run(world, 20 * SECOND);
	cr_expect_leq(total_of(world), 8, "%u: the cap on LISTs is no reason",
		total_of(world));
	world_free(world);
}

Test(adaptive_total, comes_down_when_the_server_is_overloaded)
{
	struct world *world = adaptive_world();

	world->servers[0].levels[0].seats = 1000;
	world_loop(world, CREATE, 64, UINT32_MAX);
	world_run(world, 5 * SECOND);
	/* Everything takes ten times as long from here on. */
	world->servers[0].load += 40000;
	world_run(world, 5 * SECOND);
	cr_expect_leq(total_of(world), 6, "%u", total_of(world));
	world->servers[0].load -= 40000;
	world_run(world, 20 * SECOND);
	cr_expect_geq(total_of(world), 8, "%u", total_of(world));
	world_free(world);
}

/* ---- sizes ------------------------------------------------------------ */

/* What conf/ allows, policy has to bear. */
Test(settings, the_smallest_tables_are_enough)
{
	struct policy_settings settings = world_settings();
	struct client *creates;
	struct world *world;

	settings.endpoint_count = 2;
	settings.levels_max = 1;
	settings.flows_max = settings.identities_max = settings.sizes_max = 1;
	settings.held_bytes_small = settings.held_bytes_max + 1;
	world = world_new(&settings, 1);
	creates = world_loop(world, CREATE, 100, UINT32_MAX);
	world_loop(world, LIST, 20, UINT32_MAX);
	world_run(world, 5 * SECOND);
	cr_expect_gt(creates->tally.done, 1000);
	world_free(world);
}
