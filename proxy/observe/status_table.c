/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "proxy/observe/status.h"
#include "proxy/observe/table.h"

static void format_wait(
	const cJSON *lane, const char *key, char ret_text[TABLE_CELL_CAP])
{
	const cJSON *item = table_item(table_item(lane, "waitSeconds"), key);

	table_format_wait(
		cJSON_IsNumber(item) ? item->valuedouble : -1, ret_text);
}

static void write_confinement(const cJSON *item, struct buf *out)
{
	bool has_calls = table_is_true(item, "systemCalls");
	bool has_files = table_is_true(item, "files");

	buf_printf(out, "confined    %s%s%s\n",
		has_calls ? "system calls" : "",
		has_calls && has_files ? ", " : "",
		has_files	   ? "files"
			: has_calls ? ""
				    : "no");
}

static void write_head(const cJSON *root, struct buf *out)
{
	char age[VIEW_AGE_CAP];

	view_format_age(table_number(root, "uptimeSeconds"), age);
	buf_printf(out, "fairway %s, up %s, %s\n\n",
		table_text(root, "version"), age,
		table_is_true(root, "ready") ? "ready" : "NOT READY: it ends");
	buf_printf(out, "clients     %s   %.0f connected, %.0f requests open\n",
		table_text(root, "listen"), table_number(root, "clients"),
		table_number(root, "requests"));
	if (*table_text(root, "admin"))
		buf_printf(out, "admin       %s\n", table_text(root, "admin"));
	buf_printf(out, "kubeconfig  %s\n", table_text(root, "kubeconfig"));
	write_confinement(table_item(root, "confinement"), out);
}

static void write_upstream(const cJSON *root, struct buf *out)
{
	const cJSON *item;

	buf_printf(out, "%-30s %-10s %8s %11s %6s %8s\n", "API SERVER",
		"HEALTH", "FOR", "SEATS", "429", "FAILED");
	cJSON_ArrayForEach(item, table_item(root, "upstream"))
	{
		char age[VIEW_AGE_CAP], seats[TABLE_CELL_CAP];
		char throttled[TABLE_CELL_CAP], probes[TABLE_CELL_CAP];

		view_format_age(table_number(item, "forSeconds"), age);
		snprintf(seats, sizeof(seats), "%.3g of %.3g",
			table_number(item, "executingSeats"),
			table_number(item, "limitSeats"));
		table_format_count(table_number(item, "throttled"), throttled);
		table_format_count(table_number(item, "failedProbes"), probes);
		buf_printf(out, "%-30s %-10s %8s %11s %6s %8s\n",
			table_text(item, "endpoint"),
			table_is_true(item, "drained")
				? "DRAINED"
				: table_text(item, "health"),
			age, seats, throttled,
			probes);
	}
}

static void write_lanes(const cJSON *root, struct buf *out)
{
	const cJSON *item;

	buf_printf(out, "\n%-18s %6s %6s %7s %8s %7s %7s %7s %6s\n", "LANE",
		"QUEUED", "PARKED", "RUNNING", "STARTED", "P50", "P99",
		"REFUSED", "429");
	cJSON_ArrayForEach(item, table_item(root, "lanes"))
	{
		char started[TABLE_CELL_CAP], refused[TABLE_CELL_CAP];
		char p50[TABLE_CELL_CAP], p99[TABLE_CELL_CAP];
		char again[TABLE_CELL_CAP];

		table_format_count(
			table_number(item, "started"), started);
		table_format_count(
			table_number(item, "rejected"), refused);
		table_format_count(
			table_number(item, "upstreamRefusals"), again);
		format_wait(item, "p50", p50);
		format_wait(item, "p99", p99);
		buf_printf(out, "%-18s %6.0f %6.0f %7.0f %8s %7s %7s %7s %6s\n",
			table_text(item, "name"), table_number(item, "queued"),
			table_number(item, "parked"),
			table_number(item, "running"),
			started, p50, p99, refused, again);
	}
}

static void write_gates(const cJSON *root, struct buf *out)
{
	const cJSON *gates = table_item(root, "gates");
	const cJSON *item;

	if (!cJSON_GetArraySize(gates))
		return;
	buf_printf(out, "\n%-18s %-30s %6s %7s %7s\n", "GATE OF LEVEL",
		"API SERVER", "LIMIT", "RUNNING", "429");
	cJSON_ArrayForEach(item, gates)
	{
		char refusals[TABLE_CELL_CAP];

		table_format_count(table_number(item, "refusals"), refusals);
		buf_printf(out, "%-18s %-30s %6.0f %7.0f %7s%s\n",
			table_text(item, "level"), table_text(item, "endpoint"),
			table_number(item, "limit"),
			table_number(item, "executing"), refusals,
			table_is_true(item, "closed") ? " closed" : "");
	}
}

static void write_journal(const cJSON *root, struct buf *out)
{
	const cJSON *item = table_item(root, "journal");
	char age[VIEW_AGE_CAP];

	if (!table_is_true(item, "wanted"))
		return;
	view_format_age(table_number(item, "oldestSeconds"), age);
	buf_printf(out, "\nJOURNAL %s: %.0f removals pending",
		table_is_true(item, "on") ? "on" : "off",
		table_number(item, "open"));
	if (table_number(item, "open") > 0)
		buf_printf(out, ", the oldest for %s, %.0f wait for a token",
			age, table_number(item, "parked"));
	buf_append_str(out, "\n");
	if (!table_is_true(item, "on"))
		buf_printf(out, "  %s\n", table_text(item, "trouble"));
}

