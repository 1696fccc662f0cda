/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merge patch (RFC 7386) and strategic merge patch: documents in the shape of
 * the object.
 */
#include "policy/effect.h"

/* A patch's outermost object. */
struct root {
	struct meta meta;
	struct list retain;       /* $retainKeys */
	enum directive directive; /* $patch */
	bool is_pure;             /* metadata once, and nothing else */
};

/* Returns 0, or -1 if this is not a JSON object. */
static int root_read(
	struct json *json, const struct class *class, struct root *ret_root)
{
	struct root *root = ret_root;

	*root = (struct root){ .is_pure = true };
	if (json_next(json) != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		bool is_meta = json_text_is(json, SPAN("metadata"));
		bool is_directive = json_text_is(json, SPAN("$patch"));
		bool is_retain = json_text_is(json, SPAN("$retainKeys"));

		root->is_pure &=
			is_meta && !json->has_escape && !root->meta.is_present;
		json_next(json);
		if (is_meta)
			meta_read(json, class, &root->meta);
		else if (is_directive)
			root->directive = directive_read(json);
		else if (is_retain)
			list_read(json, &root->retain);
		else
			json_skip(json);
	}
	root->is_pure &= root->meta.is_pure;
	return json_next(json) == JSON_END ? 0 : -1;
}

/* Sets what holds for the patch as a whole, whatever its effect. */
static void root_describe(const struct root *root, struct class *class)
{
	class->guards = root->meta.guards;
	class->is_pure = root->is_pure;
	class->is_repeatable = true;
	effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
}

void effect_read_merge_patch(const struct classifier *classifier,
	struct span body, struct class *class)
{
	struct root root;
	struct json json;

	json_init(&json, body.ptr, body.len, EFFECT_DEPTH_MAX);
	if (root_read(&json, class, &root)) {
		effect_set_malformed(class, &json);
		return;
	}
	root_describe(&root, class);
	/* Another name, or metadata that is gone, is refused. */
	if (!root.meta.is_object || root.meta.name == MATCH_OTHER)
		return;
	list_effect(&root.meta.finalizers, classifier, class);
}

/* metadata becomes exactly this. */
static void effect_of_replacement(const struct meta *meta, struct class *class)
{
	static const struct classifier nothing_known = { NULL, 0 };

	if (!meta->is_object || meta->name != MATCH_SAME)
		return;
	if (meta->finalizers.kind == LIST_ABSENT)
		effect_set(class, EFFECT_REMOVES, EFFECT_WHY_READ);
	else
		list_effect(&meta->finalizers, &nothing_known, class);
}

static bool is_list_directive(const struct json *json)
{
	static const struct span PREFIXES[] = {
		SPAN_INIT("$deleteFromPrimitiveList"),
		SPAN_INIT("$setElementOrder"), SPAN_INIT("$retainKeys")
	};
	char text[32];
	size_t len = json_unescape(json->text, text, sizeof(text));
	struct span key = span_of(text, u64_min(len, sizeof(text)));

	for (size_t i = 0; i < ARRAY_SIZE(PREFIXES); i++) {
		if (span_starts_with(key, PREFIXES[i]))
			return true;
	}
	return false;
}

/*
 * $retainKeys must list each key that the patch sets, or the patch is refused
 * (applyRetainKeysDirective).  Without the name the object loses it.
 */
static bool retain_is_accepted(const struct meta *meta)
{
	struct json json, key;

	if (meta->retain.kind != LIST_FULL ||
		!list_has(meta->retain.raw, SPAN("name")))
		return false;
	json_init(&json, meta->raw.ptr, meta->raw.len, EFFECT_DEPTH_MAX);
	json_next(&json);
	while (json_next(&json) == JSON_KEY) {
		char text[64];
		size_t len;

		key = json;
		json_next(&json);
		if (json.token != JSON_NULL && !is_list_directive(&key)) {
			len = json_unescape(key.text, text, sizeof(text));
			if (len > sizeof(text) ||
				!list_has(meta->retain.raw, span_of(text, len)))
				return false;
		}
		json_skip(&json);
	}
	return true;
}

static void effect_of_lists(const struct meta *meta, struct class *class)
{
	enum list_kind set = meta->finalizers.kind;
	enum list_kind deleted = meta->deleted.kind;
	bool removes = false, adds = set == LIST_FULL;

	if (set == LIST_INVALID || set == LIST_OTHER)
		return;
	/* The order must be a list, and so must what it orders. */
	if (meta->order.kind != LIST_ABSENT &&
		(meta->order.kind == LIST_NULL ||
			meta->order.kind == LIST_OTHER || set == LIST_NULL))
		return;
	switch (deleted) {
	case LIST_INVALID:
		return;
	case LIST_NULL: /* removes the key, whatever stands in front of it */
	case LIST_FULL:
		removes = true;
		break;
	case LIST_ABSENT:
	case LIST_EMPTY:
	case LIST_OTHER: /* not of the list's type: without effect */
		break;
	}
	removes |= set == LIST_NULL;
	if (removes && adds) {
		effect_set(class, EFFECT_MIXED, EFFECT_WHY_READ);
	} else if (removes) {
		class->finalizer = meta->deleted.first;
		effect_set(class, EFFECT_REMOVES, EFFECT_WHY_READ);
	} else if (adds) {
		effect_set(class, EFFECT_ADDS, EFFECT_WHY_READ);
	}
}

/*
 * Custom resources refuse this type (415).  The groups of the API server's own
 * resources have no dot or end in .k8s.io; the x-k8s.io ones are custom.
 */
static bool takes_strategic_patch(struct span group)
{
	return !group.len || !memchr(group.ptr, '.', group.len) ||
		span_ends_with(group, SPAN(".k8s.io"));
}

void effect_read_strategic_patch(struct span body, struct class *class)
{
	const struct meta *meta;
	struct root root;
	struct json json;

	if (!takes_strategic_patch(class->group)) {
		effect_set(class, EFFECT_NONE, EFFECT_WHY_UNDECODED);
		return;
	}
	json_init(&json, body.ptr, body.len, EFFECT_DEPTH_MAX);
	if (root_read(&json, class, &root)) {
		effect_set_malformed(class, &json);
		return;
	}
	root_describe(&root, class);
	meta = &root.meta;
	if (root.directive == DIRECTIVE_OTHER || !meta->is_object)
		return;
	/* Directives inside of what replaces are fields that nobody knows. */
	if (root.directive == DIRECTIVE_REPLACE) {
		effect_of_replacement(meta, class);
		return;
	}
	if (root.retain.kind != LIST_ABSENT &&
		!list_has(root.retain.raw, SPAN("metadata")))
		return;
	if (meta->name == MATCH_OTHER || meta->directive == DIRECTIVE_OTHER)
		return;
	if (meta->directive == DIRECTIVE_REPLACE) {
		effect_of_replacement(meta, class);
		return;
	}
	if (meta->retain.kind != LIST_ABSENT) {
		if (!retain_is_accepted(meta))
			return;
		if (!list_has(meta->retain.raw, SPAN("finalizers"))) {
			effect_set(class, EFFECT_REMOVES, EFFECT_WHY_READ);
			return;
		}
	}
	effect_of_lists(meta, class);
}
