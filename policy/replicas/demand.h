/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demand: how much of a quota one replica could use, as it tells the others.
 * Looked at often, told seldom: a peak is remembered and fades, so that a
 * crowd that comes and goes between two renewals is not missed, and a portion
 * does not leave at once when it is idle for a moment.
 */
#ifndef POLICY_REPLICAS_DEMAND_H
#define POLICY_REPLICAS_DEMAND_H

#include "policy/quotas.h"

struct demand {
	uint32_t peak;
	uint64_t spent; /* when it was last looked at */
	usec_t looked_at;
};

/* `interval` is the time in which a peak fades to about a third. */
void demand_note(struct demand *demand, const struct quota *quota,
	const struct quota_use *use, usec_t interval, usec_t now);

#endif
