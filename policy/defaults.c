/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default lanes and rules of a sidecar, as DESIGN.md section 6 has them.
 *
 * One number differs: a flow of finalizer removals may send 100 a second and
 * 1000 at once where the design had 10 and 20.  Argo's own queue is no faster
 * than 10 a second, but the removals of a storm come all at once, and those
 * above the budget would stand in `writes` behind the very flood that they
 * have to overtake (docs/decisions/0002-removal-budget.md).
 */
#include <string.h>

#include "policy/settings.h"

#define SECOND USEC_PER_SEC
#define MINUTE (60 * USEC_PER_SEC)
#define MIB ((uint64_t)1 << 20)

enum default_lane {
	LEADER_ELECTION,
	STREAMS,
	FINALIZERS,
	WORKFLOW_STATUS,
	WRITES,
	READS,
	EVENTS,
	SWEEP,
	REVIEWS,
	DEFAULT_LANES,
};

/* Two at work, and half a seat for one whose answer is on its way. */
#define WIDE_SEATS (2 * SEAT + SEAT / 2)

#define QUEUE .queue_requests_max = 5000, .queue_bytes_max = 32 * MIB

static const struct lane_settings LANES[DEFAULT_LANES] = {
	[LEADER_ELECTION] = {
		.name = "leader-election",
		.kind = LANE_EXEMPT,
		.flow_bucket = { true, 5000, 10 },
		.overflow_lane = WRITES,
		.wait_max = USEC_NEVER,
		.hold_max = USEC_NEVER,
		.overdue_after = USEC_NEVER,
		QUEUE,
	},
	[STREAMS] = {
		.name = "streams",
		.kind = LANE_STREAMS,
		.wide_list_seats = WIDE_SEATS,
		.overflow_lane = -1,
		.wait_max = 10 * SECOND,
		.hold_max = 0,
		.overdue_after = USEC_NEVER,
		QUEUE,
	},
	[FINALIZERS] = {
		.name = "finalizers",
		.kind = LANE_QUEUED,
		.order = 1,
		.reserve = 2 * SEAT,
		.flow_bucket = { true, 100000, 1000 },
		.overflow_lane = WRITES,
		.wait_max = 2 * MINUTE,
		.hold_max = 10 * MINUTE,
		.overdue_after = USEC_NEVER,
		QUEUE,
	},
	[WORKFLOW_STATUS] = {
		.name = "workflow-status",
		.kind = LANE_QUEUED,
		.order = 2,
		.large_write_seats = SEAT,
		.min_share = 20,
		.overflow_lane = -1,
		.wait_max = 1 * MINUTE,
		.hold_max = 4 * MINUTE,
		.overdue_after = 10 * SECOND,
		QUEUE,
	},
	[WRITES] = {
		.name = "writes",
		.kind = LANE_QUEUED,
		.order = 3,
		.large_write_seats = SEAT,
		.min_share = 30,
		.overflow_lane = -1,
		.wait_max = 1 * MINUTE,
		.hold_max = 3 * MINUTE,
		.overdue_after = USEC_NEVER,
		QUEUE,
	},
	[READS] = {
		.name = "reads",
		.kind = LANE_QUEUED,
		.order = 4,
		.min_share = 30,
		.wide_list_seats = WIDE_SEATS,
		.overflow_lane = -1,
		.wait_max = 1 * MINUTE,
		.hold_max = 1 * MINUTE,
		.overdue_after = USEC_NEVER,
		QUEUE,
	},
	[EVENTS] = {
		.name = "events",
		.kind = LANE_QUEUED,
		.order = 5,
		.min_share = 20,
		.overflow_lane = -1,
		.wait_max = 10 * SECOND,
		.hold_max = 10 * SECOND,
		.overdue_after = USEC_NEVER,
		.queue_requests_max = 2000,
		.queue_bytes_max = 8 * MIB,
	},
	[SWEEP] = {
		.name = "sweep",
		.kind = LANE_QUEUED,
		.order = 6,
		.bucket = { true, 5000, 5 },
		.overflow_lane = -1,
		.wait_max = 1 * MINUTE,
		.hold_max = 0,
		.overdue_after = USEC_NEVER,
		.queue_requests_max = 1000,
		.queue_bytes_max = 4 * MIB,
	},
	/* Requests wait for them, which hold no seat: they pass the total. */
	[REVIEWS] = {
		.name = "reviews",
		.kind = LANE_EXEMPT,
		.seats_max = 16 * SEAT,
		.overflow_lane = -1,
		.wait_max = USEC_NEVER,
		.hold_max = USEC_NEVER,
		.overdue_after = USEC_NEVER,
		.queue_requests_max = 2000,
		.queue_bytes_max = 32 * MIB,
	},
};

/* A constant list of strings, as a struct strings. */
#define LIST(...)                                                        \
	{                                                                \
		(const char *const[]){ __VA_ARGS__ },                    \
			sizeof((const char *const[]){ __VA_ARGS__ }) /   \
				sizeof(const char *)                     \
	}

#define VERB(name) (UINT32_C(1) << VERB_##name)
#define EFFECT(name) (UINT32_C(1) << EFFECT_##name)
#define WRITE_VERBS                                               \
	(VERB(CREATE) | VERB(UPDATE) | VERB(PATCH) | VERB(DELETE) | \
		VERB(DELETECOLLECTION))
