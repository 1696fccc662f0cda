/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/token_bucket.h"

#define NOW (1000 * USEC_PER_SEC)

static const struct bucket_settings TEN_A_SECOND = { true, 10000, 5 };

static unsigned take_all(struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now)
{
	unsigned count = 0;

	while (count < 1000 && token_bucket_take(bucket, settings, now))
		count++;
	return count;
}

Test(token_bucket, begins_full)
{
	struct token_bucket bucket = { 0 };

	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW), 5);
}

Test(token_bucket, fills_at_its_rate)
{
	struct token_bucket bucket = { 0 };

	take_all(&bucket, &TEN_A_SECOND, NOW);
	cr_expect_eq(token_bucket_ready_at(&bucket, &TEN_A_SECOND, NOW),
		NOW + 100000);
	cr_expect_not(token_bucket_take(&bucket, &TEN_A_SECOND, NOW + 99999));
	cr_expect(token_bucket_take(&bucket, &TEN_A_SECOND, NOW + 100000));
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW + 300000), 2);
}

Test(token_bucket, never_holds_more_than_its_burst)
{
	struct token_bucket bucket = { 0 };

	take_all(&bucket, &TEN_A_SECOND, NOW);
	cr_expect_eq(
		take_all(&bucket, &TEN_A_SECOND, NOW + 3600 * USEC_PER_SEC), 5);
}

Test(token_bucket, clock_stepping_back_adds_nothing)
{
	struct token_bucket bucket = { 0 };

	take_all(&bucket, &TEN_A_SECOND, NOW);
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW / 2), 0);
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW), 0);
}

Test(token_bucket, reservations_are_in_line)
{
	struct token_bucket bucket = { 0 };

	take_all(&bucket, &TEN_A_SECOND, NOW);
	for (unsigned i = 1; i <= 5; i++)
		cr_expect_eq(token_bucket_reserve(&bucket, &TEN_A_SECOND, NOW),
			NOW + i * 100000);
	cr_expect_not(token_bucket_take(&bucket, &TEN_A_SECOND, NOW + 500000));
	cr_expect(token_bucket_take(&bucket, &TEN_A_SECOND, NOW + 600000));
}

Test(token_bucket, of_nothing_lets_nothing_through)
{
	static const struct bucket_settings NOTHING = { true, 0, 5 };
	static const struct bucket_settings NO_BURST = { true, 1000, 0 };
	struct token_bucket bucket = { 0 };

	cr_expect_not(token_bucket_take(&bucket, &NOTHING, NOW));
	cr_expect_eq(token_bucket_reserve(&bucket, &NOTHING, NOW), USEC_NEVER);
	cr_expect_eq(token_bucket_reserve(&bucket, &NO_BURST, NOW), USEC_NEVER);
}

Test(token_bucket, without_a_limit_lets_all_through)
{
	static const struct bucket_settings NONE = { 0 };
	struct token_bucket bucket = { 0 };

	cr_expect_eq(take_all(&bucket, &NONE, NOW), 1000);
	cr_expect_eq(token_bucket_reserve(&bucket, &NONE, NOW), NOW);
}

Test(token_bucket, keeps_its_rate_over_a_day)
{
	static const struct bucket_settings ODD = { true, 7, 1 };
	struct token_bucket bucket = { 0 };
	unsigned taken = 0;

	for (usec_t t = 0; t < 86400; t++)
		taken += token_bucket_take(
			&bucket, &ODD, NOW + t * USEC_PER_SEC);
	/* 0.007 a second. */
	cr_expect(taken >= 602 && taken <= 606, "%u", taken);
}

Test(token_bucket, new_settings_leave_it_as_full_in_proportion)
{
	const struct bucket_settings large = { true, 1000, 50 };
	struct token_bucket bucket = { 0 };

	for (unsigned i = 0; i < 4; i++)
		token_bucket_take(&bucket, &TEN_A_SECOND, NOW);
	token_bucket_resettle(&bucket, &TEN_A_SECOND, &large, NOW);
	cr_expect_eq(take_all(&bucket, &large, NOW), 10);
	token_bucket_resettle(&bucket, &large, &TEN_A_SECOND, NOW);
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW), 0);
}

Test(token_bucket, without_limits_before_it_is_full)
{
	const struct bucket_settings none = { .is_limited = false };
	struct token_bucket bucket = { 0 };

	take_all(&bucket, &TEN_A_SECOND, NOW);
	token_bucket_resettle(&bucket, &TEN_A_SECOND, &none, NOW);
	token_bucket_resettle(&bucket, &none, &TEN_A_SECOND, NOW);
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW), 5);
}

Test(token_bucket, settings_far_apart_do_not_overflow)
{
	const struct bucket_settings slow = { true, 1, 1000000 };
	const struct bucket_settings fast = { true, 1000000000, 1000000 };
	struct token_bucket bucket = { 0 };

	for (unsigned i = 0; i < 500000; i++)
		token_bucket_take(&bucket, &fast, NOW);
	token_bucket_resettle(&bucket, &fast, &slow, NOW);
	cr_expect_eq(bucket.full_at, NOW + UINT64_C(500000) * 1000000000);
	token_bucket_resettle(&bucket, &slow, &fast, NOW);
	cr_expect_leq(bucket.full_at, NOW + 500001);
	cr_expect_geq(bucket.full_at, NOW + 499999);
}

Test(token_bucket, another_size_makes_no_token)
{
	const struct bucket_settings twice = { true, 20000, 10 };
	struct token_bucket bucket = { 0 };

	/* Three are left of five; so there are of ten. */
	token_bucket_take(&bucket, &TEN_A_SECOND, NOW);
	token_bucket_take(&bucket, &TEN_A_SECOND, NOW);
	token_bucket_resize(&bucket, &TEN_A_SECOND, &twice, NOW);
	cr_expect_eq(take_all(&bucket, &twice, NOW), 3);
	token_bucket_resize(&bucket, &twice, &TEN_A_SECOND, NOW);
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW), 0);
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW + 100000), 1);
}

Test(token_bucket, a_smaller_one_has_no_more_than_it_can)
{
	const struct bucket_settings less = { true, 1000, 2 };
	struct token_bucket bucket = { 0 };

	token_bucket_resize(&bucket, &TEN_A_SECOND, &less, NOW);
	cr_expect_eq(take_all(&bucket, &less, NOW), 2);
	/* There and back: the others are not found again. */
	bucket = (struct token_bucket){ 0 };
	token_bucket_resize(&bucket, &TEN_A_SECOND, &less, NOW);
	token_bucket_resize(&bucket, &less, &TEN_A_SECOND, NOW);
	cr_expect_eq(take_all(&bucket, &TEN_A_SECOND, NOW), 2);
}

Test(token_bucket, sizes_that_come_and_go_do_not_add_up)
{
	const struct bucket_settings much = { true, 90000, 45 };
	struct token_bucket bucket = { 0 };
	unsigned taken = take_all(&bucket, &TEN_A_SECOND, NOW);

	for (unsigned i = 0; i < 1000; i++) {
		token_bucket_resize(&bucket, &TEN_A_SECOND, &much, NOW);
		taken += take_all(&bucket, &much, NOW);
		token_bucket_resize(&bucket, &much, &TEN_A_SECOND, NOW);
	}
	cr_expect_eq(taken, 5);
}
