/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are made to mislead, to exhaust, or that are simply broken. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/unit/classify/case.h"

#define REMOVAL "{\"metadata\":{\"finalizers\":null}}"

static enum effect_why why_of(struct request_case request)
{
	struct classified c;

	request.method = SPAN("PATCH");
	request.target = SPAN(POD_PATH);
	if (!request.content_type)
		request.content_type = MERGE;
	classified_init(&c, &request);
	if (c.class.why != EFFECT_WHY_READ)
		cr_expect_eq(c.class.effect, EFFECT_NONE);
	classified_fini(&c);
	return c.class.why;
}

Test(hostile, broken_json_is_never_a_removal)
{
	static const struct span BODIES[] = {
		SPAN_INIT("\xef\xbb\xbf" REMOVAL),
		SPAN_INIT(REMOVAL "x"),
		SPAN_INIT(REMOVAL REMOVAL),
		SPAN_INIT(REMOVAL "\0"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null}"),
		SPAN_INIT("{'metadata':{'finalizers':null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null,}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":nil}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null},\"a\":1e400}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null},\"a\":01}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null},\"a\":\"\n\"}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null},"
			  "\"a\":\"\\x\"}"),
		SPAN_INIT("\v" REMOVAL),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[}}"),
		SPAN_INIT("finalizers"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(BODIES); i++)
		cr_expect_eq(why_of((struct request_case){ .body = BODIES[i] }),
			EFFECT_WHY_MALFORMED, "%.*s", SPAN_ARG(BODIES[i]));
}

Test(hostile, no_prefix_of_a_removal_removes)
{
	static const char MERGE_BODY[] =
		"{\"metadata\":{\"finalizers\":[\"a/x\"],"
		"\"resourceVersion\":\"7\"}}";
	static const char PATCH_BODY[] =
		"[{\"op\":\"test\",\"path\":\"/metadata/finalizers/0\","
		"\"value\":\"a/x\"},{\"op\":\"remove\","
		"\"path\":\"/metadata/finalizers/0\"}]";

	for (size_t len = 0; len < sizeof(MERGE_BODY) - 1; len++)
		cr_expect_eq(patch_effect(MERGE, span_of(MERGE_BODY, len)),
			EFFECT_NONE);
	for (size_t len = 0; len < sizeof(PATCH_BODY) - 1; len++)
		cr_expect_eq(patch_effect(JSON_PATCH, span_of(PATCH_BODY, len)),
			EFFECT_NONE);
}

/* The removal with something long before it; the caller frees. */
static struct span body_around(struct span filler, size_t times, size_t total)
{
	static const char HEAD[] = "{\"a\":";
	static const char TAIL[] = ",\"metadata\":{\"finalizers\":null}}";
	char *text = malloc(
		total + filler.len * times + sizeof(HEAD) + sizeof(TAIL));
	size_t len = 0;

	memcpy(text, HEAD, sizeof(HEAD) - 1);
	len = sizeof(HEAD) - 1;
	for (size_t i = 0; i < times; i++) {
		memcpy(text + len, filler.ptr, filler.len);
		len += filler.len;
	}
	if (total) { /* a string that fills the body up */
		size_t pad = total - len - 2 - (sizeof(TAIL) - 1);

		text[len++] = '"';
		memset(text + len, 'z', pad);
		len += pad;
		text[len++] = '"';
	}
	memcpy(text + len, TAIL, sizeof(TAIL) - 1);
	return span_of(text, len + sizeof(TAIL) - 1);
}

static void free_span(struct span s)
{
	free((void *)(uintptr_t)s.ptr);
}

Test(hostile, the_cap_is_in_bytes)
{
	struct span body = body_around(SPAN(""), 0, CLASSIFY_BODY_MAX);

	cr_assert_eq(body.len, CLASSIFY_BODY_MAX);
	cr_assert_eq(patch_effect(MERGE, body), EFFECT_REMOVES);
	free_span(body);
	body = body_around(SPAN(""), 0, CLASSIFY_BODY_MAX + 1);
	cr_assert_eq(why_of((struct request_case){ .body = body }),
		EFFECT_WHY_TOO_LARGE);
	free_span(body);
}

Test(hostile, a_body_that_is_cut_is_too_large)
{
	cr_assert_eq(why_of((struct request_case){
			     .body = SPAN(REMOVAL), .is_cut = true }),
		EFFECT_WHY_TOO_LARGE);
}

