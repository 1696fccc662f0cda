/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/rebase.h"

#include "base/json.h"

enum {
	DEPTH_MAX = 128,
	TAKEN_MAX = 16,
};

/* Where the object's finalizers are that are to go, and what they are. */
struct taken {
	unsigned index[TAKEN_MAX];
	struct span name[TAKEN_MAX]; /* raw */
	unsigned count;
};

static bool is_named(const struct class *class, struct span name)
{
	for (unsigned i = 0; i < class->finalizer_count; i++) {
		if (span_eq(class->finalizers[i], name))
			return true;
	}
	return false;
}

/* json's current token is the list's bracket. */
static void read_list(
	struct json *json, const struct class *class, struct taken *taken)
{
	if (json->token != JSON_ARRAY) {
		json_skip(json);
		return;
	}
	for (unsigned i = 0; json_next(json) == JSON_STRING; i++) {
		if (!is_named(class, json->text) || taken->count == TAKEN_MAX)
			continue;
		taken->index[taken->count] = i;
		taken->name[taken->count++] = json->text;
	}
}

static void read_metadata(
	struct json *json, const struct class *class, struct taken *taken)
{
	if (json->token != JSON_OBJECT) {
		json_skip(json);
		return;
	}
	while (json_next(json) == JSON_KEY) {
		bool is_list = json_text_is(json, SPAN("finalizers"));

		json_next(json);
		if (is_list)
			read_list(json, class, taken);
		else
			json_skip(json);
	}
}

static void find(const struct class *class, struct span object,
	struct taken *ret_taken)
{
	struct json json;

	*ret_taken = (struct taken){ .count = 0 };
	json_init(&json, object.ptr, object.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return;
	while (json_next(&json) == JSON_KEY) {
		bool is_metadata = json_text_is(&json, SPAN("metadata"));

		json_next(&json);
		if (is_metadata)
			read_metadata(&json, class, ret_taken);
		else
			json_skip(&json);
	}
}

bool rebase_write(const struct class *class, struct span uid,
	struct span object, struct buf *ret_body)
{
	struct taken taken;

	find(class, object, &taken);
	/* It may name more than there was room for: a part is not it. */
	if (span_is_empty(uid) || taken.count == 0 ||
		class->finalizer_count == CLASS_FINALIZERS_MAX)
		return false;
	/* Raw strings of JSON are strings of JSON again. */
	buf_printf(ret_body,
		"[{\"op\":\"test\",\"path\":\"/metadata/uid\","
		"\"value\":\"%.*s\"}",
		SPAN_ARG(uid));
	/* The last first: those before it keep their places. */
	for (unsigned i = taken.count; i-- > 0;)
		buf_printf(ret_body,
			",{\"op\":\"test\","
			"\"path\":\"/metadata/finalizers/%u\","
			"\"value\":\"%.*s\"},{\"op\":\"remove\","
			"\"path\":\"/metadata/finalizers/%u\"}",
			taken.index[i], SPAN_ARG(taken.name[i]),
			taken.index[i]);
	buf_append_str(ret_body, "]");
	return true;
}
