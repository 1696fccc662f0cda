/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the division among replicas is now, for who looks; all is borrowed.
 */
#ifndef PROXY_REPLICAS_VIEW_H
#define PROXY_REPLICAS_VIEW_H

#include "policy/replicas/stats.h"

struct replicas_view {
	const char *name; /* of its Lease */
	const char *group;
	const char *trouble; /* why the last question failed; "" */
	const struct quotas *quotas;
	struct replica_stats stats; /* of these quotas */
};

#endif
