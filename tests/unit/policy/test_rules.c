/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/rules.h"

#define LIST(...)                                                      \
	{                                                              \
		(const char *const[]){ __VA_ARGS__ },                  \
			sizeof((const char *const[]){ __VA_ARGS__ }) / \
			sizeof(const char *)                           \
	}
#define VERB(name) (UINT32_C(1) << VERB_##name)

static const struct class POD = {
	.verb = VERB_PATCH,
	.is_resource = true,
	.group = SPAN_INIT(""),
	.resource = SPAN_INIT("pods"),
	.namespace = SPAN_INIT("argo"),
	.name = SPAN_INIT("a"),
};

static bool matches_for(
	struct rule_settings rule, struct request rq, const struct class class)
{
	struct rules rules;
	bool fits;

	rq.class = &class;
	rules_compile(&rules, &rule, 1);
	fits = rules_match(&rules, &rq, false).rule == 0;
	cr_expect_eq(fits, rule_unmet(&rule, &rq, false) == CONDITION_COUNT);
	rules_fini(&rules);
	return fits;
}

static bool matches(struct rule_settings rule, struct class class)
{
	return matches_for(rule, (struct request){ 0 }, class);
}

static uint16_t first_of(
	const struct rule_settings *list, uint32_t count, struct class class)
{
	struct request rq = { .class = &class };
	struct rules rules;
	uint16_t rule;

	rules_compile(&rules, list, count);
	rule = rules_match(&rules, &rq, false).rule;
	rules_fini(&rules);
	return rule;
}

/* ---- which one --------------------------------------------------------- */

Test(rules, the_lowest_precedence_wins_wherever_it_stands)
{
	static const struct rule_settings RULES[] = {
		{ .name = "c", .matching_precedence = 300 },
		{ .name = "a", .matching_precedence = 100 },
		{ .name = "b", .matching_precedence = 200 },
	};

	cr_expect_eq(first_of(RULES, 3, POD), 1);
}

Test(rules, among_equals_the_first_wins)
{
	static const struct rule_settings RULES[] = {
		{ .matching_precedence = 9, .verbs = VERB(GET) },
		{ .matching_precedence = 5 },
		{ .matching_precedence = 5 },
	};

	cr_expect_eq(first_of(RULES, 3, POD), 1);
}

Test(rules, without_a_match_there_is_none)
{
	static const struct rule_settings RULES[] = {
		{ .verbs = VERB(GET) },
	};

	cr_expect_eq(first_of(RULES, 1, POD), RULE_NONE);
	cr_expect_eq(first_of(RULES, 0, POD), RULE_NONE);
}

Test(rules, all_256_are_asked)
{
	struct rule_settings list[POLICY_RULES_MAX];

	for (unsigned i = 0; i < POLICY_RULES_MAX; i++)
		list[i] = (struct rule_settings){
			.matching_precedence = POLICY_RULES_MAX - i,
			.verbs = i == 3 ? VERB(PATCH) : VERB(GET),
		};
	cr_expect_eq(first_of(list, POLICY_RULES_MAX, POD), 3);
}

Test(rules, in_shadow_are_passed_by_and_the_first_is_said)
{
	static const struct rule_settings RULES[] = {
		{ .matching_precedence = 1, .verbs = VERB(GET),
			.mode = ENFORCEMENT_SHADOW },
		{ .matching_precedence = 2, .mode = ENFORCEMENT_SHADOW },
		{ .matching_precedence = 3, .mode = ENFORCEMENT_SHADOW },
		{ .matching_precedence = 4 },
	};
	struct request rq = { .class = &POD };
	struct rule_match match;
	struct rules rules;

	rules_compile(&rules, RULES, ARRAY_SIZE(RULES));
	match = rules_match(&rules, &rq, false);
	cr_expect_eq(match.rule, 3);
	cr_expect_eq(match.shadow, 1);
	rules_fini(&rules);
	rules_compile(&rules, RULES, 1);
	match = rules_match(&rules, &rq, false);
	cr_expect_eq(match.rule, RULE_NONE);
	cr_expect_eq(match.shadow, RULE_NONE);
	rules_fini(&rules);
}

/* ---- conditions -------------------------------------------------------- */

Test(rules, an_empty_one_takes_everything)
{
	cr_expect(matches((struct rule_settings){ 0 }, POD));
	cr_expect(matches((struct rule_settings){ 0 },
		(struct class){ .path = SPAN_INIT("/healthz") }));
}

