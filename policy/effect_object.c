/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole objects as JSON.  They say what the list shall be, not what is taken
 * from it: that is certain only where a deleting object, which something must
 * have kept from going, no longer lists anything.
 */
#include "policy/effect.h"

/* A pod is also deleting while the kubelet ends it. */
static bool waits_without_finalizers(const struct class *class)
{
	return !class->group.len && span_eq(class->resource, SPAN("pods"));
}

void effect_of_object(const struct classifier *classifier,
	const struct meta *meta, unsigned kept, struct class *class)
{
	enum names_kind list = meta->finalizers.kind;
	bool is_empty = list == NAMES_ABSENT || list == NAMES_NULL ||
		list == NAMES_EMPTY;

	class->guards = meta->guards;
	/* Typed decoding merges duplicates: one may mend the other. */
	if (!meta->has_duplicate &&
		(!meta->is_object || meta->is_refused ||
			meta->name == MATCH_OTHER))
		effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
	else if (is_empty && meta->is_deleting && !meta->has_duplicate &&
		!waits_without_finalizers(class))
		effect_set(class, EFFECT_REMOVES, EFFECT_WHY_READ);
	else if (meta->has_duplicate || list == NAMES_INVALID ||
		list == NAMES_OTHER)
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
	else
		effect_of_kept(classifier, kept, class);
}

/* An object's metadata, and the finalizers of its spec. */
struct object {
	struct meta meta;
	struct names spec_finalizers;
	bool has_duplicate; /* of metadata or spec: typed decoding merges them
			     */
};

/* The members of `spec`; its value begins at the current token. */
static void spec_read(struct json *json, struct names *ret_finalizers)
{
	while (json_next(json) == JSON_KEY) {
		bool is_list = json_text_is(json, SPAN("finalizers"));

		json_next(json);
		if (is_list)
			names_read(json, ret_finalizers);
		else
			json_skip(json);
	}
}

static int object_read(
	struct json *json, const struct class *class, struct object *ret_object)
{
	struct object *object = ret_object;
	bool has_spec = false;

	*object = (struct object){ 0 };
	if (json_next(json) != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		bool is_meta = json_text_is(json, SPAN("metadata"));
		bool is_spec = json_text_is(json, SPAN("spec"));

		json_next(json);
		if (is_meta) {
			object->has_duplicate |= object->meta.is_present;
			meta_read(json, class, &object->meta);
		} else if (is_spec && json->token == JSON_OBJECT) {
			object->has_duplicate |= has_spec;
			has_spec = true;
			spec_read(json, &object->spec_finalizers);
		} else {
			json_skip(json);
		}
	}
	return json_next(json) == JSON_END ? 0 : -1;
}

/* False: the body is no such object, and the class says so. */
static bool object_open(
	struct span body, struct class *class, struct object *ret_object)
{
	struct json json;

	json_init(&json, body.ptr, body.len, META_DEPTH_MAX);
	if (!object_read(&json, class, ret_object))
		return true;
	effect_set_malformed(class, &json);
	return false;
}

void effect_read_object(const struct classifier *classifier, struct span body,
	struct class *class)
{
	struct object object;

	if (!object_open(body, class, &object))
		return;
	object.meta.has_duplicate |= object.has_duplicate;
	effect_of_object(classifier, &object.meta,
		effect_kept(classifier, &object.meta.finalizers), class);
}

void effect_read_finalize(struct span body, struct class *class)
{
	struct object object;

	if (!object_open(body, class, &object))
		return;
	class->guards = object.meta.guards;
	if (!object.meta.is_object || object.meta.name == MATCH_OTHER) {
		effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
		return;
	}
	switch (object.spec_finalizers.kind) {
	case NAMES_ABSENT:
	case NAMES_NULL:
	case NAMES_EMPTY:
		effect_set(class,
			object.has_duplicate ? EFFECT_WRITES : EFFECT_REMOVES,
			object.has_duplicate ? EFFECT_WHY_STATE
					     : EFFECT_WHY_READ);
		return;
	case NAMES_FULL:
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
		return;
	case NAMES_INVALID:
	case NAMES_OTHER:
		effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
		return;
	}
}

void effect_read_apply(struct span body, struct class *class)
{
	struct object object;

	if (!object_open(body, class, &object))
		return;
	class->guards = object.meta.guards;
	/* What this manager owned and does not list any more goes. */
	if (object.meta.finalizers.kind == NAMES_ABSENT)
		effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
	else
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
}
