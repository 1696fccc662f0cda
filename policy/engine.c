/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/engine.h"

#include "base/check.h"

/* The most that a lane pays back: milli-seats * microseconds. */
#define CREDIT_MIN (-(int64_t)SEAT * 60 * (int64_t)USEC_PER_SEC)

/* ---- time ------------------------------------------------------------- */

static int64_t i64_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t i64_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * Minimum shares are shares of seat time: a lane that waits is owed its share
 * of what all lanes use, and pays with what it uses itself.  What it took
 * because it was owed it pays in full, however long that ran; what it got in
 * its turn, as when there were seats to spare, only cancels what it is owed.
 */
static int64_t new_credit(
	const struct account *account, uint64_t due, int64_t passed)
{
	int64_t share = account->share_seats;
	int64_t other = (int64_t)account->seats - share;
	int64_t credit = account->credit + (int64_t)due * passed / 1000;

	if (credit > 0)
		credit -= i64_min(credit, other * passed);
	credit -= share * passed;
	return i64_max(CREDIT_MIN, i64_min(credit, CREDIT_MAX));
}

uint32_t engine_min_share(const struct lane *lane, enum account_kind kind)
{
	bool waits[ACCOUNT_KINDS] = { false };

	LIST_EACH (node, &lane->queues) {
		waits[fair_queue_account(
			CONTAINER_OF(node, struct fair_queue, node))] = true;
	}
	if (!waits[kind])
		return 0;
	return waits[ACCOUNT_LIGHT] && waits[ACCOUNT_HEAVY]
		? lane->settings->min_share / 2
		: lane->settings->min_share;
}

static void account_lane(struct lane *lane, uint64_t used, int64_t passed)
{
	for (unsigned i = 0; i < ACCOUNT_KINDS; i++) {
		struct account *account = &lane->accounts[i];
		uint64_t due = used *
			engine_min_share(lane, (enum account_kind)i);

		account->credit = new_credit(account, due, passed);
	}
}

static void account(struct policy *policy, usec_t passed)
{
	/* A stop of the whole process is not time that anybody used. */
	int64_t counted = (int64_t)u64_min(passed, USEC_PER_SEC);
	uint64_t used = 0;

	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		struct lane *lane = policy->lanes[i];

		lane->stats.seat_usec += (uint64_t)lane->stats.seats * passed;
		if (lane_is_under_total(lane))
			used += lane->stats.seats;
	}
	if (!used)
		return;
	for (uint32_t i = 0; i < policy->order_count; i++) {
		struct lane *lane = policy->lanes[policy->order[i]];

		if (lane->settings->min_share)
			account_lane(lane, used, counted);
	}
}

static void tick_endpoint(struct policy *policy, struct endpoint *endpoint)
{
	const struct policy_settings *settings = policy->settings;
	struct list_node *node = list_first(&endpoint->unanswered);
	unsigned kind = TOTAL_KINDS;
	usec_t age = 0;

	if (node) {
		const struct request *oldest =
			CONTAINER_OF(node, struct request, lane_node);

		kind = total_kind_of(oldest->class->verb);
		age = usec_since(policy->now, oldest->started_at);
	}
	if (total_tick(&endpoint->total, &settings->total, &settings->health,
		    kind, age, policy->now))
		health_recovered(&endpoint->health, policy->now);
}

void engine_advance(struct policy *policy, usec_t now)
{
	if (now <= policy->now)
		return;
	account(policy, now - policy->now);
	policy->now = now;
	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++)
		tick_endpoint(policy, &policy->endpoints[i]);
}

/* ---- states ----------------------------------------------------------- */

#define MAY(state) (1u << REQUEST_##state)

static const unsigned LEGAL_MOVES[] = {
	[REQUEST_IDLE] = MAY(QUEUED) | MAY(PARKED) | MAY(LEAVING),
	[REQUEST_QUEUED] = MAY(RUNNING) | MAY(PARKED) | MAY(LEAVING) |
		MAY(IDLE) | MAY(QUEUED),
	[REQUEST_PARKED] = MAY(QUEUED) | MAY(LEAVING) | MAY(IDLE),
	[REQUEST_LEAVING] = MAY(IDLE),
	[REQUEST_RUNNING] = MAY(IDLE) | MAY(QUEUED) | MAY(PARKED) |
		MAY(LEAVING) | MAY(DRAINING),
	[REQUEST_DRAINING] = MAY(IDLE),
};

