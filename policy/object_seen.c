/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/object_seen.h"

#include "base/json.h"
#include "base/timestamp.h"
#include "policy/protobuf.h"

/* Metadata does not nest as deep as this. */
#define DEPTH_MAX 64u

/* ---- a glance: JSON ------------------------------------------------------ */

/*
 * Both timestamps, in the order in which the API server writes them: typed
 * objects by their struct, others by the alphabet.  In either the deletion's
 * stands behind the creation's, with little between them.
 */
#define TIMESTAMP "Timestamp\":"
#define CREATION "\"creation"
#define DELETION "\"deletion"
#define NEAR 512

/* What stands before `at` is `word`; inside a string its quote is escaped. */
static bool follows(struct span text, const char *at, struct span word)
{
	size_t before = (size_t)(at - text.ptr);

	return before > word.len &&
		!memcmp(at - word.len, word.ptr, word.len) &&
		at[-(ptrdiff_t)word.len - 1] != '\\';
}

enum object_glance object_glance_json(struct span text)
{
	const struct span word = SPAN(TIMESTAMP);
	bool has_creation = false;
	const char *at, *end;

	if (!text.len)
		return OBJECT_GLANCE_NONE;
	at = text.ptr;
	end = text.ptr + text.len;
	while ((size_t)(end - at) >= word.len) {
		/* Names have no capital letters: the first hit is often it. */
		at = memchr(at, 'T', (size_t)(end - at) - word.len + 1);
		if (!at)
			break;
		if (memcmp(at, word.ptr, word.len) != 0) {
			at++;
			continue;
		}
		if (follows(text, at, SPAN(DELETION)))
			return OBJECT_GLANCE_DELETING;
		if (!has_creation && follows(text, at, SPAN(CREATION))) {
			has_creation = true;
			if (end - at > NEAR)
				end = at + NEAR;
		}
		at++;
	}
	return has_creation ? OBJECT_GLANCE_LIVING : OBJECT_GLANCE_NONE;
}

/* ---- a glance: protobuf -------------------------------------------------- */

/* The value of a message's first field with that number; 0 or -1. */
static int first_bytes(
	struct span message, uint64_t number, struct span *ret_bytes)
{
	struct protobuf_field field;

	while (message.len) {
		if (protobuf_take(&message, &field))
			return -1;
		if (field.number == number && field.wire == PROTOBUF_BYTES) {
			*ret_bytes = field.bytes;
			return 0;
		}
	}
	return -1;
}

/* Go writes a message's fields in ascending order: it ends there. */
enum object_glance object_glance_protobuf(struct span object)
{
	struct span raw, meta;
	struct protobuf_field field;

	if (protobuf_open(object, &raw) ||
		first_bytes(raw, OBJECT_META, &meta))
		return OBJECT_GLANCE_NONE;
	while (meta.len) {
		if (protobuf_take(&meta, &field))
			return OBJECT_GLANCE_NONE;
		if (field.number == META_DELETION_TIMESTAMP)
			return OBJECT_GLANCE_DELETING;
		if (field.number > META_DELETION_TIMESTAMP)
			break;
	}
	return OBJECT_GLANCE_LIVING;
}

/* meta/v1, WatchEvent: 1 type, 2 object, whose field 1 is the envelope. */
#define EVENT_TYPE 1
#define EVENT_OBJECT 2
#define RAW_EXTENSION_RAW 1

static int event_object(struct span event, struct span *ret_object)
{
	struct span extension;

	if (first_bytes(event, EVENT_OBJECT, &extension))
		return -1;
	return first_bytes(extension, RAW_EXTENSION_RAW, ret_object);
}

enum object_glance object_glance_protobuf_event(struct span event)
{
	struct span object;

	if (event_object(event, &object))
		return OBJECT_GLANCE_NONE;
	return object_glance_protobuf(object);
}

/* ---- reading ------------------------------------------------------------- */

static void add_finalizer(struct object_seen *seen, struct span name)
{
	if (seen->finalizer_count < OBJECT_FINALIZERS_MAX)
		seen->finalizers[seen->finalizer_count] = name;
	seen->finalizer_count++;
}

/* What is read; strings are as they stand there, so none may have an escape. */
static bool json_plain(const struct json *json, struct span *ret_text)
{
	if (json->token != JSON_STRING || json->has_escape)
		return false;
	*ret_text = json->text;
	return true;
}

static bool read_finalizers(struct json *json, struct object_seen *seen)
{
	seen->finalizer_count = 0;
	if (json->token == JSON_NULL)
		return true;
	if (json->token != JSON_ARRAY)
		return false;
	while (json_next(json) != JSON_ARRAY_END) {
		struct span name;

		if (!json_plain(json, &name))
			return false;
		add_finalizer(seen, name);
	}
	return true;
}

static bool read_deletion(struct json *json, struct object_seen *seen)
{
	struct span text;

	if (json->token == JSON_NULL)
		return true;
	if (!json_plain(json, &text))
		return false;
	seen->is_deleting = true;
	return !timestamp_parse(text, &seen->deleted_at);
}

