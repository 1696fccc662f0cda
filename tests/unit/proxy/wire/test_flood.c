/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/flood.h"

#include <criterion/criterion.h>

static unsigned take_all(struct flood_bucket *bucket, usec_t now)
{
	unsigned taken = 0;

	while (flood_take(bucket, now))
		taken++;
	return taken;
}

Test(flood, allows_its_burst_at_once_and_no_more)
{
	struct flood_bucket bucket;

	flood_init(&bucket, 200, 10, 5000);
	cr_assert(flood_has(&bucket, 5000));
	cr_assert_eq(take_all(&bucket, 5000), 200);
	cr_assert_not(flood_has(&bucket, 5000));
}

Test(flood, gains_its_rate)
{
	struct flood_bucket bucket;

	flood_init(&bucket, 200, 10, 0);
	take_all(&bucket, 0);
	cr_assert_not(flood_take(&bucket, USEC_PER_SEC / 10 - 1));
	cr_assert(flood_take(&bucket, USEC_PER_SEC / 10));
	cr_assert_eq(take_all(&bucket, 2 * USEC_PER_SEC), 19);
}

Test(flood, never_holds_more_than_its_burst)
{
	struct flood_bucket bucket;

	flood_init(&bucket, 200, 10, 0);
	take_all(&bucket, 0);
	cr_assert_eq(take_all(&bucket, 3600 * USEC_PER_SEC), 200);
	cr_assert_eq(take_all(&bucket, USEC_NEVER - 1), 200);
}

Test(flood, looking_takes_nothing)
{
	struct flood_bucket bucket;

	flood_init(&bucket, 1, 1, 0);
	cr_assert(flood_has(&bucket, 0));
	cr_assert(flood_has(&bucket, 0));
	cr_assert(flood_take(&bucket, 0));
	cr_assert_not(flood_has(&bucket, 0));
}

Test(flood, clock_stepping_back_adds_nothing)
{
	struct flood_bucket bucket;

	flood_init(&bucket, 5, 1000, 10 * USEC_PER_SEC);
	cr_assert_eq(take_all(&bucket, 10 * USEC_PER_SEC), 5);
	cr_assert_not(flood_take(&bucket, 0));
	cr_assert_not(flood_take(&bucket, 10 * USEC_PER_SEC));
	cr_assert(flood_take(&bucket, 10 * USEC_PER_SEC + 1000));
}

Test(flood, rate_of_zero_never_gains)
{
	struct flood_bucket bucket;

	flood_init(&bucket, 2, 0, 0);
	cr_assert_eq(take_all(&bucket, 0), 2);
	cr_assert_not(flood_take(&bucket, USEC_NEVER - 1));
}

Test(flood, slow_but_steady_is_never_refused)
{
	struct flood_bucket bucket;
	usec_t now = 0;

	flood_init(&bucket, 3, 7, 0);
	/* Seven a second, at odd moments. */
	for (unsigned i = 0; i < 7 * 1000; i++) {
		now = (usec_t)i * USEC_PER_SEC / 7 + 1;
		cr_assert(flood_take(&bucket, now));
	}
}
