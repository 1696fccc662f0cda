/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/metrics_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The lane of requests that never came to one: no lane can have this name. */
#define NO_LANE "-"

/* ---- the format -------------------------------------------------------- */

struct label {
	const char *name;
	const char *value;
};

static void append_label(struct buf *out, const struct label *label)
{
	buf_printf(out, "%s=\"", label->name);
	for (const char *at = label->value; *at; at++) {
		if (*at == '\n')
			buf_append_str(out, "\\n");
		else if (*at == '"' || *at == '\\')
			buf_printf(out, "\\%c", *at);
		else
			buf_append(out, at, 1);
	}
	buf_append_str(out, "\"");
}

/* "name_suffix{a="b"} "; `labels` ends where a name is NULL. */
static void begin_line(struct buf *out, const struct metric *metric,
	const char *suffix, const struct label *labels)
{
	const char *before = "{";

	buf_printf(out, "%s%s", metric->name, suffix);
	for (; labels->name; labels++) {
		buf_append_str(out, before);
		append_label(out, labels);
		before = ",";
	}
	buf_append_str(out, *before == ',' ? "} " : " ");
}

static const struct label NO_LABELS[] = { { NULL, NULL } };
#define LABELS(...) ((const struct label[]){ __VA_ARGS__, { NULL, NULL } })

static void put_number(struct buf *out, const struct metric *metric,
	const struct label *labels, uint64_t value)
{
	begin_line(out, metric, "", labels);
	buf_printf(out, "%" PRIu64 "\n", value);
}

/* value / 10^digits, exactly. */
static void append_fraction(struct buf *out, uint64_t value, unsigned digits)
{
	char text[32];
	uint64_t scale = 1;
	size_t len;

	for (unsigned i = 0; i < digits; i++)
		scale *= 10;
	buf_printf(out, "%" PRIu64, value / scale);
	if (!(value % scale))
		return;
	len = (size_t)snprintf(
		text, sizeof(text), ".%0*" PRIu64, (int)digits, value % scale);
	while (text[len - 1] == '0')
		len--;
	buf_append(out, text, len);
}

static void put_fraction(struct buf *out, const struct metric *metric,
	const struct label *labels, uint64_t value, unsigned digits)
{
	begin_line(out, metric, "", labels);
	append_fraction(out, value, digits);
	buf_append_str(out, "\n");
}

/* OpenMetrics wants "1.0" for 1; Prometheus' own format takes it as well. */
static void append_bound(struct buf *out, usec_t bound)
{
	append_fraction(out, bound, 6);
	if (!(bound % USEC_PER_SEC))
		buf_append_str(out, ".0");
}

/* `buckets` are not cumulative, as policy counts them. */
static void put_histogram(struct buf *out, const struct metric *metric,
	const char *lane, const uint64_t buckets[STATS_WAIT_BUCKETS],
	usec_t sum)
{
	struct buf bound = BUF_INIT;
	uint64_t count = 0;

	for (unsigned i = 0; i < STATS_WAIT_BUCKETS; i++) {
		count += buckets[i];
		buf_clear(&bound);
		if (i < STATS_WAIT_BUCKETS - 1)
			append_bound(&bound, STATS_WAIT_BOUNDS[i]);
		else
			buf_append_str(&bound, "+Inf");
		begin_line(out, metric, "_bucket",
			LABELS({ "lane", lane }, { "le", buf_cstr(&bound) }));
		buf_printf(out, "%" PRIu64 "\n", count);
	}
	begin_line(out, metric, "_sum", LABELS({ "lane", lane }));
	append_fraction(out, sum, 6);
	buf_append_str(out, "\n");
	begin_line(out, metric, "_count", LABELS({ "lane", lane }));
	buf_printf(out, "%" PRIu64 "\n", count);
	buf_fini(&bound);
}

/* ---- where values come from -------------------------------------------- */

static uint64_t u64_at(const void *base, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

static uint32_t u32_at(const void *base, size_t offset)
{
	uint32_t value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

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

void metric_write_build_info(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, LABELS({ "version", view->version }), 1);
}

void metric_write_ready(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, NO_LABELS, view->is_ready);
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
				put_number(out, metric,
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

		put_histogram(out, metric, lane_name(view, row),
			view->exchange->duration[i],
			view->exchange->duration_sum[i]);
	}
}

