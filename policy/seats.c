/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "policy/engine.h"

/* Where its seats count: the total, or what would have been. */
static uint32_t *seats_of(const struct lane *lane, struct endpoint *endpoint)
{
	if (lane->settings->kind != LANE_QUEUED)
		return NULL;
	return lane->is_shadow ? &endpoint->shadow_seats
			       : &endpoint->total.in_flight;
}

static uint32_t *wide_of(const struct lane *lane, struct endpoint *endpoint)
{
	return lane->is_shadow ? &endpoint->shadow_wide : &endpoint->wide;
}

static uint32_t *large_of(const struct lane *lane, struct endpoint *endpoint)
{
	return lane->is_shadow ? &endpoint->shadow_large : &endpoint->large;
}

static struct account *account_of(
	struct lane *lane, const struct request *rq)
{
	return &lane->accounts[rq->is_wide || rq->is_large ? ACCOUNT_HEAVY
							     : ACCOUNT_LIGHT];
}

void seats_count(struct policy *policy, const struct request *rq)
{
	struct endpoint *endpoint = engine_endpoint(policy, rq);
	struct lane *lane = engine_lane(policy, rq);
	uint32_t *seats = seats_of(lane, endpoint);

	if (!rq->has_seat)
		return;
	lane->stats.seats += rq->width;
	account_of(lane, rq)->seats += rq->width;
	if (rq->is_by_share)
		account_of(lane, rq)->share_seats += rq->width;
	if (seats)
		*seats += rq->width;
	*wide_of(lane, endpoint) += rq->wide_width;
	if (rq->is_large)
		*large_of(lane, endpoint) += rq->width;
}

void seats_uncount(struct policy *policy, const struct request *rq)
{
	struct endpoint *endpoint = engine_endpoint(policy, rq);
	struct lane *lane = engine_lane(policy, rq);
	uint32_t *seats = seats_of(lane, endpoint);

	if (!rq->has_seat)
		return;
	lane->stats.seats -= rq->width;
	account_of(lane, rq)->seats -= rq->width;
	if (rq->is_by_share)
		account_of(lane, rq)->share_seats -= rq->width;
	if (seats)
		*seats -= rq->width;
	*wide_of(lane, endpoint) -= rq->wide_width;
	if (rq->is_large)
		*large_of(lane, endpoint) -= rq->width;
}

void seats_take(struct policy *policy, struct request *rq)
{
	struct lane *lane = engine_lane(policy, rq);

	CHECK(!rq->has_seat && !rq->is_in_level);
	if (!engine_is_past_gates(rq) && !lane->is_unheard) {
		level_started(rq->level, policy->now);
		rq->is_in_level = true;
	}
	rq->has_seat = true;
	rq->wide_width = rq->is_wide ? rq->width : 0;
	if (rq->is_large && !lane->is_shadow)
		engine_endpoint(policy, rq)->large_at = policy->now;
	seats_count(policy, rq);
}

void seats_answering(struct policy *policy, struct request *rq)
{
	uint32_t less = rq->wide_width / 2;

	if (!rq->has_seat || rq->class->verb != VERB_LIST)
		return;
	*wide_of(engine_lane(policy, rq), engine_endpoint(policy, rq)) -= less;
	rq->wide_width -= less;
}

void seats_give_back(struct policy *policy, struct request *rq)
{
	if (rq->is_in_level)
		level_left(rq->level, policy->now);
	rq->is_in_level = false;
	seats_uncount(policy, rq);
	rq->has_seat = false;
	rq->is_by_share = false;
}
