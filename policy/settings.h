/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy is told about how to behave: plain data, filled by conf/ (or by
 * a test) and not changed while a policy uses it.
 *
 * Times are usec_t; seats are milli-seats (1000 is one seat) and shares
 * thousandths, so that policy needs no floating point.  Field names are the
 * API server's (flowcontrol.apiserver.k8s.io) where they mean the same.
 */
#ifndef POLICY_SETTINGS_H
#define POLICY_SETTINGS_H

#include <stdbool.h>

#include "base/util.h"
#include "policy/class.h"

#define SEAT ((uint32_t)1000) /* in milli-seats */

/* Most lanes and rules that a configuration may have. */
#define POLICY_LANES_MAX 32
#define POLICY_RULES_MAX 256
#define POLICY_ENDPOINTS_MAX 8

/* A token bucket: `qps` thousandths of a token a second, up to `burst`. */
struct bucket_settings {
	bool is_limited; /* false: no bucket, the rest does not count */
	uint32_t milli_qps; /* with is_limited, 0 refuses everything */
	uint32_t burst;
};

/* Whether what is decided is done, or counted only. */
enum enforcement {
	ENFORCEMENT_FULL,
	ENFORCEMENT_SHADOW,
};

enum lane_kind {
	LANE_QUEUED,  /* waits for its turn in the order, under the total */
	LANE_EXEMPT,  /* outside the total and its queues; gates still apply */
	LANE_STREAMS, /* long-running: starts are paced, never queued */
};

struct lane_settings {
	const char *name;
	/*
	 * SHADOW: caps, budgets, gates, order and retries are counted, and
	 * the request goes at once.  Only memory, a pause, the end of Fairway
	 * and an API server that is away still keep it.
	 */
	enum enforcement mode;
	enum lane_kind kind;
	uint32_t order;	    /* of LANE_QUEUED: lower ones first */
	uint32_t min_share; /* thousandths of seat time that it gets at least */
	uint32_t reserve;   /* milli-seats that it may use above the total */
	uint32_t seats_max; /* cap in milli-seats; 0: none */
	uint32_t wide_list_seats; /* cap for wide LISTs, milli-seats; 0: none */
	/* The same for large writes, whose seats all lanes share. */
	uint32_t large_write_seats;
	struct bucket_settings bucket;
	struct bucket_settings flow_bucket;
	/* A flow over its bucket goes there; -1: it waits or is refused. */
	int32_t overflow_lane;
	usec_t wait_max;      /* in the queue while the API server is there */
	usec_t hold_max;      /* while it is away; USEC_NEVER: client's time */
	usec_t overdue_after; /* then it goes before all; USEC_NEVER: never */
	uint32_t queue_requests_max;
	uint64_t queue_bytes_max;
};

struct strings {
	const char *const *items; /* borrowed */
	size_t count;
};

/*
 * A rule matches when all of its conditions do; an empty condition always
 * does.  "*" matches anything.  Where the names are APF's, so is the meaning
 * (apiserver/pkg/util/flowcontrol/rule.go).
 *
 * A rule with conditions on resources (groups, resources, namespaces, names)
 * is for resources, one with non_resource_urls for other paths, one with both
 * for both.
 */
