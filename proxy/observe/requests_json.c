/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_quote.h"
#include "proxy/observe/requests.h"

/* What a peer wrote is shown so far. */
#define TEXT_MAX ((size_t)512)

/* Thousands of them: written at once, not as a tree before. */
static void append_text(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\":", key);
	json_append_quoted(out, value, TEXT_MAX);
	buf_append_str(out, ",");
}

static void append_seconds(struct buf *out, const char *key, usec_t value)
{
	buf_printf(out, "\"%s\":%" PRIu64 ".%06" PRIu64, key,
		value / USEC_PER_SEC, value % USEC_PER_SEC);
}

static const char *state_name(enum request_state state)
{
	switch (state) {
	case REQUEST_IDLE:
	case REQUEST_LEAVING:
		break;
	case REQUEST_QUEUED:
		return "queued";
	case REQUEST_PARKED:
		return "parked";
	case REQUEST_RUNNING:
		return "running";
	case REQUEST_DRAINING:
		return "draining";
	}
	return "leaving";
}

static const char *source_name(enum request_source source)
{
	switch (source) {
	case SOURCE_CLIENT:
		break;
	case SOURCE_REPLAY:
		return "replay";
	case SOURCE_REVIEW:
		return "review";
	case SOURCE_SWEEP:
		return "sweep";
	case SOURCE_OWN:
		return "own";
	}
	return "client";
}

static usec_t age_of(const struct view *view, const struct request_seen *seen)
{
	return usec_since(view->now, seen->rq->submitted_at);
}

/* ---- one by one ---------------------------------------------------------- */

static void append_request(const struct view *view,
	const struct request_seen *seen, struct buf *out)
{
	const struct class *class = seen->rq->class;

	buf_printf(out, "{\"id\":\"%" PRIu64 "\",\"connection\":\"%" PRIu64
		"\",", seen->rq->id, seen->rq->affinity);
	append_text(out, "lane", span_str(seen->lane));
	append_text(out, "rule", span_str(seen->rule));
	buf_printf(out, "\"flow\":\"%" PRIu64 "\",", seen->flow);
	append_text(out, "state", span_str(state_name(seen->state)));
	append_text(out, "keptBy", span_str(kept_by_name(seen->kept_by)));
	append_text(out, "verb", span_str(verb_name(class->verb)));
	append_text(out, "path", class->path);
	append_text(out, "effect", span_str(effect_name(class->effect)));
	append_text(out, "source", span_str(source_name(seen->rq->source)));
	append_text(out, "userAgent", seen->rq->user_agent);
	append_text(out, "endpoint", span_str(view->endpoints[seen->endpoint]));
	buf_printf(out, "\"attempts\":%" PRIu32 ",", seen->attempt);
	append_seconds(out, "ageSeconds", age_of(view, seen));
	buf_append_str(out, ",");
	append_seconds(out, "waitSeconds", seen->waited);
	buf_append_str(out, ",");
	append_seconds(out, "runningSeconds", seen->running);
	buf_append_str(out, "}");
}

void requests_write_json(const struct view *view, struct buf *ret_json)
{
	struct request_cursor cursor = { 0, false, NULL };
	struct request_seen seen;
	unsigned count = 0;

	buf_append_str(ret_json, "{\"requests\":[");
	for (; policy_look_next(view->machine, &cursor, &seen); count++) {
		if (count >= REQUESTS_LISTED_MAX)
			continue;
		buf_append_str(ret_json, count ? "," : "");
		append_request(view, &seen, ret_json);
	}
	buf_printf(ret_json, "],\"count\":%u}\n", count);
}

/* ---- by flows ------------------------------------------------------------ */

/* Of one flow in one lane; its hash is the same in all lanes. */
struct flow_sum {
	struct request_seen first; /* any of them */
	uint32_t queued, running;
	usec_t oldest; /* of those that wait: since it came */
};

