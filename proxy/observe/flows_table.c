/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/requests.h"
#include "proxy/observe/table.h"

static void write_flow(const cJSON *flow, struct buf *out)
{
	char oldest[TABLE_CELL_CAP];
	const char *namespace = table_text(flow, "namespace");
	bool has_waiting = table_number(flow, "queued") > 0;

	table_format_wait(
		has_waiting ? table_number(flow, "oldestSeconds") : -1, oldest);
	buf_printf(out, "%-20s %-17.17s %-16.16s %6.0f %7.0f %8s\n",
		table_text(flow, "flow"), table_text(flow, "lane"),
		*namespace ? namespace : "-", table_number(flow, "queued"),
		table_number(flow, "running"), oldest);
}

static void write_drained(const cJSON *drained, struct buf *out)
{
	const char *separator = "\nDRAINED ";
	const cJSON *flow;

	cJSON_ArrayForEach(flow, drained)
	{
		const char *text = cJSON_GetStringValue(flow);

		buf_printf(out, "%s%s\n", separator, text ? text : "?");
		separator = "        ";
	}
}

int flows_write_table(struct span json, struct buf *ret_table, struct err *err)
{
	cJSON *root = table_parse(json);
	const cJSON *flows = table_item(root, "flows");
	const cJSON *flow;

	if (!cJSON_IsArray(flows)) {
		cJSON_Delete(root);
		return err_set(err, "the answer is not about flows");
	}
	if (!cJSON_GetArraySize(flows))
		buf_append_str(ret_table, "Nothing waits and nothing runs.\n");
	else
		buf_printf(ret_table, "%-20s %-17s %-16s %6s %7s %8s\n", "FLOW",
			"LANE", "NAMESPACE", "QUEUED", "RUNNING", "OLDEST");
	cJSON_ArrayForEach(flow, flows)
	{
		write_flow(flow, ret_table);
	}
	write_drained(table_item(root, "drained"), ret_table);
	cJSON_Delete(root);
	return 0;
}
