/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of audit events. */
#include <inttypes.h>

#include "proxy/observe/metrics_impl.h"

static void put(const struct metric *metric, uint64_t value, struct buf *out)
{
	buf_printf(out, "%s %" PRIu64 "\n", metric->name, value);
}

void metric_write_audit_failing(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put(metric, view->audit->is_failing, out);
}

void metric_write_audit_written(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put(metric, view->audit->written, out);
}

void metric_write_audit_dropped(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put(metric, view->audit->dropped, out);
}

void metric_write_audit_waiting(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put(metric, view->audit->waiting, out);
}
