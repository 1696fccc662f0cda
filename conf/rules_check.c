/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_check.h"

#include <string.h>

#include "base/check.h"
#include "conf/schema.h"

static void complain(const struct draft *draft, enum problem_kind kind,
	const struct node *rule, const char *key, const char *text)
{
	const struct node *node = node_member(draft->doc, rule, key);

	schema_complain(
		draft->problems, kind, node ? node : rule, "%s", text);
}

/* ---- patterns ----------------------------------------------------------- */

/* "*", or a path that at most ends with a part that is a star. */
static bool is_url(struct span text)
{
	const char *star = memchr(text.ptr, '*', text.len);

	if (span_eq(text, SPAN("*")))
		return true;
	return span_starts_with(text, SPAN("/")) &&
		(!star ||
			(star == text.ptr + text.len - 1 && star[-1] == '/'));
}

/* "namespace:name" or "namespace:*". */
static bool is_account(struct span text)
{
	struct span name = text;
	struct span namespace = span_cut(&name, ':');

	return namespace.len && name.len && !memchr(name.ptr, ':', name.len) &&
		!memchr(namespace.ptr, '*', namespace.len) &&
		(!memchr(name.ptr, '*', name.len) || name.len == 1);
}

static bool is_group(struct span text)
{
	return !memchr(text.ptr, '/', text.len);
}

static bool has_upper_case(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z')
			return true;
	return false;
}

/* "pods", "pods/status", with a star for either part. */
static bool is_resource(struct span text)
{
	struct span sub = text;
	struct span name = span_cut(&sub, '/');

	return name.len && !has_upper_case(text) &&
		(span_is_absent(sub) || !memchr(sub.ptr, '/', sub.len));
}

static bool is_namespace(struct span text)
{
	if (span_eq(text, SPAN("*")))
		return true;
	return text.len && !has_upper_case(text) &&
		!memchr(text.ptr, '*', text.len) &&
		!memchr(text.ptr, '/', text.len);
}

/* A star where none is meant: it stands for itself. */
static bool has_no_inner_star(struct span text)
{
	return text.len <= 1 || !memchr(text.ptr, '*', text.len);
}

#define STAR "\"*\" alone matches anything; in a text it stands for itself"

static const struct pattern {
	const char *key;
	bool (*is_right)(struct span text);
	enum problem_kind kind;
	const char *what;
} PATTERNS[] = {
	{ "nonResourceURLs", is_url, PROBLEM_ERROR,
		"never matches: must begin with \"/\"; \"*\" stands alone "
		"or behind the last \"/\"" },
	{ "serviceAccounts", is_account, PROBLEM_ERROR,
		"never matches: must be namespace:name or namespace:*" },
	{ "apiGroups", is_group, PROBLEM_ERROR,
		"never matches: must be a group without its version" },
	{ "resources", is_resource, PROBLEM_ERROR,
		"never matches: must be as in paths, in lower case and the "
		"plural: pods, pods/status" },
	{ "namespaces", is_namespace, PROBLEM_ERROR,
		"never matches: must be the name of a namespace, or \"*\"; "
		"what is in none needs clusterScope" },
	{ "userAgents", has_no_inner_star, PROBLEM_WARNING,
		STAR " (userAgents are beginnings)" },
	{ "users", has_no_inner_star, PROBLEM_WARNING, STAR },
	{ "groups", has_no_inner_star, PROBLEM_WARNING, STAR },
	{ "names", has_no_inner_star, PROBLEM_WARNING, STAR },
	{ "finalizers", has_no_inner_star, PROBLEM_WARNING, STAR },
};

static void check_pattern(const struct draft *draft,
	const struct node *rule, const struct pattern *pattern)
{
	const struct node *list = node_member(draft->doc, rule, pattern->key);

	if (!list || list->kind != NODE_SEQUENCE)
		return;
	for (const struct node *at = list->first; at; at = at->next)
		if (at->kind == NODE_SCALAR && !node_is_null(at) &&
			!pattern->is_right(at->text))
			schema_complain(draft->problems, pattern->kind, at,
				"%s", pattern->what);
}

