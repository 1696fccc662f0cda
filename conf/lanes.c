/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/suggest.h"
#include "conf/sweep_config.h"

/* ---- policy's settings -> draft --------------------------------------- */

static enum distinguisher distinguisher_of(const struct rule_settings *rule)
{
	if (rule->flow_by_identity)
		return rule->flow_by_namespace
			? DISTINGUISHER_USER_AND_NAMESPACE
			: DISTINGUISHER_USER;
	return rule->flow_by_namespace ? DISTINGUISHER_NAMESPACE
				       : DISTINGUISHER_NONE;
}

static enum rule_scope scope_of(const struct rule_settings *rule)
{
	if (rule->only_resources)
		return RULE_SCOPE_RESOURCE;
	return rule->only_non_resources ? RULE_SCOPE_NON_RESOURCE
					: RULE_SCOPE_ANY;
}

static enum rule_duration duration_of(const struct rule_settings *rule)
{
	if (rule->only_short)
		return RULE_DURATION_SHORT;
	return rule->only_long_running ? RULE_DURATION_LONG_RUNNING
				       : RULE_DURATION_ANY;
}

struct draft *draft_new(
	const struct policy_settings *settings, struct arena *arena)
{
	struct draft *draft = xcalloc(1, sizeof(*draft));

	draft->arena = arena;
	draft->lane_count = settings->lane_count;
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		const struct lane_settings *lane = &settings->lanes[i];

		draft->lanes[i] = (struct lane_entry){
			.settings = *lane,
			.overflow = lane->overflow_lane < 0
				? ""
				: settings->lanes[lane->overflow_lane].name,
		};
	}
	draft->rule_count = settings->rule_count;
	for (uint32_t i = 0; i < settings->rule_count; i++) {
		const struct rule_settings *rule = &settings->rules[i];

		draft->rules[i] = (struct rule_entry){
			.settings = *rule,
			.lane = settings->lanes[rule->lane].name,
			.distinguisher = distinguisher_of(rule),
			.scope = scope_of(rule),
			.duration = duration_of(rule),
		};
	}
	return draft;
}

/* ---- items of the file ------------------------------------------------ */

/*
 * The name that an item has, or an absent span: the decoder complains then,
 * and the item is the same as no other.
 */
static struct span name_of(const struct draft *draft, const struct node *node)
{
	const struct node *name = node_member(draft->doc, node, "name");

	if (!name || name->kind != NODE_SCALAR || node_is_null(name))
		return SPAN_NONE;
	return name->text;
}

static struct lane_entry *find_lane(struct draft *draft, struct span name)
{
	for (uint32_t i = 0; i < draft->lane_count; i++)
		if (name.len &&
			span_eq_str(name, draft->lanes[i].settings.name))
			return &draft->lanes[i];
	return NULL;
}

static struct rule_entry *find_rule(struct draft *draft, struct span name)
{
	for (uint32_t i = 0; i < draft->rule_count; i++)
		if (name.len &&
			span_eq_str(name, draft->rules[i].settings.name))
			return &draft->rules[i];
	return NULL;
}

static void complain_twice(
	struct draft *draft, const struct node *node, const struct node *first)
{
	const struct node *name = node_member(draft->doc, node, "name");

	schema_complain(draft->problems, PROBLEM_ERROR, name,
		"given twice; the one in line %u has the same name",
		first->line);
}

static struct schema_item no_room(
	struct draft *draft, const struct node *node, int max)
{
	schema_complain(draft->problems, PROBLEM_ERROR, node,
		"too many; at most %d are possible, the default ones included",
		max);
	return (struct schema_item){ NULL, false };
}

static struct schema_item lane_item(
	struct draft *draft, const struct node *node)
{
	struct lane_entry *lane = find_lane(draft, name_of(draft, node));
	bool is_new = !lane;

	if (lane && lane->node) {
		complain_twice(draft, node, lane->node);
		return (struct schema_item){ NULL, false };
	}
	if (is_new) {
		if (draft->lane_count == POLICY_LANES_MAX)
			return no_room(draft, node, POLICY_LANES_MAX);
		lane = &draft->lanes[draft->lane_count++];
		*lane = (struct lane_entry){ .overflow = "" };
		lane->settings.name = "";
		lane->settings.order = UINT32_MAX; /* until it is given */
		schema_set_defaults("lanes[]", lane, draft->arena);
	}
	lane->node = node;
	return (struct schema_item){ lane, is_new };
}

static struct schema_item rule_item(
	struct draft *draft, const struct node *node)
{
	struct rule_entry *rule = find_rule(draft, name_of(draft, node));
	bool is_new = !rule;

	if (rule && rule->node) {
		complain_twice(draft, node, rule->node);
		return (struct schema_item){ NULL, false };
	}
	if (is_new) {
		if (draft->rule_count == POLICY_RULES_MAX)
			return no_room(draft, node, POLICY_RULES_MAX);
		rule = &draft->rules[draft->rule_count++];
		*rule = (struct rule_entry){ .lane = "" };
		rule->settings.name = "";
		schema_set_defaults("rules[]", rule, draft->arena);
	}
	rule->node = node;
	return (struct schema_item){ rule, is_new };
}

