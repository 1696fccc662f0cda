/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/meta.h"

/*
 * A qualified name as far as its letters go; others are refused when the
 * object is validated.
 */
static bool is_name(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i], letter = (char)(c | 0x20);

		if (!(letter >= 'a' && letter <= 'z') &&
			!(c >= '0' && c <= '9') && c != '-' && c != '_' &&
			c != '.' && c != '/')
			return false;
	}
	return text.len > 0;
}

/* A prefix, a slash and a name. */
#define NAME_MAX_LEN (253 + 1 + 63)

static bool token_is_name(const struct json *json)
{
	char text[NAME_MAX_LEN];
	size_t len;

	if (json->token != JSON_STRING)
		return false;
	if (!json->has_escape)
		return json->text.len <= sizeof(text) && is_name(json->text);
	len = json_unescape(json->text, text, sizeof(text));
	return len <= sizeof(text) && is_name(span_of(text, len));
}

void names_read(struct json *json, struct names *ret_names)
{
	struct names list = { .kind = NAMES_EMPTY };
	const char *begin;

	if (json->token == JSON_NULL)
		list.kind = NAMES_NULL;
	else if (json->token != JSON_ARRAY)
		list.kind = NAMES_OTHER;
	if (list.kind != NAMES_EMPTY) {
		json_skip(json);
		*ret_names = list;
		return;
	}
	begin = json->begin;
	while (json_next(json) != JSON_ARRAY_END) {
		if (json->token == JSON_ERROR)
			return;
		if (!token_is_name(json)) {
			list.kind = NAMES_INVALID;
			json_skip(json);
		} else if (list.kind == NAMES_EMPTY) {
			list.kind = NAMES_FULL;
		}
	}
	list.raw = json_since(json, begin);
	*ret_names = list;
}

bool names_has(struct span raw, struct span name)
{
	struct json json;

	json_init(&json, raw.ptr, raw.len, META_DEPTH_MAX);
	while (json_next(&json) != JSON_END && json.token != JSON_ERROR) {
		if (json.token == JSON_STRING && json_text_is(&json, name))
			return true;
	}
	return false;
}

enum directive directive_read(struct json *json)
{
	if (json->token == JSON_STRING && json_text_is(json, SPAN("replace")))
		return DIRECTIVE_REPLACE;
	json_skip(json);
	return DIRECTIVE_OTHER;
}

static enum match match_read(struct json *json, struct span expected)
{
	if (json->token == JSON_STRING && json_text_is(json, expected))
		return MATCH_SAME;
	json_skip(json);
	return MATCH_OTHER;
}

static bool text_is_set(const struct json *json)
{
	return json->token == JSON_STRING && json->text.len > 0;
}

bool version_is_set(struct span raw)
{
	for (size_t i = 0; i < raw.len; i++) {
		if (raw.ptr[i] != '0')
			return true;
	}
	return false;
}

static bool is_text_or_null(const struct json *json)
{
	return json->token == JSON_STRING || json->token == JSON_NULL;
}

/* Whether these can be labels; `*is_plain` unless it is more than that. */
static bool labels_read(struct json *json, bool *is_plain)
{
	bool is_object = json->token == JSON_OBJECT, is_accepted = true;

	if (!is_object) {
		is_accepted = json->token == JSON_NULL;
		*is_plain = false;
		json_skip(json);
		return is_accepted;
	}
	while (json_next(json) == JSON_KEY) {
		/* Directives have values of their own. */
		bool is_directive = json->text.len && json->text.ptr[0] == '$';

		*is_plain &= !json->has_escape && !is_directive;
		json_next(json);
		if (!is_text_or_null(json)) {
			*is_plain = false;
			is_accepted &= is_directive;
		}
		json_skip(json);
	}
	return is_accepted;
}

/* The members of metadata that matter here. */
enum member {
	MEMBER_FINALIZERS,
	MEMBER_LABELS,
	MEMBER_RESOURCE_VERSION,
	MEMBER_UID,
	MEMBER_NAME,
	MEMBER_DELETION_TIMESTAMP,
	MEMBER_DELETED,
	MEMBER_ORDER,
	MEMBER_RETAIN,
	MEMBER_DIRECTIVE,
	MEMBER_COUNT,
};

