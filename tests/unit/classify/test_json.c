/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* Scans an exact copy to its end; what the scanner says of it. */
static enum json_error scan(struct span text, unsigned depth_max)
{
	char *copy = malloc(text.len);
	struct json json;

	if (text.len)
		memcpy(copy, text.ptr, text.len);
	json_init(&json, copy, text.len, depth_max);
	while (json_next(&json) != JSON_END && json.token != JSON_ERROR)
		;
	cr_assert_leq(json_offset(&json), text.len);
	free(copy);
	return json.error;
}

static const struct span ACCEPTED[] = {
	SPAN_INIT("0"),
	SPAN_INIT("-0"),
	SPAN_INIT("-0.0e-0"),
	SPAN_INIT("10"),
	SPAN_INIT("0e1"),
	SPAN_INIT("0E+01"),
	SPAN_INIT("1.5E007"),
	SPAN_INIT("123456789012345678901234567890"),
	SPAN_INIT("1e-400"),
	SPAN_INIT("0e999999999999999999999"),
	SPAN_INIT("0.000e99999999999"),
	SPAN_INIT("1.7976931348623157e308"),
	SPAN_INIT("17976931348623157e292"),
	SPAN_INIT("0.00017976931348623157e312"),
	SPAN_INIT("true"),
	SPAN_INIT("false"),
	SPAN_INIT("null"),
	SPAN_INIT(" \t\r\n{ \"a\" : [ ] } \t\r\n"),
	SPAN_INIT("[]"),
	SPAN_INIT("{}"),
	SPAN_INIT("[[],{},[{}]]"),
	SPAN_INIT("[1,\"\",null]"),
	SPAN_INIT("\"\""),
	SPAN_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	SPAN_INIT("\"\\u0000\\uD834\\uDd1e\\ud800\""),
	SPAN_INIT("\"\x7f\xe2\x80\xa8\""),
	SPAN_INIT("\"\xff\xc0\x80\xed\xa0\x80\""), /* no UTF-8, replaced */
	SPAN_INIT("{\"\":0,\"\":1}"),
	SPAN_INIT("{\"a\\u0000b\":null}"),
	SPAN_INIT("\"a string that is longer than one machine word\""),
};

Test(json, accepts_what_the_api_server_accepts)
{
	for (size_t i = 0; i < ARRAY_SIZE(ACCEPTED); i++)
		cr_expect_eq(scan(ACCEPTED[i], 8), JSON_OK, "%.*s",
			SPAN_ARG(ACCEPTED[i]));
}

