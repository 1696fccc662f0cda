/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/kubesim/json.h"

static void expect_error(const char *text, const char *why)
{
	struct err err;

	cr_assert_null(json_parse(span_str(text), &err), "%s", text);
	cr_assert_str_eq(err.text, why);
}

Test(json, the_last_of_duplicate_keys_wins_on_every_level)
{
	struct err err;
	cJSON *doc = json_parse(
		SPAN("{\"a\":1,\"b\":{\"c\":1,\"c\":2},\"a\":3}"), &err);
	char *text = json_print(doc);

	cr_assert_str_eq(text, "{\"b\":{\"c\":2},\"a\":3}");
	free(text);
	cJSON_Delete(doc);
}

Test(json, duplicates_among_many_keys_are_found_too)
{
	struct buf text = BUF_INIT;
	struct err err;
	cJSON *doc;

	buf_append_str(&text, "{");
	for (int i = 0; i < 200; i++)
		buf_printf(&text, "%s\"k%d\":%d", i ? "," : "", i % 100, i);
	buf_append_str(&text, "}");
	doc = json_parse(buf_span(&text), &err);
	cr_assert_eq(json_count(doc), 100);
	cr_assert_eq((int)json_num(doc, "k7", 0), 107);
	cJSON_Delete(doc);
	buf_fini(&text);
}

Test(json, keys_are_case_sensitive)
{
	struct err err;
	cJSON *doc = json_parse(SPAN("{\"A\":1}"), &err);

	cr_assert_null(json_get(doc, "a"));
	cr_assert_not_null(json_get(doc, "A"));
	cJSON_Delete(doc);
}

Test(json, what_is_not_json_is_refused_in_the_words_of_go)
{
	expect_error("", "unexpected end of JSON input");
	expect_error("{\"a\":", "unexpected end of JSON input");
	expect_error("{} x", "invalid character 'x' after top-level value");
	expect_error("{'a':1}",
		"invalid character '\\'' looking for beginning "
		"of object key string");
	expect_error("[1 2]", "invalid character '2' after array element");
	expect_error("[01]", "invalid character '1' after array element");
	expect_error("{\"a\" 1}", "invalid character '1' after object key");
	expect_error("\"\t\"", "invalid character '\\x09' in string literal");
	expect_error("\"\\q\"", "invalid character 'q' in string escape code");
	expect_error("nul", "unexpected end of JSON input");
	expect_error("trus",
		"invalid character 's' in literal true "
		"(expecting 'e')");
}

Test(json, setting_a_member_keeps_its_place)
{
	struct err err;
	cJSON *doc = json_parse(SPAN("{\"a\":1,\"b\":2}"), &err);
	char *text;

	json_set_num(doc, "a", 5);
	json_set_str(doc, "c", "x");
	json_set_first(doc, "z", cJSON_CreateTrue());
	text = json_print(doc);
	cr_assert_str_eq(text, "{\"z\":true,\"a\":5,\"b\":2,\"c\":\"x\"}");
	free(text);
	cJSON_Delete(doc);
}

Test(json, equality_does_not_see_the_order_of_members)
{
	struct err err;
	cJSON *a =
		json_parse(SPAN("{\"a\":[1,{\"b\":null}],\"c\":\"x\"}"), &err);
	cJSON *b =
		json_parse(SPAN("{\"c\":\"x\",\"a\":[1,{\"b\":null}]}"), &err);
	cJSON *c =
		json_parse(SPAN("{\"c\":\"x\",\"a\":[{\"b\":null},1]}"), &err);

	cr_assert(json_equal(a, b));
	cr_assert(!json_equal(a, c));
	cJSON_Delete(a);
	cJSON_Delete(b);
	cJSON_Delete(c);
}