/* A member's value begins at the current token. */
static bool read_member(
	struct json *json, struct span key, struct object_seen *seen)
{
	static const struct {
		struct span name;
		size_t offset;
	} TEXTS[] = {
		{ SPAN_INIT("name"), offsetof(struct object_seen, place.name) },
		{ SPAN_INIT("namespace"),
			offsetof(struct object_seen, place.namespace) },
		{ SPAN_INIT("uid"), offsetof(struct object_seen, uid) },
		{ SPAN_INIT("resourceVersion"),
			offsetof(struct object_seen, resource_version) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++) {
		char *at = (char *)seen + TEXTS[i].offset;
		struct span text;

		if (!span_eq(key, TEXTS[i].name))
			continue;
		if (!json_plain(json, &text))
			return false;
		memcpy(at, &text, sizeof(text));
		return true;
	}
	if (span_eq(key, SPAN("deletionTimestamp")))
		return read_deletion(json, seen);
	if (span_eq(key, SPAN("finalizers")))
		return read_finalizers(json, seen);
	return !json_skip(json);
}

static int check(const struct object_seen *seen)
{
	return seen->place.name.len && seen->uid.len ? 0 : -1;
}

/*
 * managedFields are most of it.  They stand behind finalizers in any order,
 * and where objects are typed behind all the rest too.
 */
static bool read_metadata(struct json *json, struct object_seen *seen)
{
	if (json->token != JSON_OBJECT)
		return false;
	while (json_next(json) == JSON_KEY) {
		struct span key = json->text;

		if (span_eq(key, SPAN("managedFields")) && !check(seen))
			return true;
		json_next(json);
		if (!read_member(json, key, seen))
			return false;
	}
	return json->token == JSON_OBJECT_END;
}

/* What has metadata and is no object. */
static bool is_other_kind(struct span kind)
{
	return span_eq(kind, SPAN("Status")) || span_eq(kind, SPAN("Table")) ||
		span_ends_with(kind, SPAN("List"));
}

/* Ends behind the metadata: kind stands before it in any order. */
static int read_object(struct json *json, struct object_seen *seen)
{
	if (json->token != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		bool is_kind = json_text_is(json, SPAN("kind"));
		bool is_metadata = json_text_is(json, SPAN("metadata"));

		json_next(json);
		if (is_metadata)
			return read_metadata(json, seen) ? check(seen) : -1;
		if (is_kind && json->token == JSON_STRING &&
			is_other_kind(json->text))
			return -1;
		if (json_skip(json))
			return -1;
	}
	return -1;
}

/* BOOKMARK and ERROR are about no object. */
static int read_type(struct span type, struct object_seen *seen)
{
	seen->is_gone = span_eq(type, SPAN("DELETED"));
	return seen->is_gone || span_eq(type, SPAN("ADDED")) ||
			span_eq(type, SPAN("MODIFIED"))
		? 0
		: -1;
}

int object_seen_read_json(struct span text, struct object_seen *ret_seen)
{
	struct object_seen seen = { .place.namespace = SPAN("") };
	struct json json;

	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	json_next(&json);
	if (read_object(&json, &seen))
		return -1;
	*ret_seen = seen;
	return 0;
}

/* {"type":…,"object":…}, in this order */
int object_seen_read_json_event(struct span text, struct object_seen *ret_seen)
{
	struct object_seen seen = { .place.namespace = SPAN("") };
	struct json json;

	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT || json_next(&json) != JSON_KEY ||
		!json_text_is(&json, SPAN("type")) ||
		json_next(&json) != JSON_STRING ||
		read_type(json.text, &seen) || json_next(&json) != JSON_KEY ||
		!json_text_is(&json, SPAN("object")))
		return -1;
	json_next(&json);
	if (read_object(&json, &seen))
		return -1;
	*ret_seen = seen;
	return 0;
}

/* The end of the year 9999: later ones, or before 1970, are nobody's. */
#define SECONDS_MAX 253402300799u

/* metav1.Time: 1 seconds, 2 nanoseconds */
static int read_time(struct span time, struct object_seen *seen)
{
	struct protobuf_field field;

	seen->is_deleting = true;
	while (time.len) {
		if (protobuf_take(&time, &field))
			return -1;
		if (field.number != 1 || field.wire != PROTOBUF_VARINT)
			continue;
		if (field.value > SECONDS_MAX)
			return -1;
		seen->deleted_at = (int64_t)field.value;
	}
	return 0;
}

static int read_meta(struct span meta, struct object_seen *seen)
{
	struct protobuf_field field;

	while (meta.len) {
		if (protobuf_take(&meta, &field))
			return -1;
		if (field.wire != PROTOBUF_BYTES)
			continue;
		switch (field.number) {
		case META_NAME:
			seen->place.name = field.bytes;
			break;
		case META_NAMESPACE:
			seen->place.namespace = field.bytes;
			break;
		case META_UID:
			seen->uid = field.bytes;
			break;
		case META_RESOURCE_VERSION:
			seen->resource_version = field.bytes;
			break;
		case META_DELETION_TIMESTAMP:
			if (read_time(field.bytes, seen))
				return -1;
			break;
		case META_FINALIZERS:
			add_finalizer(seen, field.bytes);
			break;
		}
	}
	return check(seen);
}

int object_seen_read_protobuf(struct span object, struct object_seen *ret_seen)
{
	struct object_seen seen = { .place.namespace = SPAN("") };
	struct span raw, meta;

	if (protobuf_open(object, &raw) ||
		first_bytes(raw, OBJECT_META, &meta) || read_meta(meta, &seen))
		return -1;
	*ret_seen = seen;
	return 0;
}

int object_seen_read_protobuf_event(
	struct span event, struct object_seen *ret_seen)
{
	struct object_seen seen = { 0 };
	struct span type, object;

	if (first_bytes(event, EVENT_TYPE, &type) || read_type(type, &seen) ||
		event_object(event, &object) ||
		object_seen_read_protobuf(object, ret_seen))
		return -1;
	ret_seen->is_gone = seen.is_gone;
	return 0;
}
