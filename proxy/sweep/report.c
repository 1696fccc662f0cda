/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json_quote.h"
#include "proxy/sweep/target.h"

#define WIDTH_MAX 120

static const struct sweep_candidate *candidate_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct sweep_candidate, node);
}

static const struct sweep_removal *removal_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct sweep_removal, node);
}

/* ---- JSON ---------------------------------------------------------------- */

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

static void append_error(struct buf *out, const char *error)
{
	if (!error)
		return;
	buf_append_str(out, ",");
	append_text(out, "error", error);
}

static void append_candidate(
	const struct sweep_candidate *candidate, struct buf *out)
{
	const struct sweep_target *target = candidate->target;

	buf_append_str(out, "{");
	append_text(out, "rule", target->rule_name);
	buf_append_str(out, ",");
	append_text(out, "kind", target->kind->name);
	buf_append_str(out, ",");
	append_text(out, "namespace", candidate->namespace);
	buf_append_str(out, ",");
	append_text(out, "name", candidate->name);
	buf_append_str(out, ",");
	append_text(out, "uid", candidate->uid);
	buf_append_str(out, ",");
	append_text(out, "owner", candidate->owner);
	buf_append_str(out, ",");
	append_text(out, "proof", sweep_verdict_name(candidate->verdict));
	buf_append_str(out, ",");
	append_text(out, "result", sweep_result_name(candidate->result));
	buf_printf(out, ",\"seen\":%" PRIu32 "}", candidate->seen);
}

void sweep_report_write_json(const struct sweep_report *report,
	bool is_applied, const char *error, struct buf *ret_json)
{
	struct buf *out = ret_json;
	const char *separator = "";

	buf_printf(out,
		"{\"applied\":%s,\"objects\":%" PRIu32 ",\"removed\":%" PRIu32
		",\"added\":%" PRIu32 ",\"unread\":%" PRIu32,
		is_applied ? "true" : "false", report->objects,
		report->removed, report->added, report->unread);
	append_kept(report, out);
	append_error(out, error);
	buf_append_str(out, ",\"candidates\":[");
	LIST_EACH (node, &report->candidates) {
		buf_append_str(out, separator);
		append_candidate(candidate_of(node), out);
		separator = ",";
	}
	buf_append_str(out, "]}\n");
}

void sweep_restore_write_json(const struct sweep_restore_report *report,
	bool is_applied, const char *error, struct buf *ret_json)
{
	struct buf *out = ret_json;
	const char *separator = "";

	buf_printf(out, "{\"applied\":%s,\"restored\":%" PRIu32,
		is_applied ? "true" : "false", report->restored);
	append_error(out, error);
	buf_append_str(out, ",\"removals\":[");
	LIST_EACH (node, &report->removals) {
		const struct sweep_removal *removal = removal_of(node);

		buf_printf(out, "%s{", separator);
		append_text(out, "kind", removal->kind);
		buf_append_str(out, ",");
		append_text(out, "namespace", removal->namespace);
		buf_append_str(out, ",");
		append_text(out, "name", removal->name);
		buf_append_str(out, ",");
		append_text(out, "uid", removal->uid);
		buf_append_str(out, ",");
		append_text(out, "finalizer", removal->finalizer);
		buf_append_str(out, ",");
		append_text(out, "result",
			removal->result ? removal->result : "not-asked");
		buf_append_str(out, "}");
		separator = ",";
	}
	buf_append_str(out, "]}\n");
}

/* ---- tables -------------------------------------------------------------- */

/* "argo/p", "argo/workflow/wf" */
static void write_place(const char *namespace, const char *kind,
	const char *name, struct buf *out)
{
	buf_clear(out);
	if (*namespace)
		buf_printf(out, "%s/", namespace);
	if (strcmp(kind, "Pod") != 0)
		buf_printf(out, "%s/", kind);
	buf_append_str(out, name);
}

static int wider(int width, const struct buf *place)
{
	return (int)u64_max((uint64_t)width,
		u64_min(buf_len(place), WIDTH_MAX));
}

