/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/plan.h"

void sweep_caps_default(struct sweep_caps *ret_caps)
{
	*ret_caps = (struct sweep_caps){
		.removals = 500,
		.per_namespace = 200,
		.share = 500,
		.share_from = 20,
	};
}

enum sweep_excess sweep_check_counts(const struct sweep_caps *caps,
	uint32_t removals, uint32_t in_namespace)
{
	if (removals > caps->removals)
		return SWEEP_TOO_MANY;
	return in_namespace > caps->per_namespace ? SWEEP_TOO_MANY_IN_NAMESPACE
						  : SWEEP_WITHIN;
}

enum sweep_excess sweep_check_share(
	const struct sweep_caps *caps, uint32_t removals, uint32_t carriers)
{
	return carriers >= caps->share_from &&
			(uint64_t)removals * 1000 >
				(uint64_t)carriers * caps->share
		? SWEEP_TOO_LARGE_A_SHARE
		: SWEEP_WITHIN;
}

const char *sweep_excess_text(enum sweep_excess excess)
{
	switch (excess) {
	case SWEEP_WITHIN:
		return "within its caps";
	case SWEEP_TOO_MANY:
		return "more removals than --max-removals";
	case SWEEP_TOO_MANY_IN_NAMESPACE:
		return "more removals in one namespace than "
		       "--max-per-namespace";
	case SWEEP_TOO_LARGE_A_SHARE:
		return "a larger share of those with the finalizer than "
		       "--max-share";
	}
	return "";
}
