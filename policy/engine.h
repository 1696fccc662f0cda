/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of policy: what these share, and nobody else includes.
 *
 *	policy.c   what happened	submit.c   … to a request that is new
 *	decide.c   what to do next	pick.c	   which request starts
 *	waiting.c  where requests wait	retry.c	   what goes again
 *	seats.c	   what runs		homes.c	   which endpoint
 *	intents.c  what is journaled	engine.c   time, states, levels
 *	lanes.c	   what a lane is	reconfigure.c  new settings
 *	abort.c	   what is given up	look.c	   each request, for who looks
 *	drained.c  what an operator lets run empty
 *	measure.c  how much of what is divided is asked for
 *
 *	lane -> (level, kind) -> fair queue -> flow -> request
 *
 * so that a closed gate, or a cap on wide or large ones, blocks nobody else in the
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
#include "policy/objects.h"
#include "policy/policy.h"
#include "policy/rules.h"
#include "policy/token_bucket.h"
#include "policy/total.h"

/*
 * A lane's minimum share, and who pays for it: what is heavy (wide LISTs, large
 * writes) has an account of its own, or one LIST of a second would use up what
 * the small reads of its lane are owed in half a minute.  Each has half of the
 * share while both wait.
 */
enum account_kind {
	ACCOUNT_LIGHT,
	ACCOUNT_HEAVY,
	ACCOUNT_KINDS,
};

struct account {
	int64_t credit; /* seat time that it is owed, milli-seats * usec */
	uint32_t seats; /* milli-seats in use */
	uint32_t share_seats; /* … of what was started to pay it */
};

struct lane {
	const struct lane_settings *settings; /* borrowed */
	uint16_t index;
	enum conn_class conn_class;
	struct fair_queue *all_queues; /* owned; by level, kind */
	struct list queues;  /* those of them that have requests */
	uint64_t vtime;	     /* of the queues among themselves */
	struct list waiting; /* QUEUED and PARKED, in order of arrival */
	struct list running; /* RUNNING, and DRAINING once that was decided */
	uint32_t overdue;    /* of those QUEUED: requests that are */
	struct token_bucket bucket;
	struct account accounts[ACCOUNT_KINDS];
	uint64_t started_since_return;
	uint32_t passed_replays; /* starts while a replay waits, in a row */
	/* In use when new settings came, which may allow less. */
	uint32_t seats_before;
	bool is_paused;  /* by an operator: nothing of it starts */
	bool is_drained; /* … nothing new is taken */
	bool is_shadow; /* its own mode, or that of all */
	/*
	 * In Shadow alone: gates and totals, which others go by, hear nothing
	 * of it.  Where all are, they tell what would have been.
	 */
	bool is_unheard;
	struct lane_stats stats;
};

/* When no large write has started for so long, one may above their cap. */
#define LARGE_PATIENCE (100 * USEC_PER_MSEC)

struct endpoint {
	struct health health;
	struct total total;
	struct token_bucket stream_starts;
	struct token_bucket aborts;
	/* Mutating ones that the total hears of, the oldest first. */
	struct list unanswered;
	usec_t came_back_at;
	bool is_drained; /* by an operator: others are better */
	unsigned free_streams[CONN_CLASS_COUNT];
	uint32_t wide; /* milli-seats of wide LISTs in flight */
	uint32_t large; /* … of large writes */
	usec_t large_at; /* when the newest of them started */
	/* The same of lanes in Shadow, which take nothing from the others. */
	uint32_t shadow_seats;
	uint32_t shadow_wide;
	uint32_t shadow_large;
	uint64_t answers_429;
};

struct policy {
	const struct policy_settings *settings; /* borrowed */
	usec_t now; /* the latest that was told */
	enum policy_mode mode;
	struct rng rng;
	struct hash_key key;
	struct rules rules;
	struct rule_stats rule_stats[POLICY_RULES_MAX];
	/*
	 * Owned, as many as settings->lane_count.  A lane stays where it is
	 * while its number changes; behind them, and only while settings
	 * change, are those that go.
	 */
	struct lane *lanes[2 * POLICY_LANES_MAX];
	uint16_t order[POLICY_LANES_MAX]; /* queued lanes, highest first */
	uint32_t order_count;
	struct endpoint endpoints[POLICY_ENDPOINTS_MAX];