static void write_quotas(const cJSON *replicas, struct buf *out)
{
	const cJSON *quota;

	buf_printf(out, "  %-34s %10s %10s %10s %10s\n", "LIMIT", "OF ALL",
		"PORTION", "FLOOR", "DEMAND");
	cJSON_ArrayForEach(quota, table_item(replicas, "quotas"))
	{
		buf_printf(out, "  %-34s %10.4g %10.4g %10.4g %10.4g\n",
			table_text(quota, "name"), table_number(quota, "all"),
			table_number(quota, "portion"),
			table_number(quota, "floor"),
			table_number(quota, "demand"));
	}
}

static void write_replicas(const cJSON *root, struct buf *out)
{
	const cJSON *item = table_item(root, "replicas");
	char age[VIEW_AGE_CAP];

	if (!item)
		return;
	view_format_age(table_number(item, "forSeconds"), age);
	buf_printf(out, "\nREPLICA %s of %s: %s for %s, %.0f others\n",
		table_text(item, "lease"), table_text(item, "group"),
		table_text(item, "state"), age, table_number(item, "peers"));
	if (table_number(item, "tooMany") > 0)
		buf_printf(out, "  %.0f are more than replicas.max\n",
			table_number(item, "tooMany"));
	if (*table_text(item, "trouble"))
		buf_printf(out, "  %s\n", table_text(item, "trouble"));
	write_quotas(item, out);
}

static const char *keeper_of(const cJSON *lane)
{
	const cJSON *most = NULL, *keeper;

	cJSON_ArrayForEach(keeper, table_item(lane, "keptBy"))
	{
		if (!most || keeper->valuedouble > most->valuedouble)
			most = keeper;
	}
	return most ? most->string : "-";
}

static void write_lane(const cJSON *lane, struct buf *out)
{
	char seats[TABLE_CELL_CAP], started[TABLE_CELL_CAP];
	char p99[TABLE_CELL_CAP], order[TABLE_CELL_CAP] = "-";
	double max = table_number(lane, "seatsMax");

	if (max > 0)
		snprintf(seats, sizeof(seats), "%.3g of %.3g",
			table_number(lane, "seats"), max);
	else
		snprintf(seats, sizeof(seats), "%.3g",
			table_number(lane, "seats"));
	/* The others are not in the order. */
	if (!strcmp(table_text(lane, "kind"), "queued"))
		snprintf(order, sizeof(order), "%.0f",
			table_number(lane, "order"));
	table_format_count(table_number(lane, "started"), started);
	format_wait(lane, "p99", p99);
	buf_printf(out, "%-18.18s %-7s %5s %10s %5.0f %7s %7s %s\n",
		table_text(lane, "name"),
		table_is_true(lane, "paused")       ? "PAUSED"
			: table_is_true(lane, "drained") ? "DRAINED"
			: table_is_true(lane, "shadow") ? "shadow"
					      : table_text(lane, "kind"),
		order, seats,
		table_number(lane, "queued") + table_number(lane, "parked"),
		started, p99, keeper_of(lane));
}

static cJSON *parse(struct span json, const char *key, struct err *err)
{
	cJSON *root = table_parse(json);

	if (cJSON_IsArray(table_item(root, key)))
		return root;
	cJSON_Delete(root);
	err_set(err, "the answer has no %s", key);
	return NULL;
}

int lanes_write_table(struct span json, struct buf *ret_table, struct err *err)
{
	cJSON *root = parse(json, "lanes", err);
	const cJSON *lane;

	if (!root)
		return -1;
	buf_printf(ret_table, "%-18s %-7s %5s %10s %5s %7s %7s %s\n", "LANE",
		"KIND", "ORDER", "SEATS", "WAIT", "STARTED", "P99", "KEPT BY");
	cJSON_ArrayForEach(lane, table_item(root, "lanes"))
	{
		write_lane(lane, ret_table);
	}
	cJSON_Delete(root);
	return 0;
}

static void write_connections(const cJSON *root, struct buf *out)
{
	const cJSON *item;

	buf_printf(out, "\n%-30s %8s %8s %8s\n", "CONNECTIONS TO", "EXPRESS",
		"BULK", "STREAMS");
	cJSON_ArrayForEach(item, table_item(root, "upstream"))
	{
		const cJSON *count = table_item(item, "connections");

		buf_printf(out, "%-30s %8.0f %8.0f %8.0f\n",
			table_text(item, "endpoint"),
			table_number(count, "express"),
			table_number(count, "bulk"),
			table_number(count, "streams"));
	}
}

int upstream_write_table(
	struct span json, struct buf *ret_table, struct err *err)
{
	cJSON *root = parse(json, "upstream", err);

	if (!root)
		return -1;
	write_upstream(root, ret_table);
	write_connections(root, ret_table);
	write_gates(root, ret_table);
	cJSON_Delete(root);
	return 0;
}

int status_write_table(struct span json, struct buf *ret_table, struct err *err)
{
	cJSON *root = table_parse(json);

	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		return err_set(err, "the answer is not a JSON object");
	}
	write_head(root, ret_table);
	buf_append_str(ret_table, "\n");
	write_upstream(root, ret_table);
	write_lanes(root, ret_table);
	write_gates(root, ret_table);
	write_journal(root, ret_table);
	write_replicas(root, ret_table);
	buf_append_str(ret_table,
		"\nP50 and P99: wait before the first start. REFUSED: answered "
		"by Fairway itself.\n429: refusals of the API server. FAILED: "
		"probes of /readyz that failed.\n");
	cJSON_Delete(root);
	return 0;
}