static void count_state(
	struct policy *policy, const struct request *rq, uint32_t by)
{
	struct lane *lane = engine_lane(policy, rq);

	switch (rq->state) {
	case REQUEST_QUEUED:
		lane->stats.queued += by;
		policy->queued += by;
		break;
	case REQUEST_PARKED:
		lane->stats.parked += by;
		break;
	case REQUEST_RUNNING:
	case REQUEST_DRAINING:
		lane->stats.running += by;
		break;
	case REQUEST_IDLE:
	case REQUEST_LEAVING:
		policy->requests -= by;
		break;
	}
}

void engine_set_state(
	struct policy *policy, struct request *rq, enum request_state state)
{
	CHECK(LEGAL_MOVES[rq->state] & 1u << state);
	if (rq->state == REQUEST_RUNNING || rq->state == REQUEST_DRAINING)
		list_remove(&rq->node);
	count_state(policy, rq, UINT32_MAX); /* - 1 */
	rq->state = state;
	count_state(policy, rq, 1);
	if (state == REQUEST_RUNNING)
		list_push_back(&engine_lane(policy, rq)->running, &rq->node);
}

void engine_set_lane(struct policy *policy, struct request *rq, uint16_t lane)
{
	CHECK(rq->state != REQUEST_IDLE);
	count_state(policy, rq, UINT32_MAX); /* - 1 */
	rq->lane = lane;
	count_state(policy, rq, 1);
}

void engine_forget(struct policy *policy, struct request *rq)
{
	engine_leave_flow(policy, rq);
	list_remove(&rq->journal_node);
	engine_set_state(policy, rq, REQUEST_IDLE);
}

void engine_drop_flow(struct policy *policy, struct request *rq)
{
	if (rq->flow)
		flow_release(&policy->flows, rq->flow);
	rq->flow = NULL;
}

void engine_leave_flow(struct policy *policy, struct request *rq)
{
	CHECK(!rq->has_seat && !rq->is_in_level);
	engine_drop_flow(policy, rq);
	engine_set_level(policy, rq, NULL);
}

struct lane *engine_lane(struct policy *policy, const struct request *rq)
{
	return policy->lanes[rq->lane];
}

struct endpoint *engine_endpoint(
	struct policy *policy, const struct request *rq)
{
	return &policy->endpoints[rq->endpoint];
}

/* ---- levels ----------------------------------------------------------- */

static void level_begin(struct policy *policy, struct level *level,
	unsigned endpoint, uint64_t uid)
{
	level_init(level, endpoint, uid, &policy->settings->gate,
		policy->settings->total.max / SEAT);
}

/* A place for one more: a free one, else the longest unused; or NULL. */
static struct level *level_place(struct policy *policy)
{
	struct level *oldest = NULL;

	if (policy->level_count < policy->levels_max)
		return &policy->levels[policy->level_count++];
	for (uint32_t i = policy->settings->endpoint_count;
		i < policy->level_count; i++) {
		struct level *level = &policy->levels[i];

		if (!level->users &&
			(!oldest || level->used_at < oldest->used_at))
			oldest = level;
	}
	return oldest;
}

struct level *engine_level(
	struct policy *policy, unsigned endpoint, uint64_t uid)
{
	struct level *level;

	for (uint32_t i = 0; i < policy->level_count; i++) {
		level = &policy->levels[i];
		if (level->endpoint == endpoint && level->uid == uid)
			return level;
	}
	level = level_place(policy);
	/* More levels than places, all in use: that one stays unknown. */
	if (!level)
		return &policy->levels[endpoint];
	level_begin(policy, level, endpoint, uid);
	return level;
}

void engine_set_level(
	struct policy *policy, struct request *rq, struct level *level)
{
	if (rq->level == level)
		return;
	if (rq->is_in_level) {
		level_left(rq->level, policy->now);
		level_started(level, policy->now);
	}
	if (rq->level)
		rq->level->users--;
	if (level)
		level->users++;
	rq->level = level;
}
