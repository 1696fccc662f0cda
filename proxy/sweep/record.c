/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_quote.h"
#include "base/timestamp.h"

#define DEPTH_MAX 8u

/* ---- writing ------------------------------------------------------------- */

static void append_text(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\":", key);
	json_append_quoted(out, value, SIZE_MAX);
	buf_append_str(out, ",");
}

void sweep_record_write(const struct sweep_candidate *candidate, int64_t wall,
	const char *result, struct buf *ret_line)
{
	const struct sweep_target *target = candidate->target;
	char time[TIMESTAMP_CAP];

	timestamp_format(wall, time);
	buf_append_str(ret_line, "{");
	append_text(ret_line, "time", span_str(time));
	append_text(ret_line, "result", span_str(result ? result : "begun"));
	append_text(ret_line, "apiVersion",
		span_str(target->kind->api_version));
	append_text(ret_line, "resource", span_str(target->kind->resource));
	append_text(ret_line, "kind", span_str(target->kind->name));
	append_text(ret_line, "namespace", span_str(candidate->namespace));
	append_text(ret_line, "name", span_str(candidate->name));
	append_text(ret_line, "uid", span_str(candidate->uid));
	append_text(ret_line, "finalizer", target->finalizer);
	append_text(ret_line, "rule", span_str(target->rule_name));
	append_text(ret_line, "proof",
		span_str(sweep_verdict_name(candidate->verdict)));
	buf_append_str(ret_line, "\"owner\":");
	json_append_quoted(ret_line, span_str(candidate->owner), SIZE_MAX);
	buf_append_str(ret_line, "}\n");
}

/* ---- reading ------------------------------------------------------------- */

struct line {
	struct span result, api_version, resource, kind, namespace, name, uid;
	struct span finalizer;
};

static const struct {
	struct span key;
	size_t offset;
	bool is_needed;
} MEMBERS[] = {
	{ SPAN_INIT("result"), offsetof(struct line, result), true },
	{ SPAN_INIT("apiVersion"), offsetof(struct line, api_version), true },
	{ SPAN_INIT("resource"), offsetof(struct line, resource), true },
	{ SPAN_INIT("kind"), offsetof(struct line, kind), true },
	{ SPAN_INIT("namespace"), offsetof(struct line, namespace), false },
	{ SPAN_INIT("name"), offsetof(struct line, name), true },
	{ SPAN_INIT("uid"), offsetof(struct line, uid), true },
	{ SPAN_INIT("finalizer"), offsetof(struct line, finalizer), true },
};

static struct span *member_of(struct line *line, size_t i)
{
	return (struct span *)(void *)((char *)line + MEMBERS[i].offset);
}

/* They are put into paths and patches: what is escaped is not ours. */
static int read_line(struct span text, struct line *ret_line)
{
	struct line line = { .name = SPAN_NONE };
	struct json json;

	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return -1;
	while (json_next(&json) == JSON_KEY) {
		struct span *member = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(MEMBERS); i++) {
			if (span_eq(json.text, MEMBERS[i].key))
				member = member_of(&line, i);
		}
		if (json_next(&json) != JSON_STRING ||
			(member && json.has_escape))
			return -1;
		if (member)
			*member = json.text;
	}
	if (json.token != JSON_OBJECT_END || json_next(&json) != JSON_END)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(MEMBERS); i++) {
		if (MEMBERS[i].is_needed && !member_of(&line, i)->len)
			return -1;
	}
	*ret_line = line;
	return 0;
}

struct reading {
	struct list *removals; /* borrowed */
	struct map by_uid;     /* of them; each record is its reader's own */
};

static uint64_t hash_of(const struct line *line)
{
	static const struct hash_key KEY = { 0 };
	const struct span parts[] = { line->uid, line->finalizer };

	return hash_spans(&KEY, 0, parts, ARRAY_SIZE(parts));
}

static struct sweep_removal *find_removal(
	const struct reading *reading, const struct line *line)
{
	struct map_node *node = map_first(&reading->by_uid, hash_of(line));

	for (; node; node = map_next(node)) {
		struct sweep_removal *removal =
			CONTAINER_OF(node, struct sweep_removal, by_uid);

		if (span_eq_str(line->uid, removal->uid) &&
			span_eq_str(line->finalizer, removal->finalizer))
			return removal;
	}
	return NULL;
}

static void removal_free(struct sweep_removal *removal)
{
	free(removal->api_version);
	free(removal->resource);
	free(removal->kind);
	free(removal->namespace);
	free(removal->name);
	free(removal->uid);
	free(removal->finalizer);
	free(removal);
}

/* The latest of its lines counts. */
static void take_line(struct reading *reading, const struct line *line)
{
	bool is_begun = span_eq(line->result, SPAN("begun"));
	bool is_removed = span_eq(line->result, SPAN("removed"));
	struct sweep_removal *removal = find_removal(reading, line);

	if (removal && !is_begun && !is_removed) {
		/* It was not removed after all. */
		map_remove(&reading->by_uid, &removal->by_uid);
		list_remove(&removal->node);
		removal_free(removal);
		return;
	}
	if (removal) {
		removal->is_known = is_removed;
		return;
	}
	if (!is_begun && !is_removed)
		return;
	removal = xcalloc(1, sizeof(*removal));
	removal->api_version = span_dup(line->api_version);
	removal->resource = span_dup(line->resource);
	removal->kind = span_dup(line->kind);
	removal->namespace = span_dup(line->namespace);
	removal->name = span_dup(line->name);
	removal->uid = span_dup(line->uid);
	removal->finalizer = span_dup(line->finalizer);
	removal->is_known = is_removed;
	list_push_back(reading->removals, &removal->node);
	map_insert(&reading->by_uid, &removal->by_uid, hash_of(line));
}

int sweep_record_read(
	struct span text, struct list *ret_removals, struct err *err)
{
	struct reading reading = { .removals = ret_removals };
	int result = 0;

	map_init(&reading.by_uid);
	for (unsigned number = 1; text.len && !result; number++) {
		bool is_last = !memchr(text.ptr, '\n', text.len);
		struct span one = span_cut(&text, '\n');
		struct line line;

		if (!one.len)
			continue;
		if (!read_line(one, &line))
			take_line(&reading, &line);
		/* Where it was killed it may end in the middle of one. */
		else if (!is_last)
			result = err_set(err, "line %u is none of a record",
				number);
	}
	map_fini(&reading.by_uid);
	return result;
}

void sweep_removals_free(struct list *removals)
{
	struct list_node *node;

	while ((node = list_pop_front(removals)))
		removal_free(CONTAINER_OF(node, struct sweep_removal, node));
}

struct sweep_kind sweep_removal_kind(const struct sweep_removal *removal)
{
	return (struct sweep_kind){
		.api_version = removal->api_version,
		.resource = removal->resource,
		.name = removal->kind,
		.is_namespaced = *removal->namespace != '\0',
	};
}