static void write_candidates(const struct sweep_report *report, struct buf *out)
{
	struct buf place = BUF_INIT;
	int width = (int)strlen("OBJECT");

	LIST_EACH (node, &report->candidates) {
		const struct sweep_candidate *candidate = candidate_of(node);

		write_place(candidate->namespace, candidate->target->kind->name,
			candidate->name, &place);
		width = wider(width, &place);
	}
	buf_printf(out, "%-*s %-8s %s\n", width, "OBJECT", "RESULT", "PROOF");
	LIST_EACH (node, &report->candidates) {
		const struct sweep_candidate *candidate = candidate_of(node);

		write_place(candidate->namespace, candidate->target->kind->name,
			candidate->name, &place);
		buf_printf(out, "%-*s %-8s %s%s%s", width, buf_cstr(&place),
			sweep_result_name(candidate->result),
			sweep_verdict_text(candidate->verdict),
			*candidate->owner ? ": " : "", candidate->owner);
		if (candidate->seen)
			buf_printf(out, " (seen %" PRIu32 " times)",
				candidate->seen);
		buf_append_str(out, "\n");
	}
	buf_fini(&place);
}

static uint32_t count_results(
	const struct sweep_report *report, enum sweep_result result)
{
	uint32_t count = 0;

	LIST_EACH (node, &report->candidates)
		count += candidate_of(node)->result == result;
	return count;
}

static void write_stay(struct buf *out, uint32_t count, const char *why)
{
	if (count)
		buf_printf(out, "%6" PRIu32 " stay: %s\n", count, why);
}

void sweep_report_write_table(const struct sweep_report *report,
	bool is_applied, struct buf *ret_table)
{
	struct buf *out = ret_table;

	if (report->candidates.count)
		write_candidates(report, out);
	buf_printf(out,
		"%s%" PRIu32 " objects have the finalizer. It may go from %zu, "
		"and went from %" PRIu32 ".\n",
		report->candidates.count ? "\n" : "", report->objects,
		report->candidates.count, report->removed);
	for (unsigned v = 0; v < SWEEP_VERDICT_COUNT; v++) {
		if (v != SWEEP_HAS_NONE)
			write_stay(out, report->kept[v],
				sweep_verdict_text((enum sweep_verdict)v));
	}
	write_stay(out, report->unread, "they were not understood");
	write_stay(out, count_results(report, SWEEP_SIGHTED),
		"they have to be seen in more sweeps");
	write_stay(out, count_results(report, SWEEP_PUT_BACK),
		"the finalizer was removed before, and somebody put it back");
	if (report->added)
		buf_printf(out, "%6" PRIu32 " Workflows %s\n", report->added,
			is_applied ? "got the finalizer for their deletion"
				   : "lack the finalizer for their deletion");
	if (!is_applied && (report->candidates.count || report->added))
		buf_append_str(out,
			"Nothing was changed: --apply does it.\n");
}

void sweep_restore_write_table(const struct sweep_restore_report *report,
	bool is_applied, struct buf *ret_table)
{
	struct buf *out = ret_table, place = BUF_INIT;
	int width = (int)strlen("OBJECT");

	LIST_EACH (node, &report->removals) {
		const struct sweep_removal *removal = removal_of(node);

		write_place(removal->namespace, removal->kind, removal->name,
			&place);
		width = wider(width, &place);
	}
	buf_printf(
		out, "%-*s %-9s %s\n", width, "OBJECT", "RESULT", "FINALIZER");
	LIST_EACH (node, &report->removals) {
		const struct sweep_removal *removal = removal_of(node);

		write_place(removal->namespace, removal->kind, removal->name,
			&place);
		buf_printf(out, "%-*s %-9s %s\n", width, buf_cstr(&place),
			removal->result ? removal->result : "not-asked",
			removal->finalizer);
	}
	buf_fini(&place);
	buf_printf(out, "\n%" PRIu32 " were given back.\n", report->restored);
	if (!is_applied)
		buf_append_str(out, "Nothing was changed: --apply does it.\n");
}
