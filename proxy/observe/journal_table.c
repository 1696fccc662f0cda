/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>

#include <string.h>

#include "base/check.h"
#include "base/util.h"
#include "proxy/observe/journal.h"
#include "proxy/observe/table.h"

static void write_row(const cJSON *item, struct buf *out)
{
	char age[VIEW_AGE_CAP];

	view_format_age(table_number(item, "ageSeconds"), age);
	buf_printf(out, "%-20s %8s %-11s %-8s %-6s %7.0f  %s\n",
		table_text(item, "id"), age, table_text(item, "state"),
		table_is_true(item, "durable") ? "disk" : "memory",
		table_is_true(item, "own") ? "own" : "client",
		table_number(item, "replays"), table_text(item, "path"));
}

/* As JSON it is handed on as it is. */
static cJSON *parse(struct span json, bool is_json, struct err *err)
{
	cJSON *root = is_json ? cJSON_ParseWithLength(json.ptr, json.len)
			      : table_parse(json);

	if (cJSON_IsObject(root))
		return root;
	cJSON_Delete(root);
	err_set(err, "the answer is not a JSON object");
	return NULL;
}

int journal_write_table(
	struct span json, struct buf *ret_table, struct err *err)
{
	cJSON *root = parse(json, false, err);
	const cJSON *item;

	if (!root)
		return -1;
	if (!cJSON_GetArraySize(table_item(root, "intents")))
		buf_append_str(ret_table, "No removal is open.\n");
	else
		buf_printf(ret_table, "%-20s %8s %-11s %-8s %-6s %7s  %s\n",
			"INTENT", "AGE", "STATE", "KEPT ON", "RIGHTS",
			"REPLAYS", "OBJECT");
	cJSON_ArrayForEach(
		item, cJSON_GetObjectItemCaseSensitive(root, "intents"))
	{
		write_row(item, ret_table);
	}
	if (!table_is_true(root, "wanted"))
		buf_append_str(ret_table,
			"\nThere is no journal: journal.mode is Off.\n");
	else if (!table_is_true(root, "on"))
		buf_append_str(ret_table,
			"\nThe journal is off: its disk takes nothing.\n");
	cJSON_Delete(root);
	return 0;
}

/* What a word of STATE means, and what ends it. */
static const char *state_text(const char *state)
{
	static const struct {
		const char *state, *text;
	} TEXTS[] = {
		{ "client", "its client waits for the answer" },
		{ "replay", "it is being sent again" },
		{ "due", "it is sent again when its pause is over" },
		{ "token", "it waits until whoever asked for it asks again" },
		{ "credentials",
			"it waits for the credentials that Fairway had then" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		if (!strcmp(TEXTS[i].state, state))
			return TEXTS[i].text;
	return "";
}

static void write_page(const cJSON *item, struct buf *out)
{
	char age[VIEW_AGE_CAP], left[VIEW_AGE_CAP];
	const char *state = table_text(item, "state");

	view_format_age(table_number(item, "ageSeconds"), age);
	view_format_age(table_number(item, "expiresSeconds"), left);
	buf_printf(out, "intent    %s\nobject    %s\n",
		table_text(item, "id"), table_text(item, "path"));
	if (*table_text(item, "uid"))
		buf_printf(out, "uid       %s\n", table_text(item, "uid"));
	buf_printf(out, "age       %s, given up in %s\n", age, left);
	buf_printf(out, "state     %s: %s\n", state, state_text(state));
	buf_printf(out, "kept on   %s\n",
		table_is_true(item, "durable")
			? "disk"
			: "memory: it is not promised to anybody");
	buf_printf(out, "rights    %s\n",
		table_is_true(item, "own") ? "Fairway's own credentials"
					   : "its client's");
	buf_printf(out, "sent      %s; %.0f times again\n",
		table_is_true(item, "sent")
			? "yes, and it may have taken effect"
			: "not yet",
		table_number(item, "replays"));
}

static const cJSON *find(const cJSON *root, const char *id)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, table_item(root, "intents"))
	{
		if (!strcmp(table_text(item, "id"), id))
			return item;
	}
	return NULL;
}

int journal_write_one(struct span json, const char *id, bool is_json,
	struct buf *ret_text, struct err *err)
{
	cJSON *root = parse(json, is_json, err);
	const cJSON *item;
	char *text;

	if (!root)
		return -1;
	item = find(root, id);
	if (!item) {
		err_set(err, "no intent %s is open; see fairway journal", id);
	} else if (is_json) {
		text = cJSON_PrintUnformatted(item);
		CHECK(text);
		buf_printf(ret_text, "%s\n", text);
		cJSON_free(text);
	} else {
		write_page(item, ret_text);
	}
	cJSON_Delete(root);
	return item ? 0 : -1;
}
