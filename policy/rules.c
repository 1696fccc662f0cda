/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <string.h>

/* ---- compiling -------------------------------------------------------- */

static void set_add(struct rule_set *set, uint32_t bit)
{
	set->words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool is_in(uint32_t set, unsigned member)
{
	return !set || (set & UINT32_C(1) << member);
}

static bool allows_kind(
	const struct rule_settings *rule, bool is_resource, bool is_long)
{
	if (rule->only_resources && !is_resource)
		return false;
	if (rule->only_non_resources && is_resource)
		return false;
	if (rule->only_long_running && !is_long)
		return false;
	return !(rule->only_short && is_long);
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

void rules_compile(struct rules *ret_rules, const struct rule_settings *rules,
	uint32_t count)
{
	memset(ret_rules, 0, sizeof(*ret_rules));
	ret_rules->rules = rules;
	ret_rules->count = count;
	sort_rules(ret_rules);
	for (uint32_t i = 0; i < count; i++) {
		const struct rule_settings *rule = &rules[ret_rules->order[i]];

		for (unsigned v = 0; v < VERB_COUNT; v++) {
			if (is_in(rule->verbs, v))
				set_add(&ret_rules->by_verb[v], i);
		}
		for (unsigned e = 0; e < EFFECT_COUNT; e++) {
			if (is_in(rule->effects, e))
				set_add(&ret_rules->by_effect[e], i);
		}
		for (unsigned k = 0; k < 4; k++) {
			if (allows_kind(rule, k & 2, k & 1))
				set_add(&ret_rules->by_kind[k >> 1][k & 1], i);
		}
	}
}

/* ---- matching --------------------------------------------------------- */

static bool is_listed(struct strings list, struct span text)
{
	for (size_t i = 0; i < list.count; i++) {
		if (!strcmp(list.items[i], "*") ||
			span_eq_str(text, list.items[i]))
			return true;
	}
	return !list.count;
}

static bool has_listed_prefix(struct strings list, struct span text)
{
	for (size_t i = 0; i < list.count; i++) {
		if (!strcmp(list.items[i], "*") ||
			span_starts_with(text, span_str(list.items[i])))
			return true;
	}
	return !list.count;
}

static bool part_fits(struct span pattern, struct span part)
{
	return span_eq(pattern, SPAN("*")) || span_eq(pattern, part);
}

/* "*", "pods", "pods/status", any subresource by a star behind the slash. */
static bool resource_fits(const char *pattern, const struct class *class)
{
	struct span sub = span_str(pattern), main;

	if (!strcmp(pattern, "*"))
		return true;
	main = span_cut(&sub, '/');
	return part_fits(main, class->resource) &&
		part_fits(span_is_absent(sub) ? SPAN("") : sub,
			class->subresource);
}

static bool resource_is_listed(struct strings list, const struct class *class)
{
	for (size_t i = 0; i < list.count; i++) {
		if (resource_fits(list.items[i], class))
			return true;
	}
	return !list.count;
}

/* As APF: equal, or a prefix that ends in a slash before the star. */
static bool url_is_listed(struct strings list, struct span path)
{
	for (size_t i = 0; i < list.count; i++) {
		struct span pattern = span_str(list.items[i]);

		if (span_eq(pattern, path) || span_eq(pattern, SPAN("*")))
			return true;
		if (!span_ends_with(pattern, SPAN("/*")))
			continue;
		pattern.len--;
		if (span_starts_with(path, pattern))
			return true;
	}
	return !list.count;
}

static bool rule_fits(const struct rule_settings *rule,
	const struct request *rq, bool is_released)
{
	const struct class *class = rq->class;

	if (rule->only_released_objects && !is_released)
		return false;
	if (rule->body_max && rq->body_len > rule->body_max)
		return false;
	if (class->is_resource) {
		if (rule->non_resource_urls.count && !rule->resources.count &&
			!rule->api_groups.count)
			return false;
		if (!is_listed(rule->api_groups, class->group) ||
			!resource_is_listed(rule->resources, class) ||
			!is_listed(rule->namespaces, class->namespace) ||
			!is_listed(rule->names, class->name))
			return false;
	} else {
		if (!rule->non_resource_urls.count &&
			(rule->resources.count || rule->api_groups.count ||
				rule->namespaces.count || rule->names.count))
			return false;
		if (!url_is_listed(rule->non_resource_urls, class->path))
			return false;
	}
	return is_listed(rule->finalizers, class->finalizer) &&
		has_listed_prefix(rule->user_agents, rq->user_agent);
}

uint16_t rules_match(
	const struct rules *rules, const struct request *rq, bool is_released)
{
	const struct class *class = rq->class;
	const struct rule_set *verbs = &rules->by_verb[class->verb];
	const struct rule_set *effects = &rules->by_effect[class->effect];
	const struct rule_set *kinds =
		&rules->by_kind[class->is_resource][class->is_long_running];

	for (uint32_t w = 0; w * 64 < rules->count; w++) {
		uint64_t left =
			verbs->words[w] & effects->words[w] & kinds->words[w];

		for (; left; left &= left - 1) {
			uint32_t bit = w * 64 + (uint32_t)__builtin_ctzll(left);
			uint16_t rule = rules->order[bit];

			if (rule_fits(&rules->rules[rule], rq, is_released))
				return rule;
		}
	}
	return RULE_NONE;
}
