/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/removal.h"

#include <string.h>

#include "base/json.h"
#include "policy/meta.h"

static const struct span LABELS_POINTER = SPAN_INIT("/metadata/labels/");
static const struct span ENTRY_POINTER = SPAN_INIT("/metadata/finalizers/");

static bool is_removal(const struct class *class)
{
	return class->effect == EFFECT_REMOVES || class->effect == EFFECT_MIXED;
}

bool removal_is_guarded(const struct class *class)
{
	return class->verb == VERB_PATCH && is_removal(class) &&
		class->guards && class->is_repeatable;
}

/* ---- the body of a plain removal ----------------------------------------- */

/* What is told of a body: a member of metadata, or an operation on one. */
struct reader {
	const struct strings *labels;
	bool has_other_label;
	bool takes_all; /* the list as a whole, whatever is in it by then */
	bool tests_all; /* … and before that, that it is this list */
	unsigned taken; /* entries that are taken one by one */
	struct span uid, version;
};

static bool is_permitted(const struct strings *labels, struct span key)
{
	for (size_t i = 0; i < labels->count; i++) {
		if (span_eq_str(key, labels->items[i]))
			return true;
	}
	return false;
}

static void read_labels(struct json *json, struct reader *reader)
{
	if (json->token != JSON_OBJECT) {
		reader->has_other_label |= json->token != JSON_NULL;
		json_skip(json);
		return;
	}
	while (json_next(json) == JSON_KEY) {
		reader->has_other_label |= json->has_escape ||
			!is_permitted(reader->labels, json->text);
		json_next(json);
		json_skip(json);
	}
}

static void read_deleted(struct json *json, struct reader *reader)
{
	if (json->token != JSON_ARRAY) {
		json_skip(json);
		return;
	}
	while (json_next(json) != JSON_ARRAY_END &&
		json->token != JSON_ERROR) {
		reader->taken += json->token == JSON_STRING;
		json_skip(json);
	}
}

/* json's current token is the brace of metadata. */
static void read_metadata(struct json *json, struct reader *reader)
{
	if (json->token != JSON_OBJECT) {
		json_skip(json);
		return;
	}
	while (json_next(json) == JSON_KEY) {
		bool is_labels = json_text_is(json, SPAN("labels"));
		bool is_uid = json_text_is(json, SPAN("uid"));
		bool is_version =
			json_text_is(json, SPAN("resourceVersion"));
		bool is_deleted = json_text_is(
			json, SPAN("$deleteFromPrimitiveList/finalizers"));

		reader->takes_all |= json_text_is(json, SPAN("finalizers"));
		json_next(json);
		if (is_labels) {
			read_labels(json, reader);
			continue;
		}
		if (is_deleted) {
			read_deleted(json, reader);
			continue;
		}
		if (is_uid && json->token == JSON_STRING)
			reader->uid = json->text;
		if (is_version && json->token == JSON_STRING)
			reader->version = json->text;
		json_skip(json);
	}
}

/* A merge patch, behind its brace. */
static void read_merge_patch(struct json *json, struct reader *reader)
{
	while (json_next(json) == JSON_KEY) {
		bool is_metadata = json_text_is(json, SPAN("metadata"));

		json_next(json);
		if (is_metadata)
			read_metadata(json, reader);
		else
			json_skip(json);
	}
}

/* Whether a pointer's last part, with its ~0 and ~1, is that key. */
static bool part_is(struct span part, struct span key)
{
	size_t at = 0;

	for (size_t i = 0; i < part.len; i++, at++) {
		char c = part.ptr[i];

		if (c == '~' && i + 1 < part.len) {
			i++;
			c = part.ptr[i] == '1' ? '/' : '~';
		}
		if (at >= key.len || key.ptr[at] != c)
			return false;
	}
	return at == key.len;
}

static bool is_permitted_part(const struct strings *labels, struct span part)
{
	for (size_t i = 0; i < labels->count; i++) {
		if (part_is(part, span_str(labels->items[i])))
			return true;
	}
	return false;
}

/* What stands before the first slash counts for nothing (policy/pointer.h). */
static struct span from_slash(struct span path)
{
	while (path.len > 0 && path.ptr[0] != '/')
		path = span_skip(path, 1);
	return path;
}

