/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New settings while requests wait and run.
 *
 *	what runs is taken out of all counts
 *	buckets are refilled in proportion
 *	lanes by their names; those that go stand behind the others
 *	all requests get the new numbers of their lane and rule
 *	those of lanes that go move to where the new rules say
 *	what runs is counted again, as the new settings have it
 *	times are set anew
 */
#include <string.h>

#include "base/check.h"
#include "policy/engine.h"

struct change {
	struct policy *policy;
	const struct policy_settings *from;
	const struct policy_settings *to;
	struct renumbering *renumbering;
	uint32_t gone; /* lanes behind the others */
};

static struct request *node_request(struct list_node *node)
{
	return CONTAINER_OF(node, struct request, node);
}

static struct request *lane_request(struct list_node *node)
{
	return CONTAINER_OF(node, struct request, lane_node);
}

/* ---- by name ---------------------------------------------------------- */

static uint16_t find_lane(
	const struct policy_settings *settings, const char *name)
{
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		if (!strcmp(settings->lanes[i].name, name))
			return (uint16_t)i;
	}
	return POLICY_GONE;
}

static uint16_t find_rule(
	const struct policy_settings *settings, const char *name)
{
	for (uint32_t i = 0; i < settings->rule_count; i++) {
		if (!strcmp(settings->rules[i].name, name))
			return (uint16_t)i;
	}
	return POLICY_GONE;
}

static void renumber(const struct change *change)
{
	const struct policy_settings *from = change->from, *to = change->to;
	struct renumbering *ret = change->renumbering;

	for (uint32_t i = 0; i < from->lane_count; i++)
		ret->lanes[i] = find_lane(to, from->lanes[i].name);
	for (uint32_t i = 0; i < from->rule_count; i++)
		ret->rules[i] = find_rule(to, from->rules[i].name);
}

/* ---- buckets ---------------------------------------------------------- */

static struct bucket_settings stream_starts(
	const struct policy_settings *settings)
{
	const struct health_settings *health = &settings->health;

	return (struct bucket_settings){
		.is_limited = health->stream_starts_milli_qps > 0,
		.milli_qps = health->stream_starts_milli_qps,
		.burst = health->stream_starts_burst,
	};
}

static void resettle_flows(const struct change *change)
{
	struct policy *policy = change->policy;

	for (uint32_t i = 0; i < change->from->lane_count; i++) {
		uint16_t now = change->renumbering->lanes[i];
		const struct lane *lane = policy->lanes[i];

		if (now == POLICY_GONE)
			continue;
		flow_table_resettle(&policy->flows, lane->all_queues,
			(size_t)policy->levels_max * QUEUE_KINDS,
			&change->from->lanes[i].flow_bucket,
			&change->to->lanes[now].flow_bucket, policy->now);
	}
}

static void resettle_buckets(const struct change *change)
{
	const struct policy_settings *from = change->from, *to = change->to;
	const struct bucket_settings old = stream_starts(from);
	const struct bucket_settings new = stream_starts(to);
	struct policy *policy = change->policy;

	token_bucket_resettle(&policy->root_bucket, &from->root_bucket,
		&to->root_bucket, policy->now);
	token_bucket_resettle(&policy->replays, &from->intents.replays,
		&to->intents.replays, policy->now);
	for (uint32_t i = 0; i < from->endpoint_count; i++)
		token_bucket_resettle(&policy->endpoints[i].stream_starts, &old,
			&new, policy->now);
	for (uint32_t i = 0; i < from->lane_count; i++) {
		uint16_t now = change->renumbering->lanes[i];

		if (now != POLICY_GONE)
			token_bucket_resettle(&policy->lanes[i]->bucket,
				&from->lanes[i].bucket, &to->lanes[now].bucket,
				policy->now);
	}
	resettle_flows(change);
}

/* ---- lanes and rules -------------------------------------------------- */

static void take_lanes(struct change *change)
{
	struct policy *policy = change->policy;
	struct lane *old[POLICY_LANES_MAX];
	uint32_t count = change->to->lane_count;

	memcpy(old, policy->lanes, sizeof(old));
	memset(policy->lanes, 0, sizeof(policy->lanes));
	for (uint32_t i = 0; i < change->from->lane_count; i++) {
		uint16_t now = change->renumbering->lanes[i];

		if (now != POLICY_GONE) {
			policy->lanes[now] = old[i];
			continue;
		}
		old[i]->index = (uint16_t)(count + change->gone++);
		policy->lanes[old[i]->index] = old[i];
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!policy->lanes[i])
			policy->lanes[i] = lane_new(policy->levels_max);
	}
	policy->settings = change->to;
	lanes_settle(policy);
}

