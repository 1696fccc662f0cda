/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy counts: read by metrics, the admin page and the simulator.
 * Counters only grow; gauges say how it is now.
 */
#ifndef POLICY_STATS_H
#define POLICY_STATS_H

#include "base/util.h"
#include "policy/kept_by.h"
#include "policy/request.h"
#include "policy/settings.h"
#include "policy/verdict.h"

/* Upper bounds of the wait histogram, in microseconds; the last is +Inf. */
#define STATS_WAIT_BUCKETS 18
extern const usec_t STATS_WAIT_BOUNDS[STATS_WAIT_BUCKETS - 1];

struct lane_stats {
	uint64_t submitted;
	uint64_t started;   /* first attempts */
	uint64_t again;	    /* further attempts of any kind */
	uint64_t refused_upstream; /* 429 and 503 that were swallowed */
	uint64_t cancelled; /* clients that left while it waited */
	uint64_t rejected[VERDICT_COUNT];
	uint64_t wait[STATS_WAIT_BUCKETS]; /* not cumulative */
	usec_t wait_sum;
	uint64_t kept_by[KEPT_BY_COUNT]; /* first starts that waited */
	/* Of a lane in Shadow: what would have been. */
	uint64_t would_be_kept_by[KEPT_BY_COUNT];
	uint64_t would_be_refused[VERDICT_COUNT];
	uint64_t would_overflow; /* gone to the lane for that */
	uint64_t would_go_again; /* answers that were passed on */
	uint64_t seat_usec; /* milli-seat microseconds used, in total */
	/* gauges */
	bool is_paused;
	bool is_drained;
	uint32_t queued;
	uint32_t parked;
	uint32_t running;
	uint32_t seats; /* milli-seats in use */
	uint64_t queued_bytes;
};

struct rule_stats {
	uint64_t matched; /* in Shadow: it would have been the request's */
};

struct level_stats {
	uint64_t uid; /* hash, as in struct answer */
	uint8_t endpoint;
	uint32_t limit;	   /* whole seats */
	uint32_t in_flight;
	bool is_closed;
	uint64_t refusals;
	usec_t closed_until;
};

enum health_state {
	HEALTH_UP,
	HEALTH_SUSPECT,
	HEALTH_AWAY,
	HEALTH_RECOVERING,
	HEALTH_VACANT,
	HEALTH_STATE_COUNT,
};

const char *health_state_name(enum health_state state);

struct endpoint_stats {
	enum health_state health;
	usec_t since;
	uint32_t total;	    /* milli-seats allowed */
	uint32_t in_flight; /* milli-seats used under it */
	uint64_t answers_429;
	uint64_t probes_failed;
	bool is_drained;
};

#define STATS_LEVELS_MAX 64

struct policy_stats {
	struct lane_stats lanes[POLICY_LANES_MAX];
	uint32_t lane_count;
	struct rule_stats rules[POLICY_RULES_MAX];
	uint32_t rule_count;
	struct level_stats levels[STATS_LEVELS_MAX];
	uint32_t level_count;
	struct endpoint_stats endpoints[POLICY_ENDPOINTS_MAX];
	uint32_t endpoint_count;
	uint64_t held_bytes;
	uint32_t flows;
	uint32_t drained_flows;
	uint64_t retries_denied; /* by the retry budget */
	uint32_t objects; /* being deleted, that are remembered */
	uint64_t objects_given_up;
	uint64_t objects_too_long;
};

#endif
