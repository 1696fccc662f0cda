/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/check.h"
#include "base/json_quote.h"
#include "base/timestamp.h"
#include "proxy/observe/stuck.h"

/* Thousands of them: written at once, not as a tree before. */
static void append_text(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\":", key);
	json_append_quoted(out, value, SIZE_MAX);
	buf_append_str(out, ",");
}

static void append_seconds(struct buf *out, const char *key, usec_t value)
{
	buf_printf(out, ",\"%s\":%" PRIu64 ".%03" PRIu64, key,
		value / USEC_PER_SEC, value % USEC_PER_SEC / USEC_PER_MSEC);
}

static void append_object(const struct view *view,
	const struct object_kept *kept, struct buf *out)
{
	const struct object_seen *seen = &kept->seen;
	char deleted_at[TIMESTAMP_CAP];

	timestamp_format(seen->deleted_at, deleted_at);
	buf_append_str(out, "{");
	append_text(out, "group", seen->place.group);
	append_text(out, "resource", seen->place.resource);
	append_text(out, "namespace", seen->place.namespace);
	append_text(out, "name", seen->place.name);
	append_text(out, "uid", seen->uid);
	append_text(out, "resourceVersion", seen->resource_version);
	buf_append_str(out, "\"finalizers\":[");
	for (unsigned i = 0; i < seen->finalizer_count; i++) {
		buf_append_str(out, i ? "," : "");
		json_append_quoted(out, seen->finalizers[i], SIZE_MAX);
	}
	buf_printf(out, "],\"deletedAt\":\"%s\",\"deletedSeconds\":%" PRId64,
		deleted_at,
		(int64_t)(view->wall / USEC_PER_SEC) - seen->deleted_at);
	append_seconds(out, "firstSeenSeconds",
		usec_since(view->now, kept->first_seen));
	append_seconds(
		out, "seenSeconds", usec_since(view->now, kept->last_seen));
	buf_append_str(out, "}");
}

static void append_head(const struct view *view, struct buf *out)
{
	buf_printf(out,
		"{\"stuckAfterSeconds\":%" PRIu64 ",\"remembered\":%" PRIu32
		",\"max\":%" PRIu32 ",\"givenUp\":%" PRIu64 ",\"objects\":[",
		view->settings->stuck_after / USEC_PER_SEC,
		view->policy->objects, view->settings->objects_max,
		view->policy->objects_given_up);
}

void stuck_write_json(const struct view *view, struct buf *ret_json)
{
	const struct object_kept *kept = NULL;
	const char *separator = "";

	append_head(view, ret_json);
	while ((kept = objects_next(view->objects, kept))) {
		buf_append_str(ret_json, separator);
		append_object(view, kept, ret_json);
		separator = ",";
	}
	buf_append_str(ret_json, "]}\n");
}

/* Into `oldest`, sorted, of which `count` are there; returns how many then. */
static unsigned keep_oldest(const struct object_kept **oldest, unsigned count,
	unsigned max, const struct object_kept *kept)
{
	unsigned at = count;

	while (at && oldest[at - 1]->seen.deleted_at > kept->seen.deleted_at)
		at--;
	if (at == max)
		return count;
	count += count < max;
	for (unsigned i = count - 1; i > at; i--)
		oldest[i] = oldest[i - 1];
	oldest[at] = kept;
	return count;
}

void stuck_write_oldest_json(
	const struct view *view, unsigned max, struct buf *ret_json)
{
	const struct object_kept *oldest[STUCK_OLDEST_MAX];
	const struct object_kept *kept = NULL;
	unsigned count = 0;

	CHECK(max <= STUCK_OLDEST_MAX);
	while (max && (kept = objects_next(view->objects, kept)))
		count = keep_oldest(oldest, count, max, kept);
	append_head(view, ret_json);
	for (unsigned i = 0; i < count; i++) {
		buf_append_str(ret_json, i ? "," : "");
		append_object(view, oldest[i], ret_json);
	}
	buf_append_str(ret_json, "]}\n");
}