static void take_rules(const struct change *change)
{
	struct policy *policy = change->policy;
	struct rule_stats old[POLICY_RULES_MAX];

	memcpy(old, policy->rule_stats, sizeof(old));
	memset(policy->rule_stats, 0, sizeof(policy->rule_stats));
	for (uint32_t i = 0; i < change->from->rule_count; i++) {
		uint16_t now = change->renumbering->rules[i];

		if (now != POLICY_GONE)
			policy->rule_stats[now] = old[i];
	}
	rules_fini(&policy->rules);
	rules_compile(
		&policy->rules, change->to->rules, change->to->rule_count);
}

/* ---- requests --------------------------------------------------------- */

static void renumber_rules(struct policy *policy,
	const struct renumbering *renumbering, struct request *rq)
{
	uint16_t shadow = rq->reasons.shadow_rule;
	uint16_t rule = renumbering->rules[rq->rule];

	rq->rule = rule == POLICY_GONE ? submit_rule(policy, rq) : rule;
	if (shadow != REASONS_NO_RULE)
		shadow = renumbering->rules[shadow];
	/* Both say "none" in the same way. */
	rq->reasons.shadow_rule = shadow;
}

/* The lane stands where it stood; what it is called by is another number. */
static void renumber_one(
	const struct change *change, struct request *rq, uint16_t lane)
{
	renumber_rules(change->policy, change->renumbering, rq);
	rq->lane = lane;
}

static void renumber_lane(const struct change *change, const struct lane *lane)
{
	LIST_EACH (node, &lane->waiting) {
		renumber_one(change, lane_request(node), lane->index);
	}
	LIST_EACH (node, &lane->running) {
		renumber_one(change, node_request(node), lane->index);
	}
}

/* Of the lists of all lanes, where the number still is the old one. */
static void renumber_list(const struct change *change, const struct list *list,
	struct lane *const *old)
{
	LIST_EACH (node, list) {
		struct request *rq = node_request(node);

		renumber_one(change, rq, old[rq->lane]->index);
	}
}

static uint16_t lane_by_rules(struct policy *policy, struct request *rq)
{
	rq->rule = submit_rule(policy, rq);
	return submit_lane(policy, rq);
}

/* By arrival: what came back after a refusal stands behind in its lane. */
static void insert_by_arrival(struct list *list, struct request *rq)
{
	struct list_node *at = list_last(list);

	while (at && lane_request(at)->submitted_at > rq->submitted_at)
		at = at->prev == &list->head ? NULL : at->prev;
	if (!at)
		list_push_front(list, &rq->lane_node);
	else if (list_next(at))
		list_insert_before(list_next(at), &rq->lane_node);
	else
		list_push_back(list, &rq->lane_node);
}

static void move_waiting(struct policy *policy, struct lane *lane)
{
	struct list_node *node;
	struct list moving;

	list_init(&moving);
	while ((node = list_first(&lane->waiting))) {
		struct request *rq = lane_request(node);

		waiting_take(policy, rq);
		insert_by_arrival(&moving, rq);
	}
	while ((node = list_pop_front(&moving))) {
		struct request *rq = lane_request(node);

		waiting_put(policy, rq, lane_by_rules(policy, rq));
	}
}

static void move_running(struct policy *policy, struct lane *lane)
{
	struct list_node *node;

	while ((node = list_pop_front(&lane->running))) {
		struct request *rq = node_request(node);

		engine_set_lane(policy, rq, lane_by_rules(policy, rq));
		engine_drop_flow(policy, rq);
		list_push_back(&engine_lane(policy, rq)->running, node);
	}
}

static void move_listed(const struct change *change, const struct list *list)
{
	struct policy *policy = change->policy;

	LIST_EACH (node, list) {
		struct request *rq = node_request(node);

		if (rq->lane < change->to->lane_count)
			continue;
		engine_set_lane(policy, rq, lane_by_rules(policy, rq));
		engine_drop_flow(policy, rq);
	}
}

static void empty_lanes(const struct change *change)
{
	struct policy *policy = change->policy;
	uint32_t count = change->to->lane_count;

	move_listed(change, &policy->leaving);
	move_listed(change, &policy->aborting);
	for (uint32_t i = count; i < count + change->gone; i++) {
		struct lane *lane = policy->lanes[i];

		move_waiting(policy, lane);
		move_running(policy, lane);
		CHECK(!lane->stats.running && list_is_empty(&lane->queues));
		flow_table_forget(&policy->flows, lane->all_queues,
			(size_t)policy->levels_max * QUEUE_KINDS);
		lane_free(lane);
		policy->lanes[i] = NULL;
	}
}

