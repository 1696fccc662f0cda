/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/simulate/recording.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "conf/arena.h"
#include "proxy/simulate/access_line.h"
#include "proxy/simulate/audit_line.h"

/* A longer break between two requests is played as one of so long. */
#define BREAK_MAX (600 * USEC_PER_SEC)
/* Where nothing is known of any request. */
#define SERVICE_DEFAULT (10 * USEC_PER_MSEC)

static const struct {
	const char *text, *word;
} KINDS[LINE_KIND_COUNT] = {
	[LINE_REQUEST] = { "requests", "requests" },
	[LINE_OTHER] = { "other events", "others" },
	[LINE_MALFORMED] = { "neither JSON nor key=value", "malformed" },
	[LINE_LACKS] = { "without a field that is needed", "incomplete" },
	[LINE_NO_LANE] = { "answered before they came to a lane", "noLane" },
	[LINE_THROTTLED] = { "refused by the API server with 429, and sent "
			     "again",
		"throttled" },
};

const char *line_kind_text(enum line_kind kind)
{
	return KINDS[kind].text;
}

const char *line_kind_word(enum line_kind kind)
{
	return KINDS[kind].word;
}

struct span recorded_text(struct arena *arena, struct span text)
{
	return text.len ? span_of(arena_dup(arena, text), text.len)
			: SPAN("");
}

unsigned recorded_status(uint64_t status)
{
	return status >= 200 && status < 500 && status != 429 ? (unsigned)status
							      : 0;
}

uint64_t recorded_number(struct span text)
{
	static const struct hash_key key = { 1, 2 };

	return text.len ? hash_span(&key, 0, text) : 0;
}

/* ---- lines --------------------------------------------------------------- */

static void add(struct recording *recording, const struct recorded *one)
{
	if (recording->count == recording->cap) {
		recording->cap = recording->cap ? 2 * recording->cap : 1024;
		recording->requests = xrealloc(recording->requests,
			recording->cap * sizeof(*recording->requests));
	}
	recording->requests[recording->count] = *one;
	if (!one->number)
		recording->requests[recording->count].number =
			recording->count;
	recording->count++;
	recording->again += one->was_again;
	recording->unread += one->is_unread;
	recording->sampled += one->is_sample;
}

static enum line_kind read_json(struct recording *recording, struct span line,
	struct line_fields *fields, struct recorded *ret)
{
	cJSON *object = cJSON_ParseWithLength(line.ptr, line.len);
	enum line_kind kind = LINE_MALFORMED;

	if (cJSON_IsObject(object) && audit_line_is(object)) {
		kind = audit_line_read(object, recording->arena, ret);
	} else if (cJSON_IsObject(object)) {
		line_fields_read_json(object, recording->arena, fields);
		kind = access_line_read(fields, recording->arena,
			&recording->boot, ret);
	}
	cJSON_Delete(object);
	return kind;
}

void recording_add_line(struct recording *recording, struct span line)
{
	struct line_fields fields;
	struct recorded one = { 0 };
	enum line_kind kind;

	line = span_trim(line);
	if (!line.len)
		return;
	if (line.ptr[0] == '{')
		kind = read_json(recording, line, &fields, &one);
	else if (line_fields_read_text(line, recording->arena, &fields))
		kind = access_line_read(&fields, recording->arena,
			&recording->boot, &one);
	else
		kind = LINE_MALFORMED;
	recording->lines[kind]++;
	if (kind == LINE_REQUEST)
		add(recording, &one);
}

int recording_read(
	struct recording *recording, const char *path, struct err *err)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int result = 0;

	while (file && (len = getline(&line, &cap, file)) > 0)
		recording_add_line(recording,
			span_of(line, (size_t)len - (line[len - 1] == '\n')));
	if (!file || ferror(file))
		result = err_set(err, "%s: %s", path, strerror(errno));
	if (file && !is_stdin)
		fclose(file);
	free(line);
	return result;
}

/* ---- what is not known --------------------------------------------------- */

/* What one request took, among those like it. */
struct taken {
	uint64_t like;
	usec_t service;
};

static uint64_t like_what(const struct recorded *one)
{
	static const struct hash_key key = { 3, 4 };
	const struct class *class = &one->class;

	return hash_span(&key,
		hash_span(&key, (uint64_t)class->verb, class->resource),
		class->group);
}

static int compare_taken(const void *left, const void *right)
{
	const struct taken *a = left, *b = right;

	if (a->like != b->like)
		return a->like < b->like ? -1 : 1;
	return (a->service > b->service) - (a->service < b->service);
}

static int compare_service(const void *left, const void *right)
{
	const struct taken *a = left, *b = right;

	return (a->service > b->service) - (a->service < b->service);
}

/* The first of `list` that is not below it. */
static size_t first_of(const struct taken *list, size_t count, uint64_t like)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list[middle].like < like)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The median of those like it, or else of all. */
static usec_t guess(const struct taken *list, size_t count, uint64_t like,
	usec_t of_all)
{
	size_t first = first_of(list, count, like), end = first;

	while (end < count && list[end].like == like)
		end++;
	return end > first ? list[first + (end - first) / 2].service : of_all;
}

static void fill_in(struct recording *recording)
{
	struct taken *list = xcalloc(recording->count + 1, sizeof(*list));
	usec_t of_all = SERVICE_DEFAULT;
	size_t count = 0;

	for (size_t i = 0; i < recording->count; i++) {
		const struct recorded *one = &recording->requests[i];

		if (one->is_service_known)
			list[count++] = (struct taken){ like_what(one),
				one->service };
	}
	if (count) {
		qsort(list, count, sizeof(*list), compare_service);
		of_all = list[count / 2].service;
		qsort(list, count, sizeof(*list), compare_taken);
	}
	for (size_t i = 0; i < recording->count; i++) {
		struct recorded *one = &recording->requests[i];

		if (one->is_service_known)
			continue;
		one->service = guess(list, count, like_what(one), of_all);
		recording->guessed++;
	}
	free(list);
}

/* Those of one moment stay as they came. */
static int compare_at(const void *left, const void *right)
{
	const struct recorded *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* Nights, and the time between two files. */
static void shorten_breaks(struct recording *recording)
{
	usec_t before = 0, shift = 0;

	for (size_t i = 0; i < recording->count; i++) {
		struct recorded *one = &recording->requests[i];
		usec_t gap = i ? one->at - before : 0;

		before = one->at;
		if (gap > BREAK_MAX)
			shift += gap - BREAK_MAX;
		one->at -= shift;
	}
}

void recording_finish(struct recording *recording)
{
	if (recording->count)
		qsort(recording->requests, recording->count,
			sizeof(*recording->requests), compare_at);
	shorten_breaks(recording);
	fill_in(recording);
}

/* ---- life ---------------------------------------------------------------- */

struct recording *recording_new(void)
{
	struct recording *recording = xcalloc(1, sizeof(*recording));

	recording->arena = arena_new();
	return recording;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	arena_free(recording->arena);
	free(recording->requests);
	free(recording);
}
