/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/object.h"

#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"

#define DEPTH_MAX 128u

#define NAME_MAX_BYTES 253

bool sweep_is_object_name(struct span name)
{
	if (!name.len || name.len > NAME_MAX_BYTES ||
		span_eq(name, SPAN(".")) || span_eq(name, SPAN("..")))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];

		if (c < ' ' || c == 0x7f || c == '/' || c == '%')
			return false;
	}
	return true;
}

/* Of letters, digits, and what stands between them. */
static bool is_plain(struct span text)
{
	static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-.";

	for (size_t i = 0; i < text.len; i++) {
		if (!memchr(PLAIN, text.ptr[i], sizeof(PLAIN) - 1))
			return false;
	}
	return text.len > 0 && text.len <= NAME_MAX_BYTES &&
		text.ptr[0] != '.';
}

bool sweep_is_api_version(struct span version)
{
	struct span group = span_cut(&version, '/');

	return is_plain(group) &&
		(span_is_absent(version) || is_plain(version));
}

/* What is being read, and for which finalizer. */
struct reading {
	struct json json;
	const struct sweep_wanted *wanted; /* borrowed */
	struct sweep_object object;
	unsigned owner_count;
	bool is_bad;
};

typedef void member_fn(struct reading *reading, struct span key);

/* A string without an escape: what names and times are. */
static struct span take_text(struct reading *reading)
{
	const struct json *json = &reading->json;

	if (json->token == JSON_STRING && !json->has_escape)
		return json->text;
	reading->is_bad = true;
	return SPAN_NONE;
}

/*
 * Gives each member to `fn`, which takes it or leaves it: what it has not gone
 * through is skipped.
 */
static void each_member(struct reading *reading, member_fn *fn)
{
	struct json *json = &reading->json;

	if (json->token == JSON_NULL)
		return;
	if (json->token != JSON_OBJECT) {
		reading->is_bad = true;
		return;
	}
	while (!reading->is_bad && json_next(json) == JSON_KEY) {
		struct span key = json->text;
		const char *begin;

		json_next(json);
		begin = json->begin;
		fn(reading, key);
		if (json->begin == begin)
			json_pass_over(json);
	}
	if (json->token != JSON_OBJECT_END)
		reading->is_bad = true;
}

static void each_item(struct reading *reading,
	void (*fn)(struct reading *reading, unsigned index))
{
	struct json *json = &reading->json;

	if (json->token == JSON_NULL)
		return;
	if (json->token != JSON_ARRAY) {
		reading->is_bad = true;
		return;
	}
	for (unsigned i = 0; !reading->is_bad; i++) {
		const char *begin;

		if (json_next(json) == JSON_ARRAY_END)
			return;
		if (json->token == JSON_ERROR)
			break;
		begin = json->begin;
		fn(reading, i);
		if (json->begin == begin)
			json_skip(json);
	}
	reading->is_bad = true;
}

static int64_t take_time(struct reading *reading)
{
	int64_t seconds = 0;

	if (timestamp_parse(take_text(reading), &seconds))
		reading->is_bad = true;
	return seconds;
}

/* ---- metadata ------------------------------------------------------------ */

static void on_label(struct reading *reading, struct span key)
{
	struct sweep_object *object = &reading->object;

	if (span_eq(key, SPAN(SWEEP_LABEL_COMPLETED)))
		object->is_completed =
			span_eq(take_text(reading), SPAN("true"));
	else if (span_eq(key, SPAN(SWEEP_LABEL_INSTANCE)))
		object->instance = take_text(reading);
	if (span_eq(key, reading->wanted->label))
		object->label = take_text(reading);
}

static void on_annotation(struct reading *reading, struct span key)
{
	if (span_eq(key, SPAN(SWEEP_OPT_OUT)))
		reading->object.is_opted_out =
			!span_eq(take_text(reading), SPAN("false"));
	else if (span_eq(key, SPAN(SWEEP_ANNOTATION_NODE)))
		reading->object.node_id = take_text(reading);
}