static void check_patterns(
	const struct draft *draft, const struct rule_entry *rule)
{
	for (size_t i = 0; i < ARRAY_SIZE(PATTERNS); i++)
		check_pattern(draft, rule->node, &PATTERNS[i]);
}

/* ---- one rule ----------------------------------------------------------- */

static bool has_object_conditions(const struct rule_settings *rule)
{
	return rule->api_groups.count || rule->resources.count ||
		rule->namespaces.count || rule->cluster_scope ||
		rule->names.count;
}

/* Where the API server alone authenticates, Fairway does not know. */
static bool knows_users(const struct identity_config *identity)
{
	return identity->tokens == TOKENS_REVIEW || *identity->client_ca_file;
}

static bool knows_accounts(const struct identity_config *identity)
{
	return identity->tokens == TOKENS_REVIEW;
}

static void check_subjects(const struct draft *draft,
	const struct rule_entry *rule, const struct identity_config *identity)
{
	static const char *const KEYS[] = { "users", "groups" };

	for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
		if (!knows_users(identity) &&
			node_member(draft->doc, rule->node, KEYS[i]))
			complain(draft, PROBLEM_ERROR, rule->node, KEYS[i],
				"is known only where Fairway authenticates its "
				"clients (identity); here the API server does, "
				"so use namespaces or userAgents");
	if (!knows_accounts(identity) &&
		node_member(draft->doc, rule->node, "serviceAccounts"))
		complain(draft, PROBLEM_ERROR, rule->node, "serviceAccounts",
			"is known only where Fairway asks whose a token is "
			"(identity.tokens); here the API server alone knows, "
			"so use namespaces or userAgents");
}

static void check_rule(const struct draft *draft, const struct rule_entry *rule,
	const struct identity_config *identity)
{
	const struct rule_settings *settings = &rule->settings;

	check_subjects(draft, rule, identity);
	check_patterns(draft, rule);
	if (settings->query_has & settings->query_lacks)
		complain(draft, PROBLEM_ERROR, rule->node, "queryLacks",
			"has something of queryHas: the rule never matches");
	if (settings->non_resource_urls.count &&
		has_object_conditions(settings))
		complain(draft, PROBLEM_ERROR, rule->node, "nonResourceURLs",
			"never match together with apiGroups, resources, "
			"namespaces, clusterScope or names; make two rules");
	else if (settings->non_resource_urls.count && settings->only_resources)
		complain(draft, PROBLEM_ERROR, rule->node, "nonResourceURLs",
			"never match with \"requests: Resource\"");
	if (settings->only_non_resources && has_object_conditions(settings))
		complain(draft, PROBLEM_ERROR, rule->node, "requests",
			"NonResource never matches together with apiGroups, "
			"resources, namespaces or names");
}

/* ---- what rules take ---------------------------------------------------- */

/* It asks for nothing but verbs, resources or not, and durations. */
static bool is_broad(const struct rule_settings *rule)
{
	return rule->mode != ENFORCEMENT_SHADOW && !rule->effects &&
		!has_object_conditions(rule) &&
		!rule->non_resource_urls.count && !rule->query_has &&
		!rule->query_lacks && !rule->finalizers.count &&
		!rule->only_pure && !rule->user_agents.count &&
		!rule->users.count && !rule->groups.count &&
		!rule->service_accounts.count && !rule->only_reviews &&
		!rule->body_max && !rule->only_released_objects;
}

/* Of four kinds: resources or not, long-running or not. */
#define KINDS 4

/* May it match some of that kind? */
static bool takes_kind(const struct rule_settings *rule, unsigned kind)
{
	bool resource = kind & 1, long_running = kind & 2;

	if (resource ? rule->only_non_resources || rule->non_resource_urls.count
		     : rule->only_resources || has_object_conditions(rule))
		return false;
	/* A watch is never short. */
	if (!long_running && rule->verbs == UINT32_C(1) << VERB_WATCH)
		return false;
	return !(long_running ? rule->only_short : rule->only_long_running);
}

