/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for policy/defaults.c where that is not linked. */
#include "policy/settings.h"

static const struct lane_settings LANES[] = {
	{ .name = "leader-election", .kind = LANE_EXEMPT,
		.flow_bucket = { true, 5000, 5 }, .overflow_lane = 4,
		.wait_max = USEC_NEVER, .hold_max = USEC_NEVER,
		.overdue_after = USEC_NEVER, .queue_requests_max = 1000,
		.queue_bytes_max = 1 << 20 },
	{ .name = "streams", .kind = LANE_STREAMS, .overflow_lane = -1,
		.overdue_after = USEC_NEVER, .queue_requests_max = 1000,
		.queue_bytes_max = 1 << 20 },
	{ .name = "finalizers", .order = 1, .reserve = 2 * SEAT,
		.flow_bucket = { true, 10000, 20 }, .overflow_lane = 4,
		.wait_max = 120 * USEC_PER_SEC, .hold_max = 600 * USEC_PER_SEC,
		.overdue_after = USEC_NEVER, .queue_requests_max = 4000,
		.queue_bytes_max = 16 << 20 },
	{ .name = "workflow-status", .order = 2, .min_share = 20,
		.overflow_lane = -1, .wait_max = 60 * USEC_PER_SEC,
		.hold_max = 240 * USEC_PER_SEC,
		.overdue_after = 10 * USEC_PER_SEC, .queue_requests_max = 1000,
		.queue_bytes_max = 16 << 20 },
	{ .name = "writes", .order = 3, .min_share = 30, .overflow_lane = -1,
		.wait_max = 60 * USEC_PER_SEC, .hold_max = 180 * USEC_PER_SEC,
		.overdue_after = USEC_NEVER, .queue_requests_max = 1000,
		.queue_bytes_max = 16 << 20 },
	{ .name = "reads", .order = 4, .min_share = 30, .overflow_lane = -1,
		.wide_list_seats = 2 * SEAT, .wait_max = 60 * USEC_PER_SEC,
		.hold_max = 60 * USEC_PER_SEC, .overdue_after = USEC_NEVER,
		.queue_requests_max = 1000, .queue_bytes_max = 1 << 20 },
};

static const char *const PODS[] = { "pods" };

static const struct rule_settings RULES[] = {
	{ .name = "removals", .matching_precedence = 100, .lane = 2,
		.verbs = 1 << VERB_PATCH, .effects = 1 << EFFECT_REMOVES,
		.only_resources = true, .resources = { PODS, 1 },
		.body_max = 4096, .flow_by_identity = true,
		.flow_by_namespace = true },
	{ .name = "long-running", .matching_precedence = 200, .lane = 1,
		.only_long_running = true, .flow_by_identity = true },
	{ .name = "catch-all", .matching_precedence = 10000, .lane = 4,
		.flow_by_identity = true, .flow_by_namespace = true },
};

void policy_settings_default(struct policy_settings *ret_settings)
{
	*ret_settings = (struct policy_settings){
		.lane_count = ARRAY_SIZE(LANES),
		.rule_count = ARRAY_SIZE(RULES),
		.total = { 8 * SEAT, 2 * SEAT, 64 * SEAT, true },
		.gate = { 2000, 2000000, 250000, 8000000 },
		.retry = { 3, 100, 50 * USEC_PER_MSEC, 2 * USEC_PER_SEC,
			120 * USEC_PER_SEC },
		.health = { 500 * USEC_PER_MSEC, 200 * USEC_PER_MSEC,
			USEC_PER_SEC, 4 * SEAT, 1300, 100 * USEC_PER_MSEC,
			50000, 20 },
		.endpoint_count = 1,
		.requests_max = 10000,
		.flows_max = 1024,
		.levels_max = 64,
		.identities_max = 1024,
		.sizes_max = 1024,
		.held_bytes_max = 64 << 20,
		.held_bytes_small = 16 << 20,
	};
	for (size_t i = 0; i < ARRAY_SIZE(LANES); i++)
		ret_settings->lanes[i] = LANES[i];
	for (size_t i = 0; i < ARRAY_SIZE(RULES); i++)
		ret_settings->rules[i] = RULES[i];
}
