/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of the division among replicas; none where there is no division. */
#include "proxy/observe/metrics_impl.h"

void metric_write_replica_state(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	if (!view->replicas)
		return;
	for (unsigned i = 0; i < REPLICA_STATE_COUNT; i++)
		metric_put(out, metric,
			LABELS({ "state",
				replica_state_name((enum replica_state)i) }),
			view->replicas->stats.state == i);
}

static void put_amount(struct buf *out, const struct metric *metric,
	const struct quota *quota, uint32_t thousandths)
{
	metric_put_fraction(
		out, metric, LABELS({ "quota", quota->name }), thousandths, 3);
}

void metric_write_replica_amounts(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	const struct replicas_view *replicas = view->replicas;

	if (!replicas)
		return;
	for (uint32_t i = 0; i < replicas->quotas->count; i++)
		put_amount(out, metric, &replicas->quotas->items[i],
			metric_u32_at(&replicas->stats,
				metric->offset + i * sizeof(uint32_t)));
}

void metric_write_replica_limits(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	if (!view->replicas)
		return;
	for (uint32_t i = 0; i < view->replicas->quotas->count; i++) {
		const struct quota *quota = &view->replicas->quotas->items[i];

		put_amount(out, metric, quota, quota->all);
	}
}

void metric_write_replica_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	if (view->replicas)
		metric_put(out, metric, NO_LABELS,
			metric_u32_at(&view->replicas->stats, metric->offset));
}

void metric_write_replica_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	if (view->replicas)
		metric_put(out, metric, NO_LABELS,
			metric_u64_at(&view->replicas->stats, metric->offset));
}