static const struct span REFUSED[] = {
	SPAN_INIT(""),
	SPAN_INIT(" "),
	SPAN_INIT("\xef\xbb\xbf{}"),
	SPAN_INIT("{\0}"),
	SPAN_INIT("{}\0"),
	SPAN_INIT("\f{}"),
	SPAN_INIT("\v{}"),
	SPAN_INIT("\xc2\xa0{}"),
	SPAN_INIT("{\0 \"\0a\0\"\0:\0 1\0}\0"), /* UTF-16 */
	SPAN_INIT("{} {}"),
	SPAN_INIT("{}x"),
	SPAN_INIT("1 2"),
	SPAN_INIT("//c\n{}"),
	SPAN_INIT("/**/{}"),
	SPAN_INIT("#"),
	SPAN_INIT("["),
	SPAN_INIT("]"),
	SPAN_INIT("[1"),
	SPAN_INIT("[1,"),
	SPAN_INIT("[1,]"),
	SPAN_INIT("[,1]"),
	SPAN_INIT("[1,,2]"),
	SPAN_INIT("[1 2]"),
	SPAN_INIT("[1}"),
	SPAN_INIT("[\"a\":1]"),
	SPAN_INIT("[]]"),
	SPAN_INIT("{"),
	SPAN_INIT("}"),
	SPAN_INIT("{]"),
	SPAN_INIT("{\"a\"}"),
	SPAN_INIT("{\"a\":}"),
	SPAN_INIT("{\"a\":1,}"),
	SPAN_INIT("{,\"a\":1}"),
	SPAN_INIT("{\"a\":1 \"b\":2}"),
	SPAN_INIT("{\"a\",1}"),
	SPAN_INIT("{\"a\"::1}"),
	SPAN_INIT("{\"a\":1:2}"),
	SPAN_INIT("{\"a\":1;\"b\":2}"),
	SPAN_INIT("{a:1}"),
	SPAN_INIT("{'a':1}"),
	SPAN_INIT("{1:1}"),
	SPAN_INIT("{null:1}"),
	SPAN_INIT("{[]:1}"),
	SPAN_INIT("\""),
	SPAN_INIT("\"a"),
	SPAN_INIT("\"\\"),
	SPAN_INIT("\"\\\""),
	SPAN_INIT("\"\\x41\""),
	SPAN_INIT("\"\\'\""),
	SPAN_INIT("\"\\\0\""),
	SPAN_INIT("\"\\u\""),
	SPAN_INIT("\"\\u00\""),
	SPAN_INIT("\"\\u00g0\""),
	SPAN_INIT("\"\\u0"),
	SPAN_INIT("\"\\U0041\""),
	SPAN_INIT("\"a\tb\""),
	SPAN_INIT("\"a\nb\""),
	SPAN_INIT("\"\0\""),
	SPAN_INIT("\"\x1f\""),
	SPAN_INIT("\"eight chars and then \x01\""),
	SPAN_INIT("'a'"),
	SPAN_INIT("nul"),
	SPAN_INIT("nulL"),
	SPAN_INIT("nulll"),
	SPAN_INIT("True"),
	SPAN_INIT("tru"),
	SPAN_INIT("falsey"),
	SPAN_INIT("undefined"),
	SPAN_INIT("NaN"),
	SPAN_INIT("Infinity"),
	SPAN_INIT("-Infinity"),
	SPAN_INIT("+1"),
	SPAN_INIT("-"),
	SPAN_INIT("--1"),
	SPAN_INIT("- 1"),
	SPAN_INIT("01"),
	SPAN_INIT("-01"),
	SPAN_INIT("00"),
	SPAN_INIT("1."),
	SPAN_INIT(".1"),
	SPAN_INIT("-.1"),
	SPAN_INIT("1.e1"),
	SPAN_INIT("1e"),
	SPAN_INIT("1e+"),
	SPAN_INIT("1eE2"),
	SPAN_INIT("1e1.5"),
	SPAN_INIT("1.2.3"),
	SPAN_INIT("0x10"),
	SPAN_INIT("1_000"),
	SPAN_INIT("1e400"),
	SPAN_INIT("-1e400"),
	SPAN_INIT("1e999999999999999999999"),
	SPAN_INIT("1.7976931348623159e308"),
	SPAN_INIT("17976931348623159e292"),
	SPAN_INIT("1.79769313486231580794e308"),
	SPAN_INIT("0.001e312"),
};

Test(json, refuses_what_the_api_server_refuses)
{
	for (size_t i = 0; i < ARRAY_SIZE(REFUSED); i++)
		cr_expect_neq(scan(REFUSED[i], 8), JSON_OK, "%.*s",
			SPAN_ARG(REFUSED[i]));
}

Test(json, no_prefix_of_an_object_is_one)
{
	static const char TEXT[] =
		"{\"a\":[1,-2.5e3,true,false,null,\"x\\u00e9\\n\"],\"b\":{}}";

	for (size_t len = 0; len < sizeof(TEXT) - 1; len++)
		cr_expect_eq(scan(span_of(TEXT, len), 8), JSON_TRUNCATED,
			"%zu bytes", len);
	cr_assert_eq(scan(span_of(TEXT, sizeof(TEXT) - 1), 8), JSON_OK);
}

Test(json, gives_the_tokens_in_order)
{
	static const struct span TEXT =
		SPAN_INIT("{\"a\":[1.50,\"x\",null],\"b\":{\"c\":true},"
			  "\"d\":false}");
	static const enum json_token TOKENS[] = { JSON_OBJECT, JSON_KEY,
		JSON_ARRAY, JSON_NUMBER, JSON_STRING, JSON_NULL, JSON_ARRAY_END,
		JSON_KEY, JSON_OBJECT, JSON_KEY, JSON_TRUE, JSON_OBJECT_END,
		JSON_KEY, JSON_FALSE, JSON_OBJECT_END, JSON_END, JSON_END };
	struct json json;

	json_init(&json, TEXT.ptr, TEXT.len, 4);
	for (size_t i = 0; i < ARRAY_SIZE(TOKENS); i++) {
		cr_assert_eq(json_next(&json), TOKENS[i], "token %zu", i);
		if (i == 3)
			cr_assert(span_eq(json.text, SPAN("1.50")));
		if (i == 4)
			cr_assert(json_text_is(&json, SPAN("x")));
	}
}

