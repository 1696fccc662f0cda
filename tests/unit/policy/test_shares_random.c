/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Minimum shares are met whatever the rest does: random crowds in all lanes,
 * on a random API server, with one lane after the other held against its
 * share of seat time.
 */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

static const enum kind KIND_OF_LANE[] = { LEASE, WATCH, REMOVAL, STATUS, CREATE,
	READ, EVENT };

enum { FIRST_WITH_SHARE = 3, LANES = ARRAY_SIZE(KIND_OF_LANE) };

static uint64_t seat_time(const struct world *world, unsigned lane)
{
	return world_stats(world).lanes[lane].seat_usec;
}

/* Every lane has more to do than there are seats. */
static struct world *crowded_world(uint64_t seed)
{
	struct world *world = world_new(NULL, seed);
	struct rng rng;

	rng_init(&rng, seed);
	world->check_every = 64;
	world->servers[0].cores = 1 + (unsigned)rng_below(&rng, 4);
	world->servers[0].levels[0].seats = 8 + (uint32_t)rng_below(&rng, 30);
	world->servers[0].levels[0].is_reject = rng_below(&rng, 2);
	for (unsigned lane = 2; lane < LANES; lane++)
		world_loop(world, KIND_OF_LANE[lane],
			10 + (unsigned)rng_below(&rng, 60), UINT32_MAX);
	world_loop(world, LIST, (unsigned)rng_below(&rng, 8), UINT32_MAX);
	return world;
}

Test(share_of_a_random_crowd, is_met, .timeout = 120)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct world *world = crowded_world(seed);
		uint64_t before[LANES], all = 0;

		world_run(world, 5 * SECOND);
		for (unsigned lane = 2; lane < LANES; lane++)
			before[lane] = seat_time(world, lane);
		world_run(world, 30 * SECOND);
		for (unsigned lane = 2; lane < LANES; lane++)
			all += seat_time(world, lane) - before[lane];
		for (unsigned lane = FIRST_WITH_SHARE; lane < LANES; lane++) {
			uint64_t least =
				all * world->settings.lanes[lane].min_share;
			uint64_t used = seat_time(world, lane) - before[lane];

			/* A tenth less: one that is served is served whole. */
			cr_expect_geq(used * 1000, least * 9 / 10,
				"seed %lu, %s: %lu of 1000",
				(unsigned long)seed,
				world->settings.lanes[lane].name,
				(unsigned long)(used * 1000 / all));
		}
		world_free(world);
	}
}