Test(hostile, depth_is_limited)
{
	static const size_t DEPTHS[] = { 1001, 30000 };
	struct span body;

	for (size_t i = 0; i < ARRAY_SIZE(DEPTHS); i++) {
		body = body_around(SPAN("["), DEPTHS[i], 0);
		cr_expect_eq(why_of((struct request_case){ .body = body }),
			EFFECT_WHY_TOO_LARGE);
		free_span(body);
	}
	/* a hundred levels are nothing unusual */
	{
		char nested[201];

		memset(nested, '[', 100);
		memset(nested + 100, ']', 100);
		body = body_around(span_of(nested, 200), 1, 0);
		cr_assert_eq(patch_effect(MERGE, body), EFFECT_REMOVES);
		free_span(body);
	}
}

Test(hostile, many_operations_and_many_keys_take_one_pass)
{
	static const char OP[] =
		"{\"op\":\"test\",\"path\":\"/metadata/finalizers/0\","
		"\"value\":\"a/x\"},";
	static const char LAST[] =
		"{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}]";
	char *text = malloc(CLASSIFY_BODY_MAX);
	size_t len = 1;

	text[0] = '[';
	while (len + sizeof(OP) + sizeof(LAST) < CLASSIFY_BODY_MAX) {
		memcpy(text + len, OP, sizeof(OP) - 1);
		len += sizeof(OP) - 1;
	}
	memcpy(text + len, LAST, sizeof(LAST) - 1);
	len += sizeof(LAST) - 1;
	cr_assert_eq(
		patch_effect(JSON_PATCH, span_of(text, len)), EFFECT_REMOVES);
	free(text);
}

Test(hostile, content_types_are_compared_to_the_letter)
{
	static const struct {
		const char *type;
		enum effect_why why;
	} ROWS[] = {
		{ MERGE, EFFECT_WHY_READ },
		{ MERGE ";charset=utf-8", EFFECT_WHY_READ },
		{ MERGE "; charset=utf-8", EFFECT_WHY_READ },
		{ MERGE " ; charset=utf-8", EFFECT_WHY_UNDECODED },
		{ " " MERGE, EFFECT_WHY_UNDECODED },
		{ "Application/Merge-Patch+JSON", EFFECT_WHY_UNDECODED },
		{ "application/json", EFFECT_WHY_UNDECODED },
		{ ";" MERGE, EFFECT_WHY_UNDECODED },
		{ "", EFFECT_WHY_UNDECODED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect_eq(why_of((struct request_case){
				     .content_type = ROWS[i].type,
				     .body = SPAN(REMOVAL) }),
			ROWS[i].why, "%s", ROWS[i].type);
}

Test(hostile, an_encoded_body_is_not_opened)
{
	cr_assert_eq(why_of((struct request_case){ .content_encoding = "gzip",
			     .body = SPAN(REMOVAL) }),
		EFFECT_WHY_ENCODED);
	cr_assert_eq(
		why_of((struct request_case){ .content_encoding = "identity",
			.body = SPAN(REMOVAL) }),
		EFFECT_WHY_READ);
}

Test(hostile, a_word_behind_escapes_is_still_a_hint)
{
	cr_assert_eq(patch_effect(MERGE,
			     SPAN("{\"metadata\":{\"f\\u0069nalizers\":[]}}")),
		EFFECT_REMOVES);
	cr_assert_eq(patch_effect(MERGE,
			     SPAN("{\"a\":\"\\u003c\\u0000\\u00ff\",\"metadata"
				  "\":{\"finalizer\\u0073\":[]}}")),
		EFFECT_REMOVES);
	cr_assert_eq(why_of((struct request_case){
			     .body = SPAN("{\"metadata\":{\"labels\":"
					  "{\"a\":\"\\u003cb\\u003e\"}}}") }),
		EFFECT_WHY_NO_HINT);
	cr_assert_eq(patch_effect(JSON_PATCH,
			     SPAN("[{\"op\":\"replace\",\"path\":"
				  "\"/met\\u0061data\","
				  "\"value\":{\"name\":\"p1\"}}]")),
		EFFECT_REMOVES);
	cr_assert_eq(patch_effect(STRATEGIC,
			     SPAN("{\"metadata\":{\"\\u0024patch\":"
				  "\"replace\",\"name\":\"p1\"}}")),
		EFFECT_REMOVES);
}
