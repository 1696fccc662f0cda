/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A random walk through policy's door: any legal event at any time, with
 * limits so small that all of them are met; policy_check() after each step.
 */
#include <criterion/criterion.h>

#include "base/rng.h"
#include "tests/sim/walk.h"

static uint64_t walk(uint64_t seed, unsigned endpoints, unsigned steps)
{
	struct walk *w = walk_new(seed, endpoints);
	struct rng rng;
	uint64_t trace;

	rng_init(&rng, seed);
	for (unsigned i = 0; i < steps; i++)
		walk_step(w, (uint8_t)rng_next(&rng), (uint8_t)rng_next(&rng),
			(uint8_t)rng_next(&rng));
	trace = walk_end(w);
	return trace;
}

Test(walk, one_endpoint, .timeout = 300)
{
	for (uint64_t seed = 1; seed <= 4; seed++)
		walk(seed, 1, 50000);
}

Test(walk, two_endpoints, .timeout = 300)
{
	for (uint64_t seed = 11; seed <= 14; seed++)
		walk(seed, 2, 50000);
}

Test(walk, same_seed_same_decisions)
{
	cr_assert_eq(walk(3, 2, 20000), walk(3, 2, 20000));
	cr_assert_neq(walk(3, 2, 20000), walk(4, 2, 20000));
}