Test(json, an_error_stays_and_has_its_place)
{
	struct json json;

	json_init(&json, "[1,x]", 5, 4);
	json_next(&json);
	json_next(&json);
	cr_assert_eq(json_next(&json), JSON_ERROR);
	cr_assert_eq(json.error, JSON_SYNTAX);
	cr_assert_eq(json_offset(&json), 3);
	cr_assert_eq(json_next(&json), JSON_ERROR);
	cr_assert_eq(json_offset(&json), 3);
	cr_assert_eq(json_skip(&json), -1);
	for (int error = JSON_OK; error <= JSON_TRAILING; error++)
		cr_assert_not_null(json_error_text((enum json_error)error));
}

Test(json, depth_is_counted_up_to_the_limit_and_not_further)
{
	char text[2 * JSON_DEPTH_MAX + 2];
	size_t depth = JSON_DEPTH_MAX;

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	cr_assert_eq(scan(span_of(text, 2 * depth), JSON_DEPTH_MAX), JSON_OK);
	cr_assert_eq(scan(span_of(text, 2 * depth), JSON_DEPTH_MAX - 1),
		JSON_TOO_DEEP);
	cr_assert_eq(scan(SPAN("{}"), 0), JSON_TOO_DEEP);
	cr_assert_eq(scan(SPAN("1"), 0), JSON_OK);
}

Test(json, objects_and_arrays_alternate_at_any_depth)
{
	char text[1200];
	size_t len = 0;

	for (int i = 0; i < 100; i++)
		len += (size_t)sprintf(text + len, "{\"k\":[");
	for (int i = 0; i < 100; i++)
		len += (size_t)sprintf(text + len, "]}");
	cr_assert_eq(scan(span_of(text, len), JSON_DEPTH_MAX), JSON_OK);
	text[len - 1] = ']';
	cr_assert_eq(scan(span_of(text, len), JSON_DEPTH_MAX), JSON_SYNTAX);
}

Test(json, skip_goes_to_the_end_of_the_value)
{
	static const struct span TEXT = SPAN_INIT("{\"a\":[{\"b\":[]},2],"
						  "\"c\":\"d\"}");
	const char *begin;
	struct json json;

	json_init(&json, TEXT.ptr, TEXT.len, 8);
	json_next(&json);
	json_next(&json);
	cr_assert_eq(json_skip(&json), 0); /* from the key */
	cr_assert_eq(json.token, JSON_ARRAY_END);
	cr_assert_eq(json_next(&json), JSON_KEY);
	cr_assert(json_text_is(&json, SPAN("c")));
	json_next(&json);
	cr_assert_eq(json_skip(&json), 0); /* a scalar is its own end */
	cr_assert_eq(json_next(&json), JSON_OBJECT_END);

	json_init(&json, TEXT.ptr, TEXT.len, 8);
	json_next(&json);
	begin = json.begin;
	cr_assert_eq(json_skip(&json), 0);
	cr_assert(span_eq(json_since(&json, begin), TEXT));
}

Test(json, what_is_passed_over_is_of_any_depth)
{
	char text[2048];
	struct json json;
	size_t len;

	len = (size_t)sprintf(text, "{\"a\":");
	memset(text + len, '[', 400);
	len += 400;
	len += (size_t)sprintf(text + len, "{\"}\\\"]\": \"\\\\\"}");
	memset(text + len, ']', 400);
	len += 400;
	len += (size_t)sprintf(text + len, ",\"c\":1}");
	json_init(&json, text, len, 8);
	json_next(&json);
	json_next(&json);
	cr_assert_eq(json_pass_over(&json), 0);
	cr_assert_eq(json.token, JSON_ARRAY_END);
	cr_assert_eq(json_next(&json), JSON_KEY);
	cr_assert(json_text_is(&json, SPAN("c")));
	cr_assert_eq(json_pass_over(&json), 0);
	cr_assert_eq(json.token, JSON_NUMBER);
	cr_assert_eq(json_next(&json), JSON_OBJECT_END);
	cr_assert_eq(json_next(&json), JSON_END);
	/* Cut off anywhere it has no end. */
	for (size_t i = 7; i < len - 8; i++) {
		json_init(&json, text, i, 8);
		json_next(&json);
		json_next(&json);
		cr_assert_eq(json_pass_over(&json), -1, "%zu", i);
		cr_assert_eq(json_pass_over(&json), -1);
		cr_assert_eq(json.error, JSON_TRUNCATED);
	}
}

