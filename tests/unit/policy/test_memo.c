/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/memo.h"

static bool knows(struct memo *memo, uint64_t key, uint64_t value)
{
	uint64_t got;

	return memo_get(memo, key, &got) && got == value;
}

Test(memo, knows_what_it_was_told_last)
{
	struct memo memo;

	memo_init(&memo, 64);
	cr_expect(!knows(&memo, 5, 1));
	memo_put(&memo, 5, 1);
	cr_expect(knows(&memo, 5, 1));
	memo_put(&memo, 5, 2);
	cr_expect(knows(&memo, 5, 2));
	memo_forget(&memo, 5);
	cr_expect(!knows(&memo, 5, 2));
	memo_fini(&memo);
}

Test(memo, never_knows_the_key_zero)
{
	struct memo memo;

	memo_init(&memo, 64);
	memo_put(&memo, 0, 1);
	memo_forget(&memo, 0);
	cr_expect(!knows(&memo, 0, 1));
	memo_fini(&memo);
}

/* One set of four: the smallest table. */
Test(memo, forgets_the_longest_unused)
{
	struct memo memo;

	memo_init(&memo, 1);
	for (uint64_t key = 1; key <= 4; key++)
		memo_put(&memo, key, key);
	cr_expect(knows(&memo, 1, 1));
	memo_put(&memo, 5, 5);
	cr_expect(knows(&memo, 1, 1), "it was asked for just now");
	cr_expect(!knows(&memo, 2, 2));
	for (uint64_t key = 3; key <= 5; key++)
		cr_expect(knows(&memo, key, key));
	memo_fini(&memo);
}

Test(memo, a_free_place_is_taken_first)
{
	struct memo memo;

	memo_init(&memo, 1);
	for (uint64_t key = 1; key <= 4; key++)
		memo_put(&memo, key, key);
	memo_forget(&memo, 3);
	memo_put(&memo, 9, 9);
	cr_expect(knows(&memo, 1, 1) && knows(&memo, 2, 2) &&
		knows(&memo, 4, 4) && knows(&memo, 9, 9));
	memo_fini(&memo);
}
