/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/util.h"
#include "policy/sweep/plan.h"

Test(plan, more_than_its_counts_is_told_by_which)
{
	static const struct {
		uint32_t removals, in_namespace;
		enum sweep_excess excess;
	} ROWS[] = {
		{ 0, 0, SWEEP_WITHIN },
		{ 1, 1, SWEEP_WITHIN },
		{ 500, 200, SWEEP_WITHIN },
		{ 501, 1, SWEEP_TOO_MANY },
		{ 500, 201, SWEEP_TOO_MANY_IN_NAMESPACE },
		{ UINT32_MAX, 1, SWEEP_TOO_MANY },
	};
	struct sweep_caps caps;

	sweep_caps_default(&caps);
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect(sweep_check_counts(&caps, ROWS[i].removals,
				  ROWS[i].in_namespace) == ROWS[i].excess,
			"%zu", i);
	caps.removals = caps.per_namespace = UINT32_MAX;
	cr_expect(sweep_check_counts(&caps, UINT32_MAX, UINT32_MAX) ==
		SWEEP_WITHIN);
	for (unsigned e = SWEEP_WITHIN; e <= SWEEP_TOO_LARGE_A_SHARE; e++)
		cr_expect(*sweep_excess_text((enum sweep_excess)e));
}

Test(plan, a_share_of_a_few_says_nothing)
{
	static const struct {
		uint32_t removals, carriers;
		enum sweep_excess excess;
	} ROWS[] = {
		{ 19, 19, SWEEP_WITHIN },
		{ 10, 20, SWEEP_WITHIN },
		{ 11, 20, SWEEP_TOO_LARGE_A_SHARE },
		{ 0, UINT32_MAX, SWEEP_WITHIN },
		{ UINT32_MAX, UINT32_MAX, SWEEP_TOO_LARGE_A_SHARE },
	};
	struct sweep_caps caps;

	sweep_caps_default(&caps);
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect(sweep_check_share(&caps, ROWS[i].removals,
				  ROWS[i].carriers) == ROWS[i].excess,
			"%zu", i);
	caps.share = 1000;
	cr_expect(sweep_check_share(&caps, UINT32_MAX, UINT32_MAX) ==
		SWEEP_WITHIN);
}
