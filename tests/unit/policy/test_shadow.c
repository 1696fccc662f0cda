/* SPDX-License-Identifier: Apache-2.0 */
/* Shadow: what would have been is counted, and nothing is done. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/sim/world.h"

static struct lane_settings *lane_named(
	struct policy_settings *settings, const char *name)
{
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		if (!strcmp(settings->lanes[i].name, name))
			return &settings->lanes[i];
	}
	cr_assert(false, "no lane %s", name);
	return NULL;
}

static const struct lane_stats *stats_of(
	const struct world *world, const char *name, struct policy_stats *stats)
{
	*stats = world_stats(world);
	for (uint32_t i = 0; i < world->settings.lane_count; i++) {
		if (!strcmp(world->settings.lanes[i].name, name))
			return &stats->lanes[i];
	}
	return NULL;
}

Test(shadow, all_goes_at_once_and_is_counted)
{
	struct policy_settings settings = world_settings();
	const struct lane_stats *writes;
	struct policy_stats stats;
	struct world *world;

	settings.mode = ENFORCEMENT_SHADOW;
	world = world_new(&settings, 1);
	world_loop(world, CREATE, 40, 400);
	world_run(world, 5 * SECOND);
	writes = stats_of(world, "writes", &stats);
	cr_expect_eq(writes->started, 400);
	cr_expect_eq(writes->wait_sum, 0);
	cr_expect_eq(writes->kept_by[KEPT_BY_NOTHING], 400);
	cr_expect_gt(writes->would_be_kept_by[KEPT_BY_TOTAL], 100);
	cr_expect_geq(world->servers[0].most_in_flight, 40);
	world_free(world);
}

Test(shadow, a_lane_takes_nothing_from_the_others)
{
	struct policy_settings settings = world_settings();
	struct policy_stats stats;
	struct world *world;
	struct client *light;

	lane_named(&settings, "writes")->mode = ENFORCEMENT_SHADOW;
	lane_named(&settings, "reads")->seats_max = 1 * SEAT;
	world = world_new(&settings, 1);
	world_loop(world, CREATE, 64, UINT32_MAX);
	light = world_loop(world, READ, 1, UINT32_MAX);
	world_run(world, 2 * SECOND);
	cr_expect_gt(light->tally.done, 20);
	cr_expect_eq(stats_of(world, "reads", &stats)->wait_sum, 0);
	cr_expect_eq(stats.endpoints[0].in_flight, SEAT);
	cr_expect_eq(stats_of(world, "writes", &stats)->wait_sum, 0);
	world_free(world);
}

/* A webhook that hangs, say: their times are not of what the total lets in. */
Test(shadow, a_lane_that_is_slow_cuts_nobody_s_total)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	uint32_t before;

	lane_named(&settings, "writes")->mode = ENFORCEMENT_SHADOW;
	settings.total.is_adaptive = true;
	world = world_new(&settings, 1);
	world->servers[0].cores = 64;
	world->servers[0].levels[0].seats = 1000;
	world_loop(world, CREATE, 64, UINT32_MAX);
	world_loop(world, READ, 6, UINT32_MAX);
	world_run(world, 5 * SECOND);
	before = world_stats(world).endpoints[0].total;
	world->servers[0].faults[CREATE] = (struct fault){
		.what = FAULT_HANG,
		.until = USEC_NEVER,
		.hang = SECOND,
	};
	world_run(world, 20 * SECOND);
	cr_expect_geq(world_stats(world).endpoints[0].total, before,
		"%u, not %u", world_stats(world).endpoints[0].total, before);
	world_free(world);
}

Test(shadow, each_cap_says_what_it_would_have_kept)
{
	static const struct {
		struct lane_settings caps;
		enum kept_by by;
	} CASES[] = {
		{ { .seats_max = 1 * SEAT }, KEPT_BY_LANE_SEATS },
		{ { .bucket = { true, 1000, 1 } }, KEPT_BY_LANE_BUDGET },
		{ { .flow_bucket = { true, 1000, 1 } }, KEPT_BY_FLOW_BUDGET },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		struct policy_settings settings = world_settings();
		struct lane_settings *lane = lane_named(&settings, "writes");
		const struct lane_stats *writes;
		struct policy_stats stats;
		struct world *world;

		lane->mode = ENFORCEMENT_SHADOW;
		lane->seats_max = CASES[i].caps.seats_max;
		lane->bucket = CASES[i].caps.bucket;
		lane->flow_bucket = CASES[i].caps.flow_bucket;
		world = world_new(&settings, 1);
		world_loop(world, CREATE, 8, 100);
		world_run(world, 1 * SECOND);
		writes = stats_of(world, "writes", &stats);
		cr_expect_eq(writes->started, 100);
		cr_expect_eq(writes->wait_sum, 0);
		cr_expect_gt(writes->would_be_kept_by[CASES[i].by], 50, "%s",
			kept_by_name(CASES[i].by));
		world_free(world);
	}
}

