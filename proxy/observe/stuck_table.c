/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/observe/stuck.h"
#include "proxy/observe/table.h"

/* The oldest first; of one age by their places, so that a table stays. */
static int compare(const void *left, const void *right)
{
	const cJSON *a = *(const cJSON *const *)left;
	const cJSON *b = *(const cJSON *const *)right;
	double age_a = table_number(a, "deletedSeconds");
	double age_b = table_number(b, "deletedSeconds");
	int order = (age_a < age_b) - (age_a > age_b);

	if (!order)
		order = strcmp(
			table_text(a, "namespace"), table_text(b, "namespace"));
	return order ? order
		     : strcmp(table_text(a, "name"), table_text(b, "name"));
}

static void write_row(const cJSON *object, struct buf *out)
{
	const cJSON *finalizers = table_item(object, "finalizers");
	char deleted[VIEW_AGE_CAP], seen[VIEW_AGE_CAP];
	const char *separator = "";
	const cJSON *item;
	char *resource = view_resource_name(
		span_str(table_text(object, "group")),
		span_str(table_text(object, "resource")));
	const char *namespace = table_text(object, "namespace");

	view_format_age(table_number(object, "deletedSeconds"), deleted);
	view_format_age(table_number(object, "seenSeconds"), seen);
	buf_printf(out, "%-8s %-8s %s%s%s/%s ", deleted, seen, namespace,
		*namespace ? "/" : "", resource, table_text(object, "name"));
	cJSON_ArrayForEach(item, finalizers)
	{
		buf_printf(out, "%s%s", separator,
			cJSON_IsString(item) ? item->valuestring : "?");
		separator = ",";
	}
	buf_append_str(out, "\n");
	free(resource);
}

/* Those that are shown, in order; free() it. */
static const cJSON **choose(
	const cJSON *root, bool all, size_t *ret_count)
{
	const cJSON *objects =
		table_item(root, "objects");
	double least = table_number(root, "stuckAfterSeconds");
	const cJSON **chosen;
	const cJSON *item;
	size_t count = 0;

	chosen = xcalloc((size_t)cJSON_GetArraySize(objects) + 1,
		sizeof(*chosen));
	cJSON_ArrayForEach(item, objects)
	{
		if (all || table_number(item, "deletedSeconds") >= least)
			chosen[count++] = item;
	}
	qsort(chosen, count, sizeof(*chosen), compare);
	*ret_count = count;
	return chosen;
}

static void write_end(
	const cJSON *root, size_t shown, bool all, struct buf *out)
{
	char after[VIEW_AGE_CAP];
	double given_up = table_number(root, "givenUp");
	double remembered = table_number(root, "remembered");

	view_format_age(table_number(root, "stuckAfterSeconds"), after);
	if (table_number(root, "max") < 1)
		buf_append_str(out, "Nothing is remembered: "
				    "terminating.objects is 0.\n");
	else if (!shown && all)
		buf_append_str(
			out, "No object that is being deleted was seen.\n");
	else if (!shown)
		buf_printf(out, "No object was seen that is stuck for %s.\n",
			after);
	if (!all && remembered > (double)shown)
		buf_printf(out,
			"%s%.0f deleted not so long ago (--all shows them).\n",
			shown ? "\nAnd " : "", remembered - (double)shown);
	if (given_up > 0)
		buf_printf(out,
			"%.0f were given up: there were more than %.0f.\n",
			given_up, table_number(root, "max"));
}

int stuck_write_table(
	struct span json, bool all, struct buf *ret_table, struct err *err)
{
	cJSON *root = table_parse(json);
	const cJSON **chosen;
	size_t count;

	if (!cJSON_IsArray(table_item(root, "objects"))) {
		cJSON_Delete(root);
		return err_set(err, "the answer is not about objects");
	}
	chosen = choose(root, all, &count);
	if (count)
		buf_printf(ret_table, "%-8s %-8s %s\n", "DELETED", "SEEN",
			"OBJECT AND ITS FINALIZERS");
	for (size_t i = 0; i < count; i++)
		write_row(chosen[i], ret_table);
	write_end(root, count, all, ret_table);
	free(chosen);
	cJSON_Delete(root);
	return 0;
}
