/* SPDX-License-Identifier: Apache-2.0 */
/* The door itself: names, lanes in any order, what adapts. */
#include <criterion/criterion.h>

#include "policy/rules.h"
#include "tests/sim/world.h"

Test(door, says_which_rule_and_lane)
{
	struct world *world = world_new(NULL, 1);
	struct call *call = world_send(world, world_client(world, REMOVAL));
	uint16_t rule, lane;

	cr_expect_str_eq(policy_rule_name(world->policy, &call->rq),
		"finalizer-removals");
	cr_expect_str_eq(
		policy_lane_name(world->policy, &call->rq), "finalizers");
	policy_explain(world->policy, &call->rq, &rule, &lane);
	cr_expect_str_eq(
		world->settings.rules[rule].name, "finalizer-removals");
	cr_expect_str_eq(world->settings.lanes[lane].name, "finalizers");
	cr_expect_eq(call->rq.rule, rule);
	cr_expect_eq(call->rq.lane, lane);
	world_free(world);
}

Test(door, without_a_rule_the_last_one_takes_it)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct call *call;
	uint16_t rule, lane;

	settings.rules[settings.rule_count - 1].only_non_resources = true;
	world = world_new(&settings, 1);
	call = world_send(world, world_client(world, READ));
	world_run(world, SECOND);
	cr_expect_eq(call->status, 200);
	policy_explain(world->policy, &call->rq, &rule, &lane);
	cr_expect_eq(rule, settings.rule_count - 1);
	cr_expect_eq(call->rq.rule, rule);
	world_free(world);
}

static struct lane_settings lane_of(const char *name, uint32_t order)
{
	return (struct lane_settings){
		.name = name,
		.order = order,
		.overflow_lane = -1,
		.wait_max = 60 * SECOND,
		.overdue_after = USEC_NEVER,
		.queue_requests_max = 100,
		.queue_bytes_max = 1000000,
	};
}

Test(door, lanes_go_by_their_order_not_by_their_place)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct call *read, *create;
	struct client *reads, *creates;

	settings.lane_count = 2;
	settings.lanes[0] = lane_of("low", 7);
	settings.lanes[1] = lane_of("high", 3);
	settings.rule_count = 2;
	settings.rules[0] = (struct rule_settings){ .name = "creates",
		.verbs = UINT32_C(1) << VERB_CREATE,
		.lane = 1 };
	settings.rules[1] = (struct rule_settings){
		.name = "rest", .matching_precedence = 10, .lane = 0
	};
	world = world_new(&settings, 1);
	reads = world_client(world, READ);
	creates = world_client(world, CREATE);
	read = world_send(world, reads);
	create = world_send(world, creates);
	world_run(world, SECOND);
	cr_expect_lt(create->order, read->order);
	cr_expect_eq(read->status, 200);
	world_free(world);
}

Test(door, one_lane_alone_lives_through_an_outage)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *creates;

	settings.lane_count = 1;
	settings.lanes[0] = lane_of("only", 1);
	settings.rule_count = 1;
	settings.rules[0] = (struct rule_settings){ .name = "all" };
	world = world_new(&settings, 1);
	creates = world_loop(world, CREATE, 20, UINT32_MAX);
	world_run(world, SECOND);
	world_stop_server(world, 0);
	world_run(world, 10 * SECOND);
	world_go_on(world, 0);
	world_run(world, 5 * SECOND);
	cr_expect_geq(creates->tally.done, 1000);
	cr_expect_eq(creates->tally.rejections, 0);
	world_free(world);
}

Test(door, states_of_health_have_names)
{
	cr_expect_str_eq(health_state_name(HEALTH_UP), "up");
	cr_expect_str_eq(health_state_name(HEALTH_SUSPECT), "suspect");
	cr_expect_str_eq(health_state_name(HEALTH_AWAY), "away");
	cr_expect_str_eq(health_state_name(HEALTH_RECOVERING), "recovering");
}

/* ---- the total that adapts --------------------------------------------- */

static uint32_t total_after(
	unsigned cores, unsigned creators, usec_t time, usec_t *ret_p50)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *creates;
	uint32_t total;

	settings.total.is_adaptive = true;
	world = world_new(&settings, 1);
	world->check_every = 16;
	world->servers[0].cores = cores;
	world->servers[0].levels[0].seats = 200;
	creates = world_loop(world, CREATE, creators, UINT32_MAX);
	world_run(world, time);
	total = world_stats(world).endpoints[0].total;
	*ret_p50 = tally_latency(&creates->tally, 500);
	world_free(world);
	return total;
}

Test(adaptive, it_grows_where_there_is_room)
{
	usec_t p50;
	uint32_t total = total_after(32, 200, 20 * SECOND, &p50);

	cr_expect_eq(total, 64 * SEAT, "%u", total);
}

Test(adaptive, it_stops_where_there_is_none)
{
	usec_t p50;
	uint32_t total = total_after(1, 200, 30 * SECOND, &p50);

	/* One core, 300 m each: from 3 on they only get slower. */
	cr_expect_leq(total, 40 * SEAT, "%u", total);
	cr_expect_geq(total, 4 * SEAT, "%u", total);
}

Test(adaptive, it_stays_where_nobody_needs_more)
{
	usec_t p50;

	cr_expect_eq(total_after(32, 4, 20 * SECOND, &p50), 8 * SEAT);
	cr_expect_leq(p50, 7 * MSEC);
}

Test(door, says_which_condition_of_a_rule_is_not_met)
{
	struct world *world = world_new(NULL, 1);
	struct call *call = world_send(world, world_client(world, CREATE));
	const struct policy *policy = world->policy;

	for (uint16_t i = 0; i < world->settings.rule_count; i++) {
		const char *unmet = policy_unmet(policy, &call->rq, i);

		if (i == call->rq.rule)
			cr_expect_null(unmet);
		else if (i < call->rq.rule)
			cr_expect_not_null(unmet, "rule %u", i);
	}
	cr_expect_str_eq(
		policy_unmet(policy, &call->rq, 0), "apiGroups");
	world_free(world);
}

Test(door, a_client_that_is_gone_twice_is_gone)
{
	struct world *world = world_new(NULL, 1);
	struct call *call = world_send(world, world_client(world, CREATE));

	world_pump(world);
	cr_assert_eq(call->rq.state, REQUEST_RUNNING);
	cr_expect_not(policy_cancel(world->policy, &call->rq, world->now));
	cr_expect_not(policy_cancel(world->policy, &call->rq, world->now));
	cr_expect_eq(call->rq.state, REQUEST_DRAINING);
	world_free(world);
}

Test(door, words_for_everything)
{
	for (unsigned i = 0; i < CONDITION_COUNT; i++)
		cr_expect(*condition_name((enum condition)i));
	for (unsigned i = 0; i < EFFECT_WHY_COUNT; i++) {
		cr_expect(*effect_why_name((enum effect_why)i));
		cr_expect(*effect_why_text((enum effect_why)i));
	}
	for (unsigned i = 0; i < VERB_COUNT; i++)
		cr_expect(*verb_name((enum verb)i));
	for (unsigned i = 0; i < EFFECT_COUNT; i++)
		cr_expect(*effect_name((enum effect)i));
	for (unsigned i = 0; i < HEALTH_STATE_COUNT; i++)
		cr_expect(*health_state_name((enum health_state)i));
}
