/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/engine.h"

#include "base/check.h"

/* Most that a lane is owed or owes: milli-seats * microseconds. */
#define CREDIT_MAX ((int64_t)2 * SEAT * (int64_t)USEC_PER_SEC)
#define CREDIT_MIN (-(int64_t)SEAT * 100 * (int64_t)USEC_PER_MSEC)

/* ---- time ------------------------------------------------------------- */

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

/*
 * Minimum shares are shares of seat time: a lane that waits is owed its share
 * of what all lanes use, and pays with what it uses itself.
 */
static void account(struct policy *policy, usec_t passed)
{
	uint64_t used = 0;
	int64_t time = (int64_t)u64_min(passed, USEC_PER_SEC);

	for (uint32_t i = 0; i < policy->order_count; i++)
		used += policy->lanes[policy->order[i]].stats.seats;
	if (!used)
		return;
	for (uint32_t i = 0; i < policy->order_count; i++) {
		struct lane *lane = &policy->lanes[policy->order[i]];
		int64_t own = (int64_t)lane->stats.seats * time;

		lane->stats.seat_usec += (uint64_t)own;
		if (!lane->settings->min_share)
			continue;
		lane->credit -= own;
		if (lane->stats.queued)
			lane->credit += (int64_t)used * time *
					lane->settings->min_share / 1000;
		lane->credit = clamp(lane->credit, CREDIT_MIN, CREDIT_MAX);
	}
}

void engine_advance(struct policy *policy, usec_t now)
{
	const struct policy_settings *settings = policy->settings;

	if (now <= policy->now)
		return;
	account(policy, now - policy->now);
	policy->now = now;
	for (uint32_t i = 0; i < settings->endpoint_count; i++) {
		struct endpoint *endpoint = &policy->endpoints[i];

		if (total_tick(&endpoint->total, &settings->total,
			    &settings->health, now))
			health_recovered(&endpoint->health, now);
	}
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
		policy->requests -= by;
		break;
	case REQUEST_LEAVING:
		break;
	}
}

void engine_set_state(
	struct policy *policy, struct request *rq, enum request_state state)
{
	CHECK(LEGAL_MOVES[rq->state] & 1u << state);
	count_state(policy, rq, UINT32_MAX); /* - 1 */
	rq->state = state;
	count_state(policy, rq, 1);
}

struct lane *engine_lane(struct policy *policy, const struct request *rq)
{
	return &policy->lanes[rq->lane];
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

	if (policy->level_count < policy->settings->levels_max)
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
		level_left(rq->level);
		level_started(level, policy->now);
	}
	if (rq->level)
		rq->level->users--;
	if (level)
		level->users++;
	rq->level = level;
}
