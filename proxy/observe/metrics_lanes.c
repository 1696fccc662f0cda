/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of lanes, and of the rules that lead there. */
#include <stdio.h>

#include "proxy/observe/metrics_impl.h"

/* The lane of requests that never came to one: no lane can have this name. */
#define NO_LANE "-"

static const char *lane_name(const struct view *view, unsigned lane)
{
	return lane < view->policy->lane_count
		? view->settings->lanes[lane].name
		: NO_LANE;
}

/* Rows of exchange_stats: the lanes, then the row of no lane. */
static unsigned exchange_rows(const struct view *view)
{
	return view->policy->lane_count + 1;
}

static unsigned row_index(const struct view *view, unsigned row)
{
	return row < view->policy->lane_count ? row : STATS_LANE_NONE;
}

void metric_write_requests(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned row = 0; row < exchange_rows(view); row++)
		for (unsigned verb = 0; verb < VERB_COUNT; verb++)
			for (unsigned i = 0; i < STATS_CODE_COUNT; i++) {
				uint64_t count =
					view->exchange->requests[row_index(
						view, row)][verb][i];
				char code[8] = "other";

				if (!count)
					continue;
				if (STATS_CODES[i])
					snprintf(code, sizeof(code), "%u",
						(unsigned)STATS_CODES[i]);
				metric_put(out, metric,
					LABELS({ "lane", lane_name(view, row) },
						{ "verb",
							verb_name((enum verb)
									verb) },
						{ "code", code }),
					count);
			}
}

void metric_write_duration(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned row = 0; row < exchange_rows(view); row++) {
		unsigned i = row_index(view, row);

		metric_put_histogram(out, metric, lane_name(view, row),
			view->exchange->duration[i],
			view->exchange->duration_sum[i]);
	}
}

void metric_write_upstream_duration(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put_histogram(out, metric, lane_name(view, i),
			view->exchange->upstream[i],
			view->exchange->upstream_sum[i]);
}

void metric_write_wait(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put_histogram(out, metric, lane_name(view, i),
			view->policy->lanes[i].wait,
			view->policy->lanes[i].wait_sum);
}

void metric_write_rejected(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		for (unsigned v = VERDICT_NONE + 1; v < VERDICT_BAD_REQUEST;
			v++)
			metric_put(out, metric,
				LABELS({ "lane", lane_name(view, i) },
					{ "reason",
						verdict_info((enum verdict)v)
							->word }),
				view->policy->lanes[i].rejected[v]);
	for (unsigned v = VERDICT_BAD_REQUEST; v < VERDICT_COUNT; v++)
		metric_put(out, metric,
			LABELS({ "lane", NO_LANE },
				{ "reason",
					verdict_info((enum verdict)v)->word }),
			view->exchange->refused[v]);
}

/* An array of counts by what kept a request. */
void metric_write_lane_keepers(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		for (unsigned k = KEPT_BY_NOTHING + 1; k < KEPT_BY_COUNT; k++)
			metric_put(out, metric,
				LABELS({ "lane", lane_name(view, i) },
					{ "by",
						kept_by_name(
							(enum kept_by)k) }),
				metric_u64_at(&view->policy->lanes[i],
					metric->offset + k * sizeof(uint64_t)));
}

void metric_write_would_be_refused(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	static const enum verdict VERDICTS[] = { VERDICT_QUEUE_FULL,
		VERDICT_RATE_LIMITED };

	for (unsigned i = 0; i < view->policy->lane_count; i++)
		for (size_t v = 0; v < ARRAY_SIZE(VERDICTS); v++)
			metric_put(out, metric,
				LABELS({ "lane", lane_name(view, i) },
					{ "reason",
						verdict_info(VERDICTS[v])
							->word }),
				view->policy->lanes[i]
					.would_be_refused[VERDICTS[v]]);
}

void metric_write_lane_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put(out, metric, LABELS({ "lane", lane_name(view, i) }),
			metric_u64_at(&view->policy->lanes[i], metric->offset));
}

void metric_write_lane_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put(out, metric, LABELS({ "lane", lane_name(view, i) }),
			metric_u32_at(&view->policy->lanes[i], metric->offset));
}

void metric_write_lane_paused(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put(out, metric, LABELS({ "lane", lane_name(view, i) }),
			view->policy->lanes[i].is_paused);
}

void metric_write_lane_drained(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put(out, metric, LABELS({ "lane", lane_name(view, i) }),
			view->policy->lanes[i].is_drained);
}

void metric_write_lane_seats(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put_fraction(out, metric,
			LABELS({ "lane", lane_name(view, i) }),
			metric_u32_at(&view->policy->lanes[i], metric->offset),
			3);
}

/* Milli-seat microseconds. */
void metric_write_lane_seat_seconds(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		metric_put_fraction(out, metric,
			LABELS({ "lane", lane_name(view, i) }),
			metric_u64_at(&view->policy->lanes[i], metric->offset),
			9);
}

void metric_write_rules(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->rule_count; i++) {
		const struct rule_settings *rule = &view->settings->rules[i];

		metric_put(out, metric,
			LABELS({ "rule", rule->name },
				{ "mode",
					rule->mode == ENFORCEMENT_SHADOW
						? "Shadow"
						: "Enforce" }),
			view->policy->rules[i].matched);
	}
}