void metric_write_upstream_duration(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_histogram(out, metric, lane_name(view, i),
			view->exchange->upstream[i],
			view->exchange->upstream_sum[i]);
}

void metric_write_wait(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_histogram(out, metric, lane_name(view, i),
			view->policy->lanes[i].wait,
			view->policy->lanes[i].wait_sum);
}

void metric_write_rejected(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		for (unsigned v = VERDICT_NONE + 1; v < VERDICT_BAD_REQUEST;
			v++)
			put_number(out, metric,
				LABELS({ "lane", lane_name(view, i) },
					{ "reason",
						verdict_info((enum verdict)v)
							->word }),
				view->policy->lanes[i].rejected[v]);
	for (unsigned v = VERDICT_BAD_REQUEST; v < VERDICT_COUNT; v++)
		put_number(out, metric,
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
			put_number(out, metric,
				LABELS({ "lane", lane_name(view, i) },
					{ "by",
						kept_by_name(
							(enum kept_by)k) }),
				u64_at(&view->policy->lanes[i],
					metric->offset +
						k * sizeof(uint64_t)));
}

void metric_write_would_be_refused(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	static const enum verdict VERDICTS[] = { VERDICT_QUEUE_FULL,
		VERDICT_RATE_LIMITED };

	for (unsigned i = 0; i < view->policy->lane_count; i++)
		for (size_t v = 0; v < ARRAY_SIZE(VERDICTS); v++)
			put_number(out, metric,
				LABELS({ "lane", lane_name(view, i) },
					{ "reason",
						verdict_info(VERDICTS[v])
							->word }),
				view->policy->lanes[i]
					.would_be_refused[VERDICTS[v]]);
}

void metric_write_rules(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->rule_count; i++) {
		const struct rule_settings *rule = &view->settings->rules[i];

		put_number(out, metric,
			LABELS({ "rule", rule->name },
				{ "mode",
					rule->mode == ENFORCEMENT_SHADOW
						? "Shadow"
						: "Enforce" }),
			view->policy->rules[i].matched);
	}
}

void metric_write_lane_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_number(out, metric, LABELS({ "lane", lane_name(view, i) }),
			u64_at(&view->policy->lanes[i], metric->offset));
}

void metric_write_lane_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_number(out, metric, LABELS({ "lane", lane_name(view, i) }),
			u32_at(&view->policy->lanes[i], metric->offset));
}

void metric_write_lane_paused(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_number(out, metric, LABELS({ "lane", lane_name(view, i) }),
			view->policy->lanes[i].is_paused);
}

void metric_write_lane_drained(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_number(out, metric, LABELS({ "lane", lane_name(view, i) }),
			view->policy->lanes[i].is_drained);
}

void metric_write_lane_seats(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_fraction(out, metric,
			LABELS({ "lane", lane_name(view, i) }),
			u32_at(&view->policy->lanes[i], metric->offset), 3);
}

/* Milli-seat microseconds. */
void metric_write_lane_seat_seconds(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		put_fraction(out, metric,
			LABELS({ "lane", lane_name(view, i) }),
			u64_at(&view->policy->lanes[i], metric->offset), 9);
}

static void put_level(struct buf *out, const struct metric *metric,
	const struct view *view, const struct level_stats *level,
	uint64_t value)
{
	char uid[VIEW_LEVEL_NAME_CAP];

	if (view_endpoint_is_vacant(view, level->endpoint))
		return;
	view_level_name(level->uid, uid);
	put_number(out, metric,
		LABELS({ "endpoint", view->endpoints[level->endpoint] },
			{ "level", uid }),
		value);
}

void metric_write_level_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->level_count; i++)
		put_level(out, metric, view, &view->policy->levels[i],
			u32_at(&view->policy->levels[i], metric->offset));
}

void metric_write_level_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < view->policy->level_count; i++)
		put_level(out, metric, view, &view->policy->levels[i],
			u64_at(&view->policy->levels[i], metric->offset));
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
			put_number(out, metric,
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
		put_fraction(out, metric,
			LABELS({ "endpoint", view->endpoints[i] }),
			u32_at(&view->policy->endpoints[i], metric->offset), 3);
}

