/* SPDX-License-Identifier: Apache-2.0 */
/* How much of its quotas is asked for. */
#include "base/check.h"
#include "policy/engine.h"

static uint32_t count_queued(const struct lane *lane, enum queue_kind kind)
{
	uint32_t count = 0;

	LIST_EACH (node, &lane->queues) {
		const struct fair_queue *queue =
			CONTAINER_OF(node, struct fair_queue, node);

		if (queue->kind == kind)
			count += queue->count;
	}
	return count;
}

/* Each API server has its own; the one that is asked for most counts. */
static uint32_t most_seats(
	const struct policy *policy, enum quota_kind kind)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++) {
		const struct endpoint *endpoint = &policy->endpoints[i];

		if (kind == QUOTA_TOTAL)
			most = u64_max(most, endpoint->total.in_flight);
		else if (kind == QUOTA_WIDE_LISTS)
			most = u64_max(most, endpoint->wide);
		else
			most = u64_max(most, endpoint->large);
	}
	return (uint32_t)most;
}

static void measure_total(
	const struct policy *policy, struct quota_use *ret_use)
{
	ret_use->used = most_seats(policy, QUOTA_TOTAL);
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		if (lane_is_under_total(policy->lanes[i]))
			ret_use->waiting += policy->lanes[i]->stats.queued;
	}
}

static void measure_heavy(const struct policy *policy, enum quota_kind kind,
	struct quota_use *ret_use)
{
	bool is_wide = kind == QUOTA_WIDE_LISTS;

	ret_use->used = most_seats(policy, kind);
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		const struct lane *lane = policy->lanes[i];
		uint32_t cap = is_wide ? lane->settings->wide_list_seats
				       : lane->settings->large_write_seats;

		if (cap && !lane->is_shadow)
			ret_use->waiting += count_queued(lane,
				is_wide ? QUEUE_WIDE : QUEUE_LARGE);
	}
}

static void measure_root(
	const struct policy *policy, struct quota_use *ret_use)
{
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		const struct lane *lane = policy->lanes[i];

		if (lane->settings->kind == LANE_EXEMPT || lane->is_shadow)
			continue;
		ret_use->waiting += lane->stats.queued;
		ret_use->spent += lane->stats.started;
	}
}

static void measure_lane(const struct lane *lane, enum quota_kind kind,
	struct quota_use *ret_use)
{
	if (lane->is_shadow)
		return;
	ret_use->waiting = lane->stats.queued;
	if (kind == QUOTA_LANE_SEATS)
		ret_use->used = lane->stats.seats;
	else
		ret_use->spent = lane->stats.started;
}

static void measure(const struct policy *policy, const struct quota *quota,
	struct quota_use *ret_use)
{
	*ret_use = (struct quota_use){ 0 };
	switch (quota->kind) {
	case QUOTA_TOTAL:
		measure_total(policy, ret_use);
		return;
	case QUOTA_WIDE_LISTS:
	case QUOTA_LARGE_WRITES:
		measure_heavy(policy, quota->kind, ret_use);
		return;
	case QUOTA_QPS:
		measure_root(policy, ret_use);
		return;
	case QUOTA_LANE_SEATS:
	case QUOTA_LANE_QPS:
		CHECK(quota->lane < policy->settings->lane_count);
		measure_lane(policy->lanes[quota->lane], quota->kind, ret_use);
		return;
	}
	CHECK_UNREACHABLE();
}

void policy_measure(const struct policy *policy, const struct quotas *quotas,
	struct quota_use ret_uses[QUOTAS_MAX])
{
	for (uint32_t i = 0; i < quotas->count; i++)
		measure(policy, &quotas->items[i], &ret_uses[i]);
}
