/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of policy: what policy.c (events), decide.c (decisions) and
 * waiting.c (where requests wait) share.  Nobody else includes this.
 *
 *	lane -> (level, wide or not) -> fair queue -> flow -> request
 *
 * so that a closed gate, or the cap on wide LISTs, blocks nobody else in the
 * lane.
 */
#ifndef POLICY_ENGINE_H
#define POLICY_ENGINE_H

#include "base/hash.h"
#include "base/rng.h"
#include "policy/fair_queue.h"
#include "policy/health.h"
#include "policy/level.h"
#include "policy/memo.h"
#include "policy/policy.h"
#include "policy/rules.h"
#include "policy/token_bucket.h"
#include "policy/total.h"

struct lane {
	const struct lane_settings *settings; /* borrowed */
	uint16_t index;
	enum conn_class conn_class;
	struct list queues;  /* fair queues that have requests */
	struct list waiting; /* QUEUED and PARKED, in order of arrival */
	struct token_bucket bucket;
	int64_t credit; /* seat time that it is owed, milli-seats * usec */
	uint64_t started_since_return;
	struct lane_stats stats;
};

struct endpoint {
	struct health health;
	struct total total;
	struct token_bucket stream_starts;
	unsigned free_streams[CONN_CLASS_COUNT];
	uint32_t wide; /* milli-seats of wide LISTs in flight */
	uint64_t answers_429;
};

struct policy {
	const struct policy_settings *settings; /* borrowed */
	usec_t now; /* the latest that was told */
	enum policy_mode mode;
	struct rng rng;
	struct hash_key key;
	struct rules rules;
	struct lane lanes[POLICY_LANES_MAX];
	uint16_t order[POLICY_LANES_MAX]; /* queued lanes, highest first */
	uint32_t order_count;
	struct endpoint endpoints[POLICY_ENDPOINTS_MAX];

	struct level *levels; /* owned; the first ones are the unknown ones */
	uint32_t level_count;
	struct fair_queue *queues; /* owned; lanes * levels * 2 */
	struct flow_table flows;
	struct memo learned_levels; /* level_key -> uid */
	struct memo proven;	    /* identity -> 1 */
	struct memo sizes;	    /* size_key -> bytes */
	struct memo released;	    /* object -> until when */

	struct heap timers;
	struct list leaving;	/* LEAVING: to be rejected */
	struct list aborting;	/* DRAINING: to be aborted */
	struct token_bucket root_bucket;
	uint32_t requests;	/* that policy has */
	uint32_t queued;
	uint64_t held_bytes;
	uint32_t retry_credit;	/* thousandths of a retry */
	uint64_t retries_denied;
	usec_t wake_at; /* as the last round of decisions found it */
};

/* ---- engine.c, policy.c: what all others use --------------------------- */

/* Moves the clock, and what depends on it alone. */
void engine_advance(struct policy *policy, usec_t now);
/* The only function that changes a request's state. */
void engine_set_state(struct policy *policy, struct request *rq,
	enum request_state state);
struct lane *engine_lane(struct policy *policy, const struct request *rq);
struct endpoint *engine_endpoint(
	struct policy *policy, const struct request *rq);
/* The level of an endpoint with that UID, made if need be. */
struct level *engine_level(
	struct policy *policy, unsigned endpoint, uint64_t uid);
void engine_set_level(
	struct policy *policy, struct request *rq, struct level *level);
/* Nothing of the request is left with policy. */
void engine_forget(struct policy *policy, struct request *rq);
/* Each fresh request earns a share of a retry. */
void engine_earn_retry(struct policy *policy);

/* ---- waiting.c: where requests wait ------------------------------------ */

/* Finds its level, queue and flow. */
void waiting_join(struct policy *policy, struct request *rq);
/* … and puts it at the end of the flow. */
void waiting_enqueue(struct policy *policy, struct request *rq);
/* Back to the head of its flow. */
void waiting_return(struct policy *policy, struct request *rq);
/* Keeps it aside until then. */
void waiting_park(struct policy *policy, struct request *rq, usec_t until);
/* Takes the next one of its queue: it starts. */
void waiting_serve(struct policy *policy, struct request *rq);
/* Takes it out of wherever it waits; its state is to be set next. */
void waiting_take(struct policy *policy, struct request *rq);
/* It leaves with a verdict; a REJECT decision follows. */
void waiting_reject(
	struct policy *policy, struct request *rq, enum verdict verdict);
/* What is due: ends of parking and of patience. */
void waiting_tick(struct policy *policy);
/* Makes room for `rq`; false: there is none. */
bool waiting_make_room(struct policy *policy, const struct request *rq);
/* Everything that waits for `endpoint` goes to another that is there. */
void waiting_endpoint_went(struct policy *policy, unsigned endpoint);
unsigned waiting_choose_endpoint(
	const struct policy *policy, const struct request *rq);

/* ---- seats.c: what runs ------------------------------------------------ */

/* Counts it in its level, its lane, the total and the caps. */
void seats_take(struct policy *policy, struct request *rq);
/* … and off; harmless when it is not counted. */
void seats_give_back(struct policy *policy, struct request *rq);
void seats_leave_level(struct request *rq);

/* ---- retry.c: what goes again ------------------------------------------ */

/* What to do with an answer; SWALLOW: `rq` waits again or leaves. */
enum pass retry_on_answer(struct policy *policy, struct request *rq,
	const struct answer *answer);
/* After an attempt without an answer: `rq` waits again or leaves. */
void retry_on_loss(struct policy *policy, struct request *rq,
	const struct outcome *outcome);

#endif
