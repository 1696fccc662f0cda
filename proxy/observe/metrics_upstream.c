/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of API servers: their priority levels, health and connections. */
#include "proxy/observe/metrics_impl.h"

static void put_level(struct buf *out, const struct metric *metric,
	const struct view *view, const struct level_stats *level,
	uint64_t value)
{
	char uid[VIEW_LEVEL_NAME_CAP];

	if (view_endpoint_is_vacant(view, level->endpoint))
		return;
	view_level_name(level->uid, uid);
	metric_put(out, metric,
		LABELS({ "endpoint", view->endpoints[level->endpoint] },
			{ "level", uid }),
		value);
}

void metric_write_level_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->level_count; i++)
		put_level(out, metric, view, &view->policy->levels[i],
			metric_u32_at(
				&view->policy->levels[i], metric->offset));
}

void metric_write_level_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->level_count; i++)
		put_level(out, metric, view, &view->policy->levels[i],
			metric_u64_at(
				&view->policy->levels[i], metric->offset));
}

void metric_write_level_closed(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->level_count; i++)
		put_level(out, metric, view, &view->policy->levels[i],
			view->policy->levels[i].is_closed);
}

void metric_write_health(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		for (unsigned s = HEALTH_UP; s < HEALTH_STATE_COUNT; s++)
			metric_put(out, metric,
				LABELS({ "endpoint", view->endpoints[i] },
					{ "state",
						health_state_name((
							enum health_state)s) }),
				view->policy->endpoints[i].health ==
					(enum health_state)s);
}

void metric_write_endpoint_seats(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		metric_put_fraction(out, metric,
			LABELS({ "endpoint", view->endpoints[i] }),
			metric_u32_at(
				&view->policy->endpoints[i], metric->offset),
			3);
}

void metric_write_endpoint_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		metric_put(out, metric,
			LABELS({ "endpoint", view->endpoints[i] }),
			metric_u64_at(
				&view->policy->endpoints[i], metric->offset));
}

void metric_write_endpoint_drained(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		metric_put(out, metric,
			LABELS({ "endpoint", view->endpoints[i] }),
			view->policy->endpoints[i].is_drained);
}

void metric_write_pools(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	static const char *const names[CONN_CLASS_COUNT] = {
		[CONN_EXPRESS] = "express",
		[CONN_BULK] = "bulk",
		[CONN_STREAMS] = "streams",
	};

	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		for (unsigned c = 0; c < CONN_CLASS_COUNT; c++)
			metric_put(out, metric,
				LABELS({ "endpoint", view->endpoints[i] },
					{ "class", names[c] }),
				view->exchange->connections[i][c]);
}
