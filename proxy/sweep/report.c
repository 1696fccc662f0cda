/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json_quote.h"

static const struct sweep_candidate *candidate_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct sweep_candidate, node);
}

static void append_text(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "\"%s\":", key);
	json_append_quoted(out, span_str(value), SIZE_MAX);
}

static void append_kept(const struct sweep_report *report, struct buf *out)
{
	const char *separator = "";

	buf_append_str(out, ",\"kept\":{");
	for (unsigned v = 0; v < SWEEP_VERDICT_COUNT; v++) {
		if (!report->kept[v])
			continue;
		buf_printf(out, "%s\"%s\":%" PRIu32, separator,
			sweep_verdict_name((enum sweep_verdict)v),
			report->kept[v]);
		separator = ",";
	}
	buf_append_str(out, "}");
}

void sweep_report_write_json(const struct sweep_report *report,
	bool is_applied, const char *error, struct buf *ret_json)
{
	struct buf *out = ret_json;
	const char *separator = "";

	buf_printf(out,
		"{\"applied\":%s,\"pods\":%" PRIu32 ",\"removed\":%" PRIu32
		",\"unread\":%" PRIu32,
		is_applied ? "true" : "false", report->tally.pods,
		report->removed, report->unread);
	append_kept(report, out);
	if (error) {
		buf_append_str(out, ",");
		append_text(out, "error", error);
	}
	buf_append_str(out, ",\"candidates\":[");
	LIST_EACH (node, &report->candidates) {
		const struct sweep_candidate *candidate = candidate_of(node);

		buf_printf(out, "%s{\"kind\":\"%s\",", separator,
			candidate->is_workflow ? "Workflow" : "Pod");
		append_text(out, "namespace", candidate->namespace);
		buf_append_str(out, ",");
		append_text(out, "name", candidate->name);
		buf_append_str(out, ",");
		append_text(out, "uid", candidate->uid);
		buf_append_str(out, ",");
		append_text(out, "workflow", candidate->owner);
		buf_append_str(out, ",");
		append_text(out, "proof",
			sweep_verdict_name(candidate->verdict));
		buf_append_str(out, ",");
		append_text(out, "result",
			sweep_result_name(candidate->result));
		buf_append_str(out, "}");
		separator = ",";
	}
	buf_append_str(out, "]}\n");
}

static int width_of_places(const struct sweep_report *report)
{
	size_t width = 3;

	LIST_EACH (node, &report->candidates) {
		const struct sweep_candidate *candidate = candidate_of(node);

		width = u64_max(width,
			strlen(candidate->namespace) + 1 +
				(candidate->is_workflow ? strlen("workflow/")
							: 0) +
				strlen(candidate->name));
	}
	return (int)u64_min(width, 120);
}

static void write_row(const struct sweep_candidate *candidate, int width,
	struct buf *out)
{
	struct buf place = BUF_INIT;

	buf_printf(&place, "%s/%s%s", candidate->namespace,
		candidate->is_workflow ? "workflow/" : "", candidate->name);
	buf_printf(out, "%-*s %-8s %s%s%s\n", width, buf_cstr(&place),
		sweep_result_name(candidate->result),
		sweep_verdict_text(candidate->verdict),
		*candidate->owner ? ": " : "", candidate->owner);
	buf_fini(&place);
}

void sweep_report_write_table(const struct sweep_report *report,
	bool is_applied, struct buf *ret_table)
{
	struct buf *out = ret_table;
	int width = width_of_places(report);

	if (report->candidates.count)
		buf_printf(out, "%-*s %-8s %s\n", width, "OBJECT", "RESULT",
			"PROOF");
	LIST_EACH (node, &report->candidates)
		write_row(candidate_of(node), width, out);
	buf_printf(out,
		"%s%" PRIu32 " pods have the finalizer. It may go from %zu "
		"objects, and went from %" PRIu32 ".\n",
		report->candidates.count ? "\n" : "", report->tally.pods,
		report->candidates.count, report->removed);
	for (unsigned v = 0; v < SWEEP_VERDICT_COUNT; v++) {
		if (report->kept[v] && v != SWEEP_HAS_NONE)
			buf_printf(out, "%6" PRIu32 " stay: %s\n",
				report->kept[v],
				sweep_verdict_text((enum sweep_verdict)v));
	}
	if (report->unread)
		buf_printf(out, "%6" PRIu32 " stay: they were not understood\n",
			report->unread);
	if (!is_applied && report->candidates.count)
		buf_append_str(out,
			"Nothing was removed: --apply does it.\n");
}
