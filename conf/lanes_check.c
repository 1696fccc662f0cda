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

void config_check_lanes(
	const struct draft *draft, const struct config *config)
{
	const struct policy_settings *settings = &config->policy;

	for (uint32_t i = 0; i < draft->lane_count; i++)
		if (draft->lanes[i].node)
			check_lane(draft, &draft->lanes[i], settings);
	check_shares(draft);
	check_finalizers_first(draft);
}