struct schema_item draft_item(
	void *user, const struct schema_key *list, const struct node *node)
{
	struct draft *draft = user;

	if (!strcmp(list->path, "lanes"))
		return lane_item(draft, node);
	if (!strcmp(list->path, "sweep.rules"))
		return sweep_rule_item(
			draft->sweep, draft->arena, draft->problems, node);
	CHECK(!strcmp(list->path, "rules"));
	return rule_item(draft, node);
}

/* ---- draft -> policy's settings --------------------------------------- */

/*
 * The number of the lane that `key` of `node` names; -1: there is none.  Only
 * what the file says can be wrong.
 */
static int32_t resolve_lane(struct draft *draft, const struct node *node,
	const char *key, const char *name)
{
	const struct lane_entry *lane = find_lane(draft, span_str(name));
	const struct node *value;
	struct suggest suggest;
	struct buf shown = BUF_INIT;

	if (lane)
		return (int32_t)(lane - draft->lanes);
	value = node ? node_member(draft->doc, node, key) : NULL;
	if (!value || !*name) /* missing or misspelt: the decoder said so */
		return -1;
	suggest_init(&suggest, span_str(name));
	for (uint32_t i = 0; i < draft->lane_count; i++)
		if (*draft->lanes[i].settings.name)
			suggest_offer(&suggest, draft->lanes[i].settings.name);
	node_quote(span_str(name), &shown);
	if (suggest.best)
		schema_complain(draft->problems, PROBLEM_ERROR, value,
			"there is no lane %s; did you mean \"%s\"?",
			buf_cstr(&shown), suggest.best);
	else
		schema_complain(draft->problems, PROBLEM_ERROR, value,
			"there is no lane %s; add it to \"lanes\"",
			buf_cstr(&shown));
	buf_fini(&shown);
	return -1;
}

static void finish_lane(struct draft *draft, struct lane_entry *lane)
{
	struct lane_settings *settings = &lane->settings;

	settings->overflow_lane = -1;
	if (!*lane->overflow)
		return;
	settings->overflow_lane =
		resolve_lane(draft, lane->node, "overflow", lane->overflow);
}

static void finish_rule(struct draft *draft, struct rule_entry *rule)
{
	struct rule_settings *settings = &rule->settings;
	int32_t lane = resolve_lane(draft, rule->node, "lane", rule->lane);

	settings->lane = lane < 0 ? 0 : (uint32_t)lane;
	settings->flow_by_identity =
		rule->distinguisher == DISTINGUISHER_USER ||
		rule->distinguisher == DISTINGUISHER_USER_AND_NAMESPACE;
	settings->flow_by_namespace =
		rule->distinguisher == DISTINGUISHER_NAMESPACE ||
		rule->distinguisher == DISTINGUISHER_USER_AND_NAMESPACE;
	settings->only_resources = rule->scope == RULE_SCOPE_RESOURCE;
	settings->only_non_resources = rule->scope == RULE_SCOPE_NON_RESOURCE;
	settings->only_long_running =
		rule->duration == RULE_DURATION_LONG_RUNNING;
	settings->only_short = rule->duration == RULE_DURATION_SHORT;
}

void draft_finish(struct draft *draft, struct policy_settings *settings)
{
	settings->lane_count = draft->lane_count;
	for (uint32_t i = 0; i < draft->lane_count; i++) {
		finish_lane(draft, &draft->lanes[i]);
		settings->lanes[i] = draft->lanes[i].settings;
	}
	settings->rule_count = draft->rule_count;
	for (uint32_t i = 0; i < draft->rule_count; i++) {
		finish_rule(draft, &draft->rules[i]);
		settings->rules[i] = draft->rules[i].settings;
	}
}

struct blank_items *blank_items_new(struct arena *arena)
{
	struct blank_items *blank = arena_alloc(arena, sizeof(*blank));

	blank->lane.settings.name = "";
	blank->lane.overflow = "";
	schema_set_defaults("lanes[]", &blank->lane, arena);
	blank->rule.settings.name = "";
	blank->rule.lane = "";
	schema_set_defaults("rules[]", &blank->rule, arena);
	sweep_rule_blank(&blank->sweep_rule, arena);
	return blank;
}

const void *blank_item_of(const struct blank_items *blank, const char *path)
{
	struct span span = span_str(path);

	if (span_starts_with(span, SPAN("lanes[]")) ||
		span_eq(span, SPAN("lanes")))
		return &blank->lane;
	if (span_starts_with(span, SPAN("rules[]")) ||
		span_eq(span, SPAN("rules")))
		return &blank->rule;
	if (span_starts_with(span, SPAN("sweep.rules[]")) ||
		span_eq(span, SPAN("sweep.rules")))
		return &blank->sweep_rule;
	return NULL;
}
