/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>

#include "base/check.h"
#include "proxy/observe/status.h"

usec_t status_quantile(
	const uint64_t buckets[STATS_WAIT_BUCKETS], unsigned thousandths)
{
	uint64_t count = 0, rank, below = 0;

	for (unsigned i = 0; i < STATS_WAIT_BUCKETS; i++)
		count += buckets[i];
	if (!count)
		return USEC_NEVER;
	/* Rounded up, and in this order so that it cannot overflow. */
	rank = count / 1000 * thousandths +
		(count % 1000 * thousandths + 999) / 1000;
	rank = u64_max(rank, 1);
	for (unsigned i = 0; i < STATS_WAIT_BUCKETS - 1; i++) {
		usec_t low = i ? STATS_WAIT_BOUNDS[i - 1] : 0;

		if (below + buckets[i] >= rank)
			return low +
				(usec_t)((double)(STATS_WAIT_BOUNDS[i] - low) *
					(double)(rank - below) /
					(double)buckets[i]);
		below += buckets[i];
	}
	return STATS_WAIT_BOUNDS[STATS_WAIT_BUCKETS - 2];
}

static void add_number(cJSON *object, const char *key, uint64_t value)
{
	CHECK(cJSON_AddNumberToObject(object, key, (double)value));
}

static void add_text(cJSON *object, const char *key, const char *value)
{
	CHECK(cJSON_AddStringToObject(object, key, value));
}

static void add_bool(cJSON *object, const char *key, bool value)
{
	CHECK(cJSON_AddBoolToObject(object, key, value));
}

/* Milli-seats as seats. */
static void add_seats(cJSON *object, const char *key, uint32_t value)
{
	CHECK(cJSON_AddNumberToObject(object, key, (double)value / SEAT));
}

static void add_seconds(cJSON *object, const char *key, usec_t value)
{
	if (value == USEC_NEVER)
		CHECK(cJSON_AddNullToObject(object, key));
	else
		CHECK(cJSON_AddNumberToObject(
			object, key, (double)value / USEC_PER_SEC));
}

static cJSON *add_object(cJSON *object, const char *key)
{
	cJSON *child = cJSON_AddObjectToObject(object, key);

	CHECK(child);
	return child;
}

static cJSON *add_array(cJSON *object, const char *key)
{
	cJSON *child = cJSON_AddArrayToObject(object, key);

	CHECK(child);
	return child;
}

static cJSON *add_item(cJSON *array)
{
	cJSON *child = cJSON_CreateObject();

	CHECK(child && cJSON_AddItemToArray(array, child));
	return child;
}

static void add_endpoints(cJSON *root, const struct view *view)
{
	cJSON *array = add_array(root, "upstream");

	for (unsigned i = 0; view_next_endpoint(view, &i); i++) {
		const struct endpoint_stats *stats =
			&view->policy->endpoints[i];
		cJSON *item = add_item(array);
		cJSON *connections;

		add_text(item, "endpoint", view->endpoints[i]);
		add_text(item, "health", health_state_name(stats->health));
		add_seconds(item, "forSeconds",
			usec_since(view->now, stats->since));
		add_seats(item, "limitSeats", stats->total);
		add_seats(item, "executingSeats", stats->in_flight);
		add_number(item, "throttled", stats->answers_429);
		add_number(item, "failedProbes", stats->probes_failed);
		add_bool(item, "drained", stats->is_drained);
		connections = add_object(item, "connections");
		add_number(connections, "express",
			view->exchange->connections[i][CONN_EXPRESS]);
		add_number(connections, "bulk",
			view->exchange->connections[i][CONN_BULK]);
		add_number(connections, "streams",
			view->exchange->connections[i][CONN_STREAMS]);
	}
}

static const char *kind_name(enum lane_kind kind)
{
	switch (kind) {
	case LANE_QUEUED:
		return "queued";
	case LANE_EXEMPT:
		return "exempt";
	case LANE_STREAMS:
		return "streams";
	}
	return "unknown";
}

static void add_lane_settings(cJSON *item, const struct lane_settings *settings)
{
	add_text(item, "name", settings->name);
	add_text(item, "kind", kind_name(settings->kind));
	add_number(item, "order", settings->order);
	add_bool(item, "shadow", settings->mode == ENFORCEMENT_SHADOW);
	add_seats(item, "seatsMax", settings->seats_max);
}

/* Of first starts that waited: by what was last in their way. */
static void add_keepers(cJSON *item, const struct lane_stats *stats)
{
	cJSON *keepers = add_object(item, "keptBy");

	for (unsigned i = KEPT_BY_NOTHING + 1; i < KEPT_BY_COUNT; i++)
		if (stats->kept_by[i])
			add_number(keepers, kept_by_name((enum kept_by)i),
				stats->kept_by[i]);
}

static void add_lanes(cJSON *root, const struct view *view)
{
	cJSON *array = add_array(root, "lanes");

	for (unsigned i = 0; i < view->policy->lane_count; i++) {
		const struct lane_stats *stats = &view->policy->lanes[i];
		cJSON *item = add_item(array);
		cJSON *rejected;
		cJSON *wait;
		uint64_t all = 0;

		add_lane_settings(item, &view->settings->lanes[i]);
		add_bool(item, "paused", stats->is_paused);
		add_bool(item, "drained", stats->is_drained);
		add_number(item, "queued", stats->queued);
		add_number(item, "parked", stats->parked);
		add_number(item, "running", stats->running);
		add_seats(item, "seats", stats->seats);
		add_number(item, "submitted", stats->submitted);
		add_number(item, "started", stats->started);
		add_number(item, "retries", stats->again);
		add_number(item, "upstreamRefusals", stats->refused_upstream);
		wait = add_object(item, "waitSeconds");
		add_seconds(wait, "p50", status_quantile(stats->wait, 500));
		add_seconds(wait, "p99", status_quantile(stats->wait, 990));
		add_keepers(item, stats);
		rejected = add_object(item, "rejectedByReason");
		for (unsigned v = VERDICT_NONE + 1; v < VERDICT_COUNT; v++) {
			all += stats->rejected[v];
			if (stats->rejected[v])
				add_number(rejected,
					verdict_info((enum verdict)v)->word,
					stats->rejected[v]);
		}
		add_number(item, "rejected", all);
	}
}

