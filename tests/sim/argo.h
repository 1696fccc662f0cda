/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argo: a busy workflow controller, as its queues and workers are.
 *
 *	workflow  arrives -> reconciled each 10 s -> all pods done -> archived
 *	          a reconcile: its new pods one after another, then one status
 *	          PUT; only when that succeeded, the pods that ended since go to
 *	cleanup   4 workers, 10 a second (Argo's own limit), burst 100:
 *	          finalizer removal, then DELETE
 *	events    one goroutine, two events for each pod
 *	lease     each 5 s, with a deadline of 10 s
 *	watches   13, each resumed every 5 to 10 minutes
 *
 * All requests but watches pass one limiter of client-go's, and are repeated
 * as client-go does: up to 11 tries, each after Retry-After.  What fails then
 * is queued again.  A restart forgets the queues and all that is in flight,
 * lists everything, and does what has to be done for all workflows that there
 * are.
 */
#ifndef TESTS_SIM_ARGO_H
#define TESTS_SIM_ARGO_H

#include "tests/sim/world.h"

struct argo_settings {
	uint32_t workflows_an_hour;
	uint32_t pods_max;  /* of a workflow: from 1, small ones more often */
	usec_t lasts_max;   /* likewise, from 10 s */
	uint32_t milli_qps; /* client-go's limiter; 0: none */
	uint32_t burst;
	uint32_t cleanup_workers;
	uint32_t cleanup_milli_qps; /* 0: none */
};

struct argo;

/* `settings` is copied; the world must outlive it. */
struct argo *argo_new(
	struct world *world, const struct argo_settings *settings);
void argo_free(struct argo *argo);
/* Killed, and back after `away`. */
void argo_restart(struct argo *argo, usec_t away);

struct argo_stats {
	uint64_t workflows;   /* that ended */
	uint64_t pods;        /* that were released */
	uint64_t lost_leases; /* no renewal for 15 s, outside outages */
	uint32_t running;     /* workflows */
	uint32_t stuck;       /* pods that ended and are not released yet */
};

struct argo_stats argo_stats(const struct argo *argo);

#endif
