/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes through the scanner.  The first byte chooses the depth limit.
 * What must hold: it ends, stays inside, its texts are inside, what it
 * accepts has balanced brackets, and each proper prefix of an accepted object
 * is refused.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct json *json, const char *text, size_t len)
{
	char small[8];
	size_t n;

	CHECK(json->text.ptr > text);
	CHECK(json->text.ptr + json->text.len < text + len);
	n = json_unescape(json->text, small, sizeof(small));
	CHECK(n <= json->text.len * 3);
	/* Compared with itself; U+FFFD may stand for broken bytes. */
	if (n <= sizeof(small) && !memchr(small, '\xef', n))
		CHECK(json_text_is(json, span_of(small, n)));
}

static bool is_accepted(const char *text, size_t len, unsigned depth_max)
{
	unsigned depth = 0;
	struct json json;

	json_init(&json, text, len, depth_max);
	while (json_next(&json) != JSON_END && json.token != JSON_ERROR) {
		if (json.token == JSON_OBJECT || json.token == JSON_ARRAY)
			depth++;
		if (json.token == JSON_OBJECT_END ||
			json.token == JSON_ARRAY_END)
			depth--;
		CHECK(depth <= depth_max);
		if (json.token == JSON_KEY || json.token == JSON_STRING)
			check_text(&json, text, len);
	}
	CHECK(json_offset(&json) <= len);
	CHECK((json.token == JSON_END) == (json.error == JSON_OK));
	if (json.token == JSON_END)
		CHECK(!depth && json_offset(&json) == len);
	return json.token == JSON_END;
}

static void check_skip(const char *text, size_t len, unsigned depth_max)
{
	struct json json;

	json_init(&json, text, len, depth_max);
	json_next(&json);
	CHECK(json_skip(&json) == 0);
	CHECK(json_next(&json) == JSON_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned depth_max;
	char *text;

	if (!size)
		return 0;
	depth_max = data[0];
	text = malloc(size - 1);
	if (size > 1)
		memcpy(text, data + 1, size - 1);
	if (is_accepted(text, size - 1, depth_max)) {
		check_skip(text, size - 1, depth_max);
		if (size < 64 && text[0] == '{' && text[size - 2] == '}') {
			for (size_t len = 0; len < size - 2; len++)
				CHECK(!is_accepted(text, len, depth_max));
		}
	}
	free(text);
	return 0;
}
