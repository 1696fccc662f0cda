/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "proxy/observe/status.h"

/* Everything is made to fit into 80 columns. */

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(object, key));

	return text ? text : "?";
}

static double number_of(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static bool is_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* "0.4ms", "12ms", "1.20s", "34s"; "-": nothing was counted. */
static void format_wait(
	const cJSON *lane, const char *key, char *ret_text, size_t cap)
{
	const cJSON *wait =
		cJSON_GetObjectItemCaseSensitive(lane, "waitSeconds");
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(wait, key);
	double seconds = cJSON_IsNumber(item) ? item->valuedouble : -1;

	if (seconds < 0)
		snprintf(ret_text, cap, "-");
	else if (seconds < 0.01)
		snprintf(ret_text, cap, "%.1fms", seconds * 1000);
	else if (seconds < 1)
		snprintf(ret_text, cap, "%.0fms", seconds * 1000);
	else if (seconds < 10)
		snprintf(ret_text, cap, "%.2fs", seconds);
	else
		snprintf(ret_text, cap, "%.0fs", seconds);
}

/* 12345 -> "12345", 1234567 -> "1234k", so that columns stay columns. */
static void format_count(double count, char *ret_text, size_t cap)
{
	if (count < 1e6)
		snprintf(ret_text, cap, "%.0f", count);
	else if (count < 1e9)
		snprintf(ret_text, cap, "%.0fk", count / 1e3);
	else
		snprintf(ret_text, cap, "%.0fM", count / 1e6);
}

static void write_head(const cJSON *root, struct buf *out)
{
	char age[VIEW_AGE_CAP];

	view_format_age(number_of(root, "uptimeSeconds"), age);
	buf_printf(out, "fairway %s, up %s, %s\n\n", text_of(root, "version"),
		age, is_true(root, "ready") ? "ready" : "NOT READY: it ends");
	buf_printf(out, "clients     %s   %.0f connected, %.0f requests open\n",
		text_of(root, "listen"), number_of(root, "clients"),
		number_of(root, "requests"));
	if (*text_of(root, "admin"))
		buf_printf(out, "admin       %s\n", text_of(root, "admin"));
	buf_printf(out, "kubeconfig  %s\n", text_of(root, "kubeconfig"));
}

static void write_upstream(const cJSON *root, struct buf *out)
{
	const cJSON *item;

	buf_printf(out, "\n%-30s %-10s %8s %11s %6s %8s\n", "API SERVER",
		"HEALTH", "FOR", "SEATS", "429", "PROBES-");
	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(root, "upstream"))
	{
		char age[VIEW_AGE_CAP], seats[32], throttled[32], probes[32];

		view_format_age(number_of(item, "forSeconds"), age);
		snprintf(seats, sizeof(seats), "%.3g of %.3g",
			number_of(item, "executingSeats"),
			number_of(item, "limitSeats"));
		format_count(number_of(item, "throttled"), throttled,
			sizeof(throttled));
		format_count(number_of(item, "failedProbes"), probes,
			sizeof(probes));
		buf_printf(out, "%-30s %-10s %8s %11s %6s %8s\n",
			text_of(item, "endpoint"), text_of(item, "health"), age,
			seats, throttled, probes);
	}
}

static void write_lanes(const cJSON *root, struct buf *out)
{
	const cJSON *item;

	buf_printf(out, "\n%-18s %6s %6s %7s %8s %7s %7s %7s %6s\n", "LANE",
		"QUEUED", "PARKED", "RUNNING", "STARTED", "P50", "P99",
		"REFUSED", "429");
	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(root, "lanes"))
	{
		char started[32], p50[32], p99[32], refused[32], again[32];

		format_count(
			number_of(item, "started"), started, sizeof(started));
		format_count(
			number_of(item, "rejected"), refused, sizeof(refused));
		format_count(number_of(item, "upstreamRefusals"), again,
			sizeof(again));
		format_wait(item, "p50", p50, sizeof(p50));
		format_wait(item, "p99", p99, sizeof(p99));
		buf_printf(out, "%-18s %6.0f %6.0f %7.0f %8s %7s %7s %7s %6s\n",
			text_of(item, "name"), number_of(item, "queued"),
			number_of(item, "parked"), number_of(item, "running"),
			started, p50, p99, refused, again);
	}
}

static void write_gates(const cJSON *root, struct buf *out)
{
	const cJSON *gates = cJSON_GetObjectItemCaseSensitive(root, "gates");
	const cJSON *item;

	if (!cJSON_GetArraySize(gates))
		return;
	buf_printf(out, "\n%-18s %-30s %6s %7s %7s\n", "GATE OF LEVEL",
		"API SERVER", "LIMIT", "RUNNING", "429");
	cJSON_ArrayForEach(item, gates)
	{
		char refusals[32];

		format_count(number_of(item, "refusals"), refusals,
			sizeof(refusals));
		buf_printf(out, "%-18s %-30s %6.0f %7.0f %7s%s\n",
			text_of(item, "level"), text_of(item, "endpoint"),
			number_of(item, "limit"), number_of(item, "executing"),
			refusals, is_true(item, "closed") ? " closed" : "");
	}
}

static void write_journal(const cJSON *root, struct buf *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "journal");
	char age[VIEW_AGE_CAP];

	if (!is_true(item, "wanted"))
		return;
	view_format_age(number_of(item, "oldestSeconds"), age);
	buf_printf(out, "\nJOURNAL %s: %.0f removals pending",
		is_true(item, "on") ? "on" : "off", number_of(item, "open"));
	if (number_of(item, "open") > 0)
		buf_printf(out, ", the oldest for %s, %.0f wait for a token",
			age, number_of(item, "parked"));
	buf_append_str(out, "\n");
	if (!is_true(item, "on"))
		buf_printf(out, "  %s\n", text_of(item, "trouble"));
}

int status_write_table(struct span json, struct buf *ret_table, struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(json.ptr, json.len);

	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		return err_set(err, "the answer is not a JSON object");
	}
	write_head(root, ret_table);
	write_upstream(root, ret_table);
	write_lanes(root, ret_table);
	write_gates(root, ret_table);
	write_journal(root, ret_table);
	buf_append_str(ret_table,
		"\nP50 and P99: wait before the first start. REFUSED: answered "
		"by Fairway itself.\n429: refusals of the API server.\n");
	cJSON_Delete(root);
	return 0;
}
