/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of finalizers that do not go: objects that stay, intents. */
#include <stdlib.h>

#include "proxy/observe/metrics_impl.h"

static void stuck_tally(const struct view *view, struct objects_tally *tally)
{
	objects_tally(view->objects, (int64_t)(view->wall / USEC_PER_SEC),
		(int64_t)(view->settings->stuck_after / USEC_PER_SEC), tally);
}

void metric_write_stuck(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	struct objects_tally tally;

	stuck_tally(view, &tally);
	for (unsigned i = 0; i <= tally.row_count; i++) {
		const struct objects_tally_row *row = &tally.rows[i];
		char *resource, *finalizer;

		if (!row->count)
			continue;
		resource = view_resource_name(row->group, row->resource);
		finalizer = span_dup(row->finalizer);
		metric_put(out, metric,
			LABELS({ "resource", *resource ? resource : "other" },
				{ "finalizer",
					*finalizer ? finalizer : "other" }),
			row->count);
		free(resource);
		free(finalizer);
	}
}

void metric_write_stuck_oldest(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	struct objects_tally tally;

	stuck_tally(view, &tally);
	metric_put(out, metric, NO_LABELS, (uint64_t)tally.oldest);
}

void metric_write_intents_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u64_at(view->intents, metric->offset));
}

void metric_write_intents_seconds(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put_fraction(out, metric, NO_LABELS,
		metric_u64_at(view->intents, metric->offset), 6);
}

void metric_write_intent_ends(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < INTENT_END_COUNT; i++)
		metric_put(out, metric,
			LABELS({ "end", intent_end_name((enum intent_end)i) }),
			view->intents->ends[i]);
}

void metric_write_journal_wanted(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->intents->is_wanted);
}

void metric_write_journal_on(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->intents->is_on);
}
