/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drained: lanes, flows and endpoints that an operator lets run empty.  What
 * is there is served; nothing new comes in.
 */
#include <string.h>

#include "base/check.h"
#include "policy/engine.h"

void policy_drain_lane(
	struct policy *policy, uint16_t lane, bool is_drained, usec_t now)
{
	CHECK(lane < policy->settings->lane_count);
	CHECK(policy->lanes[lane]->settings->kind != LANE_EXEMPT);
	engine_advance(policy, now);
	policy->lanes[lane]->is_drained = is_drained;
}

void policy_drain_endpoint(struct policy *policy, unsigned endpoint,
	bool is_drained, usec_t now)
{
	CHECK(endpoint < policy->settings->endpoint_count);
	engine_advance(policy, now);
	policy->endpoints[endpoint].is_drained = is_drained;
}

static uint32_t find_flow(const struct policy *policy, uint64_t flow)
{
	uint32_t i = 0;

	while (i < policy->drained_flow_count &&
		policy->drained_flows[i] != flow)
		i++;
	return i;
}

int policy_drain_flow(
	struct policy *policy, uint64_t flow, bool is_drained, usec_t now)
{
	uint32_t at = find_flow(policy, flow);
	uint64_t *list = policy->drained_flows;

	engine_advance(policy, now);
	if (is_drained) {
		if (at == POLICY_DRAINED_FLOWS_MAX)
			return -1;
		list[at] = flow;
		policy->drained_flow_count +=
			at == policy->drained_flow_count;
		return 0;
	}
	if (at == policy->drained_flow_count)
		return -1;
	policy->drained_flow_count--;
	memmove(&list[at], &list[at + 1],
		(policy->drained_flow_count - at) * sizeof(*list));
	return 0;
}

uint32_t policy_drained_flows(
	const struct policy *policy, const uint64_t **ret_flows)
{
	*ret_flows = policy->drained_flows;
	return policy->drained_flow_count;
}

bool drained_refuses(struct policy *policy, const struct request *rq)
{
	const struct lane *lane = engine_lane(policy, rq);

	/* Leases that are refused are lost; a replay was taken long ago. */
	if (lane->settings->kind == LANE_EXEMPT || rq->source == SOURCE_REPLAY)
		return false;
	return lane->is_drained ||
		(policy->drained_flow_count &&
			find_flow(policy, waiting_flow_hash(policy, rq)) <
				policy->drained_flow_count);
}