static enum member member_of(const struct json *json)
{
	static const struct span NAMES[MEMBER_COUNT] = {
		[MEMBER_FINALIZERS] = SPAN_INIT("finalizers"),
		[MEMBER_LABELS] = SPAN_INIT("labels"),
		[MEMBER_RESOURCE_VERSION] = SPAN_INIT("resourceVersion"),
		[MEMBER_UID] = SPAN_INIT("uid"),
		[MEMBER_NAME] = SPAN_INIT("name"),
		[MEMBER_DELETION_TIMESTAMP] = SPAN_INIT("deletionTimestamp"),
		[MEMBER_DELETED] =
			SPAN_INIT("$deleteFromPrimitiveList/finalizers"),
		[MEMBER_ORDER] = SPAN_INIT("$setElementOrder/finalizers"),
		[MEMBER_RETAIN] = SPAN_INIT("$retainKeys"),
		[MEMBER_DIRECTIVE] = SPAN_INIT("$patch"),
	};

	for (unsigned i = 0; i < MEMBER_COUNT; i++) {
		if (json_text_is(json, NAMES[i]))
			return (enum member)i;
	}
	return MEMBER_COUNT;
}

static unsigned guard_bit(unsigned guards, unsigned guard, bool is_set)
{
	return is_set ? guards | guard : guards & ~guard;
}

/*
 * The member's value begins at the current token.  False if it is not of the
 * member's type, so that the object would not decode.
 */
static bool meta_read_member(struct json *json, enum member member,
	const struct class *class, struct meta *meta)
{
	bool is_accepted = is_text_or_null(json);

	switch (member) {
	case MEMBER_FINALIZERS:
		names_read(json, &meta->finalizers);
		return true;
	case MEMBER_DELETED:
		names_read(json, &meta->deleted);
		return true;
	case MEMBER_ORDER:
		names_read(json, &meta->order);
		return true;
	case MEMBER_LABELS:
		return labels_read(json, &meta->is_pure);
	case MEMBER_RESOURCE_VERSION:
		meta->guards = guard_bit(meta->guards, GUARD_RESOURCE_VERSION,
			json->token == JSON_STRING && !json->has_escape &&
				version_is_set(json->text));
		break;
	case MEMBER_UID:
		meta->guards =
			guard_bit(meta->guards, GUARD_UID, text_is_set(json));
		break;
	case MEMBER_NAME:
		meta->is_pure = false;
		meta->name = match_read(json, class->name);
		return true;
	case MEMBER_DELETION_TIMESTAMP:
		meta->is_pure = false;
		meta->is_deleting = text_is_set(json);
		break;
	case MEMBER_RETAIN:
		meta->is_pure = false;
		names_read(json, &meta->retain);
		return true;
	case MEMBER_DIRECTIVE:
		meta->is_pure = false;
		meta->directive = directive_read(json);
		return true;
	case MEMBER_COUNT:
		meta->is_pure = false;
		is_accepted = true;
		break;
	}
	json_skip(json);
	return is_accepted;
}

void meta_read(
	struct json *json, const struct class *class, struct meta *ret_meta)
{
	struct meta *meta = ret_meta;
	const char *begin = json->begin;
	unsigned seen = 0, refused = 0;

	*meta = (struct meta){
		.is_present = true,
		.is_object = json->token == JSON_OBJECT,
		.is_pure = json->token == JSON_OBJECT,
		.has_duplicate = false,
	};
	if (!meta->is_object) {
		json_skip(json);
		return;
	}
	while (json_next(json) == JSON_KEY) {
		enum member member = member_of(json);
		unsigned bit = member == MEMBER_COUNT ? 0 : 1u << member;

		meta->has_duplicate |= seen & bit;
		seen |= bit;
		meta->is_pure &= !json->has_escape;
		json_next(json);
		refused &= ~bit;
		if (!meta_read_member(json, member, class, meta))
			refused |= bit;
	}
	meta->is_refused = refused != 0;
	meta->is_pure &= !meta->has_duplicate;
	meta->raw = json_since(json, begin);
}