Test(rules, all_conditions_must_hold)
{
	struct rule_settings rule = {
		.verbs = VERB(PATCH) | VERB(UPDATE),
		.api_groups = LIST(""),
		.resources = LIST("pods"),
		.namespaces = LIST("argo", "other"),
		.names = LIST("a"),
	};
	struct class class = POD;

	cr_expect(matches(rule, class));
	class.verb = VERB_GET;
	cr_expect_not(matches(rule, class));
	class = POD;
	class.namespace = SPAN("third");
	cr_expect_not(matches(rule, class));
	class = POD;
	class.name = SPAN("ab");
	cr_expect_not(matches(rule, class));
	class = POD;
	class.group = SPAN("apps");
	cr_expect_not(matches(rule, class));
}

Test(rules, a_star_is_anything)
{
	struct rule_settings rule = {
		.api_groups = LIST("*"),
		.resources = LIST("*"),
		.namespaces = LIST("*"),
	};
	struct class class = POD;

	class.subresource = SPAN("status");
	cr_expect(matches(rule, class));
}

Test(rules, a_resource_without_a_slash_is_not_its_subresources)
{
	struct rule_settings plain = { .resources = LIST("pods") };
	struct rule_settings status = { .resources = LIST("pods/status") };
	struct rule_settings any = { .resources = LIST("pods/*") };
	struct rule_settings every = { .resources = LIST("*/status") };
	struct class sub = POD;

	sub.subresource = SPAN("status");
	cr_expect(matches(plain, POD));
	cr_expect_not(matches(plain, sub));
	cr_expect_not(matches(status, POD));
	cr_expect(matches(status, sub));
	cr_expect(matches(any, sub));
	cr_expect(matches(every, sub));
	cr_expect_not(matches(every, POD));
	sub.subresource = SPAN("log");
	cr_expect_not(matches(status, sub));
	cr_expect_not(matches(every, sub));
}

Test(rules, cluster_scope_is_no_namespace)
{
	struct rule_settings argo = { .namespaces = LIST("argo") };
	struct rule_settings every = { .namespaces = LIST("*") };
	struct rule_settings none = { .cluster_scope = true };
	struct rule_settings both = { .namespaces = LIST("argo"),
		.cluster_scope = true };
	struct class node = POD, other = POD;

	node.namespace = SPAN("");
	other.namespace = SPAN("other");
	cr_expect(matches(argo, POD) && !matches(argo, node));
	cr_expect(matches(every, POD) && !matches(every, node));
	cr_expect(matches(none, node) && !matches(none, POD));
	cr_expect(matches(both, node) && matches(both, POD));
	cr_expect_not(matches(both, other));
}

