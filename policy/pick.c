/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Picking: which request starts next, and what keeps the others.
 *
 * The order in which lanes are asked for a request:
 *
 *	exempt		leases: past the total, first at their level's gate
 *	streams		past the total, paced
 *	overdue		what waited longer than its lane's overdue_after, in
 *			turns with what follows
 *	interleaved	right after an outage: the two highest in turns
 *	owed		lanes behind their minimum share of seat time
 *	in order	strictly
 *
 * Shares are enforced only where there are seats enough to share: a total or
 * a gate of two leaves nothing for finalizers otherwise.  The debt stays, and
 * one that has grown to its bound is paid even there: no lane is ever at zero.
 */
#include "base/check.h"
#include "policy/engine.h"

/* From so many seats on, minimum shares are enforced. */
#define SHARE_SEATS 4
/* So many of a lane's start before a replay that waits in it. */
#define BEFORE_REPLAY 9

static void wake_by(struct policy *policy, usec_t at)
{
	policy->wake_at = u64_min(policy->wake_at, at);
}

/* ---- what may start --------------------------------------------------- */

/* A token bucket that a start has to pass, and what it is set to. */
struct toll {
	struct token_bucket *bucket;
	struct bucket_settings settings;
	enum kept_by keeper; /* that it is */
};

#define TOLLS_MAX 4

/* Those of a request's first start; returns how many there are. */
static unsigned tolls_of(struct policy *policy, struct lane *lane,
	const struct request *rq, struct toll *ret_tolls)
{
	const struct policy_settings *settings = policy->settings;
	unsigned count = 0;

	ret_tolls[count++] = (struct toll){ &lane->bucket,
		lane->settings->bucket, KEPT_BY_LANE_BUDGET };
	if (lane->settings->kind != LANE_EXEMPT)
		ret_tolls[count++] = (struct toll){ &policy->root_bucket,
			settings->root_bucket, KEPT_BY_ROOT_BUDGET };
	if (rq->source == SOURCE_REPLAY)
		ret_tolls[count++] = (struct toll){ &policy->replays,
			settings->intents.replays, KEPT_BY_REPLAY_BUDGET };
	if (lane->settings->kind == LANE_STREAMS && !rq->is_apart)
		ret_tolls[count++] = (struct toll){
			&policy->endpoints[rq->endpoint].stream_starts,
			{
				.is_limited =
					settings->health
						.stream_starts_milli_qps > 0,
				.milli_qps = settings->health
						     .stream_starts_milli_qps,
				.burst = settings->health.stream_starts_burst,
			},
			KEPT_BY_STREAM_PACE,
		};
	return count;
}

/*
 * The bucket that is the last to have a token, if one has none now.  A request
 * that was started before has paid its tokens.
 */
static enum kept_by empty_bucket(struct policy *policy, struct lane *lane,
	const struct request *rq, usec_t *ret_ready_at)
{
	enum kept_by keeper = KEPT_BY_NOTHING;
	struct toll tolls[TOLLS_MAX];
	unsigned count;

	*ret_ready_at = policy->now;
	if (rq->was_started)
		return KEPT_BY_NOTHING;
	count = tolls_of(policy, lane, rq, tolls);
	for (unsigned i = 0; i < count; i++) {
		usec_t ready_at = token_bucket_ready_at(
			tolls[i].bucket, &tolls[i].settings, policy->now);

		if (ready_at <= *ret_ready_at)
			continue;
		*ret_ready_at = ready_at;
		keeper = tolls[i].keeper;
	}
	return keeper;
}

/*
 * The reserve is a lane's own: what it has anyway when others hold all of the
 * total.  It does not extend a flood of that lane, or each seat that comes
 * free would be its own again.
 */
static bool fits_total(struct policy *policy, const struct lane *lane,
	struct endpoint *endpoint)
{
	const struct total_settings *settings = &policy->settings->total;
	uint64_t allowed = total_allowed(&endpoint->total);
	uint64_t then = (uint64_t)endpoint->total.in_flight + SEAT;
	uint32_t reserve = lane->settings->reserve;

	if (lane->settings->kind != LANE_QUEUED || then <= allowed)
		return true;
	if (lane->stats.seats + SEAT <= reserve && then <= allowed + reserve)
		return true;
	endpoint->total.was_full = true;
	wake_by(policy, total_wake_at(&endpoint->total, settings));
	return false;
}

