/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_quote.h"
#include "proxy/observe/status.h"

/* Of a wait: nothing started. */
#define NO_WAIT UINT32_MAX

/* Seats are milli-seats, waits microseconds. */
struct lane_sample {
	uint32_t arrivals, refused; /* since the sample before */
	uint32_t queued, seats;
	uint32_t p50, p99;
};

struct sample {
	struct lane_sample lanes[POLICY_LANES_MAX];
	uint32_t executing, limit; /* milli-seats, of all API servers */
	uint32_t throttled;        /* since the sample before */
};

/* What was counted when the last sample was taken. */
struct counted {
	uint64_t arrivals, refused;
	uint64_t wait[STATS_WAIT_BUCKETS];
};

struct history {
	struct sample ring[HISTORY_SAMPLES];
	unsigned next, count;
	char *names[POLICY_LANES_MAX]; /* owned; NULL: no such lane */
	struct counted counted[POLICY_LANES_MAX];
	uint64_t throttled;
};

struct history *history_new(void)
{
	return xcalloc(1, sizeof(struct history));
}

static void free_names(char *names[static POLICY_LANES_MAX])
{
	for (unsigned i = 0; i < POLICY_LANES_MAX; i++) {
		free(names[i]);
		names[i] = NULL;
	}
}

void history_free(struct history *history)
{
	if (!history)
		return;
	free_names(history->names);
	free(history);
}

/* ---- lanes that moved -------------------------------------------------- */