static bool key_is(struct span text, struct span literal)
{
	struct json json;

	json_init(&json, text.ptr, text.len, 4);
	cr_assert_eq(json_next(&json), JSON_STRING);
	return json_text_is(&json, literal);
}

Test(json, keys_are_compared_unescaped_and_with_their_case)
{
	struct span word = SPAN("finalizers");

	cr_assert(key_is(SPAN("\"finalizers\""), word));
	cr_assert(key_is(SPAN("\"finalizer\\u0073\""), word));
	cr_assert(key_is(SPAN("\"\\u0066\\u0069nalizers\""), word));
	cr_assert(key_is(SPAN("\"a\\/b\""), SPAN("a/b")));
	cr_assert_not(key_is(SPAN("\"Finalizers\""), word));
	cr_assert_not(key_is(SPAN("\"\\u0046inalizers\""), word));
	cr_assert_not(key_is(SPAN("\"finalizers\\u0000\""), word));
	cr_assert_not(key_is(SPAN("\"finalizer\\u017f\""), word));
	cr_assert_not(key_is(SPAN("\"finalizer\""), word));
	cr_assert_not(key_is(SPAN("\"finalizerss\""), word));
	cr_assert_not(key_is(SPAN("\"\\u0066inalizer\""), word));
}

static void unescapes_to(struct span raw, struct span expected)
{
	char out[64];
	size_t len = json_unescape(raw, out, sizeof(out));

	cr_expect(span_eq(span_of(out, len), expected), "%.*s: %.*s",
		SPAN_ARG(raw), (int)len, out);
}

Test(json, strings_unescape_as_go_does)
{
	unescapes_to(SPAN(""), SPAN(""));
	unescapes_to(
		SPAN("\\\"\\\\\\/\\b\\f\\n\\r\\t"), SPAN("\"\\/\b\f\n\r\t"));
	unescapes_to(SPAN("a\\u0000b"), SPAN("a\0b"));
	unescapes_to(SPAN("\\u00e9"), SPAN("\xc3\xa9"));
	unescapes_to(SPAN("\\u20AC"), SPAN("\xe2\x82\xac"));
	unescapes_to(SPAN("\\ud83d\\ude00"), SPAN("\xf0\x9f\x98\x80"));
	unescapes_to(SPAN("\\ud83dx"), SPAN("\xef\xbf\xbdx"));
	unescapes_to(SPAN("\\ude00\\ud83d"), SPAN("\xef\xbf\xbd\xef\xbf\xbd"));
	unescapes_to(SPAN("\\ud83d\\ud83d\\ude00"),
		SPAN("\xef\xbf\xbd\xf0\x9f\x98\x80"));
	unescapes_to(SPAN("\\ud83d\\u0041"),
		SPAN("\xef\xbf\xbd"
		     "A"));
	unescapes_to(SPAN("\xf0\x9f\x98\x80"), SPAN("\xf0\x9f\x98\x80"));
	unescapes_to(SPAN("\xff"), SPAN("\xef\xbf\xbd"));
	unescapes_to(SPAN("\xc0\x80"), SPAN("\xef\xbf\xbd\xef\xbf\xbd"));
	unescapes_to(SPAN("\xe2\x82"), SPAN("\xef\xbf\xbd\xef\xbf\xbd"));
	unescapes_to(SPAN("\xed\xa0\x80"),
		SPAN("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"));
	unescapes_to(SPAN("\xf4\x90\x80\x80"),
		SPAN("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"));
}

Test(json, unescape_says_how_much_there_would_be)
{
	char out[2] = { '-', '-' };

	cr_assert_eq(json_unescape(SPAN("abc"), out, 1), 3);
	cr_assert_eq(out[0], 'a');
	cr_assert_eq(out[1], '-');
}