void metric_write_endpoint_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		put_number(out, metric,
			LABELS({ "endpoint", view->endpoints[i] }),
			u64_at(&view->policy->endpoints[i], metric->offset));
}

void metric_write_endpoint_drained(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; view_next_endpoint(view, &i); i++)
		put_number(out, metric,
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
			put_number(out, metric,
				LABELS({ "endpoint", view->endpoints[i] },
					{ "class", names[c] }),
				view->exchange->connections[i][c]);
}

void metric_write_ends(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < EXCHANGE_END_COUNT; i++)
		put_number(out, metric,
			LABELS({ "end",
				exchange_end_name((enum exchange_end)i) }),
			view->exchange->ends[i]);
}

void metric_write_policy_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(
		out, metric, NO_LABELS, u64_at(view->policy, metric->offset));
}

void metric_write_policy_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(
		out, metric, NO_LABELS, u32_at(view->policy, metric->offset));
}

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
		put_number(out, metric,
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
	put_number(out, metric, NO_LABELS, (uint64_t)tally.oldest);
}

void metric_write_intents_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(
		out, metric, NO_LABELS, u64_at(view->intents, metric->offset));
}

void metric_write_intents_seconds(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_fraction(out, metric, NO_LABELS,
		u64_at(view->intents, metric->offset), 6);
}

void metric_write_intent_ends(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < INTENT_END_COUNT; i++)
		put_number(out, metric,
			LABELS({ "end",
				intent_end_name((enum intent_end)i) }),
			view->intents->ends[i]);
}

void metric_write_journal_wanted(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, NO_LABELS, view->intents->is_wanted);
}

void metric_write_journal_on(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, NO_LABELS, view->intents->is_on);
}

void metric_write_exchange_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(
		out, metric, NO_LABELS, u64_at(view->exchange, metric->offset));
}

void metric_write_exchange_u32(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(
		out, metric, NO_LABELS, u32_at(view->exchange, metric->offset));
}

void metric_write_wire_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, NO_LABELS, u64_at(view->wire, metric->offset));
}

void metric_write_connections(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, LABELS({ "side", "downstream" }),
		view->wire->open_down);
	put_number(out, metric, LABELS({ "side", "upstream" }),
		view->wire->open_up);
}

void metric_write_closed(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < SESSION_CLOSE_COUNT; i++) {
		const char *name = session_close_name((enum session_close)i);

		put_number(out, metric,
			LABELS({ "side", "downstream" }, { "reason", name }),
			view->wire->closed_down[i]);
		put_number(out, metric,
			LABELS({ "side", "upstream" }, { "reason", name }),
			view->wire->closed_up[i]);
	}
}

void metric_write_network_bytes(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	const struct wire_stats *wire = view->wire;

	put_number(out, metric,
		LABELS({ "side", "downstream" }, { "direction", "in" }),
		wire->bytes_in_down);
	put_number(out, metric,
		LABELS({ "side", "downstream" }, { "direction", "out" }),
		wire->bytes_out_down);
	put_number(out, metric,
		LABELS({ "side", "upstream" }, { "direction", "in" }),
		wire->bytes_in_up);
	put_number(out, metric,
		LABELS({ "side", "upstream" }, { "direction", "out" }),
		wire->bytes_out_up);
}

void metric_write_streams(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, LABELS({ "side", "downstream" }),
		view->wire->streams_down);
	put_number(out, metric, LABELS({ "side", "upstream" }),
		view->wire->streams_up);
}

void metric_write_log_dropped(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, NO_LABELS, view->log_lines_dropped);
}

void metric_write_turns(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(out, metric, NO_LABELS, view->turns);
}

void metric_write_cpu(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_fraction(out, metric, NO_LABELS, view->process->cpu, 6);
}

void metric_write_start(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_fraction(out, metric, NO_LABELS, view->started_wall, 6);
}

void metric_write_process_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	put_number(
		out, metric, NO_LABELS, u64_at(view->process, metric->offset));
}