static const char *name_of(const struct view *view, unsigned lane)
{
	return lane < view->policy->lane_count
		? view->settings->lanes[lane].name
		: NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Where the lane stood before; POLICY_LANES_MAX: nowhere. */
static unsigned place_before(const struct history *history, const char *name)
{
	unsigned i = 0;

	while (i < POLICY_LANES_MAX &&
		!(history->names[i] && is_same(history->names[i], name)))
		i++;
	return i;
}

static void move_lanes(struct history *history,
	const unsigned from[static POLICY_LANES_MAX])
{
	struct counted counted[POLICY_LANES_MAX] = { 0 };

	for (unsigned s = 0; s < HISTORY_SAMPLES; s++) {
		struct lane_sample lanes[POLICY_LANES_MAX];

		for (unsigned i = 0; i < POLICY_LANES_MAX; i++)
			lanes[i] = from[i] < POLICY_LANES_MAX
				? history->ring[s].lanes[from[i]]
				: (struct lane_sample){ .p50 = NO_WAIT,
					  .p99 = NO_WAIT };
		memcpy(history->ring[s].lanes, lanes, sizeof(lanes));
	}
	for (unsigned i = 0; i < POLICY_LANES_MAX; i++)
		if (from[i] < POLICY_LANES_MAX)
			counted[i] = history->counted[from[i]];
	memcpy(history->counted, counted, sizeof(counted));
}

static void follow_lanes(struct history *history, const struct view *view)
{
	unsigned from[POLICY_LANES_MAX];
	bool has_changed = false;

	for (unsigned i = 0; i < POLICY_LANES_MAX; i++) {
		const char *name = name_of(view, i);

		from[i] = name ? place_before(history, name) : POLICY_LANES_MAX;
		has_changed |= !is_same(history->names[i], name);
	}
	if (!has_changed)
		return;
	move_lanes(history, from);
	free_names(history->names);
	for (unsigned i = 0; i < POLICY_LANES_MAX; i++)
		if (name_of(view, i))
			history->names[i] = xstrdup(name_of(view, i));
}

/* ---- samples ----------------------------------------------------------- */

/* A count that stepped back belongs to another lane of that name. */
static uint32_t step(uint64_t *before, uint64_t now)
{
	uint64_t more = now >= *before ? now - *before : now;

	*before = now;
	return (uint32_t)u64_min(more, UINT32_MAX);
}

static uint32_t wait_of(
	const uint64_t buckets[STATS_WAIT_BUCKETS], unsigned thousandths)
{
	usec_t wait = status_quantile(buckets, thousandths);

	return wait == USEC_NEVER ? NO_WAIT
				  : (uint32_t)u64_min(wait, NO_WAIT - 1);
}

static void add_lane(struct lane_sample *sample, struct counted *counted,
	const struct lane_stats *stats)
{
	uint64_t waits[STATS_WAIT_BUCKETS];
	uint64_t refused = 0;

	for (unsigned v = VERDICT_NONE + 1; v < VERDICT_COUNT; v++)
		refused += stats->rejected[v];
	for (unsigned i = 0; i < STATS_WAIT_BUCKETS; i++)
		waits[i] = step(&counted->wait[i], stats->wait[i]);
	*sample = (struct lane_sample){
		.arrivals = step(&counted->arrivals, stats->submitted),
		.refused = step(&counted->refused, refused),
		.queued = stats->queued,
		.seats = stats->seats,
		.p50 = wait_of(waits, 500),
		.p99 = wait_of(waits, 990),
	};
}

static void add_upstream(struct history *history, struct sample *sample,
	const struct view *view)
{
	uint64_t throttled = 0;

	for (unsigned i = 0; view_next_endpoint(view, &i); i++) {
		const struct endpoint_stats *stats =
			&view->policy->endpoints[i];

		sample->executing += stats->in_flight;
		sample->limit += stats->total;
		throttled += stats->answers_429;
	}
	sample->throttled = step(&history->throttled, throttled);
}

void history_add(struct history *history, const struct view *view)
{
	struct sample *sample = &history->ring[history->next];

	follow_lanes(history, view);
	*sample = (struct sample){ 0 };
	for (unsigned i = 0; i < view->policy->lane_count; i++)
		add_lane(&sample->lanes[i], &history->counted[i],
			&view->policy->lanes[i]);
	add_upstream(history, sample, view);
	history->next = (history->next + 1) % HISTORY_SAMPLES;
	if (history->count < HISTORY_SAMPLES)
		history->count++;
}

/* ---- as JSON ----------------------------------------------------------- */

/* The `i`th, the oldest first. */
static const struct sample *sample_at(const struct history *history, unsigned i)
{
	return &history->ring[(history->next + HISTORY_SAMPLES -
				      history->count + i) %
		HISTORY_SAMPLES];
}

static void append_count(struct buf *out, uint32_t value)
{
	buf_printf(out, "%" PRIu32, value);
}

static void append_thousandths(struct buf *out, uint32_t value)
{
	buf_printf(out, "%" PRIu32, value / 1000);
	if (value % 1000)
		buf_printf(out, ".%03" PRIu32, value % 1000);
}

static void append_wait(struct buf *out, uint32_t value)
{
	if (value == NO_WAIT)
		buf_append_str(out, "null");
	else
		append_thousandths(out, value);
}

struct series {
	const char *name;
	size_t at; /* of a uint32_t */
	void (*append)(struct buf *out, uint32_t value);
};

#define LANE(member) offsetof(struct lane_sample, member)
#define ALL(member) offsetof(struct sample, member)

static const struct series OF_LANE[] = {
	{ "arrivals", LANE(arrivals), append_count },
	{ "refused", LANE(refused), append_count },
	{ "queued", LANE(queued), append_count },
	{ "seats", LANE(seats), append_thousandths },
	{ "p50", LANE(p50), append_wait },
	{ "p99", LANE(p99), append_wait },
};

static const struct series OF_UPSTREAM[] = {
	{ "executing", ALL(executing), append_thousandths },
	{ "limit", ALL(limit), append_thousandths },
	{ "throttled", ALL(throttled), append_count },
};

/* `base`: of the series' members in a struct sample. */
static void append_series(const struct history *history,
	const struct series *series, size_t base, struct buf *out)
{
	buf_printf(out, "\"%s\":[", series->name);
	for (unsigned i = 0; i < history->count; i++) {
		const char *sample = (const char *)sample_at(history, i);
		uint32_t value;

		memcpy(&value, sample + base + series->at, sizeof(value));
		buf_append_str(out, i ? "," : "");
		series->append(out, value);
	}
	buf_append_str(out, "]");
}

static void append_all(const struct history *history,
	const struct series *series, size_t count, size_t base, struct buf *out)
{
	buf_append_str(out, "{");
	for (size_t i = 0; i < count; i++) {
		buf_append_str(out, i ? "," : "");
		append_series(history, &series[i], base, out);
	}
	buf_append_str(out, "}");
}

void history_write_json(const struct history *history, struct buf *ret_json)
{
	buf_printf(ret_json,
		"{\"everySeconds\":%u,\"max\":%u,\"samples\":%u,\"lanes\":{",
		(unsigned)(HISTORY_EVERY / USEC_PER_SEC), HISTORY_SAMPLES,
		history->count);
	for (unsigned i = 0; i < POLICY_LANES_MAX && history->names[i]; i++) {
		buf_append_str(ret_json, i ? "," : "");
		json_append_quoted(
			ret_json, span_str(history->names[i]), SIZE_MAX);
		buf_append_str(ret_json, ":");
		append_all(history, OF_LANE, ARRAY_SIZE(OF_LANE),
			offsetof(struct sample, lanes) +
				i * sizeof(struct lane_sample),
			ret_json);
	}
	buf_append_str(ret_json, "},\"upstream\":");
	append_all(history, OF_UPSTREAM, ARRAY_SIZE(OF_UPSTREAM), 0, ret_json);
	buf_append_str(ret_json, "}");
}