static bool is_through_gate(struct policy *policy, const struct lane *lane,
	const struct request *rq)
{
	struct level *level = rq->level;

	if (engine_is_past_gates(rq))
		return true;
	return lane->settings->kind == LANE_EXEMPT
		? level_is_open_first(level, policy->now, &policy->wake_at)
		: level_is_open(level, policy->now, &policy->wake_at);
}

/* Behind its share, and without the seats that its share is of all. */
static bool is_account_owed(const struct policy *policy,
	const struct lane *lane, enum account_kind kind)
{
	const struct account *account = &lane->accounts[kind];
	uint64_t all = 0;

	if (account->credit <= 0)
		return false;
	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++) {
		const struct endpoint *endpoint = &policy->endpoints[i];

		if (health_is_there(&endpoint->health))
			all += total_allowed(&endpoint->total);
	}
	return account->seats * UINT64_C(1000) <
		all * engine_min_share(lane, kind);
}

/* Small sizes give no share, unless the debt would not be remembered. */
static bool pays_shares(const struct policy *policy, const struct lane *lane,
	const struct fair_queue *queue, const struct endpoint *endpoint)
{
	enum account_kind kind = fair_queue_account(queue);
	const struct level *level = queue->level;

	if (!is_account_owed(policy, lane, kind))
		return false;
	if (lane->accounts[kind].credit >= CREDIT_MAX)
		return true;
	return level->limit >= SHARE_SEATS &&
		total_allowed(&endpoint->total) >= SHARE_SEATS * SEAT;
}

static bool fits_wide(const struct lane *lane, const struct endpoint *endpoint)
{
	uint32_t cap = lane->settings->wide_list_seats;

	return !cap || endpoint->wide + SEAT <= cap;
}

/* Those that hang keep the others for a while only. */
static bool fits_large(struct policy *policy, const struct lane *lane,
	const struct endpoint *endpoint)
{
	uint32_t cap = lane->settings->large_write_seats;
	usec_t patience_ends = usec_add(endpoint->large_at, LARGE_PATIENCE);

	if (!cap || endpoint->large + SEAT <= cap ||
		policy->now >= patience_ends)
		return true;
	wake_by(policy, patience_ends);
	return false;
}

enum conn_class pick_conn_class(
	const struct lane *lane, const struct fair_queue *queue)
{
	bool is_heavy = queue->kind == QUEUE_WIDE || queue->kind == QUEUE_LARGE;

	return is_heavy && lane->conn_class == CONN_EXPRESS
		? CONN_BULK
		: lane->conn_class;
}

/* Those that go apart have a connection opened for them. */
static bool has_room(const struct lane *lane, const struct fair_queue *queue,
	const struct endpoint *endpoint)
{
	return queue->kind == QUEUE_APART ||
		endpoint->free_streams[pick_conn_class(lane, queue)] > 0;
}

/* What Fairway itself cannot change. */
static enum kept_by what_keeps_all(const struct lane *lane,
	const struct fair_queue *queue, const struct endpoint *endpoint)
{
	if (!health_is_there(&endpoint->health))
		return KEPT_BY_AWAY;
	return has_room(lane, queue, endpoint) ? KEPT_BY_NOTHING
					       : KEPT_BY_CONNECTION;
}

/* What keeps the head of that queue. */
static enum kept_by what_keeps(struct policy *policy, struct lane *lane,
	struct fair_queue *queue, const struct request *rq, bool by_share)
{
	struct level *level = queue->level;
	struct endpoint *endpoint = &policy->endpoints[level->endpoint];
	enum kept_by keeper = what_keeps_all(lane, queue, endpoint);
	usec_t ready_at;

	if (keeper != KEPT_BY_NOTHING || lane->is_shadow)
		return keeper;
	if (queue->kind == QUEUE_WIDE && !fits_wide(lane, endpoint))
		return KEPT_BY_WIDE;
	if (queue->kind == QUEUE_LARGE && !fits_large(policy, lane, endpoint))
		return KEPT_BY_LARGE;
	if (by_share && !pays_shares(policy, lane, queue, endpoint))
		return KEPT_BY_SHARE;
	keeper = empty_bucket(policy, lane, rq, &ready_at);
	if (keeper != KEPT_BY_NOTHING) {
		wake_by(policy, ready_at);
		return keeper;
	}
	if (!is_through_gate(policy, lane, rq))
		return KEPT_BY_GATE;
	/* The total last: only what it alone keeps makes it grow. */
	return fits_total(policy, lane, endpoint) ? KEPT_BY_NOTHING
						  : KEPT_BY_TOTAL;
}

