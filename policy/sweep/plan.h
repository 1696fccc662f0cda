/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan: what a sweep has found, and whether it is more than may go.  A sweep
 * that would remove more than its caps does not remove what is within them: it
 * removes nothing, since something is not as those thought who set them.
 */
#ifndef POLICY_SWEEP_PLAN_H
#define POLICY_SWEEP_PLAN_H

#include "policy/sweep/proof.h"

struct sweep_caps {
	uint32_t removals;      /* in one sweep */
	uint32_t per_namespace; /* of these */
	/*
	 * Thousandths of the pods with the finalizer, where there are at least
	 * so many of them: of two pods one is half.
	 */
	uint32_t share;
	uint32_t share_from;
};

/* 500 removals, 200 in a namespace, half of at least 20. */
void sweep_caps_default(struct sweep_caps *ret_caps);

struct sweep_tally {
	uint32_t pods; /* with the finalizer */
	uint32_t removals;     /* of pods and Workflows */
	uint32_t of_pods;      /* … of pods */
	uint32_t in_namespace; /* of a kind, in the one that has the most */
};

enum sweep_excess {
	SWEEP_WITHIN,
	SWEEP_TOO_MANY,
	SWEEP_TOO_MANY_IN_NAMESPACE,
	SWEEP_TOO_LARGE_A_SHARE,
};

enum sweep_excess sweep_check_caps(
	const struct sweep_caps *caps, const struct sweep_tally *tally);
const char *sweep_excess_text(enum sweep_excess excess);

#endif
