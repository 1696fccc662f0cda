/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "policy/condition.h"

/* ---- sets ------------------------------------------------------------- */

static void set_add(struct rule_set *set, uint32_t bit)
{
	set->words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* ---- the indexes ------------------------------------------------------ */

static uint64_t four_bytes(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/*
 * Length, beginning and end: enough to tell names of resources apart.  The
 * names in the index are the configuration's, so nobody can make them meet.
 */
static uint64_t name_hash(struct span name)
{
	uint64_t value = name.len;

	if (name.len >= 4) {
		value ^= four_bytes(name.ptr) << 32;
		value ^= four_bytes(name.ptr + name.len - 4) << 8;
	} else if (name.len) {
		value ^= (uint64_t)(unsigned char)name.ptr[0] << 32 |
			(uint64_t)(unsigned char)name.ptr[name.len - 1] << 8;
	}
	return value;
}

static uint32_t slot_of(
	const struct rule_index *index, struct span name, struct span sub)
{
	uint64_t hash = name_hash(name) * UINT64_C(0x9e3779b97f4a7c15);

	if (sub.len)
		hash = (hash ^ name_hash(sub)) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(hash >> 32) & index->mask;
}

/* The slot with that name, or the empty one where it would be. */
static struct rule_slot *index_find(
	const struct rule_index *index, struct span name, struct span sub)
{
	uint32_t at = slot_of(index, name, sub);

	for (;; at = (at + 1) & index->mask) {
		struct rule_slot *slot = &index->slots[at];

		if (span_is_absent(slot->name) ||
			(span_eq(slot->name, name) && span_eq(slot->sub, sub)))
			return slot;
	}
}

/* ---- compiling -------------------------------------------------------- */

static const enum condition CONDITION_OF[INDEX_COUNT] = {
	[INDEX_GROUP] = CONDITION_API_GROUPS,
	[INDEX_RESOURCE] = CONDITION_RESOURCES,
	[INDEX_NAMESPACE] = CONDITION_NAMESPACES,
	[INDEX_NAME] = CONDITION_NAMES,
};

static struct strings list_of(
	const struct rule_settings *rule, enum rule_index_of which)
{
	switch (which) {
	case INDEX_GROUP:
		return rule->api_groups;
	case INDEX_RESOURCE:
		return rule->resources;
	case INDEX_NAMESPACE:
		return rule->namespaces;
	case INDEX_NAME:
		return rule->names;
	case INDEX_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

/* Whether a rule's condition holds for a resource with that one name. */
static bool takes_name(const struct rule_settings *rule,
	enum rule_index_of which, struct span name)
{
	struct class class = { .is_resource = true };
	struct request rq = { .class = &class };

	switch (which) {
	case INDEX_GROUP:
		class.group = name;
		break;
	case INDEX_RESOURCE:
		class.resource = name;
		break;
	case INDEX_NAMESPACE:
		class.namespace = name;
		break;
	case INDEX_NAME:
		class.name = name;
		break;
	case INDEX_COUNT:
		CHECK_UNREACHABLE();
	}
	return condition_is_met(CONDITION_OF[which], rule, &rq, false);
}

/* A pattern that takes names which are in no index. */
static bool has_wildcard_part(const struct rule_settings *rule)
{
	for (size_t i = 0; i < rule->resources.count; i++) {
		if (resource_pattern_read(rule->resources.items[i]).has_star)
			return true;
	}
	return false;
}

/* No name can be this one: no peer can send it, no configuration has it. */
#define NOBODY SPAN("\0")

static void index_add(struct rule_index *index, enum rule_index_of which,
	const char *text, uint32_t bit)
{
	struct span name = span_str(text), sub = SPAN("");
	struct rule_slot *slot;

	if (which == INDEX_RESOURCE) {
		struct resource_pattern pattern = resource_pattern_read(text);

		name = pattern.name;
		sub = pattern.sub;
	}
	slot = index_find(index, name, sub);
	if (span_is_absent(slot->name))
		*slot = (struct rule_slot){ name, sub, index->others };
	set_add(&slot->set, bit);
}

/* What has no namespace is no matter of lists. */
static void index_cluster_scope(
	const struct rules *rules, struct rule_index *index)
{
	struct rule_slot *slot = index_find(index, SPAN(""), SPAN(""));

	*slot = (struct rule_slot){ .name = SPAN(""), .sub = SPAN("") };
	for (uint32_t i = 0; i < rules->count; i++) {
		if (takes_name(&rules->rules[rules->order[i]], INDEX_NAMESPACE,
			    SPAN("")))
			set_add(&slot->set, i);
	}
}

static void index_compile(struct rules *rules, enum rule_index_of which)
{
	struct rule_index *index = &rules->by_name[which];
	uint32_t names = 0, slots = 4;

	for (uint32_t i = 0; i < rules->count; i++) {
		const struct rule_settings *rule =
			&rules->rules[rules->order[i]];

		names += (uint32_t)list_of(rule, which).count;
		names += which == INDEX_NAMESPACE && rule->cluster_scope;
		if (takes_name(rule, which, NOBODY) ||
			(which == INDEX_RESOURCE && has_wildcard_part(rule)))
			set_add(&index->others, i);
	}
	if (!names)
		return;
	while (slots < 2 * (names + 1))
		slots *= 2;
	index->slots = xcalloc(slots, sizeof(*index->slots));
	index->mask = slots - 1;
	for (uint32_t i = 0; i < rules->count; i++) {
		struct strings list =
			list_of(&rules->rules[rules->order[i]], which);

		for (size_t j = 0; j < list.count; j++)
			index_add(index, which, list.items[j], i);
	}
	if (which == INDEX_NAMESPACE)
		index_cluster_scope(rules, index);
}

static uint32_t one(enum condition condition, bool is_needed)
{
	return is_needed ? UINT32_C(1) << condition : 0;
}

/* What is left to look at when all sets have this rule. */
static uint32_t untold(const struct rule_settings *rule, bool is_resource)
{
	uint32_t set =
		one(CONDITION_QUERY, rule->query_has || rule->query_lacks) |
		one(CONDITION_FINALIZERS, rule->finalizers.count) |
		one(CONDITION_PURE, rule->only_pure) |
		one(CONDITION_SUBJECTS, rule_has_subjects(rule)) |
		one(CONDITION_USER_AGENTS, rule->user_agents.count) |
		one(CONDITION_BODY, rule->body_max) |
		one(CONDITION_RELEASED, rule->only_released_objects);

	if (is_resource)
		return set | one(CONDITION_RESOURCES, has_wildcard_part(rule));
	return set | one(CONDITION_URLS, rule->non_resource_urls.count);
}

/* A stable insertion sort: there are few rules, and it runs once. */
static void sort_rules(struct rules *rules)
{
	const struct rule_settings *rule = rules->rules;

	for (uint32_t i = 0; i < rules->count; i++) {
		uint32_t key = rule[i].matching_precedence, at = i;

		for (; at; at--) {
			uint16_t before = rules->order[at - 1];

			if (rule[before].matching_precedence <= key)
				break;
			rules->order[at] = before;
		}
		rules->order[at] = (uint16_t)i;
	}
}

static bool is_in(uint32_t set, unsigned member)
{
	return !set || (set & UINT32_C(1) << member);
}

static void compile_rule(struct rules *rules, uint32_t i)
{
	const struct rule_settings *rule = &rules->rules[rules->order[i]];

	if (rule->only_reviews) {
		rules->of_reviews = rules->order[i];
		return;
	}
	for (unsigned v = 0; v < VERB_COUNT; v++) {
		if (is_in(rule->verbs, v))
			set_add(&rules->by_verb[v], i);
	}
	for (unsigned e = 0; e < EFFECT_COUNT; e++) {
		if (is_in(rule->effects, e))
			set_add(&rules->by_effect[e], i);
	}
	for (unsigned k = 0; k < 4; k++) {
		if (rule_takes_kind(rule, k & 2) &&
			rule_takes_duration(rule, k & 1))
			set_add(&rules->by_kind[k >> 1][k & 1], i);
	}
	for (unsigned k = 0; k < 2; k++)
		rules->untold[k][i] = untold(rule, k);
}

void rules_compile(struct rules *ret_rules, const struct rule_settings *rules,
	uint32_t count)
{
	memset(ret_rules, 0, sizeof(*ret_rules));
	ret_rules->rules = rules;
	ret_rules->count = count;
	ret_rules->of_reviews = RULE_NONE;
	ret_rules->words = (count + 63) / 64;
	sort_rules(ret_rules);
	for (uint32_t i = 0; i < count; i++)
		compile_rule(ret_rules, i);
	for (unsigned i = 0; i < INDEX_COUNT; i++)
		index_compile(ret_rules, (enum rule_index_of)i);
}

void rules_fini(struct rules *rules)
{
	for (unsigned i = 0; i < INDEX_COUNT; i++) {
		free(rules->by_name[i].slots);
		rules->by_name[i].slots = NULL;
	}
}

void rules_moved(struct rules *rules, const struct rule_settings *to)
{
	rules->rules = to;
}

/* ---- matching --------------------------------------------------------- */

/* The sets that a request takes the intersection of. */
struct sets {
	const struct rule_set *set[3 + INDEX_COUNT];
	unsigned count;
};

static void sets_add(struct sets *sets, const struct rule_index *index,
	struct span name, struct span sub)
{
	const struct rule_slot *slot;

	if (!index->slots)
		return;
	slot = index_find(index, name, sub);
	sets->set[sets->count++] =
		span_is_absent(slot->name) ? &index->others : &slot->set;
}

static struct sets sets_of(const struct rules *rules, const struct class *class)
{
	struct sets sets = {
		.set = { &rules->by_verb[class->verb],
			&rules->by_effect[class->effect],
			&rules->by_kind[class->is_resource]
				       [class->is_long_running] },
		.count = 3,
	};

	if (!class->is_resource)
		return sets;
	sets_add(&sets, &rules->by_name[INDEX_GROUP], class->group, SPAN(""));
	sets_add(&sets, &rules->by_name[INDEX_RESOURCE], class->resource,
		class->subresource);
	sets_add(&sets, &rules->by_name[INDEX_NAMESPACE], class->namespace,
		SPAN(""));
	sets_add(&sets, &rules->by_name[INDEX_NAME], class->name, SPAN(""));
	return sets;
}

static bool all_met(uint32_t conditions, const struct rule_settings *rule,
	const struct request *rq, bool is_released)
{
	for (; conditions; conditions &= conditions - 1) {
		unsigned next = (unsigned)__builtin_ctz(conditions);

		if (!condition_is_met(
			    (enum condition)next, rule, rq, is_released))
			return false;
	}
	return true;
}

struct rule_match rules_match(
	const struct rules *rules, const struct request *rq, bool is_released)
{
	struct rule_match match = { RULE_NONE, RULE_NONE };
	const struct sets sets = sets_of(rules, rq->class);
	const uint32_t *untold = rules->untold[rq->class->is_resource];

	if (rq->source == SOURCE_REVIEW) {
		match.rule = rules->of_reviews;
		return match;
	}
	for (uint32_t w = 0; w < rules->words; w++) {
		uint64_t left = sets.set[0]->words[w];

		for (unsigned i = 1; i < sets.count; i++)
			left &= sets.set[i]->words[w];
		for (; left; left &= left - 1) {
			uint32_t bit = w * 64 + (uint32_t)__builtin_ctzll(left);
			uint16_t rule = rules->order[bit];

			if (!all_met(untold[bit], &rules->rules[rule], rq,
				    is_released))
				continue;
			if (rules->rules[rule].mode == ENFORCEMENT_FULL) {
				match.rule = rule;
				return match;
			}
			if (match.shadow == RULE_NONE)
				match.shadow = rule;
		}
	}
	return match;
}