typedef void count_fn(struct policy *policy, const struct request *rq);

/* Every request that may have a seat. */
static void each_running(struct policy *policy, uint32_t lanes, count_fn *fn)
{
	for (uint32_t i = 0; i < lanes; i++) {
		LIST_EACH (node, &policy->lanes[i]->running) {
			fn(policy, node_request(node));
		}
	}
	LIST_EACH (node, &policy->aborting) {
		fn(policy, node_request(node));
	}
}

static void resettle_totals(struct policy *policy)
{
	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++)
		total_resettle(&policy->endpoints[i].total,
			&policy->settings->total);
}

static void set_times(struct policy *policy)
{
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		struct lane *lane = policy->lanes[i];

		lane->seats_before = lane->stats.seats;
		for (unsigned j = 0; j < ACCOUNT_KINDS; j++) {
			if (!lane->settings->min_share)
				lane->accounts[j].credit = 0;
		}
		LIST_EACH (node, &lane->waiting) {
			waiting_settings_changed(policy, lane_request(node));
		}
	}
	resettle_totals(policy);
	policy->wake_at = policy->now;
}

/* ---- as a whole ------------------------------------------------------- */

static void check_sizes(const struct change *change)
{
	const struct policy_settings *from = change->from, *to = change->to;

	lanes_check_settings(to);
	CHECK(from->endpoint_count == to->endpoint_count);
	CHECK(from->requests_max == to->requests_max);
	CHECK(from->flows_max == to->flows_max);
	CHECK(from->levels_max == to->levels_max);
	CHECK(from->identities_max == to->identities_max);
	CHECK(from->sizes_max == to->sizes_max);
	CHECK(from->objects_max == to->objects_max);
}

void policy_reconfigure(struct policy *policy,
	const struct policy_settings *settings,
	struct renumbering *ret_renumbering, usec_t now)
{
	struct change change = {
		.policy = policy,
		.from = policy->settings,
		.to = settings,
		.renumbering = ret_renumbering,
	};
	struct lane *old[POLICY_LANES_MAX];

	engine_advance(policy, now);
	check_sizes(&change);
	renumber(&change);
	each_running(policy, change.from->lane_count, seats_uncount);
	resettle_buckets(&change);
	memcpy(old, policy->lanes, sizeof(old));
	take_lanes(&change);
	take_rules(&change);
	renumber_list(&change, &policy->leaving, old);
	renumber_list(&change, &policy->aborting, old);
	for (uint32_t i = 0; i < settings->lane_count + change.gone; i++)
		renumber_lane(&change, policy->lanes[i]);
	empty_lanes(&change);
	each_running(policy, settings->lane_count, seats_count);
	set_times(policy);
}

void policy_renumber(struct policy *policy,
	const struct renumbering *renumbering, struct request *rq)
{
	uint16_t lane = renumbering->lanes[rq->lane];

	CHECK(rq->state == REQUEST_IDLE);
	renumber_rules(policy, renumbering, rq);
	rq->lane = lane == POLICY_GONE ? lane_by_rules(policy, rq) : lane;
}

/* ---- sizes alone -------------------------------------------------------- */

static void resize_lane(struct policy *policy, struct lane *lane,
	const struct lane_settings *settings)
{
	CHECK(lane->settings->kind == settings->kind &&
		lane->settings->name == settings->name);
	token_bucket_resize(&lane->bucket, &lane->settings->bucket,
		&settings->bucket, policy->now);
	lane->settings = settings;
	lane->seats_before = lane->stats.seats;
}

void policy_resize(struct policy *policy,
	const struct policy_settings *settings, usec_t now)
{
	const struct change change = {
		.policy = policy,
		.from = policy->settings,
		.to = settings,
	};

	engine_advance(policy, now);
	check_sizes(&change);
	CHECK(change.from->lane_count == settings->lane_count &&
		change.from->rule_count == settings->rule_count);
	token_bucket_resize(&policy->root_bucket, &change.from->root_bucket,
		&settings->root_bucket, policy->now);
	for (uint32_t i = 0; i < settings->lane_count; i++)
		resize_lane(policy, policy->lanes[i], &settings->lanes[i]);
	rules_moved(&policy->rules, settings->rules);
	policy->settings = settings;
	resettle_totals(policy);
	policy->wake_at = policy->now;
}