/* json's current token is the brace of an operation. */
static void read_operation(struct json *json, struct reader *reader)
{
	struct span path = SPAN_NONE, text = SPAN_NONE, op = SPAN_NONE;
	bool is_list = false;

	while (json_next(json) == JSON_KEY) {
		bool is_path = json_text_is(json, SPAN("path"));
		bool is_value = json_text_is(json, SPAN("value"));
		bool is_op = json_text_is(json, SPAN("op"));

		json_next(json);
		if (is_path && json->token == JSON_STRING)
			path = from_slash(json->text);
		if (is_op && json->token == JSON_STRING)
			op = json->text;
		if (is_value && json->token == JSON_STRING)
			text = json->text;
		if (is_value)
			is_list = json->token == JSON_ARRAY;
		json_skip(json);
	}
	if (span_eq(path, SPAN("/metadata/finalizers"))) {
		if (!span_eq(op, SPAN("test")))
			reader->takes_all = true;
		else if (!reader->takes_all)
			reader->tests_all |= is_list;
	}
	reader->taken += span_starts_with(path, ENTRY_POINTER) &&
		span_eq(op, SPAN("remove"));
	if (span_starts_with(path, LABELS_POINTER))
		reader->has_other_label |= !is_permitted_part(
			reader->labels, span_skip(path, LABELS_POINTER.len));
	else if (span_eq(path, SPAN("/metadata/uid")))
		reader->uid = text;
	else if (span_eq(path, SPAN("/metadata/resourceVersion")))
		reader->version = text;
}

/* False: it is no patch that could be plain. */
static bool read_body(struct span body, struct reader *reader)
{
	struct json json;

	json_init(&json, body.ptr, body.len, META_DEPTH_MAX);
	switch ((int)json_next(&json)) {
	case JSON_OBJECT:
		read_merge_patch(&json, reader);
		break;
	case JSON_ARRAY:
		while (json_next(&json) == JSON_OBJECT)
			read_operation(&json, reader);
		break;
	default:
		return false;
	}
	return json_next(&json) == JSON_END;
}

/*
 * It meets no other object of that name, and takes no finalizer that came
 * later: by its version; or by its uid, if it names what it takes, or tests
 * what is there (threats J1, J2): all of it, if it takes all of it.
 */
static bool is_exact(const struct class *class, const struct reader *reader)
{
	if (class->guards & GUARD_RESOURCE_VERSION)
		return true;
	if (!(class->guards & GUARD_UID))
		return false;
	if (reader->takes_all)
		return reader->tests_all;
	return class->finalizer_count > 0 || class->guards & GUARD_TEST;
}

bool removal_may_be_replayed(const struct class *class, struct span body,
	const struct strings *labels)
{
	struct reader reader = { .labels = labels };

	/* What is remembered of an object is forgotten by then. */
	return class->why != EFFECT_WHY_REMEMBERED &&
		class->verb == VERB_PATCH && class->is_resource &&
		class->effect == EFFECT_REMOVES && class->is_pure &&
		class->is_repeatable && !class->is_dry_run &&
		body.len <= REMOVAL_BODY_MAX && read_body(body, &reader) &&
		!reader.has_other_label && is_exact(class, &reader);
}

struct span removal_uid(struct span body)
{
	static const struct strings NO_LABELS = { NULL, 0 };
	struct reader reader = { .labels = &NO_LABELS };

	return read_body(body, &reader) ? reader.uid : SPAN_NONE;
}

static struct span version_of(struct span body)
{
	static const struct strings NO_LABELS = { NULL, 0 };
	struct reader reader = { .labels = &NO_LABELS };

	return read_body(body, &reader) ? reader.version : SPAN_NONE;
}

bool removal_names_all(const struct class *class, struct span body)
{
	static const struct strings NO_LABELS = { NULL, 0 };
	struct reader reader = { .labels = &NO_LABELS };

	return read_body(body, &reader) &&
		(reader.takes_all || reader.taken == class->finalizer_count);
}

static bool is_number(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	}
	return text.len > 0 && text.ptr[0] != '0';
}

bool removal_is_older(struct span body, struct span other)
{
	struct span a = version_of(body), b = version_of(other);

	if (!is_number(a) || !is_number(b))
		return false;
	return a.len != b.len ? a.len < b.len
			      : memcmp(a.ptr, b.ptr, a.len) < 0;
}

bool removal_is_one_with(struct span body, struct span other)
{
	return span_eq(body, other) || removal_is_older(body, other) ||
		removal_is_older(other, body);
}