static void sum_add(const struct view *view, struct flow_sum *sum,
	const struct request_seen *seen)
{
	if (seen->state == REQUEST_RUNNING || seen->state == REQUEST_DRAINING) {
		sum->running++;
		return;
	}
	sum->queued++;
	sum->oldest = u64_max(sum->oldest, age_of(view, seen));
}

static int compare_flows(const void *left, const void *right)
{
	const struct request_seen *a = left, *b = right;

	if (a->flow != b->flow)
		return a->flow > b->flow ? 1 : -1;
	return strcmp(a->lane, b->lane);
}

static uint32_t sum_all(const struct flow_sum *sum)
{
	return sum->queued + sum->running;
}

static int compare_sums(const void *left, const void *right)
{
	const struct flow_sum *a = left, *b = right;
	uint32_t all_a = sum_all(a), all_b = sum_all(b);

	if (all_a != all_b)
		return all_a < all_b ? 1 : -1;
	return compare_flows(&a->first, &b->first);
}

/* All that are in a flow; free() them. */
static struct request_seen *look_at_all(
	const struct view *view, size_t *ret_count)
{
	struct request_cursor cursor = { 0, false, NULL };
	struct request_seen seen, *all = NULL;
	size_t count = 0, room = 0;

	while (policy_look_next(view->machine, &cursor, &seen)) {
		if (!seen.flow)
			continue;
		if (count == room) {
			room = room ? 2 * room : 64;
			all = xrealloc(all, room * sizeof(*all));
		}
		all[count++] = seen;
	}
	*ret_count = count;
	return all;
}

/* Those of one flow and lane stand together in `all`. */
static size_t sum_up(const struct view *view, const struct request_seen *all,
	size_t count, struct flow_sum *ret_sums)
{
	size_t sums = 0;

	for (size_t i = 0; i < count; i++) {
		if (!i || compare_flows(&all[i], &all[i - 1]))
			ret_sums[sums++] = (struct flow_sum){ .first = all[i] };
		sum_add(view, &ret_sums[sums - 1], &all[i]);
	}
	return sums;
}

static void append_sum(const struct flow_sum *sum, struct buf *out)
{
	const struct request *rq = sum->first.rq;

	buf_printf(out, "{\"flow\":\"%" PRIu64 "\",", sum->first.flow);
	append_text(out, "lane", span_str(sum->first.lane));
	append_text(out, "namespace", rq->class->namespace);
	append_text(out, "userAgent", rq->user_agent);
	buf_printf(out, "\"queued\":%" PRIu32 ",\"running\":%" PRIu32 ",",
		sum->queued, sum->running);
	append_seconds(out, "oldestSeconds", sum->oldest);
	buf_append_str(out, "}");
}

/* They have a row only while something of them is here. */
static void append_drained(const struct view *view, struct buf *out)
{
	const uint64_t *drained;
	uint32_t count = policy_drained_flows(view->machine, &drained);

	buf_append_str(out, "],\"drained\":[");
	for (uint32_t i = 0; i < count; i++)
		buf_printf(out, "%s\"%" PRIu64 "\"", i ? "," : "",
			drained[i]);
	buf_append_str(out, "]}\n");
}

void flows_write_json(const struct view *view, struct buf *ret_json)
{
	size_t count, sum_count;
	struct request_seen *all = look_at_all(view, &count);
	struct flow_sum *sums = xcalloc(count + 1, sizeof(*sums));

	if (count)
		qsort(all, count, sizeof(*all), compare_flows);
	sum_count = sum_up(view, all, count, sums);
	qsort(sums, sum_count, sizeof(*sums), compare_sums);
	buf_append_str(ret_json, "{\"flows\":[");
	for (size_t i = 0; i < sum_count; i++) {
		buf_append_str(ret_json, i ? "," : "");
		append_sum(&sums[i], ret_json);
	}
	append_drained(view, ret_json);
	free(sums);
	free(all);
}
