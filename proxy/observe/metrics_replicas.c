/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of the division among replicas; none where there is no division. */
#include <inttypes.h>
#include <string.h>

#include "proxy/observe/metrics_impl.h"

static const char *stats_at(const struct view *view, size_t offset)
{
	return (const char *)&view->replicas->stats + offset;
}

void metric_write_replica_state(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	if (!view->replicas)
		return;
	for (unsigned i = 0; i < REPLICA_STATE_COUNT; i++)
		buf_printf(out, "%s{state=\"%s\"} %d\n", metric->name,
			replica_state_name((enum replica_state)i),
			view->replicas->stats.state == i);
}

/* Thousandths. */
static void write_amount(const struct metric *metric, const char *quota,
	uint32_t amount, struct buf *out)
{
	buf_printf(out, "%s{quota=\"%s\"} %u.%03u\n", metric->name, quota,
		amount / 1000, amount % 1000);
}

void metric_write_replica_amounts(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	if (!view->replicas)
		return;
	for (uint32_t i = 0; i < view->replicas->quotas->count; i++) {
		uint32_t amount;

		memcpy(&amount,
			stats_at(view, metric->offset) + i * sizeof(amount),
			sizeof(amount));
		write_amount(metric, view->replicas->quotas->items[i].name,
			amount, out);
	}
}

void metric_write_replica_limits(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	if (!view->replicas)
		return;
	for (uint32_t i = 0; i < view->replicas->quotas->count; i++) {
		const struct quota *quota = &view->replicas->quotas->items[i];

		write_amount(metric, quota->name, quota->all, out);
	}
}

void metric_write_replica_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	uint32_t value;

	if (!view->replicas)
		return;
	memcpy(&value, stats_at(view, metric->offset), sizeof(value));
	buf_printf(out, "%s %" PRIu32 "\n", metric->name, value);
}

void metric_write_replica_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	uint64_t value;

	if (!view->replicas)
		return;
	memcpy(&value, stats_at(view, metric->offset), sizeof(value));
	buf_printf(out, "%s %" PRIu64 "\n", metric->name, value);
}