static bool is_covered(const struct draft *draft, unsigned kind)
{
	for (uint32_t i = 0; i < draft->rule_count; i++) {
		const struct rule_settings *rule = &draft->rules[i].settings;

		if (is_broad(rule) && !rule->verbs && takes_kind(rule, kind))
			return true;
	}
	return false;
}

/* Does `rule` take all that `other` could? */
static bool covers(
	const struct rule_settings *rule, const struct rule_settings *other)
{
	if (!is_broad(rule) ||
		(rule->verbs && (!other->verbs || other->verbs & ~rule->verbs)))
		return false;
	for (unsigned kind = 0; kind < KINDS; kind++)
		if (takes_kind(other, kind) && !takes_kind(rule, kind))
			return false;
	return true;
}

static bool is_asked_before(
	const struct draft *draft, uint32_t rule, uint32_t other)
{
	uint32_t a = draft->rules[rule].settings.matching_precedence;
	uint32_t b = draft->rules[other].settings.matching_precedence;

	return a < b || (a == b && rule < other);
}

static void check_is_met(const struct draft *draft, uint32_t index)
{
	const struct rule_entry *rule = &draft->rules[index];

	for (uint32_t i = 0; i < draft->rule_count; i++) {
		const struct rule_settings *before = &draft->rules[i].settings;
		const struct node *at = node_member(
			draft->doc, rule->node, "matchingPrecedence");

		if (!is_asked_before(draft, i, index) ||
			!covers(before, &rule->settings))
			continue;
		schema_complain(draft->problems, PROBLEM_WARNING,
			at ? at : rule->node,
			"never matches: rule \"%s\" takes all that it could; "
			"set a matchingPrecedence below its %u",
			before->name, before->matching_precedence);
		return;
	}
}

static void check_is_used(
	const struct draft *draft, const struct lane_entry *lane)
{
	uint32_t index = (uint32_t)(lane - draft->lanes);

	for (uint32_t i = 0; i < draft->rule_count; i++)
		if (draft->rules[i].settings.lane == index)
			return;
	for (uint32_t i = 0; i < draft->lane_count; i++)
		if (draft->lanes[i].settings.overflow_lane == (int32_t)index)
			return;
	complain(draft, PROBLEM_WARNING, lane->node, "name",
		"no rule and no overflow leads to this lane");
}

static void check_catch_all(const struct draft *draft)
{
	const struct node *rules =
		node_member(draft->doc, draft->doc->root, "rules");

	if (!rules ||
		(is_covered(draft, 0) && is_covered(draft, 1) &&
			is_covered(draft, 2) && is_covered(draft, 3)))
		return;
	schema_complain(draft->problems, PROBLEM_ERROR, rules,
		"some requests match no rule; add a last rule without "
		"conditions");
}

/* What has no effect; behind errors it would mostly be their fault. */
static void check_effects(const struct draft *draft)
{
	for (uint32_t i = 0; i < draft->rule_count; i++)
		if (draft->rules[i].node &&
			!draft->rules[i].settings.only_reviews)
			check_is_met(draft, i);
	for (uint32_t i = 0; i < draft->lane_count; i++)
		if (draft->lanes[i].node)
			check_is_used(draft, &draft->lanes[i]);
}

void config_check_rules(
	const struct draft *draft, const struct identity_config *identity)
{
	for (uint32_t i = 0; i < draft->rule_count; i++)
		if (draft->rules[i].node)
			check_rule(draft, &draft->rules[i], identity);
	check_catch_all(draft);
	if (!problems_has_errors(draft->problems))
		check_effects(draft);
}

int config_check_subjects(const struct policy_settings *policy,
	const struct identity_config *identity, struct err *err)
{
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct rule_settings *rule = &policy->rules[i];
		bool has_users = rule->users.count || rule->groups.count;

		if ((has_users && !knows_users(identity)) ||
			(rule->service_accounts.count &&
				!knows_accounts(identity)))
			return err_set(err,
				"rule \"%s\" asks for who Fairway does not "
				"know (identity)",
				rule->name);
	}
	return 0;
}
