/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "policy/engine.h"

static bool is_under_total(const struct lane *lane)
{
	return lane->settings->kind == LANE_QUEUED;
}

void seats_take(struct policy *policy, struct request *rq)
{
	struct endpoint *endpoint = engine_endpoint(policy, rq);
	struct lane *lane = engine_lane(policy, rq);

	CHECK(!rq->has_seat && !rq->is_in_level);
	if (!engine_is_past_gates(rq)) {
		level_started(rq->level, policy->now);
		rq->is_in_level = true;
	}
	rq->has_seat = true;
	lane->stats.seats += rq->width;
	if (rq->is_by_share)
		lane->share_seats += rq->width;
	if (is_under_total(lane))
		endpoint->total.in_flight += rq->width;
	if (rq->is_wide)
		endpoint->wide += rq->width;
}

void seats_give_back(struct policy *policy, struct request *rq)
{
	struct endpoint *endpoint = engine_endpoint(policy, rq);
	struct lane *lane = engine_lane(policy, rq);

	if (rq->is_in_level)
		level_left(rq->level, policy->now);
	rq->is_in_level = false;
	if (!rq->has_seat)
		return;
	rq->has_seat = false;
	lane->stats.seats -= rq->width;
	if (rq->is_by_share)
		lane->share_seats -= rq->width;
	rq->is_by_share = false;
	if (is_under_total(lane))
		endpoint->total.in_flight -= rq->width;
	if (rq->is_wide)
		endpoint->wide -= rq->width;
}