	struct level *levels; /* owned; the first ones are the unknown ones */
	uint32_t level_count;
	uint32_t levels_max;
	struct flow_table flows;
	struct memo learned_levels; /* level_key -> uid */
	struct memo proven;	    /* identity -> 1 */
	struct memo sizes;	    /* size_key -> bytes */
	struct memo released;	    /* object -> until when */
	struct memo homes;	    /* client connection -> endpoint */
	struct objects objects;	    /* being deleted, as they passed by */
	unsigned next_home;	    /* of the next connection: in turns */

	struct heap timers;
	struct list leaving;	/* LEAVING: to be rejected */
	struct list aborting;	/* DRAINING or given up: to be aborted */
	struct list to_journal; /* removals that are to be journaled */
	uint64_t drained_flows[POLICY_DRAINED_FLOWS_MAX];
	uint32_t drained_flow_count;
	struct token_bucket replays; /* of all of them */
	struct token_bucket root_bucket;
	uint32_t requests;	/* that policy has, without LEAVING ones */
	uint32_t queued;
	uint64_t held_bytes;
	uint32_t retry_credit;	/* thousandths of a retry */
	uint64_t retries_denied;
	bool was_overdue;	/* the last one that waited for its turn */
	uint32_t moves_left;	/* to other queues, in this decision */
	usec_t wake_at; /* as the last round of decisions found it */
};

/* ---- engine.c: what all others use -------------------------------------- */

/* The most that a lane is owed: milli-seats * microseconds. */
#define CREDIT_MAX ((int64_t)SEAT * 100 * (int64_t)USEC_PER_MSEC)

/* Whether its seats are of the total. */
static inline bool lane_is_under_total(const struct lane *lane)
{
	return lane->settings->kind == LANE_QUEUED && !lane->is_shadow;
}

/* Moves the clock, and what depends on it alone. */
void engine_advance(struct policy *policy, usec_t now);
/* The only function that changes a request's state. */
void engine_set_state(struct policy *policy, struct request *rq,
	enum request_state state);
/* It is counted in that lane from now on; in no queue. */
void engine_set_lane(struct policy *policy, struct request *rq, uint16_t lane);
struct lane *engine_lane(struct policy *policy, const struct request *rq);
struct endpoint *engine_endpoint(
	struct policy *policy, const struct request *rq);
/*
 * Priority and fairness does not see upgrades but those of watches: they are
 * of no level, and not counted where none is known.
 */
static inline bool engine_is_past_gates(const struct request *rq)
{
	return rq->is_apart && !rq->level->uid;
}

/* The level of an endpoint with that UID, made if need be. */
struct level *engine_level(
	struct policy *policy, unsigned endpoint, uint64_t uid);
void engine_set_level(
	struct policy *policy, struct request *rq, struct level *level);
/* No flow counts it any more. */
void engine_drop_flow(struct policy *policy, struct request *rq);
/* … and no level. */
void engine_leave_flow(struct policy *policy, struct request *rq);
/* Nothing of the request is left with policy. */
void engine_forget(struct policy *policy, struct request *rq);

/* ---- lanes.c: what a lane is -------------------------------------------- */

/* conf/ sees to all that this checks, with words for who wrote it. */
void lanes_check_settings(const struct policy_settings *settings);
struct lane *lane_new(uint32_t levels);
/* Nothing is left in it. */
void lane_free(struct lane *lane);
/* Every lane is what policy->settings say, and stands in its order. */
void lanes_settle(struct policy *policy);

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
/* When patience with it ends, as things stand now. */
usec_t waiting_patience_ends(struct policy *policy, const struct request *rq);
/* What is due: ends of parking and of patience. */
void waiting_tick(struct policy *policy);
/* Whether its lane's queue has room for it. */
bool waiting_fits_lane(struct policy *policy, const struct request *rq);
/* Makes room in all of policy for `rq`; false: there is none. */
bool waiting_make_room(struct policy *policy, const struct request *rq);
/*
 * The heads of that lane's queues whose level, or whose LIST's size, was
 * learned while they waited, go to the queue where they belong now.
 */
void waiting_settle(struct policy *policy, struct lane *lane);
/* Its lane's times are others now. */
void waiting_settings_changed(struct policy *policy, struct request *rq);
/* Puts what waiting_take() took, and still is QUEUED or PARKED, into a lane. */
void waiting_put(struct policy *policy, struct request *rq, uint16_t lane);
/* Everything that waits for `endpoint` goes to another that is there. */
void waiting_endpoint_went(struct policy *policy, unsigned endpoint);
/* Who shares a FIFO with it: what tells its flow apart. */
uint64_t waiting_flow_hash(struct policy *policy, const struct request *rq);

