/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of rules, each as if it stood alone: what they mean. */
#include "policy/condition.h"

#include <string.h>

#include "base/check.h"

static const char *const NAMES[CONDITION_COUNT] = {
	[CONDITION_REQUESTS] = "requests",
	[CONDITION_DURATION] = "duration",
	[CONDITION_VERBS] = "verbs",
	[CONDITION_EFFECTS] = "finalizerEffects",
	[CONDITION_API_GROUPS] = "apiGroups",
	[CONDITION_RESOURCES] = "resources",
	[CONDITION_NAMESPACES] = "namespaces",
	[CONDITION_NAMES] = "names",
	[CONDITION_URLS] = "nonResourceURLs",
	[CONDITION_QUERY] = "query",
	[CONDITION_FINALIZERS] = "finalizers",
	[CONDITION_PURE] = "finalizersOnly",
	[CONDITION_SUBJECTS] = "subjects",
	[CONDITION_USER_AGENTS] = "userAgents",
	[CONDITION_BODY] = "maxBodyBytes",
	[CONDITION_RELEASED] = "releasedObjects",
	[CONDITION_REVIEWS] = "reviews",
};

const char *condition_name(enum condition condition)
{
	CHECK((unsigned)condition < CONDITION_COUNT);
	return NAMES[condition];
}

/* ---- parts ------------------------------------------------------------ */

static bool is_in(uint32_t set, unsigned member)
{
	return !set || (set & UINT32_C(1) << member);
}

bool strings_have(struct strings list, struct span text)
{
	for (size_t i = 0; i < list.count; i++) {
		if (span_eq_str(text, list.items[i]))
			return true;
	}
	return false;
}

bool strings_have_star(struct strings list)
{
	return strings_have(list, SPAN("*"));
}

static bool is_listed(struct strings list, struct span text)
{
	return !list.count || strings_have(list, text) ||
		strings_have_star(list);
}

static bool has_listed_prefix(struct strings list, struct span text)
{
	for (size_t i = 0; i < list.count; i++) {
		if (span_starts_with(text, span_str(list.items[i])))
			return true;
	}
	return !list.count || strings_have_star(list);
}

static bool part_fits(struct span pattern, struct span part)
{
	return span_eq(pattern, SPAN("*")) || span_eq(pattern, part);
}

struct resource_pattern resource_pattern_read(const char *text)
{
	struct span sub = span_str(text), name;

	if (!strcmp(text, "*"))
		return (struct resource_pattern){ sub, sub, true };
	name = span_cut(&sub, '/');
	if (span_is_absent(sub))
		sub = SPAN("");
	return (struct resource_pattern){ name, sub,
		span_eq(name, SPAN("*")) || span_eq(sub, SPAN("*")) };
}

static bool resource_is_listed(struct strings list, const struct class *class)
{
	for (size_t i = 0; i < list.count; i++) {
		struct resource_pattern pattern =
			resource_pattern_read(list.items[i]);

		if (part_fits(pattern.name, class->resource) &&
			part_fits(pattern.sub, class->subresource))
			return true;
	}
	return !list.count;
}

bool rule_has_scope(const struct rule_settings *rule)
{
	return rule->namespaces.count || rule->cluster_scope;
}

static bool namespace_is_listed(
	const struct rule_settings *rule, struct span namespace)
{
	if (!rule_has_scope(rule))
		return true;
	if (!namespace.len)
		return rule->cluster_scope;
	return rule->namespaces.count && is_listed(rule->namespaces, namespace);
}

/* Equal, or below it; a star at the end says no more than the slash. */
static bool url_fits(struct span pattern, struct span path)
{
	if (span_eq(pattern, SPAN("*")) || span_eq(pattern, path))
		return true;
	if (span_ends_with(pattern, SPAN("*")))
		pattern.len--;
	if (!span_starts_with(path, pattern))
		return false;
	path = span_skip(path, pattern.len);
	return span_ends_with(pattern, SPAN("/")) ||
		span_starts_with(path, SPAN("/"));
}

static bool url_is_listed(struct strings list, struct span path)
{
	for (size_t i = 0; i < list.count; i++) {
		if (url_fits(span_str(list.items[i]), path))
			return true;
	}
	return !list.count;
}

static bool finalizer_is_listed(struct strings list, const struct class *class)
{
	for (unsigned i = 0; i < class->finalizer_count; i++) {
		if (strings_have(list, class->finalizers[i]))
			return true;
	}
	return !list.count || strings_have_star(list);
}

static bool query_fits(
	const struct rule_settings *rule, const struct class *class)
{
	uint32_t query = class_query(class);

	return (query & rule->query_has) == rule->query_has &&
		!(query & rule->query_lacks);
}

