/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: a random walk through policy's door, as long as one likes.
 *
 * usage: walk [STEPS [SEED]]
 *
 * Each million steps begins anew with the next seed, so that a finding can be
 * had again alone: `walk 1000000 SEED`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/util.h"
#include "tests/sim/walk.h"

#define STEPS_EACH UINT64_C(1000000)

static uint64_t walk(uint64_t seed, uint64_t steps)
{
	struct walk *one = walk_new(seed, 1 + (unsigned)(seed % 2));
	struct rng rng;

	rng_init(&rng, seed);
	for (uint64_t i = 0; i < steps; i++) {
		uint64_t bytes = rng_next(&rng);

		walk_step(one, (uint8_t)bytes, (uint8_t)(bytes >> 8),
			(uint8_t)(bytes >> 16));
	}
	return walk_end(one);
}

int main(int argc, char **argv)
{
	uint64_t left = argc > 1 ? strtoull(argv[1], NULL, 10) : STEPS_EACH;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t trace = 0;

	while (left) {
		uint64_t steps = u64_min(left, STEPS_EACH);

		printf("seed %" PRIu64 ": %" PRIu64 " steps", seed, steps);
		fflush(stdout);
		trace ^= walk(seed++, steps);
		printf(", trace %016" PRIx64 "\n", trace);
		left -= steps;
	}
	return 0;
}
