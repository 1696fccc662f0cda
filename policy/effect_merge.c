/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merge patch (RFC 7386) and strategic merge patch: documents in the shape of
 * the object.
 */
#include "policy/effect.h"

/* A patch's outermost object. */
struct root {
	struct meta meta;
	struct names retain;              /* $retainKeys */
	enum directive directive;         /* $patch */
	bool is_pure;                     /* metadata once, and nothing else */
	bool has_no_kind, has_no_version; /* they are taken away */
};

enum member {
	MEMBER_METADATA,
	MEMBER_KIND,
	MEMBER_API_VERSION,
	MEMBER_DIRECTIVE,
	MEMBER_RETAIN,
	MEMBER_COUNT,
};

static enum member member_of(const struct json *json)
{
	static const struct span NAMES[MEMBER_COUNT] = {
		[MEMBER_METADATA] = SPAN_INIT("metadata"),
		[MEMBER_KIND] = SPAN_INIT("kind"),
		[MEMBER_API_VERSION] = SPAN_INIT("apiVersion"),
		[MEMBER_DIRECTIVE] = SPAN_INIT("$patch"),
		[MEMBER_RETAIN] = SPAN_INIT("$retainKeys"),
	};

	for (unsigned i = 0; i < MEMBER_COUNT; i++) {
		if (json_text_is(json, NAMES[i]))
			return (enum member)i;
	}
	return MEMBER_COUNT;
}

/* The member's value begins at the current token. */
static void root_read_member(struct json *json, enum member member,
	const struct class *class, struct root *root)
{
	switch (member) {
	case MEMBER_METADATA:
		root->is_pure &= !root->meta.is_present;
		meta_read(json, class, &root->meta);
		return;
	case MEMBER_KIND:
		root->has_no_kind = json->token != JSON_STRING;
		break;
	case MEMBER_API_VERSION:
		root->has_no_version = json->token != JSON_STRING;
		break;
	case MEMBER_DIRECTIVE:
		root->is_pure = false;
		root->directive = directive_read(json);
		return;
	case MEMBER_RETAIN:
		root->is_pure = false;
		names_read(json, &root->retain);
		return;
	case MEMBER_COUNT:
		break;
	}
	root->is_pure = false;
	json_skip(json);
}

/* Returns 0, or -1 if this is not a JSON object. */
static int root_read(
	struct json *json, const struct class *class, struct root *ret_root)
{
	struct root *root = ret_root;

	*root = (struct root){ .is_pure = true };
	if (json_next(json) != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		enum member member = member_of(json);

		root->is_pure &= !json->has_escape;
		json_next(json);
		root_read_member(json, member, class, root);
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

	json_init(&json, body.ptr, body.len, META_DEPTH_MAX);
	if (root_read(&json, class, &root)) {
		effect_set_malformed(class, &json);
		return;
	}
	root_describe(&root, class);
	/* Another name, or metadata that is gone, is refused. */
	if (root.has_no_kind || root.has_no_version || !root.meta.is_object ||
		root.meta.is_refused || root.meta.name == MATCH_OTHER)
		return;
	effect_of_names(&root.meta.finalizers, classifier, class);
}

/* metadata becomes exactly this. */
static void effect_of_replacement(const struct meta *meta, struct class *class)
{
	static const struct classifier nothing_known = { .known_count = 0 };

	if (!meta->is_object || meta->name != MATCH_SAME)
		return;
	if (meta->finalizers.kind == NAMES_ABSENT)
		effect_set(class, EFFECT_REMOVES, EFFECT_WHY_READ);
	else
		effect_of_names(&meta->finalizers, &nothing_known, class);
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

	if (!names_has(meta->retain.raw, SPAN("name")))
		return false;
	json_init(&json, meta->raw.ptr, meta->raw.len, META_DEPTH_MAX);
	json_next(&json);
	while (json_next(&json) == JSON_KEY) {
		char text[64];
		size_t len;

		key = json;
		json_next(&json);
		if (json.token != JSON_NULL && !is_list_directive(&key)) {
			len = json_unescape(key.text, text, sizeof(text));
			if (len > sizeof(text) ||
				!names_has(
					meta->retain.raw, span_of(text, len)))
				return false;
		}
		json_skip(&json);
	}
	return true;
}

static bool is_odd(enum names_kind kind)
{
	return kind == NAMES_INVALID || kind == NAMES_OTHER;
}

static void add_names(const struct names *list, struct class *class)
{
	struct json json;

	json_init(&json, list->raw.ptr, list->raw.len, META_DEPTH_MAX);
	while (json_next(&json) != JSON_END && json.token != JSON_ERROR) {
		if (json.token == JSON_STRING && !json.has_escape)
			effect_add_finalizer(class, json.text);
	}
}

static void effect_of_lists(const struct meta *meta, struct class *class)
{
	enum names_kind set = meta->finalizers.kind;
	enum names_kind deleted = meta->deleted.kind;
	enum names_kind order = meta->order.kind;
	bool adds = set == NAMES_FULL;
	bool removes = set == NAMES_NULL || deleted == NAMES_FULL ||
		deleted == NAMES_NULL; /* null: of the key behind it */

	/* The order must be a list, and so must what it orders. */
	if (order != NAMES_ABSENT &&
		(order == NAMES_NULL || order == NAMES_OTHER ||
			set == NAMES_NULL))
		return;
	/* Whether what is no list of names is refused depends on the stored. */
	if (is_odd(set) || is_odd(deleted)) {
		if (removes || adds || deleted == NAMES_INVALID)
			effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
	} else if (removes && adds) {
		effect_set(class, EFFECT_MIXED, EFFECT_WHY_READ);
	} else if (removes) {
		add_names(&meta->deleted, class);
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
	json_init(&json, body.ptr, body.len, META_DEPTH_MAX);
	if (root_read(&json, class, &root)) {
		effect_set_malformed(class, &json);
		return;
	}
	root_describe(&root, class);
	meta = &root.meta;
	if (root.directive == DIRECTIVE_OTHER || !meta->is_object ||
		meta->is_refused)
		return;
	/* Directives inside of what replaces are fields that nobody knows. */
	if (root.directive == DIRECTIVE_REPLACE) {
		effect_of_replacement(meta, class);
		return;
	}
	if (root.retain.kind != NAMES_ABSENT &&
		!names_has(root.retain.raw, SPAN("metadata")))
		return;
	if (meta->name == MATCH_OTHER || meta->directive == DIRECTIVE_OTHER)
		return;
	if (meta->directive == DIRECTIVE_REPLACE) {
		effect_of_replacement(meta, class);
		return;
	}
	if (meta->retain.kind != NAMES_ABSENT) {
		if (meta->has_duplicate) {
			effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
			return;
		}
		if (!retain_is_accepted(meta))
			return;
		if (!names_has(meta->retain.raw, SPAN("finalizers"))) {
			effect_set(class, EFFECT_REMOVES, EFFECT_WHY_READ);
			return;
		}
	}
	effect_of_lists(meta, class);
}