Test(shadow, wide_lists_and_the_root_bucket_too)
{
	struct policy_settings settings = world_settings();
	const struct lane_stats *reads;
	struct policy_stats stats;
	struct world *world;

	settings.mode = ENFORCEMENT_SHADOW;
	settings.root_bucket = (struct bucket_settings){ true, 1000, 3 };
	world = world_new(&settings, 1);
	world_loop(world, LIST, 6, 6);
	world_run(world, 5 * SECOND);
	reads = stats_of(world, "reads", &stats);
	cr_expect_eq(reads->started, 6);
	cr_expect_eq(reads->would_be_kept_by[KEPT_BY_WIDE], 4);
	world_loop(world, READ, 4, 4);
	world_run(world, 1 * USEC_PER_MSEC);
	reads = stats_of(world, "reads", &stats);
	cr_expect_gt(reads->would_be_kept_by[KEPT_BY_ROOT_BUDGET], 0);
	world_free(world);
}

Test(shadow, what_would_be_refused_goes_and_what_would_overflow_stays)
{
	struct policy_settings settings = world_settings();
	struct lane_settings *writes = lane_named(&settings, "writes");
	struct lane_settings *finalizers = lane_named(&settings, "finalizers");
	const struct lane_stats *lane;
	struct policy_stats stats;
	struct world *world;
	struct call *call;

	writes->mode = finalizers->mode = ENFORCEMENT_SHADOW;
	writes->bucket = (struct bucket_settings){ .is_limited = true };
	finalizers->flow_bucket = (struct bucket_settings){ true, 1000, 1 };
	world = world_new(&settings, 1);
	call = world_send(world, world_client(world, CREATE));
	world_loop(world, REMOVAL, 3, 3);
	world_run(world, 100 * USEC_PER_MSEC);
	cr_expect_eq(call->status, 200);
	cr_expect_eq(call->rq.reasons.would_be_refused, VERDICT_RATE_LIMITED);
	lane = stats_of(world, "writes", &stats);
	cr_expect_eq(lane->would_be_refused[VERDICT_RATE_LIMITED], 1);
	cr_expect_eq(lane->rejected[VERDICT_RATE_LIMITED], 0);
	lane = stats_of(world, "finalizers", &stats);
	cr_expect_eq(lane->started, 3);
	cr_expect_eq(lane->would_overflow, 2);
	world_free(world);
}

Test(shadow, a_flow_bucket_of_nothing_would_refuse)
{
	struct policy_settings settings = world_settings();
	struct lane_settings *lane = lane_named(&settings, "events");
	struct policy_stats stats;
	struct world *world;

	lane->mode = ENFORCEMENT_SHADOW;
	lane->flow_bucket = (struct bucket_settings){ .is_limited = true };
	world = world_new(&settings, 1);
	world_loop(world, EVENT, 1, 5);
	world_run(world, 1 * SECOND);
	cr_expect_eq(stats_of(world, "events", &stats)
			     ->would_be_refused[VERDICT_RATE_LIMITED],
		5);
	cr_expect_eq(stats_of(world, "events", &stats)->started, 5);
	world_free(world);
}

Test(shadow, refusals_of_the_api_server_are_passed_on)
{
	struct policy_settings settings = world_settings();
	struct policy_stats stats;
	struct world *world;
	struct client *client;

	settings.mode = ENFORCEMENT_SHADOW;
	world = world_new(&settings, 1);
	world->servers[0].levels[0].is_reject = true;
	world->servers[0].levels[0].seats = 1;
	client = world_loop(world, CREATE, 8, 100);
	world_run(world, 2 * SECOND);
	cr_expect_gt(client->tally.saw_429, 0);
	cr_expect_eq(stats_of(world, "writes", &stats)->again, 0);
	cr_expect_eq(stats_of(world, "writes", &stats)->would_go_again,
		client->tally.saw_429);
	cr_expect_gt(stats_of(world, "writes", &stats)
			     ->would_be_kept_by[KEPT_BY_GATE],
		0);
	world_free(world);
}

/* One request in Shadow that gets this answer: whether it is counted. */
static void expect_would_go_again(
	enum kind kind, const char *lane, struct answer answer, uint64_t count)
{
	struct policy_settings settings = world_settings();
	struct policy_stats stats;
	struct world *world;

	settings.mode = ENFORCEMENT_SHADOW;
	world = world_new(&settings, 1);
	world->servers[0].faults[kind] = (struct fault){
		.what = FAULT_ANSWER,
		.count = 1,
		.answer = answer,
	};
	world_send(world, world_client(world, kind));
	world_run(world, SECOND);
	cr_expect_eq(stats_of(world, lane, &stats)->would_go_again, count,
		"%s", lane);
	world_free(world);
}

