/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct request: one request as policy sees it.  Embedded in the proxy's
 * exchange, which owns the memory and fills the first part; the second part
 * is policy's own and read by nobody else but through policy.h.
 *
 *                      submit
 *                        |                 (refused, retried)
 *                        v          +--------------------------+
 *     IDLE ----------> QUEUED ------|---> RUNNING ---> IDLE    |
 *                        ^          |       |  |               |
 *                        |          v       |  +-- cancel --> DRAINING -> IDLE
 *                        +------- PARKED <--+
 *
 * A request is in exactly one container, named by its state: QUEUED in its
 * flow, PARKED in the heap of times, LEAVING among those that are about to be
 * rejected, RUNNING and DRAINING in none but counted.  IDLE: policy does not
 * know it.
 */
#ifndef POLICY_REQUEST_H
#define POLICY_REQUEST_H

#include <stdbool.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/util.h"
#include "policy/class.h"
#include "policy/kept_by.h"
#include "policy/verdict.h"

enum request_state {
	REQUEST_IDLE,
	REQUEST_QUEUED,
	REQUEST_PARKED,
	REQUEST_LEAVING,
	REQUEST_RUNNING,
	REQUEST_DRAINING,
};

enum request_source {
	SOURCE_CLIENT,
	SOURCE_REPLAY,
	SOURCE_SWEEP,
	SOURCE_OWN, /* Fairway's own, which others may wait for */
	SOURCE_REVIEW, /* Fairway asks about a client */
};

/* With whose rights a request goes, and so could be sent again later. */
enum credential {
	CREDENTIAL_OTHER,  /* none, an impersonation, or more than one */
	CREDENTIAL_BEARER, /* one token: until that is seen again */
	CREDENTIAL_OWN,    /* Fairway's own */
};

/* Which upstream connection a request goes over (DESIGN.md section 8). */
enum conn_class {
	CONN_EXPRESS, /* leader-election and finalizers */
	CONN_BULK,
	CONN_STREAMS, /* watches and other long-running ones */
	CONN_CLASS_COUNT,
};

/* Who asks, where Fairway authenticates; all borrowed. */
struct subject {
	struct span user;
	const struct span *groups;
	size_t group_count;
};

/* Why it was decided so; what `explain` and the access log show. */
struct reasons {
	uint16_t shadow_rule; /* the first in Shadow; REASONS_NO_RULE */
	enum kept_by kept_by; /* what kept it, the last time it was asked */
	/* In a lane in Shadow: what would have kept or refused it. */
	enum kept_by would_be_kept_by;
	enum verdict would_be_refused;
	/* Where it started: */
	uint64_t flow;	 /* hash of its flow; 0: it never started */
	uint64_t level;	 /* of the level's UID; 0: not known */
	uint32_t gate_limit; /* requests that the gate let through */
	uint32_t gate_in_flight; /* … and that were there already */
};

#define REASONS_NO_RULE UINT16_MAX

struct request {
	/* Filled by the proxy before policy_submit(); is_body_kept also
	 * before policy_answered() and policy_finish(), the rest is constant.
	 */
	uint64_t id; /* by which who looks names it; the proxy's */
	enum request_source source;
	enum credential credential;
	const struct class *class; /* borrowed; lives as long as this */
	struct span user_agent;	   /* borrowed */
	const struct subject *subject; /* borrowed; NULL: not known */
	/* A removal that may be sent again later: removal_may_be_replayed(). */
	bool is_replayable;
	/* An earlier request's intent for the same removal is durable. */
	bool has_intent;
	/* What was taken of the body can be sent again.  May turn false. */
	bool is_body_kept;
	/*
	 * Goes over a connection of its own, an upgrade's: it needs no free
	 * stream, and its start is not paced as a watch's.
	 */
	bool is_apart;
	uint64_t identity;  /* hash of the credential; 0: none was sent */
	uint64_t peer;	    /* hash of where it comes from: its address */
	uint64_t affinity;  /* of the client connection: same endpoint */
	uint64_t body_len;  /* kept or announced; UINT64_MAX: not known */
	uint64_t held_bytes; /* of memory that waiting costs */
	usec_t deadline;    /* client's time, USEC_NEVER: none */

	/* Policy's. */
	enum request_state state;
	uint16_t lane;
	uint16_t rule;
	uint8_t endpoint;
	bool was_sent;	     /* a byte of this attempt has left */
	bool was_answered;   /* final headers of this attempt came */
	bool was_started;    /* at least once */
	bool may_have_acted; /* an attempt's fate is unknown; not of reads */
	bool was_held;	     /* waited while the API server was away */
	bool is_wide;	     /* counts against the cap of wide LISTs */
	bool is_large;	     /* counts against that of large writes */
	bool is_charged;     /* paid its tokens and its place in the flow */
	bool has_seat;	     /* counted in the total, its lane and the cap */
	bool is_in_level;    /* counted in its level's gate */
	bool is_by_share;    /* started by its lane's minimum share */
	bool is_journaled;   /* a decision to journal it is due or was made */
	bool is_durable;     /* an intent for it is on the disk */
	bool is_overdue;     /* waited longer than its lane's overdue_after */
	bool is_bounded;     /* its timer ends this attempt */
	bool is_given_up;    /* … and did, or will as soon as a reset may go */
	uint32_t width;	     /* milli-seats */
	uint32_t wide_width; /* of them in the cap of wide LISTs */
	uint32_t attempt;    /* 1 for the first one started */
	uint32_t refusals;   /* 429s of the API server so far */
	uint32_t returns;    /* attempts that were certainly not processed */
	struct reasons reasons;
	usec_t submitted_at;
	usec_t started_at;   /* of this attempt */
	usec_t waited;	     /* submission to first start */
	usec_t parked_until;
	uint64_t tag;	     /* virtual start time in its flow */
	uint64_t level_key;  /* what tells which level it will meet */
	uint64_t size_key;   /* of a LIST: what tells how large it is; or 0 */
	struct flow *flow;   /* borrowed from policy */
	struct level *level; /* borrowed from policy */
	enum verdict pending_verdict;
	unsigned pending_retry_after;
	struct list_node node;	    /* in its flow; of those to be rejected */
	struct list_node lane_node; /* in its lane, while it waits */
	struct list_node journal_node; /* of those to be journaled */
	struct heap_node timer;	    /* when its time, parking, attempt is over */
};

/* From submission to the first start: what X-Fairway-Wait says. */
static inline usec_t request_wait(const struct request *rq)
{
	return rq->waited;
}

#endif
