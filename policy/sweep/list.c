/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/list.h"

#define DEPTH_MAX 128u

/* metadata.continue; its value begins at the current token. */
static int read_metadata(struct json *json, struct sweep_list *list)
{
	if (json->token != JSON_OBJECT)
		return -1;
	while (json_next(json) == JSON_KEY) {
		bool is_token = json_text_is(json, SPAN("continue"));

		json_next(json);
		if (!is_token) {
			json_skip(json);
			continue;
		}
		/* Tokens are base64: nothing in them is escaped. */
		if (json->token != JSON_STRING || json->has_escape)
			return -1;
		list->continue_token = json->text;
	}
	return json->token == JSON_OBJECT_END ? 0 : -1;
}

/*
 * An item is not looked at yet: one that nests deeper than is read, which a
 * custom resource may, is that item's matter alone.
 */
static int read_items(struct json *json, struct sweep_list *list)
{
	const char *begin = json->begin;

	if (json->token == JSON_NULL) {
		list->items = SPAN("[]");
		return 0;
	}
	if (json->token != JSON_ARRAY || json_pass_over(json))
		return -1;
	list->items = json_since(json, begin);
	return 0;
}

int sweep_list_open(
	struct span text, struct span kind, struct sweep_list *ret_list)
{
	struct sweep_list list = { .continue_token = SPAN("") };
	bool is_kind = false;
	struct json json;

	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return -1;
	while (json_next(&json) == JSON_KEY) {
		struct span key = json.text;
		int result = 0;

		json_next(&json);
		if (span_eq(key, SPAN("kind")))
			is_kind = json.token == JSON_STRING &&
				(span_is_absent(kind)
						? span_ends_with(json.text,
							  SPAN("List"))
						: span_eq(json.text, kind));
		if (span_eq(key, SPAN("metadata")))
			result = read_metadata(&json, &list);
		else if (span_eq(key, SPAN("items")))
			result = read_items(&json, &list);
		else
			result = json_skip(&json);
		if (result)
			return -1;
	}
	if (json_next(&json) != JSON_END || !is_kind ||
		span_is_absent(list.items))
		return -1;
	/* Behind the bracket: items are cut off its front. */
	list.items = span_skip(list.items, 1);
	*ret_list = list;
	return 0;
}

struct span sweep_list_expired_token(struct span text)
{
	struct sweep_list list = { .continue_token = SPAN_NONE };
	bool is_status = false;
	struct json json;

	json_init(&json, text.ptr, text.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return SPAN_NONE;
	while (json_next(&json) == JSON_KEY) {
		struct span key = json.text;
		int result = 0;

		json_next(&json);
		if (span_eq(key, SPAN("kind")))
			is_status = json.token == JSON_STRING &&
				span_eq(json.text, SPAN("Status"));
		if (span_eq(key, SPAN("metadata")))
			result = read_metadata(&json, &list);
		else
			result = json_skip(&json);
		if (result)
			return SPAN_NONE;
	}
	return json_next(&json) == JSON_END && is_status &&
			list.continue_token.len
		? list.continue_token
		: SPAN_NONE;
}

/* Between items there are commas and white space. */
bool sweep_list_next(struct sweep_list *list, struct span *ret_item)
{
	struct json json;

	while (list->items.len && list->items.ptr[0] != '{')
		list->items = span_skip(list->items, 1);
	if (!list->items.len)
		return false;
	json_init(&json, list->items.ptr, list->items.len, DEPTH_MAX);
	json_next(&json);
	/* Brackets that do not fit: what is left is one that nobody reads. */
	*ret_item = json_pass_over(&json)
		? list->items
		: json_since(&json, list->items.ptr);
	list->items = span_skip(list->items, ret_item->len);
	return true;
}
