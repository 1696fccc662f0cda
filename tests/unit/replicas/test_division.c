/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/rng.h"
#include "base/util.h"
#include "policy/replicas/division.h"

#define N 3

static void expect_parts(uint32_t pool, const uint32_t wants[N],
	uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t parts[N];

	division_make(pool, 1, wants, N, parts);
	cr_expect_eq(parts[0], a, "a has %u", parts[0]);
	cr_expect_eq(parts[1], b, "b has %u", parts[1]);
	cr_expect_eq(parts[2], c, "c has %u", parts[2]);
}

Test(division, who_wants_little_gets_it_and_the_rest_is_even)
{
	expect_parts(30, (uint32_t[N]){ 4, 100, 100 }, 4, 13, 13);
	expect_parts(30, (uint32_t[N]){ 100, 0, 100 }, 15, 0, 15);
}

Test(division, what_nobody_wants_is_even)
{
	expect_parts(30, (uint32_t[N]){ 0, 0, 0 }, 10, 10, 10);
	expect_parts(30, (uint32_t[N]){ 6, 0, 0 }, 14, 8, 8);
}

Test(division, odd_ones_go_to_the_first)
{
	expect_parts(8, (uint32_t[N]){ 0, 0, 0 }, 3, 3, 2);
	expect_parts(8, (uint32_t[N]){ 9, 9, 9 }, 3, 3, 2);
	expect_parts(2, (uint32_t[N]){ 0, 9, 9 }, 0, 1, 1);
}

Test(division, parts_are_whole_units)
{
	uint32_t parts[N];

	division_make(
		9500, 1000, (const uint32_t[N]){ 1, 1500, 20000 }, N, parts);
	cr_expect_eq(parts[0], 1000);
	cr_expect_eq(parts[1], 2000);
	cr_expect_eq(parts[2], 6000);
}

/* Nobody lacks what another has beyond what that one wants, but odd units. */
Test(division, is_max_min_fair)
{
	struct rng rng;

	rng_init(&rng, 1);
	for (unsigned round = 0; round < 20000; round++) {
		uint32_t count = 1 + (uint32_t)rng_below(&rng, 8);
		uint32_t pool = (uint32_t)rng_below(&rng, 100);
		uint32_t wants[8], parts[8];
		uint64_t sum = 0;

		for (uint32_t i = 0; i < count; i++)
			wants[i] = (uint32_t)rng_below(&rng, 60);
		division_make(pool, 1, wants, count, parts);
		for (uint32_t i = 0; i < count; i++)
			sum += parts[i];
		cr_assert_eq(sum, pool);
		for (uint32_t i = 0; i < count; i++) {
			for (uint32_t j = 0; j < count; j++) {
				if (parts[i] < wants[i])
					cr_assert_leq(parts[j], parts[i] + 1);
			}
		}
	}
}
