/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Oracle: what policy promises, watched from beside it and written down a
 * second time, by other means than policy's own:
 *
 *	never more	seats than the total, the gate, the lane and the cap on
 *			wide LISTs have; tokens than a bucket gives
 *	in order	inside a flow the one that joined it first goes first
 *	not forgotten	nobody waits longer than the lane's time, or than that
 *			of a hold or of being throttled where there was one
 *	no idle seat	when policy has nothing to do, no request that waits
 *			could have started
 *
 * The caller shows it all requests after each event, each START, and each
 * time that policy_next() has nothing.  It looks into policy's engine, but
 * decides nothing by policy's functions.
 */
#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include "policy/engine.h"

/* A token bucket, as the rule of what may have been taken from it. */
struct meter {
	uint64_t full_at; /* in thousandths of a microsecond */
};

/* One request, and since when it has been queued in its flow. */
struct watched {
	struct request *rq;      /* borrowed; NULL: policy does not have it */
	const struct flow *flow; /* NULL: it was not queued */
	const char *lane;        /* its name */
	uint64_t joined;
	usec_t submitted_at;
};

struct oracle {
	const struct policy *policy; /* borrowed */
	uint64_t events;
	uint64_t idle_rounds;
	struct meter root;
	struct meter lanes[POLICY_LANES_MAX];
	usec_t large_at[POLICY_ENDPOINTS_MAX]; /* their newest start */
};

void oracle_init(struct oracle *oracle, const struct policy *policy);
/* Something happened; all `count` requests are shown. */
void oracle_note(struct oracle *oracle, struct watched *all, unsigned count);
/* `rq` was named by a START. */
void oracle_started(struct oracle *oracle, const struct watched *all,
	unsigned count, const struct request *rq);
/*
 * New settings have come: nothing but requests of lanes that are gone has
 * moved, and none is lost.  To be told before oracle_note().
 */
void oracle_reconfigured(struct oracle *oracle,
	const struct policy_settings *from, const struct policy_settings *to,
	const struct watched *all, unsigned count);
/* policy_next() said that there is nothing to do. */
void oracle_idle(
	struct oracle *oracle, const struct watched *all, unsigned count);

#endif
