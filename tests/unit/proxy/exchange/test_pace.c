/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/pace.h"

#include <criterion/criterion.h>

#define SECOND USEC_PER_SEC
#define NOW (1000 * SECOND)

static const struct pace_settings SETTINGS = {
	.rate = 1000,
	.interval = 10 * SECOND,
};

Test(pace, who_takes_enough_goes_on)
{
	struct paces paces;
	struct pace pace = { 0 };

	paces_init(&paces, &SETTINGS);
	pace_watch(&paces, &pace, 500, NOW);
	cr_expect_eq(paces_wake_at(&paces), NOW + 10 * SECOND);
	cr_expect_null(paces_due(&paces, NOW + 10 * SECOND - 1));
	cr_assert_eq(paces_due(&paces, NOW + 10 * SECOND), &pace);
	cr_expect(pace_keeps_up(&paces, &pace, 10500, NOW + 10 * SECOND));
	cr_expect_eq(paces_wake_at(&paces), NOW + 20 * SECOND);
}

Test(pace, who_takes_less_is_too_slow)
{
	struct paces paces;
	struct pace pace = { 0 };

	paces_init(&paces, &SETTINGS);
	pace_watch(&paces, &pace, 500, NOW);
	cr_assert_eq(paces_due(&paces, NOW + 10 * SECOND), &pace);
	cr_expect_not(pace_keeps_up(&paces, &pace, 10499, NOW + 10 * SECOND));
	cr_expect_eq(paces_wake_at(&paces), USEC_NEVER);
}

Test(pace, the_past_gives_no_credit)
{
	struct paces paces;
	struct pace pace = { 0 };

	paces_init(&paces, &SETTINGS);
	pace_watch(&paces, &pace, 0, NOW);
	cr_expect(pace_keeps_up(&paces, &pace, 99999, NOW + 10 * SECOND));
	cr_expect_not(pace_keeps_up(&paces, &pace, 99999, NOW + 20 * SECOND));
}

Test(pace, to_be_watched_again_begins_no_new_interval)
{
	struct paces paces;
	struct pace pace = { 0 };

	paces_init(&paces, &SETTINGS);
	pace_watch(&paces, &pace, 0, NOW);
	pace_watch(&paces, &pace, 400, NOW + 9 * SECOND);
	cr_expect_eq(paces_wake_at(&paces), NOW + 10 * SECOND);
}

Test(pace, who_leaves_is_watched_no_more)
{
	struct paces paces;
	struct pace pace = { 0 };

	paces_init(&paces, &SETTINGS);
	pace_watch(&paces, &pace, 0, NOW);
	pace_leave(&pace);
	pace_leave(&pace);
	cr_expect_eq(paces_wake_at(&paces), USEC_NEVER);
}

Test(pace, the_first_is_due_first)
{
	struct paces paces;
	struct pace a = { 0 }, b = { 0 };

	paces_init(&paces, &SETTINGS);
	pace_watch(&paces, &a, 0, NOW);
	pace_watch(&paces, &b, 0, NOW + SECOND);
	cr_expect_eq(paces_due(&paces, NOW + 10 * SECOND), &a);
	cr_expect(pace_keeps_up(&paces, &a, 20000, NOW + 10 * SECOND));
	cr_expect_null(paces_due(&paces, NOW + 10 * SECOND));
	cr_expect_eq(paces_due(&paces, NOW + 11 * SECOND), &b);
}

Test(pace, a_stop_of_the_process_is_nobody_s_fault)
{
	struct paces paces;
	struct pace pace = { 0 };

	paces_init(&paces, &SETTINGS);
	pace_watch(&paces, &pace, 0, NOW);
	cr_expect(pace_keeps_up(&paces, &pace, 10, NOW + 40 * SECOND));
	cr_expect_eq(paces_wake_at(&paces), NOW + 50 * SECOND);
}

Test(pace, without_a_rate_nobody_is_watched)
{
	static const struct pace_settings none = { .interval = SECOND };
	struct paces paces;
	struct pace pace = { 0 };

	paces_init(&paces, &none);
	pace_watch(&paces, &pace, 0, NOW);
	cr_expect_eq(paces_wake_at(&paces), USEC_NEVER);
}
