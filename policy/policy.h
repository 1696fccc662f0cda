/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy: the machine that decides.  It is told what happened and asked what
 * to do; it reads no clock, does no I/O, calls nobody and allocates nothing
 * after policy_new().  All chance comes from the seed: the same seed and the
 * same events give the same decisions.
 *
 *	classify -> rule -> lane -> level gate -> fair queue -> buckets, total
 *	         -> START -> sent -> answered -> finish
 *
 * `now` must not go back; an earlier one counts as the latest seen.
 *
 * The caller owns every struct request and must keep it until policy is done
 * with it: it was named by a REJECT, policy_cancel() returned true, or
 * policy_finish() returned false.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>

#include "policy/classify.h"
#include "policy/objects.h"
#include "policy/quotas.h"
#include "policy/removal.h"
#include "policy/request.h"
#include "policy/settings.h"
#include "policy/stats.h"
#include "policy/verdict.h"

struct policy;

/* `settings` is borrowed and must outlive the policy. */
struct policy *policy_new(
	const struct policy_settings *settings, uint64_t seed, usec_t now);
void policy_free(struct policy *policy);

/*
 * New settings, as those of policy_new(): borrowed from here on; the old ones
 * are let go.  As many endpoints, and tables of the same sizes.
 *
 * Lanes are the same by their names.  What waits keeps its place in its lane;
 * what was in a lane that is gone goes to where the new rules say, in order.
 * Buckets are as full in proportion, what runs is counted where it is now, and
 * what was learned is kept.
 *
 * Allocates.  Lanes and rules have other numbers behind it: policy changes
 * them in all requests that it has, and policy_renumber() does in others.
 */
struct renumbering {
	uint16_t lanes[POLICY_LANES_MAX]; /* by the old; POLICY_GONE */
	uint16_t rules[POLICY_RULES_MAX];
};

#define POLICY_GONE UINT16_MAX

void policy_reconfigure(struct policy *policy,
	const struct policy_settings *settings,
	struct renumbering *ret_renumbering, usec_t now);
/*
 * Settings that differ from those before in what quotas_apply() changes, and
 * in nothing else, their texts being the same ones: borrowed as above.  What
 * runs and is more than there is now runs on; no bucket gains a token by it.
 */
void policy_resize(struct policy *policy,
	const struct policy_settings *settings, usec_t now);
/* How much is asked for of each; not of what is in Shadow. */
void policy_measure(const struct policy *policy, const struct quotas *quotas,
	struct quota_use ret_uses[QUOTAS_MAX]);
/* Of a request that policy had and whose names are still asked for. */
void policy_renumber(struct policy *policy,
	const struct renumbering *renumbering, struct request *rq);

/* ---- what happened ---------------------------------------------------- */

/*
 * A request is classified and waits to be decided: at the end of its body,
 * when the classification cap is full, or at once if it will not fit.
 */
void policy_submit(struct policy *policy, struct request *rq, usec_t now);

/* The first byte of this attempt left: its fate is unknown from here on. */
void policy_sent(struct policy *policy, struct request *rq, usec_t now);

/* The API server's final response headers. */
struct answer {
	unsigned status;
	int32_t retry_after;  /* seconds; -1: none, or not an integer */
	uint64_t level_uid;   /* of X-Kubernetes-PF-PriorityLevel-UID; 0 */
	bool is_plain_text;   /* content-type text/plain */
	/*
	 * 502, 503 or 504 of something on the way: an API server's answers have
	 * an Audit-ID.
	 */
	bool is_strange;
	struct span body;     /* of 429 and 5xx: its first KiB; else absent */
};

enum pass {
	PASS_ON, /* the answer goes to the client */
	SWALLOW, /* policy has taken the request back: it is decided anew */
};

/*
 * Called once an attempt, at its headers (for 429 and 5xx: when the first KiB
 * of the body or its end is there).  On SWALLOW the attempt is over for
 * policy: drop its stream and wait for the next decision.
 */
enum pass policy_answered(struct policy *policy, struct request *rq,
	const struct answer *answer, usec_t now);

/* A watch is initialised: it gives its seat back and goes on. */
void policy_initialised(struct policy *policy, struct request *rq, usec_t now);

/*
 * What became of a DECISION_JOURNAL: the intent is durable, or not (yet).  Of
 * one that is, a REJECT says that it is pending.
 */
