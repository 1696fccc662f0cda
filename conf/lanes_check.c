/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_check.h"

#include <string.h>

#include "conf/schema.h"

/* Argo's health check fails a controller whose requests hang for longer. */
#define ARGO_HEALTH_CHECK (5 * 60 * USEC_PER_SEC)

/* The node of a key of an item, or the item's own. */
static const struct node *key_node(
	const struct draft *draft, const struct node *item, const char *key)
{
	const struct node *node = node_member(draft->doc, item, key);

	return node ? node : item;
}

static void complain(const struct draft *draft, enum problem_kind kind,
	const struct node *item, const char *key, const char *text)
{
	schema_complain(
		draft->problems, kind, key_node(draft, item, key), "%s", text);
}

/* ---- lanes ------------------------------------------------------------ */

static void check_overflow(
	const struct draft *draft, const struct lane_entry *lane)
{
	const struct lane_entry *at = lane;

	if (lane->settings.overflow_lane < 0)
		return;
	if (!lane->settings.flow_bucket.is_limited)
		complain(draft, PROBLEM_ERROR, lane->node, "overflow",
			"has no meaning without flowQPS; set it, or remove "
			"overflow");
	for (uint32_t i = 0; i <= draft->lane_count; i++) {
		if (at->settings.overflow_lane < 0)
			return;
		at = &draft->lanes[at->settings.overflow_lane];
		if (at == lane) {
			complain(draft, PROBLEM_ERROR, lane->node, "overflow",
				"leads back to this lane; choose one that does "
				"not");
			return;
		}
	}
}

/* Seats that are more than there ever are. */
static void check_seats(const struct draft *draft,
	const struct lane_entry *lane, const struct total_settings *total)
{
	const struct lane_settings *settings = &lane->settings;
	uint32_t most = total->is_adaptive ? total->max : total->initial;

	if (settings->kind != LANE_QUEUED)
		return;
	if (settings->reserve > most)
		complain(draft, PROBLEM_WARNING, lane->node, "reserveSeats",
			"is more than the total, which then does not keep "
			"this lane in its bounds");
	if (settings->seats_max > most + settings->reserve)
		complain(draft, PROBLEM_WARNING, lane->node, "seats",
			"is more than total and reserve together: it never "
			"keeps anything");
	if (settings->wide_list_seats >= most)
		complain(draft, PROBLEM_WARNING, lane->node, "wideListSeats",
			"is as much as the total: wide LISTs may take all "
			"seats");
}

/* Removals are worth more than that. */
static bool is_longer_than_argo_waits(
	const struct lane_settings *settings, usec_t time)
{
	return settings->kind == LANE_QUEUED && time > ARGO_HEALTH_CHECK &&
		strcmp(settings->name, "finalizers") != 0;
}

static void check_lane(const struct draft *draft,
	const struct lane_entry *lane, const struct policy_settings *policy)
{
	const struct lane_settings *settings = &lane->settings;

	check_overflow(draft, lane);
	check_seats(draft, lane, &policy->total);
	if (settings->kind != LANE_QUEUED && settings->min_share)
		complain(draft, PROBLEM_ERROR, lane->node, "minShare",
			"is for lanes of type Queued only; remove it");
	if (is_longer_than_argo_waits(settings, settings->hold_max))
		complain(draft, PROBLEM_WARNING, lane->node, "holdMax",
			"is longer than the 5 minutes after which Argo's "
			"health check gives the controller up");
	if (is_longer_than_argo_waits(settings, settings->wait_max))
		complain(draft, PROBLEM_WARNING, lane->node, "waitMax",
			"is longer than the 5 minutes after which Argo's "
			"health check gives the controller up");
	if (settings->bucket.is_limited && !settings->bucket.milli_qps)
		complain(draft, PROBLEM_WARNING, lane->node, "qps",
			"0 refuses every request of this lane");
}

static void check_shares(const struct draft *draft)
{
	const struct node *last = NULL;
	uint32_t sum = 0;

	for (uint32_t i = 0; i < draft->lane_count; i++) {
		const struct lane_entry *lane = &draft->lanes[i];

		sum += lane->settings.min_share;
		if (lane->node &&
			node_member(draft->doc, lane->node, "minShare"))
			last = key_node(draft, lane->node, "minShare");
	}
	if (!last || sum <= 500)
		return;
	if (sum > 1000)
		schema_complain(draft->problems, PROBLEM_ERROR, last,
			"the minimum shares of all lanes are %u.%u%% together; "
			"they must not be above 100%%",
			sum / 10, sum % 10);
	else
		schema_complain(draft->problems, PROBLEM_WARNING, last,
			"the minimum shares of all lanes are %u.%u%% together, "
			"which leaves little for their order",
			sum / 10, sum % 10);
}

