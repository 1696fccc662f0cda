/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/asked.h"

#include "base/json.h"
#include "conf/base64.h"

/* As deep as anything that is passed over. */
#define DEPTH_MAX 128u

enum member {
	MEMBER_ID,
	MEMBER_METHOD,
	MEMBER_PATH,
	MEMBER_CONTENT_TYPE,
	MEMBER_CONTENT_ENCODING,
	MEMBER_BODY,
	MEMBER_BODY_ENCODING,
	MEMBER_USER_AGENT,
	MEMBER_USER,
	MEMBER_GROUPS,
	MEMBER_COUNT,
};

static const struct span NAMES[MEMBER_COUNT] = {
	[MEMBER_ID] = SPAN_INIT("id"),
	[MEMBER_METHOD] = SPAN_INIT("method"),
	[MEMBER_PATH] = SPAN_INIT("path"),
	[MEMBER_CONTENT_TYPE] = SPAN_INIT("content_type"),
	[MEMBER_CONTENT_ENCODING] = SPAN_INIT("content_encoding"),
	[MEMBER_BODY] = SPAN_INIT("body"),
	[MEMBER_BODY_ENCODING] = SPAN_INIT("body_encoding"),
	[MEMBER_USER_AGENT] = SPAN_INIT("user_agent"),
	[MEMBER_USER] = SPAN_INIT("user"),
	[MEMBER_GROUPS] = SPAN_INIT("groups"),
};

static enum member member_of(const struct json *json)
{
	for (unsigned i = 0; i < MEMBER_COUNT; i++) {
		if (json_text_is(json, NAMES[i]))
			return (enum member)i;
	}
	return MEMBER_COUNT;
}

static struct span keep(const struct json *json, struct arena *arena)
{
	size_t cap = 3 * json->text.len; /* each byte a U+FFFD */
	char *text = arena_alloc(arena, cap + 1);

	return span_of(text, json_unescape(json->text, text, cap));
}

static int read_groups(struct json *json, struct arena *arena,
	struct subject *subject, struct err *err)
{
	struct span *groups =
		arena_alloc(arena, ASKED_GROUPS_MAX * sizeof(*groups));
	size_t count = 0;

	if (json->token != JSON_ARRAY)
		return err_set(err, "groups: must be a list of strings");
	while (json_next(json) == JSON_STRING) {
		if (count == ASKED_GROUPS_MAX)
			return err_set(err, "groups: at most %d are possible",
				ASKED_GROUPS_MAX);
		groups[count++] = keep(json, arena);
	}
	if (json->token != JSON_ARRAY_END)
		return err_set(err, "groups: must be a list of strings");
	subject->groups = groups;
	subject->group_count = count;
	return 0;
}

/* Whether it is given, and as a string. */
static int text_of(const struct span *texts, enum member member,
	struct span *ret_text, struct err *err)
{
	if (!texts[member].len)
		return err_set(err, "\"%s\" is missing", NAMES[member].ptr);
	*ret_text = texts[member];
	return 0;
}

static int decode_body(struct span encoding, struct span text,
	struct arena *arena, struct span *ret_body, struct err *err)
{
	struct buf bytes = BUF_INIT;
	int result;

	*ret_body = text;
	if (!encoding.len || span_eq(encoding, SPAN("utf8")))
		return 0;
	if (!span_eq(encoding, SPAN("base64")))
		return err_set(err,
			"body_encoding: must be utf8 or base64, is \"%.*s\"",
			SPAN_ARG(encoding));
	result = base64_decode(text, &bytes);
	if (result)
		err_set(err, "body: is not base64");
	else
		*ret_body = span_of(
			arena_dup(arena, buf_span(&bytes)), buf_len(&bytes));
	buf_fini(&bytes);
	return result;
}

static int read_member(struct json *json, enum member member,
	struct arena *arena, struct span *texts, struct asked *asked,
	struct err *err)
{
	if (member == MEMBER_GROUPS)
		return read_groups(json, arena, &asked->subject, err);
	if (member == MEMBER_COUNT) {
		json_skip(json);
		return 0;
	}
	if (json->token == JSON_NULL)
		texts[member] = SPAN_NONE;
	else if (json->token == JSON_STRING)
		texts[member] = keep(json, arena);
	else if (json->token != JSON_ERROR)
		return err_set(err, "%s: must be a string", NAMES[member].ptr);
	return 0;
}

static int read_members(struct json *json, struct arena *arena,
	struct span *texts, struct asked *asked, struct err *err)
{
	if (json_next(json) != JSON_OBJECT)
		return json->token == JSON_ERROR
			? err_set(err, "column %zu: %s", json_offset(json) + 1,
				  json_error_text(json->error))
			: err_set(err, "must be a JSON object");
	while (json_next(json) == JSON_KEY) {
		enum member member = member_of(json);

		json_next(json);
		if (read_member(json, member, arena, texts, asked, err))
			return -1;
	}
	if (json->token == JSON_ERROR || json_next(json) != JSON_END)
		return err_set(err, "column %zu: %s", json_offset(json) + 1,
			json_error_text(json->error));
	return 0;
}

int asked_read(struct span line, struct arena *arena, struct asked *ret_asked,
	struct err *err)
{
	struct span texts[MEMBER_COUNT] = { 0 };
	struct asked asked = { 0 };
	struct json json;

	json_init(&json, line.ptr, line.len, DEPTH_MAX);
	if (read_members(&json, arena, texts, &asked, err) ||
		text_of(texts, MEMBER_METHOD, &asked.head.method, err) ||
		text_of(texts, MEMBER_PATH, &asked.head.target, err) ||
		decode_body(texts[MEMBER_BODY_ENCODING], texts[MEMBER_BODY],
			arena, &asked.body, err))
		return -1;
	asked.id = texts[MEMBER_ID];
	asked.head.content_type = texts[MEMBER_CONTENT_TYPE];
	asked.head.content_encoding = texts[MEMBER_CONTENT_ENCODING];
	asked.user_agent = texts[MEMBER_USER_AGENT];
	asked.subject.user = texts[MEMBER_USER];
	*ret_asked = asked;
	return 0;
}