static void add_gates(cJSON *root, const struct view *view)
{
	cJSON *array = add_array(root, "gates");

	for (unsigned i = 0; i < view->policy->level_count; i++) {
		const struct level_stats *stats = &view->policy->levels[i];
		char uid[VIEW_LEVEL_NAME_CAP];
		cJSON *item;

		if (view_endpoint_is_vacant(view, stats->endpoint))
			continue;
		item = add_item(array);
		view_level_name(stats->uid, uid);
		add_text(item, "endpoint", view->endpoints[stats->endpoint]);
		add_text(item, "level", uid);
		add_number(item, "limit", stats->limit);
		add_number(item, "executing", stats->in_flight);
		add_bool(item, "closed", stats->is_closed);
		add_number(item, "refusals", stats->refusals);
	}
}

static void add_journal(cJSON *root, const struct intent_stats *stats)
{
	cJSON *item = add_object(root, "journal");
	cJSON *ends;

	add_bool(item, "wanted", stats->is_wanted);
	add_bool(item, "on", stats->is_on);
	add_text(item, "trouble", stats->trouble);
	add_number(item, "open", stats->open);
	add_number(item, "durable", stats->durable);
	add_number(item, "parked", stats->parked);
	add_seconds(item, "oldestSeconds", stats->oldest);
	add_number(item, "opened", stats->opened);
	add_number(item, "replays", stats->replays);
	ends = add_object(item, "ended");
	for (unsigned i = 0; i < INTENT_END_COUNT; i++)
		add_number(ends, intent_end_name((enum intent_end)i),
			stats->ends[i]);
}

static void add_confinement(
	cJSON *root, const struct view_confinement *confinement)
{
	cJSON *item = add_object(root, "confinement");

	add_bool(item, "systemCalls", confinement->system_calls);
	add_bool(item, "files", confinement->landlock > 0);
	add_number(item, "landlock", confinement->landlock);
}

/* Seats, or requests a second. */
static void add_quotas(cJSON *item, const struct replicas_view *replicas)
{
	cJSON *array = add_array(item, "quotas");

	for (uint32_t i = 0; i < replicas->quotas->count; i++) {
		const struct quota *quota = &replicas->quotas->items[i];
		const struct replica_stats *stats = &replicas->stats;
		cJSON *one = add_item(array);

		add_text(one, "name", quota->name);
		add_seats(one, "all", quota->all);
		add_seats(one, "portion", stats->portions[i]);
		add_seats(one, "floor", stats->floors[i]);
		add_seats(one, "demand", stats->demands[i]);
	}
}

static void add_replicas(cJSON *root, const struct view *view)
{
	const struct replicas_view *replicas = view->replicas;
	cJSON *item;

	if (!replicas)
		return;
	item = add_object(root, "replicas");
	add_text(item, "lease", replicas->name);
	add_text(item, "group", replicas->group);
	add_text(item, "state", replica_state_name(replicas->stats.state));
	add_seconds(item, "forSeconds",
		usec_since(view->now, replicas->stats.since));
	add_number(item, "peers", replicas->stats.peers);
	add_number(item, "tooMany", replicas->stats.too_many);
	add_number(item, "unreadable", replicas->stats.unreadable);
	add_text(item, "trouble", replicas->trouble);
	add_quotas(item, replicas);
}

static cJSON *new_root(void)
{
	cJSON *root = cJSON_CreateObject();

	CHECK(root);
	return root;
}

/* Takes it. */
static void print_root(cJSON *root, struct buf *ret_json)
{
	char *text = cJSON_PrintUnformatted(root);

	CHECK(text);
	buf_append_str(ret_json, text);
	buf_append_str(ret_json, "\n");
	cJSON_free(text);
	cJSON_Delete(root);
}

void lanes_write_json(const struct view *view, struct buf *ret_json)
{
	cJSON *root = new_root();

	add_lanes(root, view);
	print_root(root, ret_json);
}

void upstream_write_json(const struct view *view, struct buf *ret_json)
{
	cJSON *root = new_root();

	add_endpoints(root, view);
	add_gates(root, view);
	print_root(root, ret_json);
}

void status_write_json(const struct view *view, struct buf *ret_json)
{
	cJSON *root = new_root();

	add_text(root, "version", view->version);
	add_seconds(
		root, "uptimeSeconds", usec_since(view->now, view->started_at));
	add_bool(root, "ready", view->is_ready);
	add_text(root, "listen", view->listen);
	add_text(root, "admin", view->admin);
	add_text(root, "kubeconfig", view->kubeconfig);
	add_confinement(root, &view->confinement);
	add_number(root, "clients", view->wire->open_down);
	add_number(root, "requests", view->exchange->open);
	add_number(root, "heldBytes", view->policy->held_bytes);
	add_endpoints(root, view);
	add_lanes(root, view);
	add_gates(root, view);
	add_journal(root, view->intents);
	add_replicas(root, view);
	print_root(root, ret_json);
}