/* ---- drained.c: what an operator lets run empty ------------------------- */

/* Whether a new one like this is not taken. */
bool drained_refuses(struct policy *policy, const struct request *rq);

/* ---- homes.c: which endpoint ------------------------------------------- */

/*
 * Where the client connection that it came from is at home, else where it is
 * from now on.
 */
unsigned homes_choose(struct policy *policy, const struct request *rq);
/* The same, but not where it is now if there is another. */
unsigned homes_choose_other(struct policy *policy, const struct request *rq);

/* ---- pick.c: which request starts -------------------------------------- */

/* The one whose turn it is, if anything may start; and what keeps the rest. */
struct request *pick_next(struct policy *policy);
/* Its tokens, those that are there: a lane in Shadow starts without, too. */
void pick_pay(
	struct policy *policy, struct lane *lane, const struct request *rq);
/* What comes back after a refusal has had its turn. */
void pick_take_turn(
	struct lane *lane, struct fair_queue *queue, const struct request *rq);
enum conn_class pick_conn_class(
	const struct lane *lane, const struct fair_queue *queue);
/*
 * What would keep a request whose lane is in Shadow; nothing comes of it.  Its
 * own seats count as if they were of the total.
 */
enum kept_by pick_would_keep(
	struct policy *policy, struct lane *lane, const struct request *rq);

/* ---- intents.c: what is journaled --------------------------------------- */

/* It waits: a removal that is to outlive that is asked to be journaled. */
void intents_consider(struct policy *policy, struct request *rq);
/* The next one, for a decision; NULL: there is none. */
struct request *intents_next(struct policy *policy);

/* ---- abort.c: attempts that are given up -------------------------------- */

/* An attempt begins: it gets its bound, if it is one that has any. */
void abort_started(struct policy *policy, struct request *rq);
/* Its answer is there; and is passed on, with a body that follows. */
void abort_answered(struct policy *policy, struct request *rq);
void abort_answer_follows(struct policy *policy, struct request *rq);
/* The timer of one that is bounded. */
void abort_on_timer(struct policy *policy, struct request *rq);
/* The next ABORT or DRAIN. */
bool abort_next(struct policy *policy, struct decision *ret);

/*
 * What is owed to it of the seat time that all use, in thousandths; 0 while
 * nothing of it waits.
 */
uint32_t engine_min_share(const struct lane *lane, enum account_kind kind);
static inline enum account_kind fair_queue_account(
	const struct fair_queue *queue)
{
	return queue->kind == QUEUE_WIDE || queue->kind == QUEUE_LARGE
		? ACCOUNT_HEAVY
		: ACCOUNT_LIGHT;
}

/* ---- seats.c: what runs ------------------------------------------------ */

/* Counts it in its level, its lane, the total and the caps. */
void seats_take(struct policy *policy, struct request *rq);
/* The body of a wide LIST follows: half as much of a burden. */
void seats_answering(struct policy *policy, struct request *rq);
/* Out of the counts of lanes and totals, and in again under new settings. */
void seats_uncount(struct policy *policy, const struct request *rq);
void seats_count(struct policy *policy, const struct request *rq);
/* … and off; harmless when it is not counted. */
void seats_give_back(struct policy *policy, struct request *rq);

/* ---- submit.c: what a request is to policy ------------------------------ */

/* Its rule as things are now; there always is one. */
uint16_t submit_rule(struct policy *policy, const struct request *rq);
/* … and its lane, by that. */
uint16_t submit_lane(const struct policy *policy, const struct request *rq);

/* The level that requests like this one met last time. */
struct level *submit_expected_level(
	struct policy *policy, const struct request *rq);
/* Whether it counts against the cap on wide LISTs. */
bool submit_is_wide(struct policy *policy, const struct request *rq);
/* Of the object that a request names: for memory of what was released. */
uint64_t submit_object_hash(
	const struct policy *policy, const struct class *class);

/* ---- retry.c: what goes again ------------------------------------------ */

/* Each fresh request earns a share of a retry. */
void retry_earn(struct policy *policy);

/* What to do with an answer; SWALLOW: `rq` waits again or leaves. */
enum pass retry_on_answer(struct policy *policy, struct request *rq,
	const struct answer *answer);
/* After an attempt without an answer: `rq` waits again or leaves. */
void retry_on_loss(struct policy *policy, struct request *rq,
	const struct outcome *outcome);

#endif