/* What the order is for: removals go before what floods. */
static void check_finalizers_first(const struct draft *draft)
{
	const struct lane_entry *finalizers = NULL;

	for (uint32_t i = 0; i < draft->lane_count; i++)
		if (!strcmp(draft->lanes[i].settings.name, "finalizers"))
			finalizers = &draft->lanes[i];
	for (uint32_t i = 0; finalizers && i < draft->lane_count; i++) {
		const struct lane_entry *lane = &draft->lanes[i];
		const struct node *at =
			lane->node ? lane->node : finalizers->node;

		if (lane == finalizers || !at ||
			lane->settings.kind != LANE_QUEUED ||
			finalizers->settings.kind != LANE_QUEUED ||
			lane->settings.order >= finalizers->settings.order)
			continue;
		schema_complain(draft->problems, PROBLEM_WARNING,
			key_node(draft, at, "order"),
			"lane \"%s\" goes before \"finalizers\"",
			lane->settings.name);
		return;
	}
}

/* ---- rules ------------------------------------------------------------ */

static bool has_object_conditions(const struct rule_settings *rule)
{
	return rule->api_groups.count || rule->resources.count ||
		rule->namespaces.count || rule->cluster_scope ||
		rule->names.count;
}

/* Where the API server alone authenticates, Fairway does not know. */
static void check_subjects(const struct draft *draft,
	const struct rule_entry *rule, const struct identity_config *identity)
{
	static const char *const KEYS[] = { "users", "groups" };
	bool reviews_tokens = identity->tokens == TOKENS_REVIEW;
	bool has_certificates = *identity->client_ca_file;

	for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
		if (!has_certificates && !reviews_tokens &&
			node_member(draft->doc, rule->node, KEYS[i]))
			complain(draft, PROBLEM_ERROR, rule->node, KEYS[i],
				"is known only where Fairway authenticates its "
				"clients (identity); here the API server does, "
				"so use namespaces or userAgents");
	if (!reviews_tokens &&
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

/* Does it match every request of that kind? */
static bool is_catch_all(
	const struct rule_settings *rule, bool resource, bool long_running)
{
	if (rule->mode == ENFORCEMENT_SHADOW || rule->verbs || rule->effects ||
		has_object_conditions(rule) ||
		rule->non_resource_urls.count || rule->query_has ||
		rule->query_lacks || rule->finalizers.count ||
		rule->only_pure ||
		rule->user_agents.count || rule->users.count ||
		rule->groups.count || rule->service_accounts.count ||
		rule->only_reviews ||
		rule->body_max ||
		rule->only_released_objects)
		return false;
	if (resource ? rule->only_non_resources : rule->only_resources)
		return false;
	return !(long_running ? rule->only_short : rule->only_long_running);
}

static bool is_covered(
	const struct draft *draft, bool resource, bool long_running)
{
	for (uint32_t i = 0; i < draft->rule_count; i++)
		if (is_catch_all(
			    &draft->rules[i].settings, resource, long_running))
			return true;
	return false;
}

static void check_catch_all(const struct draft *draft)
{
	const struct node *rules =
		node_member(draft->doc, draft->doc->root, "rules");

	if (!rules ||
		(is_covered(draft, false, false) &&
			is_covered(draft, false, true) &&
			is_covered(draft, true, false) &&
			is_covered(draft, true, true)))
		return;
	schema_complain(draft->problems, PROBLEM_ERROR, rules,
		"some requests match no rule; add a last rule without "
		"conditions");
}

void config_check_lanes(
	const struct draft *draft, const struct config *config)
{
	const struct policy_settings *settings = &config->policy;

	for (uint32_t i = 0; i < draft->lane_count; i++)
		if (draft->lanes[i].node)
			check_lane(draft, &draft->lanes[i], settings);
	check_shares(draft);
	check_finalizers_first(draft);
	for (uint32_t i = 0; i < draft->rule_count; i++)
		if (draft->rules[i].node)
			check_rule(
				draft, &draft->rules[i], &config->identity);
	check_catch_all(draft);
}
