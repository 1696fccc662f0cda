/* SPDX-License-Identifier: Apache-2.0 */
/* Several replicas: where what there is goes, and how fast. */
#include <criterion/criterion.h>

#include "tests/unit/replicas/fleet.h"

#define ALL 64
#define POOL 48
#define FLOOR 4

static uint32_t seats(struct fleet *fleet, unsigned node)
{
	return fleet_portion(fleet, node, 0) / SEAT;
}

static struct fleet *three_of(usec_t run_time)
{
	struct fleet *fleet = fleet_new(7, 4);

	fleet->run_time = run_time;
	for (unsigned i = 0; i < 3; i++)
		fleet_start(fleet, i);
	fleet_run(fleet, 2 * FLEET_PERIOD);
	return fleet;
}

static struct fleet *three(void)
{
	return three_of(0);
}

Test(fleet, idle_ones_have_the_same)
{
	struct fleet *fleet = three();

	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(seats(fleet, i), FLOOR + POOL / 3);
	cr_expect_not(fleet->is_over);
	fleet_free(fleet);
}

Test(fleet, all_of_it_goes_where_it_is_wanted_within_a_period)
{
	struct fleet *fleet = three();

	for (unsigned round = 0; round < 9; round++) {
		unsigned hot = round % 3;

		for (unsigned i = 0; i < 3; i++)
			fleet_want(fleet, i, i == hot ? ALL : 0);
		fleet_run(fleet, FLEET_PERIOD);
		cr_expect_eq(seats(fleet, hot), FLOOR + POOL,
			"in round %u it has %u", round, seats(fleet, hot));
		cr_expect_eq(seats(fleet, (hot + 1) % 3), FLOOR);
	}
	cr_expect_not(fleet->is_over);
	fleet_free(fleet);
}

Test(fleet, two_that_want_all_have_half)
{
	struct fleet *fleet = three();

	fleet_want(fleet, 0, ALL);
	fleet_want(fleet, 1, ALL);
	fleet_run(fleet, FLEET_PERIOD);
	cr_expect_eq(seats(fleet, 0), FLOOR + POOL / 2);
	cr_expect_eq(seats(fleet, 1), FLOOR + POOL / 2);
	cr_expect_eq(seats(fleet, 2), FLOOR);
	fleet_free(fleet);
}

/* Its Lease stands for a period, and then another may renew only. */
Test(fleet, what_a_dead_one_had_is_free_behind_its_period)
{
	struct fleet *fleet = three();

	fleet_want(fleet, 0, ALL);
	fleet_run(fleet, FLEET_PERIOD);
	fleet_kill(fleet, 0);
	fleet_want(fleet, 1, ALL);
	fleet_run(fleet, FLEET_PERIOD / 2);
	cr_expect_leq(seats(fleet, 1), FLOOR + POOL / 3);
	fleet_run(fleet, FLEET_PERIOD);
	cr_expect_eq(seats(fleet, 1), FLOOR + POOL);
	fleet_free(fleet);
}

Test(fleet, one_that_is_cut_off_has_its_floor_and_comes_back)
{
	struct fleet *fleet = three();

	fleet_want(fleet, 0, ALL);
	fleet_want(fleet, 1, ALL);
	fleet_run(fleet, FLEET_PERIOD);
	fleet_cut(fleet, 0, true);
	fleet_run(fleet, 2 * FLEET_PERIOD);
	cr_expect_eq(seats(fleet, 0), FLOOR);
	cr_expect_eq(fleet_stats(fleet, 0).state, REPLICA_CUT_OFF);
	cr_expect_eq(seats(fleet, 1), FLOOR + POOL);
	fleet_cut(fleet, 0, false);
	fleet_run(fleet, 2 * FLEET_PERIOD);
	cr_expect_eq(seats(fleet, 0), FLOOR + POOL / 2);
	cr_expect_eq(seats(fleet, 1), FLOOR + POOL / 2);
	cr_expect_not(fleet->is_over);
	fleet_free(fleet);
}

Test(fleet, one_that_starts_again_has_its_part_after_two_periods)
{
	struct fleet *fleet = three();

	for (unsigned i = 0; i < 3; i++)
		fleet_want(fleet, i, ALL);
	fleet_kill(fleet, 1);
	fleet_start(fleet, 1);
	fleet_run(fleet, 2 * FLEET_PERIOD);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(seats(fleet, i), FLOOR + POOL / 3);
	cr_expect_not(fleet->is_over);
	fleet_free(fleet);
}

/* From the one to the other, every 4 s, for an hour. */
Test(fleet, a_demand_that_moves_fast_is_never_too_much)
{
	struct fleet *fleet = three();

	for (unsigned i = 0; i < 900; i++) {
		fleet_want(fleet, i % 3, ALL);
		fleet_want(fleet, (i + 1) % 3, 0);
		fleet_run(fleet, 4 * USEC_PER_SEC);
		cr_assert_geq(seats(fleet, i % 3), FLOOR);
	}
	cr_expect_not(fleet->is_over);
	fleet_free(fleet);
}

/*
 * A replica that gives seats back has requests on them: they are claimed until
 * they have ended, those included that started a moment before.
 */
Test(fleet, what_runs_is_never_more_than_there_is)
{
	static const uint32_t WANTS[] = { 0, 0, 6, ALL };
	struct fleet *fleet = three_of(2 * USEC_PER_SEC);

	for (unsigned i = 0; i < 2000; i++) {
		fleet_want(fleet, (unsigned)rng_below(&fleet->rng, 3),
			WANTS[rng_below(&fleet->rng, 4)]);
		fleet_run(fleet, rng_below(&fleet->rng, 2 * USEC_PER_SEC));
	}
	cr_expect_not(fleet->is_over);
	/* One floor is kept for a fourth. */
	cr_expect_eq(fleet->most_run, ALL - FLOOR, "%u ran", fleet->most_run);
	fleet_free(fleet);
}
