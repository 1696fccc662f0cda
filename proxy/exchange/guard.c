/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/guard.h"

#include "base/json.h"

enum {
	DEPTH_MAX = 128,
};

/* What the API server makes up: nothing that JSON would read otherwise. */
static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
			!(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return text.len > 0;
}

/* Behind the brace of metadata, which has something in it; 0: none has. */
static size_t metadata_at(struct json *json)
{
	while (json_next(json) == JSON_KEY) {
		bool is_metadata = json_text_is(json, SPAN("metadata"));

		json_next(json);
		if (is_metadata)
			return json->token == JSON_OBJECT ? json_offset(json)
							  : 0;
		json_skip(json);
	}
	return 0;
}

static void append_members(
	struct span uid, struct span version, struct buf *ret_body)
{
	buf_printf(ret_body, "\"uid\":\"%.*s\",", SPAN_ARG(uid));
	if (!span_is_absent(version))
		buf_printf(ret_body, "\"resourceVersion\":\"%.*s\",",
			SPAN_ARG(version));
}

static void append_tests(
	struct span uid, struct span version, struct buf *ret_body)
{
	buf_printf(ret_body,
		"{\"op\":\"test\",\"path\":\"/metadata/uid\","
		"\"value\":\"%.*s\"},",
		SPAN_ARG(uid));
	if (!span_is_absent(version))
		buf_printf(ret_body,
			"{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\","
			"\"value\":\"%.*s\"},",
			SPAN_ARG(version));
}

bool guard_write(struct span body, struct span uid, struct span version,
	struct buf *ret_body)
{
	bool is_list;
	struct json json;
	size_t at;

	json_init(&json, body.ptr, body.len, DEPTH_MAX);
	is_list = json_next(&json) == JSON_ARRAY;
	if (!is_list && json.token != JSON_OBJECT)
		return false;
	at = is_list ? json_offset(&json) : metadata_at(&json);
	if (!at || !is_plain(uid) ||
		(!span_is_absent(version) && !is_plain(version)))
		return false;
	buf_append_span(ret_body, span_of(body.ptr, at));
	if (is_list)
		append_tests(uid, version, ret_body);
	else
		append_members(uid, version, ret_body);
	buf_append_span(ret_body, span_skip(body, at));
	return true;
}
