/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exchange leaves behind: one record when it is over, for the access
 * log and the audit events, and counters for the metrics.
 */
#ifndef PROXY_EXCHANGE_RECORD_H
#define PROXY_EXCHANGE_RECORD_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"
#include "policy/class.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "proxy/journal/intent.h"

/* How an exchange ended, as its client saw it. */
enum exchange_end {
	EXCHANGE_END_ANSWERED, /* whole, by the API server or by Fairway */
	EXCHANGE_END_BROKEN,   /* the answer had begun and broke off */
	EXCHANGE_END_LEFT,     /* the client was gone before the answer's end */
	EXCHANGE_END_COUNT,
};

const char *exchange_end_name(enum exchange_end end);

/*
 * Of a request that removes finalizers: who asked, as far as that is known
 * before the API server's answer.  Kept only where somebody wants to know.
 */
struct removal_note {
	uint64_t principal;       /* principal.h; 0: it brought no token */
	bool is_own;              /* with Fairway's own credentials */
	struct span subject;      /* that its token gives: NOT verified */
	struct span impersonated; /* whom it asks to be: as it asks */
	struct span uid;          /* of the object, as the body demands */
	char text[];
};

/* Spans and pointers are borrowed and valid during the call. */
struct exchange_record {
	uint64_t id; /* as requests that are open show it */
	struct span method;
	const struct class *class; /* verb, group, resource … effect */
	struct span target;        /* raw path and query */
	struct span user_agent;
	struct span audit_id; /* of the answer, else the request; or absent */
	struct span traceparent; /* of the request; absent if it had none */
	const char *peer;     /* "127.0.0.1:4711"; "replay" */
	bool is_replay;       /* an intent's, without a client */
	uint64_t identity;    /* keyed hash of the credential; 0: none */
	struct span user;     /* as proven to Fairway; absent: not known */
	const struct subject *subject; /* its groups; NULL: not known */
	const struct removal_note *removal; /* NULL: it is none, or not noted */
	uint64_t intent;        /* the intent that it had; 0: none */
	bool is_intent_open;    /* … which is not ended yet */
	const char *lane;     /* NULL: it came before any lane */
	const char *rule;
	const char *shadow_rule; /* NULL: none in Shadow would have taken it */
	struct reasons reasons;  /* with a lane only */
	enum exchange_end end;
	enum verdict verdict; /* NONE: the API server's own answer */
	unsigned status;      /* 0: none was given */
	unsigned answered;    /* status of the API server's answer, heard by
			       * its client or not; 0: none came */
	unsigned attempts;    /* 0: it never went upstream */
	unsigned endpoint;    /* of the last attempt */
	usec_t received_at;   /* the head was there; of loop_now() */
	usec_t submitted_at;  /* policy was told; 0: it never was */
	usec_t wait;          /* submission to first start, or to its end */
	usec_t upstream;      /* last start to the head of its answer */
	usec_t transfer;      /* … and from there to the end of it */
	usec_t duration;      /* head received to the end */
	uint64_t bytes_in;    /* of bodies */
	uint64_t bytes_out;
};

typedef void exchange_record_fn(
	const struct exchange_record *record, void *user);

/* What an intent leaves behind when it ends; borrowed as above. */
struct intent_record {
	const struct intent *intent;
	const struct class *class; /* of its request */
	enum intent_end end;
	struct span user; /* verified name; absent: it is not known */
	bool is_durable;
	unsigned replays;
	unsigned answered; /* status of the answer that ended it; 0: none */
	struct span audit_id; /* … and its Audit-ID */
};

typedef void intent_record_fn(const struct intent_record *record, void *user);

/* The statuses that are counted one by one; the last is any other. */
#define STATS_CODE_COUNT 33
extern const uint16_t STATS_CODES[STATS_CODE_COUNT];
/* Place of a status in STATS_CODES. */
unsigned stats_code_index(unsigned status);

/* What became of client certificates that were looked at. */
enum certificate_result {
	CERTIFICATE_ACCEPTED,
	CERTIFICATE_REFUSED, /* whom it names is refused */
	CERTIFICATE_INVALID, /* it names nobody, or is out of its time … */
	CERTIFICATE_RESULT_COUNT,
};

/* Requests that never came to a lane are counted in a row of their own. */
#define STATS_LANE_NONE POLICY_LANES_MAX

struct exchange_stats {
	uint64_t requests[POLICY_LANES_MAX + 1][VERB_COUNT][STATS_CODE_COUNT];
	/* Head received to the end, by lane; bounds as STATS_WAIT_BOUNDS. */
	uint64_t duration[POLICY_LANES_MAX + 1][STATS_WAIT_BUCKETS];
	usec_t duration_sum[POLICY_LANES_MAX + 1];
	/* Start to the head of the answer, of each attempt. */
	uint64_t upstream[POLICY_LANES_MAX + 1][STATS_WAIT_BUCKETS];
	usec_t upstream_sum[POLICY_LANES_MAX + 1];
	uint64_t ends[EXCHANGE_END_COUNT];
	uint64_t refused[VERDICT_COUNT];
	uint64_t attempts;      /* sent upstream */
	uint64_t swallowed;     /* answers that a further attempt followed */
	uint64_t unsent;        /* attempts that certainly did nothing */
	uint64_t lost;          /* attempts without an answer */
	uint64_t watches_ended; /* cleanly, where the upstream broke off */
	uint64_t slow_readers;  /* cut off, since the API server waited */
	uint64_t unread; /* objects being deleted that were not understood */
	uint64_t certificates[CERTIFICATE_RESULT_COUNT];
	uint64_t bytes_in;      /* of bodies, from clients */
	uint64_t bytes_out;     /* … and to them */
	/* gauges */
	uint32_t open; /* exchanges now */
	uint32_t waiting_for_connection;
	uint32_t connections[POLICY_ENDPOINTS_MAX][CONN_CLASS_COUNT];
};

#endif