void policy_journaled(struct policy *policy, struct request *rq,
	bool is_durable, usec_t now);

/* Its credential is ours, or the API server has accepted it. */
bool policy_is_proven(struct policy *policy, const struct request *rq);

/* How an attempt ended. */
enum outcome_kind {
	OUTCOME_COMPLETE, /* the answer was passed on to its end */
	OUTCOME_BROKEN,	  /* the answer had begun and broke off */
	OUTCOME_LOST,	  /* sent, and ended without an answer */
	OUTCOME_UNSENT,	  /* certainly not processed: nothing was sent, or
			   * REFUSED_STREAM, or above GOAWAY's last stream */
};

struct outcome {
	enum outcome_kind kind;
	uint64_t bytes;	       /* of the response's body */
	bool is_endpoint_gone; /* UNSENT: could not connect */
};

/*
 * The attempt is over and its upstream stream is gone: the only way a seat is
 * freed, but for SWALLOW.  True: policy still has the request and a START or
 * REJECT follows; false: it has forgotten it.
 */
bool policy_finish(struct policy *policy, struct request *rq,
	const struct outcome *outcome, usec_t now);

/*
 * The client is gone.  True: the request was waiting and is forgotten.
 * False: it runs; an ABORT or DRAIN decision follows, and it keeps its seat
 * until policy_finish().  DRAIN comes where resets would come too fast for the
 * API server, and never for a request that does not end by itself; and of a
 * removal that is journaled, which goes on without its client.  ABORT follows
 * it if no end comes within settings->retry.answer_timeout.
 *
 * An ABORT may also come without: no answer came in that time to a removal
 * that may be sent again, or to a replay.  Then policy_finish() may return
 * true.
 */
bool policy_cancel(struct policy *policy, struct request *rq, usec_t now);

/*
 * How many more streams the connections of that class would take now: told
 * before each round of policy_next(), which counts its own STARTs off.
 */
void policy_capacity(struct policy *policy, unsigned endpoint,
	enum conn_class conn_class, unsigned free_streams, usec_t now);

enum health_kind {
	HEALTH_PROBE_OK,      /* /readyz: 200; also 401, 403, 429: alive */
	HEALTH_PROBE_FAILED,  /* /readyz: 500: prefer another endpoint */
	HEALTH_PROBE_TIMEOUT, /* no answer of it in time, refused, reset */
	HEALTH_ALIVE,	      /* any answer of it to a real request */
	HEALTH_STRANGE,	      /* … which something on the way gave */
	HEALTH_CONNECTED,
	HEALTH_CONNECT_FAILED,
	HEALTH_CONN_LOST,     /* reset, PING unanswered */
	HEALTH_GOAWAY,
	/* Endpoints are slots: an API server was found for one, or gave it up. */
	HEALTH_APPEARED,
	HEALTH_VANISHED,
};

void policy_health(struct policy *policy, unsigned endpoint,
	enum health_kind kind, usec_t now);

/*
 * An object passed by on its way to a client.  `place` is where it is: of one
 * that is not there (404), or is not being deleted, only that is known.
 */
void policy_observe(
	struct policy *policy, const struct object_seen *seen, usec_t now);
void policy_observe_none(
	struct policy *policy, const struct object_place *place, usec_t now);

enum policy_mode {
	POLICY_RUN,
	POLICY_PAUSE, /* nothing but exempt lanes starts; requests wait */
	POLICY_DRAIN, /* what is here is served, nothing new is taken */
};

void policy_set_mode(struct policy *policy, enum policy_mode mode, usec_t now);
/*
 * Nothing of that lane starts until it is told otherwise; what comes waits
 * within the lane's bounds, and what runs goes on.  Not of exempt lanes.  It
 * stays so over policy_reconfigure(), while there is a lane of that name.
 */
void policy_pause_lane(
	struct policy *policy, uint16_t lane, bool is_paused, usec_t now);
/*
 * Nothing new is taken into a lane, of a flow in whatever lane it would be, or
 * to an endpoint while another is there; what waits and runs is served.  Not
 * of exempt lanes, and not of replays.  Lanes as above; flows by the hash of
 * struct reasons; an endpoint until another API server has its slot.
 */
void policy_drain_lane(
	struct policy *policy, uint16_t lane, bool is_drained, usec_t now);
