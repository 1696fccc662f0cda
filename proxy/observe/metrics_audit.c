/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of audit events. */
#include "proxy/observe/metrics_impl.h"

void metric_write_audit_failing(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->audit->is_failing);
}

void metric_write_audit_written(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->audit->written);
}

void metric_write_audit_dropped(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->audit->dropped);
}

void metric_write_audit_waiting(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->audit->waiting);
}
