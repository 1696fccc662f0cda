/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/table.h"

#include <stdio.h>
#include <string.h>

#include "base/control.h"

static void make_harmless(char *text)
{
	char *end = text + strlen(text);

	while (text < end) {
		size_t len = control_len(span_of(text, (size_t)(end - text)));

		memset(text, '?', len);
		text += len ? len : 1;
	}
}

static void make_all_harmless(cJSON *item)
{
	if (cJSON_IsString(item))
		make_harmless(item->valuestring);
	for (cJSON *child = item ? item->child : NULL; child;
		child = child->next)
		make_all_harmless(child);
}

cJSON *table_parse(struct span json)
{
	cJSON *root = cJSON_ParseWithLength(json.ptr, json.len);

	make_all_harmless(root);
	return root;
}

const cJSON *table_item(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *table_text(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(table_item(object, key));

	return text ? text : "?";
}

double table_number(const cJSON *object, const char *key)
{
	const cJSON *item = table_item(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

bool table_is_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(table_item(object, key));
}

void table_format_wait(double seconds, char ret_text[TABLE_CELL_CAP])
{
	if (seconds < 0)
		snprintf(ret_text, TABLE_CELL_CAP, "-");
	else if (seconds < 0.01)
		snprintf(ret_text, TABLE_CELL_CAP, "%.1fms", seconds * 1000);
	else if (seconds < 1)
		snprintf(ret_text, TABLE_CELL_CAP, "%.0fms", seconds * 1000);
	else if (seconds < 10)
		snprintf(ret_text, TABLE_CELL_CAP, "%.2fs", seconds);
	else
		snprintf(ret_text, TABLE_CELL_CAP, "%.0fs", seconds);
}

void table_format_count(double count, char ret_text[TABLE_CELL_CAP])
{
	if (count < 1e6)
		snprintf(ret_text, TABLE_CELL_CAP, "%.0f", count);
	else if (count < 1e9)
		snprintf(ret_text, TABLE_CELL_CAP, "%.0fk", count / 1e3);
	else
		snprintf(ret_text, TABLE_CELL_CAP, "%.0fM", count / 1e6);
}