/* The head of that queue, if it may start now. */
static struct request *startable(struct policy *policy, struct lane *lane,
	struct fair_queue *queue, bool by_share)
{
	struct request *rq = fair_queue_first(queue);
	enum kept_by keeper = what_keeps(policy, lane, queue, rq, by_share);

	if (keeper == KEPT_BY_NOTHING)
		return rq;
	rq->reasons.kept_by = keeper;
	return NULL;
}

static bool has_lane_seats(const struct lane *lane)
{
	return !lane->settings->seats_max ||
		lane->stats.seats + SEAT <= lane->settings->seats_max;
}

/*
 * What would keep a request whose lane is in Shadow; nothing comes of it.  Its
 * own seats count as if they were of the total.
 */
enum kept_by pick_would_keep(
	struct policy *policy, struct lane *lane, const struct request *rq)
{
	const struct level *level = rq->level;
	const struct endpoint *endpoint = engine_endpoint(policy, rq);
	const struct lane_settings *settings = lane->settings;
	uint32_t cap = settings->wide_list_seats;
	enum kept_by keeper;
	usec_t ready_at;

	if (!has_lane_seats(lane))
		return KEPT_BY_LANE_SEATS;
	if (rq->is_wide && cap &&
		endpoint->wide + endpoint->shadow_wide + SEAT > cap)
		return KEPT_BY_WIDE;
	if (rq->is_large && settings->large_write_seats &&
		endpoint->large + endpoint->shadow_large + SEAT >
			settings->large_write_seats)
		return KEPT_BY_LARGE;
	keeper = empty_bucket(policy, lane, rq, &ready_at);
	if (keeper != KEPT_BY_NOTHING)
		return keeper;
	if (!engine_is_past_gates(rq) &&
		(policy->now < level->closed_until ||
			level->in_flight >= level->limit))
		return KEPT_BY_GATE;
	if (lane->settings->kind == LANE_QUEUED &&
		endpoint->total.in_flight + endpoint->shadow_seats + SEAT >
			total_allowed(&endpoint->total))
		return KEPT_BY_TOTAL;
	return KEPT_BY_NOTHING;
}

/* Where a queue stands among those of its lane: no credit for the past. */
static uint64_t turn_of(const struct lane *lane, const struct fair_queue *queue)
{
	return u64_max(queue->start, lane->vtime);
}

static bool goes_before(const struct lane *lane, const struct request *a,
	const struct request *b)
{
	uint64_t turn_a = turn_of(lane, a->flow->queue);
	uint64_t turn_b = turn_of(lane, b->flow->queue);
	bool is_replay = a->source == SOURCE_REPLAY;

	/* Last, but not never: a lane may have clients without an end. */
	if (is_replay != (b->source == SOURCE_REPLAY))
		return is_replay == (lane->passed_replays >= BEFORE_REPLAY);

	return turn_a != turn_b ? turn_a < turn_b
				: a->submitted_at < b->submitted_at;
}

/* Nothing of the lane starts. */
static void keep_heads(struct lane *lane, enum kept_by keeper)
{
	for (struct list_node *node = list_first(&lane->queues); node;
		node = list_next(node)) {
		struct fair_queue *queue =
			CONTAINER_OF(node, struct fair_queue, node);

		fair_queue_first(queue)->reasons.kept_by = keeper;
	}
}

/* The request that this lane would start: of the queue whose turn it is. */
static struct request *lane_pick(
	struct policy *policy, struct lane *lane, bool by_share)
{
	struct request *best = NULL;

	if (lane->is_paused ||
		(policy->mode == POLICY_PAUSE &&
			lane->settings->kind != LANE_EXEMPT)) {
		keep_heads(lane, KEPT_BY_PAUSE);
		return NULL;
	}
	if (!lane->is_shadow && !has_lane_seats(lane)) {
		keep_heads(lane, KEPT_BY_LANE_SEATS);
		return NULL;
	}
	waiting_settle(policy, lane);
	for (struct list_node *node = list_first(&lane->queues); node;
		node = list_next(node)) {
		struct fair_queue *queue =
			CONTAINER_OF(node, struct fair_queue, node);
		struct request *rq = startable(policy, lane, queue, by_share);

		if (rq && (!best || goes_before(lane, rq, best)))
			best = rq;
	}
	return best;
}

static bool is_recovering(const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++) {
		if (policy->endpoints[i].health.state == HEALTH_RECOVERING)
			return true;
	}
	return false;
}

