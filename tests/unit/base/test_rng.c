/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include <criterion/criterion.h>

/* From the authors' reference program: state 1 2 3 4. */
Test(rng, is_xoshiro256starstar)
{
	static const uint64_t WANTED[] = {
		UINT64_C(11520),
		UINT64_C(0),
		UINT64_C(1509978240),
		UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360),
		UINT64_C(607988272756665600),
		UINT64_C(16172922978634559625),
		UINT64_C(8476171486693032832),
		UINT64_C(10595114339597558777),
		UINT64_C(2904607092377533576),
	};
	struct rng rng = { { 1, 2, 3, 4 } };

	for (size_t i = 0; i < ARRAY_SIZE(WANTED); i++)
		cr_assert_eq(rng_next(&rng), WANTED[i]);
}

/* From the author's reference program, as often quoted. */
Test(rng, is_seeded_by_splitmix64)
{
	struct rng rng;

	rng_init(&rng, 1234567);
	cr_assert_eq(rng.s[0], UINT64_C(6457827717110365317));
	cr_assert_eq(rng.s[1], UINT64_C(3203168211198807973));
	cr_assert_eq(rng.s[2], UINT64_C(9817491932198370423));
	cr_assert_eq(rng.s[3], UINT64_C(4593380528125082431));
}

Test(rng, the_same_seed_gives_the_same_numbers)
{
	struct rng a, b, c;
	int equal = 0;

	rng_init(&a, 0);
	rng_init(&b, 0);
	rng_init(&c, 1);
	for (int i = 0; i < 100; i++) {
		uint64_t value = rng_next(&a);

		cr_assert_eq(rng_next(&b), value);
		equal += rng_next(&c) == value;
	}
	cr_assert_eq(equal, 0);
}

Test(rng, below_stays_below)
{
	static const uint64_t BOUNDS[] = { 1, 2, 3, 10, 1000, UINT64_C(1) << 63,
		(UINT64_C(1) << 63) + 1, UINT64_MAX };
	struct rng rng;

	rng_init(&rng, 2);
	for (size_t i = 0; i < ARRAY_SIZE(BOUNDS); i++) {
		for (int k = 0; k < 100; k++)
			cr_assert_lt(rng_below(&rng, BOUNDS[i]), BOUNDS[i]);
	}
	cr_assert_eq(rng_below(&rng, 0), 0);
}

/* 70 000 throws of a die with seven sides; 1 000 is more than ten sigma. */
Test(rng, below_is_even)
{
	int seen[7] = { 0 };
	struct rng rng;

	rng_init(&rng, 9);
	for (int i = 0; i < 70000; i++)
		seen[rng_below(&rng, 7)]++;
	for (int i = 0; i < 7; i++) {
		cr_assert_gt(seen[i], 9000);
		cr_assert_lt(seen[i], 11000);
	}
}

/*
 * With a bound of 3/4 of the range, value % bound without rejection would
 * give numbers below a third of the bound twice as often.
 */
Test(rng, below_is_even_for_bounds_near_the_range)
{
	uint64_t bound = UINT64_C(3) << 62;
	struct rng rng;
	int low = 0;

	rng_init(&rng, 13);
	for (int i = 0; i < 30000; i++)
		low += rng_below(&rng, bound) < bound / 3;
	cr_assert_gt(low, 9000);
	cr_assert_lt(low, 11000);
}
