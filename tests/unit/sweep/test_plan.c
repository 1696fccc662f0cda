/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/sweep/plan.h"

Test(plan, more_than_its_caps_is_told_by_which)
{
	static const struct {
		struct sweep_tally tally;
		enum sweep_excess excess;
	} ROWS[] = {
		{ { 0, 0, 0, 0 }, SWEEP_WITHIN },
		{ { 1, 1, 1, 1 }, SWEEP_WITHIN },
		/* Few pods: a share of them says nothing. */
		{ { 19, 19, 19, 19 }, SWEEP_WITHIN },
		{ { 20, 10, 10, 10 }, SWEEP_WITHIN },
		{ { 20, 11, 11, 11 }, SWEEP_TOO_LARGE_A_SHARE },
		{ { 100000, 500, 500, 200 }, SWEEP_WITHIN },
		/* Workflows are no share of the pods. */
		{ { 20, 30, 10, 15 }, SWEEP_WITHIN },
		{ { 100000, 501, 501, 1 }, SWEEP_TOO_MANY },
		{ { 100000, 500, 500, 201 }, SWEEP_TOO_MANY_IN_NAMESPACE },
		{ { UINT32_MAX, UINT32_MAX, UINT32_MAX, 1 }, SWEEP_TOO_MANY },
	};
	struct sweep_caps caps;

	sweep_caps_default(&caps);
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect(sweep_check_caps(&caps, &ROWS[i].tally) ==
				ROWS[i].excess,
			"%zu", i);
	caps.removals = UINT32_MAX;
	caps.per_namespace = UINT32_MAX;
	caps.share = 1000;
	cr_expect(sweep_check_caps(&caps, &ROWS[9].tally) == SWEEP_WITHIN);
	for (unsigned e = SWEEP_WITHIN; e <= SWEEP_TOO_LARGE_A_SHARE; e++)
		cr_expect(*sweep_excess_text((enum sweep_excess)e));
}
