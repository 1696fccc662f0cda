/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>

#include "proxy/observe/journal.h"

static const char *text_of(const cJSON *item, const char *key)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(item, key));

	return text ? text : "";
}

static double number_of(const cJSON *item, const char *key)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, key);

	return cJSON_IsNumber(number) ? number->valuedouble : 0;
}

static bool is_true(const cJSON *item, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, key));
}

static void write_row(const cJSON *item, struct buf *out)
{
	char age[VIEW_AGE_CAP];

	view_format_age(number_of(item, "ageSeconds"), age);
	buf_printf(out, "%-20s %8s %-11s %-8s %-6s %7.0f  %s\n",
		text_of(item, "id"), age, text_of(item, "state"),
		is_true(item, "durable") ? "disk" : "memory",
		is_true(item, "own") ? "own" : "client",
		number_of(item, "replays"), text_of(item, "path"));
}

int journal_write_table(
	struct span json, struct buf *ret_table, struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(json.ptr, json.len);
	const cJSON *item;

	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		return err_set(err, "the answer is not a JSON object");
	}
	buf_printf(ret_table, "%-20s %8s %-11s %-8s %-6s %7s  %s\n", "INTENT",
		"AGE", "STATE", "KEPT ON", "RIGHTS", "REPLAYS", "OBJECT");
	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(root, "intents"))
	{
		write_row(item, ret_table);
	}
	if (!is_true(root, "wanted"))
		buf_append_str(ret_table,
			"\nThere is no journal: journal.mode is Off.\n");
	else if (!is_true(root, "on"))
		buf_append_str(ret_table,
			"\nThe journal is off: its disk takes nothing.\n");
	cJSON_Delete(root);
	return 0;
}