void policy_drain_endpoint(struct policy *policy, unsigned endpoint,
	bool is_drained, usec_t now);
/* Returns 0, or -1: so many are already, or it is none of them. */
#define POLICY_DRAINED_FLOWS_MAX 64
int policy_drain_flow(
	struct policy *policy, uint64_t flow, bool is_drained, usec_t now);
/* Those flows, the first to be drained first; returns how many. */
uint32_t policy_drained_flows(
	const struct policy *policy, const uint64_t **ret_flows);
/*
 * Who waits is to be rejected, with VERDICT_KILLED; false: it does not wait,
 * and nothing was done.
 */
bool policy_kill(struct policy *policy, struct request *rq, usec_t now);
/* All that wait are to be rejected: there is no time left to serve them. */
void policy_send_away(struct policy *policy, usec_t now);

/* ---- what to do ------------------------------------------------------- */

enum decision_kind {
	DECISION_START,	 /* send the request to `endpoint` over `conn_class` */
	DECISION_REJECT, /* answer with `verdict`; already forgotten */
	DECISION_ABORT,	 /* reset the upstream stream, then policy_finish(): */
			 /* LOST if no answer had begun, else BROKEN */
	DECISION_DRAIN,	 /* discard the rest of the answer, then finish */
	DECISION_JOURNAL, /* make an intent of it, then policy_journaled() */
	DECISION_PROBE,	 /* ask `endpoint` for /readyz, then policy_health() */
};

struct decision {
	enum decision_kind kind;
	struct request *rq; /* all but PROBE */
	unsigned endpoint;
	enum conn_class conn_class;
	bool use_fresh_token; /* START: it was held; its may have expired */
	enum verdict verdict;
	unsigned retry_after; /* seconds; 0: none is sent */
	bool is_pending; /* REJECT: its intent is durable, and stays open */
};

/* The next thing to do; false: nothing until policy_wake_at() or an event. */
bool policy_next(struct policy *policy, usec_t now, struct decision *ret);

/* When to call policy_next() again if nothing happens; USEC_NEVER: never. */
usec_t policy_wake_at(const struct policy *policy);

/* ---- to look at ------------------------------------------------------- */

const char *policy_lane_name(const struct policy *policy,
	const struct request *rq);
const char *policy_rule_name(const struct policy *policy,
	const struct request *rq);
/* Of the rule in Shadow that would have been its own; NULL: there is none. */
const char *policy_shadow_rule_name(const struct policy *policy,
	const struct request *rq);
/* Counters and gauges as they are now. */
void policy_read_stats(
	const struct policy *policy, struct policy_stats *ret_stats);
/* Which rule and lane a class would get: for `explain`. */
void policy_explain(const struct policy *policy, const struct request *rq,
	uint16_t *ret_rule, uint16_t *ret_lane);
/*
 * The first condition of a rule that the request does not meet, as the
 * configuration calls it; NULL: it matches.
 */
const char *policy_unmet(const struct policy *policy,
	const struct request *rq, uint16_t rule);

/* Hash of the flow that it is or was in, as in struct reasons; 0: none. */
uint64_t policy_flow(const struct request *rq);

/* A request that waits or runs, as it is now. */
struct request_seen {
	const struct request *rq; /* borrowed: what the proxy filled of it */
	enum request_state state;
	const char *lane, *rule; /* borrowed */
	uint64_t flow;		 /* hash, as in struct reasons; 0: none */
	enum kept_by kept_by;
	unsigned endpoint;
	uint32_t attempt;
	usec_t waited;	/* to its first start, or up to now */
	usec_t running; /* this attempt; 0: it waits */
};

/* Begins as all zero; good until the next event. */
struct request_cursor {
	uint32_t lane;
	bool is_running;
	struct list_node *node; /* borrowed */
};

/*
 * The next of all requests, by lanes, what waits before what runs; false:
 * there are no more.
 */
bool policy_look_next(const struct policy *policy,
	struct request_cursor *cursor, struct request_seen *ret_seen);

/*
 * What is remembered of the object that a request names; NULL: nothing is.
 * Valid until the next event.
 */
const struct object_kept *policy_recall(
	const struct policy *policy, const struct class *class);
/* All of them. */
const struct objects *policy_objects(const struct policy *policy);

/* Walks everything and checks every invariant. */
void policy_check(const struct policy *policy);

#endif
