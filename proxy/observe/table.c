/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/table.h"

#include <stdio.h>

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
