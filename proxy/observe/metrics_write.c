/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of the process, its connections, and of all requests together. */
#include "proxy/observe/metrics_impl.h"

void metric_write_build_info(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, LABELS({ "version", view->version }), 1);
}

void metric_write_ready(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->is_ready);
}

void metric_write_ends(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < EXCHANGE_END_COUNT; i++)
		metric_put(out, metric,
			LABELS({ "end",
				exchange_end_name((enum exchange_end)i) }),
			view->exchange->ends[i]);
}

void metric_write_policy_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u64_at(view->policy, metric->offset));
}

void metric_write_policy_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u32_at(view->policy, metric->offset));
}

void metric_write_exchange_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u64_at(view->exchange, metric->offset));
}

void metric_write_exchange_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u32_at(view->exchange, metric->offset));
}

void metric_write_wire_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u64_at(view->wire, metric->offset));
}

void metric_write_connections(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, LABELS({ "side", "downstream" }),
		view->wire->open_down);
	metric_put(out, metric, LABELS({ "side", "upstream" }),
		view->wire->open_up);
}

void metric_write_closed(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < SESSION_CLOSE_COUNT; i++) {
		const char *name = session_close_name((enum session_close)i);

		metric_put(out, metric,
			LABELS({ "side", "downstream" }, { "reason", name }),
			view->wire->closed_down[i]);
		metric_put(out, metric,
			LABELS({ "side", "upstream" }, { "reason", name }),
			view->wire->closed_up[i]);
	}
}

void metric_write_network_bytes(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	const struct wire_stats *wire = view->wire;

	metric_put(out, metric,
		LABELS({ "side", "downstream" }, { "direction", "in" }),
		wire->bytes_in_down);
	metric_put(out, metric,
		LABELS({ "side", "downstream" }, { "direction", "out" }),
		wire->bytes_out_down);
	metric_put(out, metric,
		LABELS({ "side", "upstream" }, { "direction", "in" }),
		wire->bytes_in_up);
	metric_put(out, metric,
		LABELS({ "side", "upstream" }, { "direction", "out" }),
		wire->bytes_out_up);
}

void metric_write_streams(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, LABELS({ "side", "downstream" }),
		view->wire->streams_down);
	metric_put(out, metric, LABELS({ "side", "upstream" }),
		view->wire->streams_up);
}

void metric_write_log_dropped(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->log_lines_dropped);
}

void metric_write_turns(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS, view->turns);
}

void metric_write_cpu(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put_fraction(out, metric, NO_LABELS, view->process->cpu, 6);
}

void metric_write_start(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put_fraction(out, metric, NO_LABELS, view->started_wall, 6);
}

void metric_write_process_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u64_at(view->process, metric->offset));
}
