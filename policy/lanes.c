/* SPDX-License-Identifier: Apache-2.0 */
/* What a lane is, by the settings: its mode, its place, its connections. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "policy/engine.h"

void lanes_check_settings(const struct policy_settings *settings)
{
	uint32_t lanes = settings->lane_count, rules = settings->rule_count;

	CHECK(lanes && lanes <= POLICY_LANES_MAX);
	CHECK(rules && rules <= POLICY_RULES_MAX);
	CHECK(settings->endpoint_count &&
		settings->endpoint_count <= POLICY_ENDPOINTS_MAX);
	CHECK(settings->requests_max && settings->flows_max);
	for (uint32_t i = 0; i < rules; i++)
		CHECK(settings->rules[i].lane < lanes);
	for (uint32_t i = 0; i < lanes; i++) {
		int32_t other = settings->lanes[i].overflow_lane;

		CHECK(other == -1 || (other >= 0 && (uint32_t)other < lanes));
	}
}

struct lane *lane_new(uint32_t levels)
{
	struct lane *lane = xcalloc(1, sizeof(*lane));
	size_t count = (size_t)levels * QUEUE_KINDS;

	lane->all_queues = xcalloc(count, sizeof(*lane->all_queues));
	for (size_t i = 0; i < count; i++)
		fair_queue_init(&lane->all_queues[i], NULL,
			(enum queue_kind)(i % QUEUE_KINDS));
	list_init(&lane->queues);
	list_init(&lane->waiting);
	list_init(&lane->running);
	return lane;
}

void lane_free(struct lane *lane)
{
	free(lane->all_queues);
	free(lane);
}

/* ---- all of them ------------------------------------------------------ */

/* Behind those that go before it; of equals the earlier one. */
static void put_in_order(struct policy *policy, const struct lane *lane)
{
	uint32_t at = policy->order_count++;

	for (; at; at--) {
		uint16_t before = policy->order[at - 1];

		if (policy->lanes[before]->settings->order <=
			lane->settings->order)
			break;
		policy->order[at] = before;
	}
	policy->order[at] = lane->index;
}

/* Express is for those that must not stand behind a large body. */
static enum conn_class connections_of(
	const struct policy *policy, const struct lane *lane)
{
	switch (lane->settings->kind) {
	case LANE_EXEMPT:
		return CONN_EXPRESS;
	case LANE_STREAMS:
		return CONN_STREAMS;
	case LANE_QUEUED:
		return lane->index == policy->order[0] ? CONN_EXPRESS
						       : CONN_BULK;
	}
	CHECK_UNREACHABLE();
}

void lanes_settle(struct policy *policy)
{
	const struct policy_settings *settings = policy->settings;
	bool are_all_shadow = settings->mode == ENFORCEMENT_SHADOW;

	policy->order_count = 0;
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		struct lane *lane = policy->lanes[i];

		lane->settings = &settings->lanes[i];
		lane->index = (uint16_t)i;
		/* Leases that wait are lost. */
		if (lane->settings->kind == LANE_EXEMPT)
			lane->is_paused = lane->is_drained = false;
		lane->is_shadow = are_all_shadow ||
			lane->settings->mode == ENFORCEMENT_SHADOW;
		lane->is_unheard = lane->is_shadow && !are_all_shadow;
		if (lane->settings->kind == LANE_QUEUED)
			put_in_order(policy, lane);
	}
	for (uint32_t i = 0; i < settings->lane_count; i++)
		policy->lanes[i]->conn_class =
			connections_of(policy, policy->lanes[i]);
}
