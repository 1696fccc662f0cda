/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan: what a sweep has found, and whether it is more than may go.  A sweep
 * that would remove more than its caps does not remove what is within them: it
 * removes nothing, since something is not as those thought who set them.
 */
#ifndef POLICY_SWEEP_PLAN_H
#define POLICY_SWEEP_PLAN_H

#include <stdint.h>

struct sweep_caps {
	uint32_t removals;      /* in one sweep */
	uint32_t per_namespace; /* of these */
	/*
	 * Thousandths of the objects of a kind with the finalizer, where there
	 * are at least so many of them: of two pods one is half.
	 */
	uint32_t share;
	uint32_t share_from;
};

/* 500 removals, 200 in a namespace, half of at least 20. */
void sweep_caps_default(struct sweep_caps *ret_caps);

enum sweep_excess {
	SWEEP_WITHIN,
	SWEEP_TOO_MANY,
	SWEEP_TOO_MANY_IN_NAMESPACE,
	SWEEP_TOO_LARGE_A_SHARE,
};

/* `in_namespace`: of one kind, in the namespace that has the most. */
enum sweep_excess sweep_check_counts(const struct sweep_caps *caps,
	uint32_t removals, uint32_t in_namespace);
/* Of `carriers`, objects of one kind with the finalizer. */
enum sweep_excess sweep_check_share(
	const struct sweep_caps *caps, uint32_t removals, uint32_t carriers);
const char *sweep_excess_text(enum sweep_excess excess);

#endif