/* ---- who asks --------------------------------------------------------- */

bool rule_has_subjects(const struct rule_settings *rule)
{
	return rule->users.count || rule->groups.count ||
		rule->service_accounts.count;
}

/* "system:serviceaccount:NAMESPACE:NAME" is the user that it is. */
static bool service_account_fits(struct span pattern, struct span user)
{
	static const struct span PREFIX = SPAN_INIT("system:serviceaccount:");

	if (!span_starts_with(user, PREFIX))
		return false;
	user = span_skip(user, PREFIX.len);
	if (!span_ends_with(pattern, SPAN(":*")))
		return span_eq(user, pattern);
	pattern.len--;
	return span_starts_with(user, pattern);
}

static bool has_group(struct strings list, const struct subject *subject)
{
	for (size_t i = 0; i < subject->group_count; i++) {
		if (strings_have(list, subject->groups[i]))
			return true;
	}
	return strings_have_star(list);
}

static bool subject_fits(
	const struct rule_settings *rule, const struct subject *subject)
{
	if (!rule_has_subjects(rule))
		return true;
	if (!subject)
		return false;
	if (strings_have(rule->users, subject->user) ||
		strings_have_star(rule->users) ||
		has_group(rule->groups, subject))
		return true;
	for (size_t i = 0; i < rule->service_accounts.count; i++) {
		if (service_account_fits(
			    span_str(rule->service_accounts.items[i]),
			    subject->user))
			return true;
	}
	return false;
}

/* ---- kinds of requests ------------------------------------------------ */

static bool asks_for_resources(const struct rule_settings *rule)
{
	return rule->only_resources || rule->api_groups.count ||
		rule->resources.count || rule_has_scope(rule) ||
		rule->names.count;
}

static bool asks_for_paths(const struct rule_settings *rule)
{
	return rule->only_non_resources || rule->non_resource_urls.count;
}

bool rule_takes_kind(const struct rule_settings *rule, bool is_resource)
{
	if (is_resource)
		return !rule->only_non_resources &&
			(asks_for_resources(rule) || !asks_for_paths(rule));
	return !rule->only_resources &&
		(asks_for_paths(rule) || !asks_for_resources(rule));
}

bool rule_takes_duration(const struct rule_settings *rule, bool is_long)
{
	return is_long ? !rule->only_short : !rule->only_long_running;
}

/* ---- all of them ------------------------------------------------------ */

bool condition_is_met(enum condition condition,
	const struct rule_settings *rule, const struct request *rq,
	bool is_released)
{
	const struct class *class = rq->class;

	switch (condition) {
	case CONDITION_REQUESTS:
		return rule_takes_kind(rule, class->is_resource);
	case CONDITION_DURATION:
		return rule_takes_duration(rule, class->is_long_running);
	case CONDITION_VERBS:
		return is_in(rule->verbs, class->verb);
	case CONDITION_EFFECTS:
		return is_in(rule->effects, class->effect);
	case CONDITION_API_GROUPS:
		return !class->is_resource ||
			is_listed(rule->api_groups, class->group);
	case CONDITION_RESOURCES:
		return !class->is_resource ||
			resource_is_listed(rule->resources, class);
	case CONDITION_NAMESPACES:
		return !class->is_resource ||
			namespace_is_listed(rule, class->namespace);
	case CONDITION_NAMES:
		return !class->is_resource ||
			is_listed(rule->names, class->name);
	case CONDITION_URLS:
		return class->is_resource ||
			url_is_listed(rule->non_resource_urls, class->path);
	case CONDITION_QUERY:
		return query_fits(rule, class);
	case CONDITION_FINALIZERS:
		return finalizer_is_listed(rule->finalizers, class);
	case CONDITION_PURE:
		return !rule->only_pure || class->is_pure;
	case CONDITION_SUBJECTS:
		return subject_fits(rule, rq->subject);
	case CONDITION_USER_AGENTS:
		return has_listed_prefix(rule->user_agents, rq->user_agent);
	case CONDITION_BODY:
		return !rule->body_max || rq->body_len <= rule->body_max;
	case CONDITION_REVIEWS:
		return rule->only_reviews == (rq->source == SOURCE_REVIEW);
	case CONDITION_RELEASED:
		return !rule->only_released_objects || is_released;
	case CONDITION_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

enum condition rule_unmet(const struct rule_settings *rule,
	const struct request *rq, bool is_released)
{
	unsigned i = 0;

	while (i < CONDITION_COUNT &&
		condition_is_met((enum condition)i, rule, rq, is_released))
		i++;
	return (enum condition)i;
}
