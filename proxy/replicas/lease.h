/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lease: how a replica's claims stand in a coordination.k8s.io/v1 Lease.
 *
 *	metadata:
 *	  labels: {fairway.dev/replicas: GROUP}
 *	  annotations:
 *	    fairway.dev/portions: {"generation": 7, "quotas":
 *	        {"total": {"demand": 12000, "claim": 16000}, …}}
 *	spec:
 *	  holderIdentity: NAME_RANDOM        one process
 *	  leaseDurationSeconds, renewTime    for people; nobody goes by them
 *
 * Amounts are thousandths; a quota that is not named is not asked for.  A
 * Lease without a sound annotation is not readable (policy/replicas/peers.h).
 */
#ifndef PROXY_REPLICAS_LEASE_H
#define PROXY_REPLICAS_LEASE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "policy/replicas/replica.h"

/* What all drafts of one replica have in common; borrowed, "" is not set. */
struct lease_face {
	const char *name;
	const char *namespace;
	const char *group;
	const char *holder;
	const char *pod_name; /* with a uid: the Lease goes with the pod */
	const char *pod_uid;
	usec_t period;
};

/* `uid` is that of the Lease that is replaced; `wall` is since 1970. */
void lease_write(const struct lease_face *face, const char *uid,
	const struct quotas *quotas, const struct lease_draft *draft,
	usec_t wall, struct buf *ret_json);

struct lease_item {
	char *name; /* owned, as the next three; never NULL */
	char *uid;
	char *holder;
	char *version;
	bool is_readable;
	struct lease_part parts[QUOTAS_MAX];
};

struct lease_list {
	struct lease_item *items; /* owned */
	uint32_t count;
};

/* All of a LeaseList; -1: it is none, or only a part of one. */
int lease_list_read(struct span json, const struct quotas *quotas,
	struct lease_list *ret_list, struct err *err);
void lease_list_fini(struct lease_list *list);

/* One Lease, as the answer to a write; -1: it is none. */
int lease_read(struct span json, const struct quotas *quotas,
	struct lease_item *ret_item, struct err *err);
void lease_item_fini(struct lease_item *item);

#endif
