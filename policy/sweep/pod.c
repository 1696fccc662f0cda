/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/pod.h"

#include "base/json.h"
#include "base/timestamp.h"

#define DEPTH_MAX 128u

/* What is being read, and for which finalizer. */
struct reading {
	struct json json;
	struct span kind;
	struct span finalizer;
	struct sweep_pod pod;
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
			json_skip(json);
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
	if (span_eq(key, SPAN(SWEEP_LABEL_COMPLETED)))
		reading->pod.is_completed =
			span_eq(take_text(reading), SPAN("true"));
	else if (span_eq(key, SPAN(SWEEP_LABEL_INSTANCE)))
		reading->pod.instance = take_text(reading);
}

static void on_annotation(struct reading *reading, struct span key)
{
	if (span_eq(key, SPAN(SWEEP_OPT_OUT)))
		reading->pod.is_opted_out =
			span_eq(take_text(reading), SPAN("true"));
}

static void on_finalizer(struct reading *reading, unsigned index)
{
	if (!span_eq(take_text(reading), reading->finalizer))
		return;
	reading->pod.has_finalizer = true;
	reading->pod.finalizer_index = index;
}

/* One reference: is it the controller, and a Workflow? */
static void on_owner(struct reading *reading, unsigned index)
{
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
	if (is_controller && span_eq(kind, SPAN("Workflow")) &&
		span_starts_with(version, SPAN("argoproj.io/"))) {
		reading->pod.owner = name;
		reading->pod.owner_uid = uid;
	}
}

static void on_metadata(struct reading *reading, struct span key)
{
	struct sweep_pod *pod = &reading->pod;

	if (span_eq(key, SPAN("namespace")))
		pod->namespace = take_text(reading);
	else if (span_eq(key, SPAN("name")))
		pod->name = take_text(reading);
	else if (span_eq(key, SPAN("uid")))
		pod->uid = take_text(reading);
	else if (span_eq(key, SPAN("resourceVersion")))
		pod->resource_version = take_text(reading);
	else if (span_eq(key, SPAN("labels")))
		each_member(reading, on_label);
	else if (span_eq(key, SPAN("annotations")))
		each_member(reading, on_annotation);
	else if (span_eq(key, SPAN("finalizers")))
		each_item(reading, on_finalizer);
	else if (span_eq(key, SPAN("ownerReferences")))
		each_item(reading, on_owner);
	else if (span_eq(key, SPAN("deletionTimestamp"))) {
		pod->is_deleting = true;
		pod->deleted_at = take_time(reading);
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
		else if (at > reading->pod.last_change)
			reading->pod.last_change = at;
	}
}

static void on_status(struct reading *reading, struct span key)
{
	if (span_eq(key, SPAN("phase"))) {
		struct span phase = take_text(reading);

		reading->pod.is_terminal = span_eq(phase, SPAN("Succeeded")) ||
			span_eq(phase, SPAN("Failed"));
	}
}

/* ---- the whole ----------------------------------------------------------- */

static void on_pod(struct reading *reading, struct span key)
{
	struct json *json = &reading->json;

	if (span_eq(key, SPAN("kind"))) {
		if (!span_eq(take_text(reading), reading->kind))
			reading->is_bad = true;
	} else if (span_eq(key, SPAN("metadata"))) {
		each_member(reading, on_metadata);
	} else if (span_eq(key, SPAN("status"))) {
		struct json status = *json;

		each_member(reading, on_status);
		*json = status;
		note_times(reading);
	}
}

static int read_object(struct span text, struct span kind,
	struct span finalizer, struct sweep_pod *ret_pod)
{
	struct reading reading = {
		.kind = kind,
		.finalizer = finalizer,
		.pod.instance = SPAN(""),
	};
	const struct sweep_pod *pod = &reading.pod;

	json_init(&reading.json, text.ptr, text.len, DEPTH_MAX);
	json_next(&reading.json);
	each_member(&reading, on_pod);
	if (reading.is_bad || json_next(&reading.json) != JSON_END ||
		!pod->namespace.len || !pod->name.len || !pod->uid.len ||
		!pod->resource_version.len)
		return -1;
	*ret_pod = *pod;
	return 0;
}

int sweep_pod_read(
	struct span text, struct span finalizer, struct sweep_pod *ret_pod)
{
	return read_object(text, SPAN("Pod"), finalizer, ret_pod);
}

int sweep_workflow_read(struct span text, struct span finalizer,
	struct sweep_pod *ret_workflow)
{
	return read_object(text, SPAN("Workflow"), finalizer, ret_workflow);
}