#define PER_USER_AND_NAMESPACE \
	.flow_by_identity = true, .flow_by_namespace = true

static const struct rule_settings RULES[] = {
	{
		.name = "leader-election",
		.matching_precedence = 100,
		.lane = LEADER_ELECTION,
		.verbs = VERB(GET) | VERB(CREATE) | VERB(UPDATE),
		.only_resources = true,
		.only_short = true,
		.api_groups = LIST("coordination.k8s.io"),
		.resources = LIST("leases"),
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "streams",
		.matching_precedence = 200,
		.lane = STREAMS,
		.only_long_running = true,
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "sweep",
		.matching_precedence = 300,
		.lane = SWEEP,
		.only_short = true,
		.user_agents = LIST("fairway-sweep"),
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "finalizer-removals",
		.matching_precedence = 400,
		.lane = FINALIZERS,
		.verbs = VERB(PATCH),
		.effects = EFFECT(REMOVES),
		.only_resources = true,
		.only_pure = true,
		.body_max = 4096,
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "namespace-finalize",
		.matching_precedence = 410,
		.lane = FINALIZERS,
		.verbs = VERB(UPDATE),
		.only_resources = true,
		.api_groups = LIST(""),
		.resources = LIST("namespaces/finalize"),
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "deletes-of-released",
		.matching_precedence = 420,
		.lane = FINALIZERS,
		.verbs = VERB(DELETE),
		.only_resources = true,
		.only_released_objects = true,
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "workflow-status",
		.matching_precedence = 500,
		.lane = WORKFLOW_STATUS,
		.verbs = VERB(UPDATE) | VERB(PATCH),
		.only_resources = true,
		.api_groups = LIST("argoproj.io"),
		.resources = LIST("workflows", "workflows/status",
			"workflowtaskresults", "workflowtasksets",
			"workflowtasksets/status"),
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "task-results",
		.matching_precedence = 510,
		.lane = WORKFLOW_STATUS,
		.verbs = VERB(CREATE),
		.only_resources = true,
		.api_groups = LIST("argoproj.io"),
		.resources = LIST("workflowtaskresults"),
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "events",
		.matching_precedence = 600,
		.lane = EVENTS,
		.verbs = VERB(CREATE) | VERB(UPDATE) | VERB(PATCH),
		.only_resources = true,
		.api_groups = LIST("", "events.k8s.io"),
		.resources = LIST("events"),
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "access-reviews",
		.matching_precedence = 700,
		.lane = READS,
		.verbs = VERB(CREATE),
		.only_resources = true,
		.api_groups = LIST("authorization.k8s.io",
			"authentication.k8s.io"),
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "writes",
		.matching_precedence = 800,
		.lane = WRITES,
		.verbs = WRITE_VERBS,
		.only_resources = true,
		PER_USER_AND_NAMESPACE,
	},
	{
		.name = "reviews",
		.matching_precedence = 1,
		.lane = REVIEWS,
		.only_reviews = true,
		.flow_by_identity = true,
	},
	{
		.name = "catch-all",
		.matching_precedence = 10000,
		.lane = READS,
		PER_USER_AND_NAMESPACE,
	},
};

/* Argo sets it when it takes its finalizer away. */
static const char *const REMOVAL_LABELS[] = {
	"workflows.argoproj.io/completed",
};

void policy_settings_default(struct policy_settings *ret_settings)
{
	*ret_settings = (struct policy_settings){
		.lane_count = DEFAULT_LANES,
		.rule_count = ARRAY_SIZE(RULES),
		.total = { 8 * SEAT, 2 * SEAT, 64 * SEAT, false },
		.gate = {
			.closed_min_usec = 2000,
			.closed_max_usec = 2000000,
			.raise_min_usec = 250000,
			.raise_max_usec = 8000000,
		},
		.retry = {
			.tries_max = 3,
			.budget = 100,
			.backoff_min = 50 * USEC_PER_MSEC,
			.backoff_max = 2 * SECOND,
			.throttled_max = 2 * MINUTE,
			/* Above the API server's --request-timeout. */
			.answer_timeout = 75 * SECOND,
		},
		.health = {
			.probe_every = 500 * USEC_PER_MSEC,
			.probe_every_away = 200 * USEC_PER_MSEC,
			.probe_timeout = 1 * SECOND,
			.ramp_start = 4 * SEAT,
			.ramp_growth = 1300,
			.ramp_step = 100 * USEC_PER_MSEC,
			.stream_starts_milli_qps = 50000,
			.stream_starts_burst = 100,
		},
		.intents = {
			.mode = JOURNAL_WHEN_HELD,
			.labels = { REMOVAL_LABELS,
				ARRAY_SIZE(REMOVAL_LABELS) },
			.replays = { true, 200 * 1000, 50 },
		},
		.endpoint_count = 1,
		.requests_max = 20000,
		.flows_max = 4096,
		.levels_max = 64,
		.identities_max = 4096,
		.sizes_max = 4096,
		.objects_max = 4096,
		.stuck_after = 5 * MINUTE,
		.held_bytes_max = 64 * MIB,
		.held_bytes_small = 16 * MIB,
	};
	memcpy(ret_settings->lanes, LANES, sizeof(LANES));
	memcpy(ret_settings->rules, RULES, sizeof(RULES));
}
