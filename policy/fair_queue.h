/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fair queue: shares the seats of one lane at one level among its flows
 * (start-time fair queuing; Goyal, Vin and Cheng 1996).
 *
 * Each flow has a FIFO.  The next request is the head of the flow with the
 * smallest start tag; serving it advances that flow by its cost.  A flow that
 * was idle starts at the current virtual time: it gets no credit for the past
 * and waits behind nobody's backlog.
 *
 *	vtime <= start tag of each head that was not served yet
 *
 * A request that the API server refused goes back to the head of its flow
 * with its old tag and pays nothing a second time.
 *
 * The queues of a lane share its seats in the same way among themselves, each
 * with the weight of its flows: `start` is a tag in the lane's virtual time.
 *
 * Owns nothing: flows come from a struct flow_table, requests are linked,
 * never freed.  O(log flows) a call.
 */
#ifndef POLICY_FAIR_QUEUE_H
#define POLICY_FAIR_QUEUE_H

#include <stdbool.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "policy/request.h"
#include "policy/token_bucket.h"

/* The cost of a request of one seat; wide ones cost in proportion. */
#define FAIR_COST_SEAT ((uint64_t)1 << 16)

/* What must not stand behind another kind of one lane and level. */
enum queue_kind {
	QUEUE_USUAL,
	QUEUE_WIDE,  /* wide LISTs, which have a cap of their own */
	QUEUE_LARGE, /* large writes, which have one too */
	QUEUE_APART, /* upgrades, which start at once */
	QUEUE_REPLAY, /* behind all others */
	QUEUE_KINDS,
};

struct fair_queue {
	struct heap flows; /* those with requests, by start tag */
	struct list_node node; /* in its lane's list of queues with requests */
	uint64_t vtime;
	uint64_t start; /* in its lane's virtual time */
	uint32_t count; /* requests */
	struct level *level; /* borrowed */
	enum queue_kind kind;
};

struct flow {
	struct map_node map_node;
	struct list_node idle_node; /* in the table's list of unused ones */
	struct heap_node heap_node; /* in its queue, while it has requests */
	struct list requests;
	struct fair_queue *queue; /* borrowed; what it was made for */
	uint64_t finish;	  /* where its next request starts */
	uint32_t users;		  /* requests that point here */
	struct token_bucket bucket;
};

struct flow_table {
	struct flow *flows; /* owned */
	struct map map;
	struct list idle;   /* unused, the longest ago first */
	uint32_t made;	    /* those that were ever used */
	uint32_t usual;	    /* above, an unused one is taken over */
	uint32_t max;
};

/*
 * Remembers `usual` flows, so that an unused one finds its bucket and its tag
 * again, and has room for `users` at one time.
 */
void flow_table_init(
	struct flow_table *table, uint32_t usual, uint32_t users);
void flow_table_fini(struct flow_table *table);
/*
 * The flow with that hash in that queue, made if need be, with one user more.
 * There must not be more users than flows in the table.
 */
struct flow *flow_take(
	struct flow_table *table, struct fair_queue *queue, uint64_t hash);
void flow_release(struct flow_table *table, struct flow *flow);
/* Flows of those `count` queues have buckets with other settings. */
void flow_table_resettle(struct flow_table *table,
	const struct fair_queue *queues, size_t count,
	const struct bucket_settings *from, const struct bucket_settings *to,
	usec_t now);
/* Nothing points to those `count` queues any more; no flow in use does. */
void flow_table_forget(struct flow_table *table,
	const struct fair_queue *queues, size_t count);
/* Flows that are in use. */
uint32_t flow_table_count(const struct flow_table *table);

void fair_queue_init(
	struct fair_queue *queue, struct level *level, enum queue_kind kind);
/* At the end of rq->flow, which must be this queue's. */
void fair_queue_push(struct fair_queue *queue, struct request *rq);
/* Back to the head of its flow, as it was taken: after a refusal. */
void fair_queue_push_back(struct fair_queue *queue, struct request *rq);
/* The next one, NULL if there is none. */
struct request *fair_queue_first(const struct fair_queue *queue);
/* Takes the one that fair_queue_first() gives: it is served. */
void fair_queue_serve(struct fair_queue *queue, struct request *rq);
/* Takes any one out without serving it. */
void fair_queue_remove(struct fair_queue *queue, struct request *rq);
/* What serving it costs, shared by all flows of the queue. */
uint64_t fair_queue_cost(
	const struct fair_queue *queue, const struct request *rq);
void fair_queue_check(const struct fair_queue *queue);

#endif