struct rule_settings {
	const char *name;
	enum enforcement mode; /* SHADOW: counted, and the next rule is asked */
	uint32_t matching_precedence; /* the lowest that matches wins */
	uint32_t lane;		      /* index into lanes */
	uint32_t verbs;	  /* set of 1 << enum verb; 0: any */
	uint32_t effects; /* set of 1 << enum effect; 0: any */
	bool only_resources;	 /* not for non-resource paths */
	bool only_non_resources; /* only for non-resource paths */
	bool only_long_running;
	bool only_short; /* not for long-running requests */
	struct strings api_groups;  /* "" is the core group */
	/* "pods", "pods/status"; "pods/" + star: pods and all below them */
	struct strings resources;
	/*
	 * "*" is any namespace.  What has none (cluster-scoped, or across
	 * all) matches if there are no namespaces here, or cluster_scope.
	 */
	struct strings namespaces;
	bool cluster_scope;	    /* without namespaces: nothing else */
	struct strings names;	    /* of objects */
	/* "/healthz" and what is below it; "/debug/" + star: below only */
	struct strings non_resource_urls;
	uint32_t query_has;	    /* all of these must be there */
	uint32_t query_lacks;	    /* … and none of these */
	struct strings finalizers;  /* the removed one is any of these */
	/* A patch of finalizers and nothing else: `is_pure` of class.h. */
	bool only_pure;
	struct strings user_agents; /* prefixes */
	/* Who asks is any of these; never where it is not known. */
	struct strings users;
	struct strings groups;
	struct strings service_accounts; /* "namespace:name", "namespace:*" */
	uint64_t body_max;	    /* in bytes; 0: any */
	/* A DELETE of an object whose finalizer removal just succeeded. */
	bool only_released_objects;
	/* Fairway's own reviews: of all of them, and of nothing else. */
	bool only_reviews;
	/* How flows are told apart; both: the pair. */
	bool flow_by_identity;
	bool flow_by_namespace;
};

struct total_settings {
	uint32_t initial; /* milli-seats; all of these */
	uint32_t min;
	uint32_t max;
	bool is_adaptive; /* false: stays at initial */
};

/* Constants of facts/policy-experiments.md section 3. */
struct gate_settings {
	uint32_t closed_min_usec; /* doubled with each refusal in a row */
	uint32_t closed_max_usec;
	uint32_t raise_min_usec; /* before the first attempt to raise */
	uint32_t raise_max_usec;
};

struct retry_settings {
	uint32_t tries_max;    /* of one request, gate refusals not counted */
	uint32_t budget;       /* thousandths of the requests that may retry */
	usec_t backoff_min;
	usec_t backoff_max;
	usec_t throttled_max;  /* longest time one request is kept for 429s */
	/* Of an attempt that may be made again, or whose client is gone. */
	usec_t answer_timeout;
};

struct health_settings {
	usec_t probe_every;
	usec_t probe_every_away;
	usec_t probe_timeout;
	bool are_probes_dear;	/* anonymous: each ends its connection */
	uint32_t ramp_start;	/* milli-seats in flight right after a return */
	uint32_t ramp_growth;	/* thousandths: 1300 is 1.3 times a step */
	usec_t ramp_step;
	uint32_t stream_starts_milli_qps; /* watch starts and LISTs, paced */
	uint32_t stream_starts_burst;
};

/* Which removals are kept in the journal. */
enum journal_mode {
	JOURNAL_WHEN_HELD, /* held, throttled, or a first attempt failed */
	JOURNAL_ALWAYS,
	JOURNAL_OFF,
};

struct intent_settings {
	enum journal_mode mode;
	struct strings labels; /* that a removal may set besides */
	struct bucket_settings replays; /* of all replays together */
};

struct policy_settings {
	struct lane_settings lanes[POLICY_LANES_MAX];
	uint32_t lane_count;
	struct rule_settings rules[POLICY_RULES_MAX];
	uint32_t rule_count;
	enum enforcement mode; /* SHADOW: of all lanes */
	struct bucket_settings root_bucket;
	struct total_settings total;
	struct gate_settings gate;
	struct retry_settings retry;
	struct health_settings health;
	struct intent_settings intents;
	uint32_t endpoint_count; /* at least 1 */

	/* Sizes of the tables, allocated once. */
	uint32_t requests_max; /* that policy may have at one time */
	uint32_t flows_max;
	uint32_t levels_max;
	uint32_t identities_max;
	uint32_t sizes_max; /* learned widths of LISTs */
	uint32_t objects_max; /* being deleted, remembered; 0: none are */
	usec_t stuck_after; /* … and stuck, so long after their deletion */
	uint64_t held_bytes_max; /* bodies kept in all lanes together */
	/* Of that, only for bodies up to 16 KiB, so that bulk cannot take it. */
	uint64_t held_bytes_small;
};

/*
 * The default lanes and rules of a sidecar (DESIGN.md section 6): the names
 * and numbers that docs/configuration.md gives.
 */
void policy_settings_default(struct policy_settings *ret_settings);

#endif
