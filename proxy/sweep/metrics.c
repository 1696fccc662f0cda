/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/text_file.h"
#include "proxy/sweep/target.h"

#define SUCCESS "fairway_sweep_last_success_timestamp_seconds"
#define OLD_FILE_MAX ((size_t)1 << 20)

/* ---- text ---------------------------------------------------------------- */

static void append_head(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP fairway_sweep_%s %s\n", name, help);
	buf_printf(out, "# TYPE fairway_sweep_%s gauge\n", name);
}

static void append_number(
	struct buf *out, const char *name, const char *help, int64_t number)
{
	append_head(out, name, help);
	buf_printf(out, "fairway_sweep_%s %" PRId64 "\n", name, number);
}

static uint32_t count(const struct sweep_report *report,
	const struct sweep_target *target, enum sweep_verdict verdict,
	enum sweep_result result)
{
	uint32_t count = 0;

	LIST_EACH (node, &report->candidates) {
		const struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		count += candidate->target == target &&
			candidate->verdict == verdict &&
			candidate->result == result;
	}
	return count;
}

static void append_candidates(
	const struct sweep_report *report, struct buf *out)
{
	append_head(out, "candidates",
		"Objects whose finalizer may go, by what came of it.");
	LIST_EACH (node, &report->targets) {
		const struct sweep_target *target =
			CONTAINER_OF(node, struct sweep_target, node);

		for (unsigned v = 0; v < SWEEP_ASK_OWNER; v++)
			for (unsigned r = 0; r < SWEEP_RESULT_COUNT; r++) {
				uint32_t n = count(report, target,
					(enum sweep_verdict)v,
					(enum sweep_result)r);

				if (n)
					buf_printf(out,
						"fairway_sweep_candidates{"
						"rule=\"%s\",proof=\"%s\","
						"result=\"%s\"} %" PRIu32 "\n",
						target->rule_name,
						sweep_verdict_name(
							(enum sweep_verdict)v),
						sweep_result_name(
							(enum sweep_result)r),
						n);
			}
	}
}

static void append_objects(const struct sweep_report *report, struct buf *out)
{
	append_head(out, "objects", "Objects that have the finalizer.");
	LIST_EACH (node, &report->targets) {
		const struct sweep_target *target =
			CONTAINER_OF(node, struct sweep_target, node);

		buf_printf(out,
			"fairway_sweep_objects{rule=\"%s\"} %" PRIu32 "\n",
			target->rule_name, target->carriers);
	}
}

static void append_kept(const struct sweep_report *report, struct buf *out)
{
	append_head(out, "kept", "Objects that keep the finalizer, by why.");
	for (unsigned v = 0; v < SWEEP_VERDICT_COUNT; v++) {
		if (report->kept[v])
			buf_printf(out,
				"fairway_sweep_kept{reason=\"%s\"} %" PRIu32
				"\n",
				sweep_verdict_name((enum sweep_verdict)v),
				report->kept[v]);
	}
}

void sweep_metrics_format(const struct sweep_report *report,
	const struct sweep_outcome *outcome, struct buf *ret_text)
{
	struct buf *out = ret_text;
	int64_t succeeded =
		outcome->is_whole ? outcome->ended_at : outcome->succeeded_at;

	append_objects(report, out);
	append_candidates(report, out);
	append_kept(report, out);
	append_number(out, "removed", "Finalizers that it removed.",
		report->removed);
	append_number(out, "unread", "Objects that were not understood.",
		report->unread);
	append_number(out, "applied", "1: it may remove; 0: it only shows.",
		outcome->is_applied);
	append_number(out, "complete", "1: it came to its end; 0: it did not.",
		outcome->is_whole);
	append_number(out, "end_timestamp_seconds", "When it ended.",
		outcome->ended_at);
	append_head(out, "duration_seconds", "How long it took.");
	buf_printf(out, "fairway_sweep_duration_seconds %" PRIu64 ".%03u\n",
		outcome->took / USEC_PER_SEC,
		(unsigned)(outcome->took % USEC_PER_SEC / USEC_PER_MSEC));
	if (succeeded > 0)
		append_number(out, "last_success_timestamp_seconds",
			"When one last came to its end.", succeeded);
}

/* ---- the file ------------------------------------------------------------ */

/* Of the file that is there: the last success in it; 0: none. */
static int64_t read_success(const char *path)
{
	struct buf text = BUF_INIT;
	struct span rest;
	struct err err;
	int64_t at = 0;

	/* None, or one that cannot be read: it begins anew. */
	if (text_file_read(path, OLD_FILE_MAX, &text, &err))
		buf_clear(&text);
	rest = buf_span(&text);
	while (!span_is_absent(rest)) {
		struct span line = span_cut(&rest, '\n');
		uint64_t number;

		if (span_starts_with(line, SPAN(SUCCESS " ")) &&
			!span_to_u64(
				span_skip(line, sizeof(SUCCESS)), &number) &&
			number < INT64_MAX)
			at = (int64_t)number;
	}
	buf_fini(&text);
	return at;
}

int sweep_metrics_write(const char *path, const struct sweep_report *report,
	struct sweep_outcome *outcome, struct err *err)
{
	struct buf text = BUF_INIT, beside = BUF_INIT;
	int result = 0, fd;

	outcome->succeeded_at = read_success(path);
	sweep_metrics_format(report, outcome, &text);
	/* The collector reads *.prom only. */
	buf_printf(&beside, "%s.tmp", path);
	fd = open(buf_cstr(&beside), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		0644);
	if (fd < 0 || text_file_write_all(fd, buf_span(&text)) ||
		rename(buf_cstr(&beside), path))
		result = err_set(err, "write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	buf_fini(&text);
	buf_fini(&beside);
	return result;
}