Test(rules, urls_match_themselves_and_what_is_below_them)
{
	struct rule_settings rule = { .non_resource_urls =
					      LIST("/healthz", "/debug/*") };
	struct class class = { .verb = VERB_GET };
	static const struct {
		struct span path;
		bool fits;
	} CASES[] = {
		{ SPAN_INIT("/healthz"), true },
		{ SPAN_INIT("/healthz/"), true },
		{ SPAN_INIT("/healthz/etcd"), true },
		{ SPAN_INIT("/healthz2"), false },
		{ SPAN_INIT("/debug/pprof"), true },
		{ SPAN_INIT("/debug/"), true },
		{ SPAN_INIT("/debug"), false },
		{ SPAN_INIT("/debugger"), false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		class.path = CASES[i].path;
		cr_expect_eq(matches(rule, class), CASES[i].fits, "%.*s",
			SPAN_ARG(CASES[i].path));
	}
}

Test(rules, of_urls_are_not_of_resources_and_the_other_way_round)
{
	struct rule_settings urls = { .non_resource_urls = LIST("*") };
	struct rule_settings pods = { .resources = LIST("*") };
	struct class healthz = { .path = SPAN_INIT("/healthz") };

	cr_expect_not(matches(urls, POD));
	cr_expect(matches(urls, healthz));
	cr_expect_not(matches(pods, healthz));
}

Test(rules, kinds_of_requests)
{
	struct rule_settings resources = { .only_resources = true };
	struct rule_settings others = { .only_non_resources = true };
	struct rule_settings longs = { .only_long_running = true };
	struct rule_settings shorts = { .only_short = true };
	struct class healthz = { .path = SPAN_INIT("/healthz") };
	struct class watch = POD;

	watch.is_long_running = true;
	cr_expect(matches(resources, POD) && !matches(resources, healthz));
	cr_expect(matches(others, healthz) && !matches(others, POD));
	cr_expect(matches(longs, watch) && !matches(longs, POD));
	cr_expect(matches(shorts, POD) && !matches(shorts, watch));
}

Test(rules, effects_and_finalizers)
{
	struct rule_settings rule = {
		.effects = UINT32_C(1) << EFFECT_REMOVES,
		.finalizers = LIST("workflows.argoproj.io/status"),
	};
	struct class class = POD;

	class.effect = EFFECT_REMOVES;
	class.finalizers[0] = SPAN("workflows.argoproj.io/status");
	class.finalizer_count = 1;
	cr_expect(matches(rule, class));
	class.finalizers[0] = SPAN("kubernetes.io/pvc-protection");
	cr_expect_not(matches(rule, class));
	class.finalizers[1] = SPAN("workflows.argoproj.io/status");
	class.finalizer_count = 2;
	cr_expect(matches(rule, class));
	class.finalizer_count = 0;
	cr_expect_not(matches(rule, class));
	class.effect = EFFECT_ADDS;
	class.finalizers[0] = SPAN("workflows.argoproj.io/status");
	class.finalizer_count = 1;
	cr_expect_not(matches(rule, class));
}

Test(rules, user_agents_by_prefix)
{
	struct rule_settings rule = { .user_agents = LIST("fairway-sweep") };
	struct request rq = { .user_agent = SPAN("fairway-sweep/1.0") };

	cr_expect(matches_for(rule, rq, POD));
	rq.user_agent = SPAN("fairway");
	cr_expect_not(matches_for(rule, rq, POD));
	rq.user_agent = SPAN_NONE;
	cr_expect_not(matches_for(rule, rq, POD));
}

Test(rules, queries_have_all_of_these_and_none_of_those)
{
	struct rule_settings dry = { .query_has = 1u << QUERY_DRY_RUN };
	struct rule_settings wide = { .query_lacks = 1u << QUERY_LIMIT |
			1u << QUERY_SELECTOR };
	struct rule_settings pages = { .query_has = 1u << QUERY_LIMIT |
			1u << QUERY_FROM_CACHE };
	struct class class = POD;

	cr_expect_not(matches(dry, class));
	class.is_dry_run = true;
	cr_expect(matches(dry, class) && matches(wide, class));
	class.has_limit = true;
	cr_expect_not(matches(wide, class) || matches(pages, class));
	class.from_cache = true;
	cr_expect(matches(pages, class));
	class.has_limit = false;
	class.has_selector = true;
	cr_expect_not(matches(wide, class) || matches(pages, class));
}

Test(rules, of_people_never_match_strangers)
{
	struct span groups[] = { SPAN("system:authenticated"), SPAN("dev") };
	struct subject alice = { SPAN("alice"), groups, 2 };
	struct subject argo = {
		SPAN("system:serviceaccount:argo:argo-controller"), groups, 1
	};
	const struct {
		struct rule_settings rule;
		bool takes_alice, takes_argo;
	} CASES[] = {
		{ { .users = LIST("alice", "bob") }, true, false },
		{ { .users = LIST("*") }, true, true },
		{ { .groups = LIST("dev") }, true, false },
		{ { .groups = LIST("*") }, true, true },
		{ { .groups = LIST("system:authenticated") }, true, true },
		{ { .service_accounts = LIST("argo:argo-controller") }, false,
			true },
		{ { .service_accounts = LIST("argo:*") }, false, true },
		{ { .service_accounts = LIST("arg:*") }, false, false },
		{ { .service_accounts = LIST("argo:argo") }, false, false },
		{ { .users = LIST("bob"), .groups = LIST("dev") }, true,
			false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		struct rule_settings rule = CASES[i].rule;

		cr_expect_eq(matches_for(rule,
				     (struct request){ .subject = &alice },
				     POD),
			CASES[i].takes_alice, "alice, %zu", i);
		cr_expect_eq(matches_for(rule,
				     (struct request){ .subject = &argo }, POD),
			CASES[i].takes_argo, "argo, %zu", i);
		cr_expect_not(matches(rule, POD), "a stranger, %zu", i);
	}
}

Test(rules, bodies_up_to_a_size)
{
	struct rule_settings rule = { .body_max = 4096 };
	struct request rq = { .body_len = 4096 };

	cr_expect(matches_for(rule, rq, POD));
	rq.body_len = 4097;
	cr_expect_not(matches_for(rule, rq, POD));
	rq.body_len = UINT64_MAX; /* not known */
	cr_expect_not(matches_for(rule, rq, POD));
}

Test(rules, released_objects)
{
	static const struct rule_settings RULE = { .only_released_objects =
							   true };
	struct request rq = { .class = &POD };
	struct rules rules;

	rules_compile(&rules, &RULE, 1);
	cr_expect_eq(rules_match(&rules, &rq, false).rule, RULE_NONE);
	cr_expect_eq(rules_match(&rules, &rq, true).rule, 0);
	rules_fini(&rules);
}

/* ---- the rules that ship ----------------------------------------------- */

static const char *lane_of(struct class class, uint64_t body_len)
{
	struct policy_settings settings;
	struct request rq = { .class = &class, .body_len = body_len };
	struct rules rules;
	uint16_t rule;

	policy_settings_default(&settings);
	rules_compile(&rules, settings.rules, settings.rule_count);
	rule = rules_match(&rules, &rq, false).rule;
	rules_fini(&rules);
	cr_assert_neq(rule, RULE_NONE);
	return settings.lanes[settings.rules[rule].lane].name;
}

static struct class class_of(
	enum verb verb, struct span group, struct span resource)
{
	return (struct class){ .verb = verb,
		.is_resource = true,
		.group = group,
		.resource = resource };
}

Test(default_rules, put_each_where_the_table_says)
{
	struct class class = POD;

	cr_expect_str_eq(lane_of(class, 100), "writes");
	class.effect = EFFECT_REMOVES;
	cr_expect_str_eq(lane_of(class, 100), "writes");
	class.is_pure = true;
	cr_expect_str_eq(lane_of(class, 4096), "finalizers");
	cr_expect_str_eq(lane_of(class, 4097), "writes");
	class.effect = EFFECT_ADDS;
	cr_expect_str_eq(lane_of(class, 100), "writes");
	class = class_of(VERB_UPDATE, SPAN("argoproj.io"), SPAN("workflows"));
	cr_expect_str_eq(lane_of(class, 300000), "workflow-status");
	class = class_of(VERB_UPDATE, SPAN(""), SPAN("namespaces"));
	class.subresource = SPAN("finalize");
	cr_expect_str_eq(lane_of(class, 500), "finalizers");
	class = class_of(VERB_CREATE, SPAN(""), SPAN("events"));
	cr_expect_str_eq(lane_of(class, 500), "events");
	class = class_of(
		VERB_UPDATE, SPAN("coordination.k8s.io"), SPAN("leases"));
	cr_expect_str_eq(lane_of(class, 500), "leader-election");
	class.verb = VERB_DELETE;
	cr_expect_str_eq(lane_of(class, 0), "writes");
	class.verb = VERB_LIST;
	cr_expect_str_eq(lane_of(class, 0), "reads");
	class.verb = VERB_WATCH;
	class.is_long_running = true;
	cr_expect_str_eq(lane_of(class, 0), "streams");
	class = class_of(VERB_CREATE, SPAN("authorization.k8s.io"),
		SPAN("subjectaccessreviews"));
	cr_expect_str_eq(lane_of(class, 500), "reads");
	class = (struct class){ .verb = VERB_GET, .path = SPAN_INIT("/api") };
	cr_expect_str_eq(lane_of(class, 0), "reads");
}

/* ---- Fairway's own reviews ----------------------------------------------- */

Test(rules, a_review_has_its_rule_and_no_other_takes_it)
{
	static const struct rule_settings RULES[] = {
		{ .name = "all", .matching_precedence = 1 },
		{ .name = "reviews",
			.matching_precedence = 9000,
			.only_reviews = true },
	};
	static const struct class REVIEW = {
		.verb = VERB_CREATE,
		.is_resource = true,
		.group = SPAN_INIT("authentication.k8s.io"),
		.resource = SPAN_INIT("tokenreviews"),
	};
	struct request rq = { .class = &REVIEW, .source = SOURCE_REVIEW };
	struct rules rules;

	rules_compile(&rules, RULES, ARRAY_SIZE(RULES));
	cr_expect_eq(rules_match(&rules, &rq, false).rule, 1);
	rq.source = SOURCE_CLIENT;
	cr_expect_eq(rules_match(&rules, &rq, false).rule, 0);
	rules_fini(&rules);
}

Test(rules, a_clients_review_is_never_taken_for_fairways)
{
	struct rule_settings rule = { .only_reviews = true };

	cr_expect_not(matches(rule, POD));
	cr_expect(matches_for(
		rule, (struct request){ .source = SOURCE_REVIEW }, POD));
}