/* On return the two highest lanes take turns. */
static struct request *pick_interleaved(struct policy *policy)
{
	struct lane *a, *b, *swap;
	struct request *rq;

	if (policy->order_count < 2)
		return NULL;
	a = policy->lanes[policy->order[0]];
	b = policy->lanes[policy->order[1]];
	if (b->started_since_return < a->started_since_return) {
		swap = a;
		a = b;
		b = swap;
	}
	rq = lane_pick(policy, a, false);
	return rq ? rq : lane_pick(policy, b, false);
}

static struct request *pick_kind(struct policy *policy, enum lane_kind kind)
{
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		struct lane *lane = policy->lanes[i];
		struct request *rq;

		if (lane->settings->kind != kind ||
			list_is_empty(&lane->queues))
			continue;
		rq = lane_pick(policy, lane, false);
		if (rq)
			return rq;
	}
	return NULL;
}

typedef bool lane_test(const struct policy *policy, const struct lane *lane);

static bool is_overdue(const struct policy *policy, const struct lane *lane)
{
	(void)policy;
	return lane->overdue > 0;
}

static bool is_owed(const struct policy *policy, const struct lane *lane)
{
	return lane->settings->min_share &&
		(is_account_owed(policy, lane, ACCOUNT_LIGHT) ||
			is_account_owed(policy, lane, ACCOUNT_HEAVY));
}

static bool is_any(const struct policy *policy, const struct lane *lane)
{
	(void)policy;
	(void)lane;
	return true;
}

static struct request *pick_in_order(
	struct policy *policy, lane_test *test, bool by_share)
{
	for (uint32_t i = 0; i < policy->order_count; i++) {
		struct lane *lane = policy->lanes[policy->order[i]];
		struct request *rq;

		if (list_is_empty(&lane->queues) || !test(policy, lane))
			continue;
		rq = lane_pick(policy, lane, by_share);
		if (rq)
			return rq;
	}
	return NULL;
}

static struct request *pick_past_total(struct policy *policy)
{
	struct request *rq = pick_kind(policy, LANE_EXEMPT);

	return rq ? rq : pick_kind(policy, LANE_STREAMS);
}

/*
 * Every other time only: in a backlog that does not end all are overdue, and
 * the others would never have a turn.
 */
static struct request *pick_overdue(struct policy *policy)
{
	return policy->was_overdue ? NULL
				   : pick_in_order(policy, is_overdue, false);
}

static struct request *pick_by_order(struct policy *policy)
{
	struct request *rq = NULL;

	if (is_recovering(policy))
		rq = pick_interleaved(policy);
	if (rq)
		return rq;
	rq = pick_in_order(policy, is_owed, true);
	if (!rq)
		return pick_in_order(policy, is_any, false);
	rq->is_by_share = true;
	return rq;
}

struct request *pick_next(struct policy *policy)
{
	struct request *rq = pick_past_total(policy);

	if (rq)
		return rq;
	rq = pick_overdue(policy);
	if (rq) {
		policy->was_overdue = true;
		return rq;
	}
	rq = pick_by_order(policy);
	if (rq)
		policy->was_overdue = false;
	return rq;
}

/* ---- what a start costs ------------------------------------------------ */

/* Those that are there: a lane in Shadow also starts without. */
void pick_pay(
	struct policy *policy, struct lane *lane, const struct request *rq)
{
	struct toll tolls[TOLLS_MAX];
	unsigned count = tolls_of(policy, lane, rq, tolls);

	for (unsigned i = 0; i < count; i++)
		token_bucket_take(
			tolls[i].bucket, &tolls[i].settings, policy->now);
}

static bool has_replays(const struct lane *lane)
{
	LIST_EACH (node, &lane->queues) {
		if (CONTAINER_OF(node, struct fair_queue, node)->kind ==
			QUEUE_REPLAY)
			return true;
	}
	return false;
}

static void count_passed(struct lane *lane, const struct request *rq)
{
	if (rq->source == SOURCE_REPLAY)
		lane->passed_replays = 0;
	else if (lane->passed_replays < BEFORE_REPLAY && has_replays(lane))
		lane->passed_replays++;
}

/* What comes back after a refusal has had its turn. */
void pick_take_turn(
	struct lane *lane, struct fair_queue *queue, const struct request *rq)
{
	count_passed(lane, rq);
	if (rq->is_charged)
		return;
	lane->vtime = turn_of(lane, queue);
	queue->start = lane->vtime + fair_queue_cost(queue, rq);
}
