/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers from a seed: the same seed gives the same numbers
 * (xoshiro256** of Blackman and Vigna, seeded by splitmix64).  Not for keys.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/util.h"

struct rng {
	uint64_t s[4];
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
/* Evenly from 0 to bound - 1; 0 when the bound is 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

#endif
