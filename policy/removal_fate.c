/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a removal: as an answer says, or its object. */
#include "base/json.h"
#include "policy/meta.h"
#include "policy/removal.h"

/* ---- an answer ----------------------------------------------------------- */

/* What a metav1.Status says. */
struct status {
	bool is_status;
	bool is_not_found;
	bool is_not_served;
	bool has_name, has_resource, has_group; /* those that were asked for */
};

/*
 * A 404 of no object: that API is not served, or not yet; or somebody on the
 * way repeats that he heard so (NewGenericServerResponse in
 * apimachinery/pkg/api/errors).
 */
static bool says_not_served(struct span message)
{
	return span_starts_with(message,
		SPAN("the server could not find the requested resource"));
}

static void read_details(
	struct json *json, const struct class *class, struct status *status)
{
	if (json->token != JSON_OBJECT) {
		json_skip(json);
		return;
	}
	while (json_next(json) == JSON_KEY) {
		bool is_name = json_text_is(json, SPAN("name"));
		bool is_kind = json_text_is(json, SPAN("kind"));
		bool is_group = json_text_is(json, SPAN("group"));

		if (json_next(json) != JSON_STRING) {
			json_skip(json);
			continue;
		}
		if (is_name)
			status->has_name = json_text_is(json, class->name);
		/* It has the resource, not the kind. */
		if (is_kind)
			status->has_resource =
				json_text_is(json, class->resource);
		if (is_group)
			status->has_group = json_text_is(json, class->group);
	}
}

static void read_status(
	struct json *json, const struct class *class, struct status *status)
{
	while (json_next(json) == JSON_KEY) {
		bool is_kind = json_text_is(json, SPAN("kind"));
		bool is_reason = json_text_is(json, SPAN("reason"));
		bool is_message = json_text_is(json, SPAN("message"));
		bool is_details = json_text_is(json, SPAN("details"));

		if (json_next(json) != JSON_STRING) {
			if (is_details)
				read_details(json, class, status);
			else
				json_skip(json);
			continue;
		}
		if (is_kind)
			status->is_status = json_text_is(json, SPAN("Status"));
		if (is_reason)
			status->is_not_found =
				json_text_is(json, SPAN("NotFound"));
		if (is_message)
			status->is_not_served = says_not_served(json->text);
	}
}

/*
 * Whether a 404 is about the object that was asked for, and the API server's
 * own.  Anybody on the way says 404 too; and so does an API server of what it
 * does not serve: a kind whose definition is gone, or was not read yet.
 */
static bool is_gone(const struct class *class, struct span body)
{
	struct status status = { .has_group = span_is_empty(class->group) };
	struct json json;

	json_init(&json, body.ptr, body.len, META_DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return false;
	read_status(&json, class, &status);
	return json_next(&json) == JSON_END && status.is_status &&
		status.is_not_found && !status.is_not_served &&
		status.has_name && status.has_resource && status.has_group;
}

enum removal_fate removal_fate_of_answer(
	const struct class *class, unsigned status, struct span body)
{
	if (status >= 200 && status < 300)
		return REMOVAL_DONE;
	switch (status) {
	case 401:
		return REMOVAL_UNAUTHORIZED;
	case 403:
		return REMOVAL_FORBIDDEN;
	case 404:
		return is_gone(class, body) ? REMOVAL_GONE : REMOVAL_OPEN;
	case 409:
	case 422:
		return REMOVAL_UNDECIDED;
	case 408:
	case 425:
	case 429:
		return REMOVAL_OPEN;
	}
	return status >= 400 && status < 500 ? REMOVAL_REFUSED : REMOVAL_OPEN;
}

/* ---- the object ---------------------------------------------------------- */

struct object {
	bool is_one;
	struct span uid;
	struct names finalizers;
};

static void read_object_metadata(struct json *json, struct object *object)
{
	if (json->token != JSON_OBJECT) {
		json_skip(json);
		return;
	}
	object->is_one = true;
	while (json_next(json) == JSON_KEY) {
		bool is_list = json_text_is(json, SPAN("finalizers"));
		bool is_uid = json_text_is(json, SPAN("uid"));

		json_next(json);
		if (is_list) {
			names_read(json, &object->finalizers);
			continue;
		}
		if (is_uid && json->token == JSON_STRING)
			object->uid = json->text;
		json_skip(json);
	}
}

static int read_object(struct span text, struct object *ret_object)
{
	struct json json;

	*ret_object = (struct object){ .uid = SPAN_NONE };
	json_init(&json, text.ptr, text.len, META_DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return -1;
	while (json_next(&json) == JSON_KEY) {
		bool is_metadata = json_text_is(&json, SPAN("metadata"));

		json_next(&json);
		if (is_metadata)
			read_object_metadata(&json, ret_object);
		else
			json_skip(&json);
	}
	return json_next(&json) == JSON_END && ret_object->is_one ? 0 : -1;
}

/* None of those that the removal names; without names none at all. */
static bool lacks_finalizers(
	const struct class *class, const struct names *finalizers)
{
	if (finalizers->kind != NAMES_FULL)
		return true;
	/*
	 * The list tells what is to stay, and the names are those that it is
	 * known to lack: it may have taken others.
	 */
	if (class->why == EFFECT_WHY_NAME_LACKS)
		return false;
	/* It may name more than there was room for. */
	if (class->finalizer_count == 0 ||
		class->finalizer_count == CLASS_FINALIZERS_MAX)
		return false;
	for (unsigned i = 0; i < class->finalizer_count; i++) {
		if (names_has(finalizers->raw, class->finalizers[i]))
			return false;
	}
	return true;
}

enum removal_fate removal_fate_by_object(
	const struct class *class, struct span uid, struct span text)
{
	struct object object;

	if (read_object(text, &object))
		return REMOVAL_OPEN;
	if (!span_is_empty(uid) && !span_eq(uid, object.uid))
		return REMOVAL_RECREATED;
	return lacks_finalizers(class, &object.finalizers) ? REMOVAL_ABSENT
							   : REMOVAL_CONFLICT;
}
