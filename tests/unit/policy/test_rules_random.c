/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled rules give the rule that looking at all of them, one by one,
 * gives: for random rules and requests of few names, so that they often meet.
 */
#include <criterion/criterion.h>

#include "base/rng.h"
#include "policy/rules.h"

#define LIST_MAX 3

static const char *const GROUPS[] = { "", "apps", "argoproj.io", "*" };
static const char *const RESOURCES[] = { "pods", "pods/status", "pods/*",
	"*/status", "*/*", "*", "workflows", "leases", "nodes" };
static const char *const NAMESPACES[] = { "argo", "ar", "default", "*" };
static const char *const NAMES[] = { "a", "b", "*" };
static const char *const URLS[] = { "/healthz", "/debug/*", "/api/", "*" };
static const char *const FINALIZERS[] = { "x/a", "x/b", "*" };
static const char *const AGENTS[] = { "argo", "kubectl/", "*" };
static const char *const USERS[] = { "alice", "*" };

struct random_rule {
	struct rule_settings settings;
	const char *items[8][LIST_MAX];
};

static uint32_t below(struct rng *rng, uint32_t n)
{
	return (uint32_t)(rng_next(rng) % n);
}

/* Of an empty list mostly, or all would have a condition of each kind. */
static struct strings some(struct rng *rng, const char *const *from,
	uint32_t count, const char **items)
{
	uint32_t n = below(rng, 3) ? 0 : below(rng, LIST_MAX + 1);

	for (uint32_t i = 0; i < n; i++)
		items[i] = from[below(rng, count)];
	return (struct strings){ items, n };
}

#define SOME(from, at) some(rng, from, ARRAY_SIZE(from), rule->items[at])

static uint32_t some_of(struct rng *rng, unsigned count)
{
	return below(rng, 2) ? 0 : below(rng, UINT32_C(1) << count);
}

static bool rarely(struct rng *rng)
{
	return !below(rng, 8);
}

static void make_rule(struct rng *rng, struct random_rule *rule)
{
	rule->settings = (struct rule_settings){
		.mode = rarely(rng) ? ENFORCEMENT_SHADOW : ENFORCEMENT_FULL,
		.matching_precedence = 1 + below(rng, 20),
		.verbs = some_of(rng, VERB_COUNT),
		.effects = some_of(rng, EFFECT_COUNT),
		.only_resources = rarely(rng),
		.only_non_resources = rarely(rng),
		.only_long_running = rarely(rng),
		.only_short = rarely(rng),
		.api_groups = SOME(GROUPS, 0),
		.resources = SOME(RESOURCES, 1),
		.namespaces = SOME(NAMESPACES, 2),
		.cluster_scope = rarely(rng),
		.names = SOME(NAMES, 3),
		.non_resource_urls = SOME(URLS, 4),
		.query_has = rarely(rng) ? some_of(rng, 6) : 0,
		.query_lacks = rarely(rng) ? some_of(rng, 6) : 0,
		.finalizers = SOME(FINALIZERS, 5),
		.only_pure = rarely(rng),
		.user_agents = SOME(AGENTS, 6),
		.users = SOME(USERS, 7),
		.body_max = rarely(rng) ? 1 + below(rng, 3) : 0,
		.only_released_objects = rarely(rng),
	};
}

static struct span one_of(
	struct rng *rng, const char *const *from, uint32_t count)
{
	return span_str(from[below(rng, count)]);
}

#define ONE_OF(from) one_of(rng, from, ARRAY_SIZE(from))

static struct class random_class(struct rng *rng)
{
	struct class class = {
		.verb = (enum verb)below(rng, VERB_COUNT),
		.is_resource = below(rng, 4) > 0,
		.is_long_running = rarely(rng),
		.is_dry_run = rarely(rng),
		.has_limit = below(rng, 2),
		.has_selector = below(rng, 2),
		.from_cache = rarely(rng),
		.initial_events = rarely(rng),
		.follows = rarely(rng),
		.path = ONE_OF(URLS),
		.effect = (enum effect)below(rng, EFFECT_COUNT),
		.finalizers = { ONE_OF(FINALIZERS), ONE_OF(FINALIZERS) },
		.finalizer_count = below(rng, 3),
		.is_pure = below(rng, 2),
	};

	if (class.is_resource) {
		class.group = ONE_OF(GROUPS);
		class.resource = ONE_OF(RESOURCES);
		class.namespace = rarely(rng) ? SPAN("") : ONE_OF(NAMESPACES);
		class.name = ONE_OF(NAMES);
		if (below(rng, 2))
			class.subresource = SPAN("status");
	}
	return class;
}

static uint16_t naive_match(const struct rule_settings *rules, uint32_t count,
	const struct request *rq, bool is_released)
{
	uint16_t best = RULE_NONE;

	for (uint32_t i = 0; i < count; i++) {
		if (rules[i].mode == ENFORCEMENT_SHADOW ||
			rule_unmet(&rules[i], rq, is_released) !=
				CONDITION_COUNT)
			continue;
		if (best == RULE_NONE ||
			rules[i].matching_precedence <
				rules[best].matching_precedence)
			best = (uint16_t)i;
	}
	return best;
}

static void compare(struct rng *rng, struct random_rule *made, uint32_t count)
{
	static const struct span GROUPS_OF[] = { SPAN_INIT("dev") };
	struct subject alice = { SPAN("alice"), GROUPS_OF, 1 };
	struct rule_settings list[POLICY_RULES_MAX];
	struct rules rules;

	for (uint32_t i = 0; i < count; i++) {
		make_rule(rng, &made[i]);
		list[i] = made[i].settings;
	}
	rules_compile(&rules, list, count);
	for (unsigned i = 0; i < 200; i++) {
		struct class class = random_class(rng);
		struct request rq = {
			.class = &class,
			.subject = below(rng, 2) ? &alice : NULL,
			.user_agent = ONE_OF(AGENTS),
			.body_len = below(rng, 5),
		};
		bool is_released = below(rng, 2);

		cr_assert_eq(rules_match(&rules, &rq, is_released).rule,
			naive_match(list, count, &rq, is_released));
	}
	rules_fini(&rules);
}

Test(rules_random, compiled_they_say_the_same_as_one_by_one)
{
	struct random_rule made[POLICY_RULES_MAX];
	struct rng rng;

	rng_init(&rng, 4);
	for (unsigned round = 0; round < 400; round++)
		compare(&rng, made, below(&rng, 40));
	compare(&rng, made, POLICY_RULES_MAX);
}
