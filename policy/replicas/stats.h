/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the division among replicas stands: read by metrics and the status.
 */
#ifndef POLICY_REPLICAS_STATS_H
#define POLICY_REPLICAS_STATS_H

#include "policy/quotas.h"

enum replica_state {
	REPLICA_JOINING, /* not long enough here to have more than the floor */
	REPLICA_MEMBER,
	REPLICA_CUT_OFF, /* could not renew its Lease in time: floor */
	REPLICA_NAMELESS, /* another process has the Lease of its name: floor */
	REPLICA_STATE_COUNT,
};

const char *replica_state_name(enum replica_state state); /* "cut-off" */

struct replica_stats {
	enum replica_state state;
	usec_t since;	 /* … it is in that state */
	usec_t valid_until; /* what is above the floor, unless renewed */
	uint32_t peers;	 /* others whose Leases have not expired */
	/* More replicas than the configuration has room for; 0: not. */
	uint32_t too_many;
	/* Leases of others that say nothing sensible, or were deleted. */
	uint32_t unreadable;
	uint32_t floors[QUOTAS_MAX];
	uint32_t portions[QUOTAS_MAX]; /* in force, the floor included */
	uint32_t demands[QUOTAS_MAX];
	uint64_t renewals;
	uint64_t failures; /* of reading or writing Leases */
	uint64_t cut_offs; /* times that the portion fell to the floor */
};

#endif
