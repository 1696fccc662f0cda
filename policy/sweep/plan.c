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

enum sweep_excess sweep_check_caps(
	const struct sweep_caps *caps, const struct sweep_tally *tally)
{
	if (tally->removals > caps->removals)
		return SWEEP_TOO_MANY;
	if (tally->in_namespace > caps->per_namespace)
		return SWEEP_TOO_MANY_IN_NAMESPACE;
	if (tally->pods >= caps->share_from &&
		(uint64_t)tally->of_pods * 1000 >
			(uint64_t)tally->pods * caps->share)
		return SWEEP_TOO_LARGE_A_SHARE;
	return SWEEP_WITHIN;
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
		return "a larger share of all pods with the finalizer than "
		       "--max-share";
	}
	return "";
}