static void on_finalizer(struct reading *reading, unsigned index)
{
	if (!span_eq(take_text(reading), reading->wanted->finalizer))
		return;
	reading->object.has_finalizer = true;
	reading->object.finalizer_index = index;
}

/* One reference. */
static void on_owner(struct reading *reading, unsigned index)
{
	struct sweep_object *object = &reading->object;
	struct json *json = &reading->json;
	struct span name = SPAN_NONE, uid = SPAN_NONE, kind = SPAN_NONE;
	struct span version = SPAN_NONE;
	bool is_controller = false;

	(void)index;
	if (json->token != JSON_OBJECT) {
		reading->is_bad = true;
		return;
	}
	while (json_next(json) == JSON_KEY) {
		struct span key = json->text;

		json_next(json);
		if (span_eq(key, SPAN("controller")))
			is_controller = json->token == JSON_TRUE;
		else if (span_eq(key, SPAN("name")))
			name = take_text(reading);
		else if (span_eq(key, SPAN("uid")))
			uid = take_text(reading);
		else if (span_eq(key, SPAN("kind")))
			kind = take_text(reading);
		else if (span_eq(key, SPAN("apiVersion")))
			version = take_text(reading);
		json_skip(json);
	}
	reading->owner_count++;
	if (object->is_controlled ||
		(reading->owner_count > 1 && !is_controller)) {
		/* Of several none but the controller speaks for it. */
		if (!object->is_controlled)
			object->owner = object->owner_uid = SPAN_NONE;
		return;
	}
	object->is_controlled = is_controller;
	object->owner = name;
	object->owner_uid = uid;
	object->owner_kind = kind;
	object->owner_version = version;
}

static void note_written(struct reading *reading)
{
	int64_t at;

	if (reading->json.token != JSON_STRING)
		return;
	at = take_time(reading);
	if (at > reading->object.written_at)
		reading->object.written_at = at;
}

static void on_manager(struct reading *reading, struct span key)
{
	if (span_eq(key, SPAN("time")))
		note_written(reading);
}

static void on_managers(struct reading *reading, unsigned index)
{
	(void)index;
	each_member(reading, on_manager);
}

static void on_metadata(struct reading *reading, struct span key)
{
	struct sweep_object *object = &reading->object;

	if (span_eq(key, SPAN("namespace")))
		object->namespace = take_text(reading);
	else if (span_eq(key, SPAN("name")))
		object->name = take_text(reading);
	else if (span_eq(key, SPAN("uid")))
		object->uid = take_text(reading);
	else if (span_eq(key, SPAN("resourceVersion")))
		object->resource_version = take_text(reading);
	else if (span_eq(key, SPAN("labels")))
		each_member(reading, on_label);
	else if (span_eq(key, SPAN("annotations")))
		each_member(reading, on_annotation);
	else if (span_eq(key, SPAN("finalizers"))) {
		object->has_finalizers = reading->json.token == JSON_ARRAY;
		each_item(reading, on_finalizer);
	} else if (span_eq(key, SPAN("ownerReferences")))
		each_item(reading, on_owner);
	else if (span_eq(key, SPAN("creationTimestamp")))
		note_written(reading);
	else if (span_eq(key, SPAN("managedFields")))
		each_item(reading, on_managers);
	else if (span_eq(key, SPAN("deletionTimestamp"))) {
		object->is_deleting = true;
		object->deleted_at = take_time(reading);
	}
}

/* ---- status -------------------------------------------------------------- */

/*
 * Wherever in the status they stand: lastTransitionTime of a condition,
 * startedAt and finishedAt of a container.  The latest counts.
 */