Test(shadow, only_what_would_go_again_is_counted_so)
{
	static const struct answer STRANGE = { .status = 502,
		.retry_after = -1, .is_strange = true };
	static const struct answer ERROR = { .status = 500,
		.retry_after = -1 };

	expect_would_go_again(READ, "reads", STRANGE, 1);
	expect_would_go_again(REMOVAL, "finalizers", STRANGE, 1);
	expect_would_go_again(CREATE, "writes", STRANGE, 0);
	expect_would_go_again(REMOVAL, "finalizers", ERROR, 1);
	expect_would_go_again(READ, "reads", ERROR, 0);
}

Test(shadow, while_nobody_is_there_it_is_held_all_the_same)
{
	struct policy_settings settings = world_settings();
	struct policy_stats stats;
	struct world *world;
	struct call *call;

	settings.mode = ENFORCEMENT_SHADOW;
	world = world_new(&settings, 1);
	world_run(world, 1 * SECOND);
	world_stop_server(world, 0);
	world_run(world, 5 * SECOND);
	call = world_send(world, world_client(world, CREATE));
	world_run(world, 2 * SECOND);
	cr_expect_eq(call->rq.state, REQUEST_QUEUED);
	cr_expect_eq(call->rq.reasons.kept_by, KEPT_BY_AWAY);
	world_go_on(world, 0);
	world_run(world, 5 * SECOND);
	cr_expect_eq(call->status, 200);
	cr_expect_eq(
		stats_of(world, "writes", &stats)->kept_by[KEPT_BY_AWAY], 1);
	world_free(world);
}

Test(shadow, a_rule_is_counted_and_the_next_one_decides)
{
	struct policy_settings settings = world_settings();
	struct policy_stats stats;
	struct world *world;
	struct call *call;
	uint32_t i = 0;

	while (strcmp(settings.rules[i].name, "finalizer-removals") != 0)
		i++;
	settings.rules[i].mode = ENFORCEMENT_SHADOW;
	world = world_new(&settings, 1);
	call = world_send(world, world_client(world, REMOVAL));
	world_run(world, 1 * SECOND);
	cr_expect_str_eq(policy_lane_name(world->policy, &call->rq), "writes");
	cr_expect_str_eq(policy_shadow_rule_name(world->policy, &call->rq),
		"finalizer-removals");
	stats = world_stats(world);
	cr_expect_eq(stats.rules[i].matched, 1);
	call = world_send(world, world_client(world, READ));
	cr_expect_null(policy_shadow_rule_name(world->policy, &call->rq));
	world_free(world);
}

/* ---- reasons where all is done ------------------------------------------ */

Test(reasons, of_waiting_are_counted_by_what_kept_last)
{
	struct policy_settings settings = world_settings();
	const struct lane_stats *writes;
	struct policy_stats stats;
	struct world *world;
	uint64_t sum = 0;

	lane_named(&settings, "events")->seats_max = 1 * SEAT;
	lane_named(&settings, "reads")->bucket =
		(struct bucket_settings){ true, 10000, 1 };
	world = world_new(&settings, 1);
	world_loop(world, CREATE, 40, 400);
	world_loop(world, EVENT, 4, 40);
	world_loop(world, READ, 4, 20);
	world_run(world, 10 * SECOND);
	writes = stats_of(world, "writes", &stats);
	for (unsigned k = 0; k < KEPT_BY_COUNT; k++)
		sum += writes->kept_by[k];
	cr_expect_eq(sum, writes->started);
	cr_expect_gt(writes->kept_by[KEPT_BY_TOTAL], 0);
	cr_expect_eq(writes->would_be_kept_by[KEPT_BY_TOTAL], 0);
	cr_expect_gt(
		stats_of(world, "events", &stats)->kept_by[KEPT_BY_LANE_SEATS],
		0);
	cr_expect_gt(
		stats_of(world, "reads", &stats)->kept_by[KEPT_BY_LANE_BUDGET],
		0);
	world_free(world);
}

Test(reasons, a_start_names_its_flow_and_its_gate)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, CREATE);
	struct call *first = world_send(world, client), *second;

	world_run(world, 1 * SECOND);
	second = world_send(world, client);
	world_run(world, 1 * SECOND);
	cr_expect_neq(first->rq.reasons.flow, 0);
	cr_expect_eq(first->rq.reasons.level, 0);
	cr_expect_neq(second->rq.reasons.level, 0);
	cr_expect_gt(second->rq.reasons.gate_limit, 0);
	world_free(world);
}

Test(reasons, a_pause_is_one)
{
	struct world *world = world_new(NULL, 1);
	struct call *call;

	policy_set_mode(world->policy, POLICY_PAUSE, world->now);
	call = world_send(world, world_client(world, CREATE));
	world_run(world, 1 * SECOND);
	cr_expect_eq(call->rq.reasons.kept_by, KEPT_BY_PAUSE);
	world_free(world);
}

Test(reasons, each_has_a_word)
{
	for (unsigned k = 0; k < KEPT_BY_COUNT; k++)
		cr_expect_gt(strlen(kept_by_name((enum kept_by)k)), 3);
}