static void note_times(struct reading *reading)
{
	static const struct span NAMES[] = { SPAN_INIT("lastTransitionTime"),
		SPAN_INIT("startedAt"), SPAN_INIT("finishedAt"),
		SPAN_INIT("startTime") };
	const char *begin = reading->json.begin;
	struct span status;
	struct json json;

	if (json_skip(&reading->json)) {
		reading->is_bad = true;
		return;
	}
	status = json_since(&reading->json, begin);
	json_init(&json, status.ptr, status.len, DEPTH_MAX);
	while (json_next(&json) != JSON_END && json.token != JSON_ERROR) {
		bool is_time = false;
		int64_t at;

		if (json.token != JSON_KEY)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
			is_time |= span_eq(json.text, NAMES[i]);
		if (!is_time || json_next(&json) != JSON_STRING)
			continue;
		if (timestamp_parse(json.text, &at))
			reading->is_bad = true;
		else if (at > reading->object.last_change)
			reading->object.last_change = at;
	}
	/* Or the latest may be behind where it ended. */
	if (json.token == JSON_ERROR)
		reading->is_bad = true;
}

static void on_condition(struct reading *reading, unsigned index)
{
	struct json *json = &reading->json;
	struct span type = SPAN_NONE, status = SPAN_NONE;

	(void)index;
	if (json->token != JSON_OBJECT) {
		reading->is_bad = true;
		return;
	}
	while (json_next(json) == JSON_KEY) {
		struct span key = json->text;

		json_next(json);
		if (span_eq(key, SPAN("type")))
			type = take_text(reading);
		else if (span_eq(key, SPAN("status")))
			status = take_text(reading);
		json_skip(json);
	}
	if (span_eq(type, reading->wanted->condition))
		reading->object.condition = status;
}

static void on_status(struct reading *reading, struct span key)
{
	if (span_eq(key, SPAN("phase"))) {
		const struct json *json = &reading->json;
		struct span phase = json->text;

		reading->object.is_terminal = json->token == JSON_STRING &&
			(span_eq(phase, SPAN("Succeeded")) ||
				span_eq(phase, SPAN("Failed")));
	} else if (span_eq(key, SPAN("conditions")) &&
		reading->wanted->condition.len) {
		each_item(reading, on_condition);
	}
}

/* ---- the whole ----------------------------------------------------------- */

static void on_object(struct reading *reading, struct span key)
{
	struct json *json = &reading->json;

	if (span_eq(key, SPAN("kind"))) {
		if (!span_eq(take_text(reading), reading->wanted->kind))
			reading->is_bad = true;
	} else if (span_eq(key, SPAN("metadata"))) {
		each_member(reading, on_metadata);
	} else if (span_eq(key, SPAN("status"))) {
		struct json status = *json;

		if (json->token == JSON_OBJECT)
			each_member(reading, on_status);
		*json = status;
		note_times(reading);
	}
}

int sweep_object_read(struct span text, const struct sweep_wanted *wanted,
	struct sweep_object *ret_object)
{
	struct reading reading = {
		.wanted = wanted,
		.object.instance = SPAN(""),
	};
	const struct sweep_object *object = &reading.object;

	json_init(&reading.json, text.ptr, text.len, DEPTH_MAX);
	json_next(&reading.json);
	each_member(&reading, on_object);
	if (reading.is_bad || json_next(&reading.json) != JSON_END ||
		!object->name.len || !object->uid.len ||
		!object->resource_version.len)
		return -1;
	*ret_object = *object;
	return 0;
}

static int read_namespaced(struct span text, struct span kind,
	struct span finalizer, struct sweep_object *ret_object)
{
	const struct sweep_wanted wanted = {
		.kind = kind,
		.finalizer = finalizer,
	};
	struct sweep_object object;

	if (sweep_object_read(text, &wanted, &object) || !object.namespace.len)
		return -1;
	*ret_object = object;
	return 0;
}

int sweep_pod_read(
	struct span text, struct span finalizer, struct sweep_object *ret_pod)
{
	return read_namespaced(text, SPAN("Pod"), finalizer, ret_pod);
}

int sweep_workflow_read(struct span text, struct span finalizer,
	struct sweep_object *ret_workflow)
{
	return read_namespaced(text, SPAN("Workflow"), finalizer, ret_workflow);
}
