/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/unit/classify/case.h"

#define LIST "/metadata/finalizers"
#define OP(op, path) "{\"op\":\"" op "\",\"path\":\"" path "\"}"
#define OP_VALUE(op, path, value) \
	"{\"op\":\"" op "\",\"path\":\"" path "\",\"value\":" value "}"
#define OP_FROM(op, from, path) \
	"{\"op\":\"" op "\",\"from\":\"" from "\",\"path\":\"" path "\"}"
#define OPS(ops) SPAN_INIT("[" ops "]")

Test(json_patch, remove_removes)
{
	static const struct effect_row ROWS[] = {
		{ OPS(OP("remove", LIST)), EFFECT_REMOVES },
		{ OPS(OP("remove", LIST "/0")), EFFECT_REMOVES },
		{ OPS(OP("remove", LIST "/-1")), EFFECT_REMOVES },
		{ OPS(OP("remove", LIST "/+0")), EFFECT_REMOVES },
		{ OPS(OP("remove", LIST "/007")), EFFECT_REMOVES },
		/* what stands before the first slash is ignored */
		{ OPS(OP("remove", "x" LIST "/0")), EFFECT_REMOVES },
		/* refused, all of it */
		{ OPS(OP("remove", LIST "/")), EFFECT_NONE },
		{ OPS(OP("remove", LIST "/-")), EFFECT_NONE },
		{ OPS(OP("remove", LIST "/x")), EFFECT_NONE },
		{ OPS(OP("remove", LIST "/0x1")), EFFECT_NONE },
		{ OPS(OP("remove", LIST "/0/0")), EFFECT_NONE },
		{ OPS(OP("remove", LIST "//0")), EFFECT_NONE },
		{ OPS(OP("remove", "")), EFFECT_NONE },
		{ OPS(OP("remove", "metadata")), EFFECT_NONE },
		{ OPS(OP("remove", LIST) "," OP("remove", LIST)), EFFECT_NONE },
		{ OPS(OP("remove", LIST) "," OP("remove", LIST "/0")),
			EFFECT_NONE },
		{ OPS(OP("remove", LIST) "," OP("remove", "")), EFFECT_NONE },
		{ OPS(OP("remove", "/metadata")), EFFECT_NONE },
		/* other places */
		{ OPS(OP("remove", "/spec/finalizers")), EFFECT_NONE },
		{ OPS(OP("remove", "/finalizers/0")), EFFECT_NONE },
		{ OPS(OP("remove", "/" LIST)), EFFECT_NONE },
		{ OPS(OP("remove", "/metadata/Finalizers")), EFFECT_NONE },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

Test(json_patch, pointers_are_decoded_once_and_part_by_part)
{
	static const struct effect_row ROWS[] = {
		{ OPS(OP("remove", "\\/metadata\\/finalizers\\/0")),
			EFFECT_REMOVES },
		{ OPS(OP("remove", "/meta\\u0064ata/\\u0066inalizers")),
			EFFECT_REMOVES },
		{ OPS(OP("remove", "/metadata~1finalizers")), EFFECT_NONE },
		{ OPS(OP("remove",
			  "/metadata/annotations/~1metadata"
			  "~1finalizers")),
			EFFECT_NONE },
		{ OPS(OP("remove", "/metadata/~0finalizers")), EFFECT_NONE },
		{ OPS(OP("remove", "/metadata/finalizers~")), EFFECT_NONE },
		{ OPS(OP("remove", "/metadata/finalizers~01")), EFFECT_NONE },
		{ OPS(OP("remove", LIST "\\u0000")), EFFECT_NONE },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

Test(json_patch, setting_the_list_depends_on_the_value)
{
	static const struct effect_row ROWS[] = {
		{ OPS(OP_VALUE("replace", LIST, "null")), EFFECT_REMOVES },
		{ OPS(OP_VALUE("replace", LIST, "[]")), EFFECT_REMOVES },
		{ OPS(OP("replace", LIST)), EFFECT_REMOVES },
		{ OPS(OP_VALUE("add", LIST, "[ ]")), EFFECT_REMOVES },
		{ OPS(OP_VALUE("add", LIST, "[\"a/x\"]")), EFFECT_WRITES },
		{ OPS(OP_VALUE("replace", LIST, "[\"a/x\"]") "," OP_VALUE(
			  "test", "/metadata/resourceVersion", "\"7\"")),
			EFFECT_REMOVES },
		{ OPS(OP_VALUE("test", "/metadata/resourceVersion",
			  "\"7\"") "," OP_VALUE("replace", LIST,
			  "[\"workflows.argoproj.io/status\"]")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE("replace", LIST, "\"a/x\"")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST, "[1]")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST, "{}")), EFFECT_NONE },
		/* what comes later counts */
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "add", LIST, "[\"a/x\"]")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE("replace", LIST, "[]") "," OP_VALUE(
			  "add", LIST "/-", "\"a/x\"")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE("replace", LIST, "[\"a/x\"]") "," OP(
			  "remove", LIST "/0")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE("replace", LIST, "[\"a/x\"]") "," OP(
			  "remove", LIST)),
			EFFECT_REMOVES },
		{ OPS(OP_VALUE("replace", LIST, "[]") "," OP(
			  "remove", LIST "/0")),
			EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST, "null") "," OP_VALUE(
			  "add", LIST "/-", "\"a/x\"")),
			EFFECT_NONE },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

Test(json_patch, adding_an_element_adds)
{
	static const struct effect_row ROWS[] = {
		{ OPS(OP_VALUE("add", LIST "/-", "\"a/x\"")), EFFECT_ADDS },
		{ OPS(OP_VALUE("add", LIST "/0", "\"a/x\"")), EFFECT_ADDS },
		{ OPS(OP_VALUE("add", LIST "/-1", "\"a/x\"")), EFFECT_ADDS },
		{ OPS(OP_VALUE("add", LIST "/-", "null")), EFFECT_NONE },
		{ OPS(OP_VALUE("add", LIST "/-", "\"\"")), EFFECT_NONE },
		{ OPS(OP("add", LIST "/-")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST "/-", "\"a/x\"")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST "/0", "\"a/x\"")),
			EFFECT_MIXED },
		{ OPS(OP("remove", LIST "/0") "," OP_VALUE(
			  "add", LIST "/-", "\"a/x\"")),
			EFFECT_MIXED },
		{ OPS(OP_VALUE("add", LIST "/-", "\"a/x\"") "," OP(
			  "remove", LIST)),
			EFFECT_REMOVES },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

Test(json_patch, moving_out_removes_and_copying_out_does_not)
{
	static const struct effect_row ROWS[] = {
		{ OPS(OP_FROM("move", LIST "/0", "/metadata/annotations/a")),
			EFFECT_REMOVES },
		/* A list may stand for a map there. */
		{ OPS(OP_FROM("move", LIST, "/spec/x")), EFFECT_WRITES },
		{ OPS(OP_FROM("move", LIST, "/metadata/labels")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE("add", LIST, "null") "," OP_FROM("move", LIST,
			"/spec/x")), EFFECT_REMOVES },
		{ OPS(OP_FROM("move", LIST, LIST)), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST "/0", LIST "/1")), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST "/0", LIST "/-")), EFFECT_NONE },
		{ OPS(OP_FROM("copy", LIST "/0", "/metadata/annotations/a")),
			EFFECT_NONE },
		{ OPS(OP_FROM("copy", LIST, "/spec/x")), EFFECT_NONE },
		{ OPS(OP_FROM("copy", LIST, LIST)), EFFECT_NONE },
		/* into the list */
		{ OPS(OP_FROM("copy", "/metadata/name", LIST "/-")),
			EFFECT_ADDS },
		{ OPS(OP_FROM("move", "/metadata/labels/a", LIST "/-")),
			EFFECT_ADDS },
		{ OPS(OP_FROM("copy", "/spec/x", LIST)), EFFECT_WRITES },
		{ OPS(OP_FROM("move", "/spec/x", LIST)), EFFECT_WRITES },
		{ OPS(OP_FROM("copy", "/spec/x", "/metadata")), EFFECT_WRITES },
		/* refused */
		{ OPS(OP_FROM("move", LIST, "/metadata/annotations/a")),
			EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST, LIST "/0")), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST "/0", LIST)), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST "/-", "/spec/x")), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST "/0", "")), EFFECT_NONE },
		{ OPS(OP_FROM("move", "", "/spec/x")), EFFECT_NONE },
		{ OPS(OP_FROM("move", "/metadata", "/spec/x")), EFFECT_NONE },
		{ OPS(OP("move", LIST)), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST, "/spec/x") "," OP_FROM(
			  "move", LIST, "/spec/y")),
			EFFECT_NONE },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

Test(json_patch, metadata_and_the_object_can_be_replaced)
{
	static const struct effect_row ROWS[] = {
		{ OPS(OP_VALUE("replace", "/metadata", "{\"name\":\"p1\"}")),
			EFFECT_REMOVES },
		{ OPS(OP_VALUE("add", "/metadata",
			  "{\"name\":\"p1\",\"finalizers\":[]}")),
			EFFECT_REMOVES },
		{ OPS(OP_VALUE("replace", "/metadata",
			  "{\"name\":\"p1\",\"finalizers\":[\"a/x\"]}")),
			EFFECT_WRITES },
		{ OPS(OP("remove", "/metadata") "," OP_VALUE(
			  "add", "/metadata", "{\"name\":\"p1\"}")),
			EFFECT_REMOVES },
		{ OPS(OP_VALUE("replace", "/metadata", "{}")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", "/metadata", "{\"name\":\"p2\"}")),
			EFFECT_NONE },
		{ OPS(OP_VALUE("replace", "/metadata", "null")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", "",
			  "{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
			  "\"metadata\":{\"name\":\"p1\"}}")),
			EFFECT_REMOVES },
		{ OPS(OP_VALUE("replace", "",
			  "{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
			  "\"metadata\":{\"name\":\"p1\","
			  "\"finalizers\":[\"a/x\"]}}")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE(
			  "replace", "", "{\"metadata\":{\"name\":\"p1\"}}")),
			EFFECT_NONE },
		{ OPS(OP_VALUE("replace", "", "[]")), EFFECT_NONE },
		{ OPS(OP("replace", "")), EFFECT_NONE },
		{ OPS(OP_VALUE("add", "",
			  "{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
			  "\"metadata\":{\"name\":\"p1\"}}")),
			EFFECT_NONE },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

Test(json_patch, operations_are_read_as_the_library_reads_them)
{
	static const struct effect_row ROWS[] = {
		/* any order, the last of two counts */
		{ OPS("{\"path\":\"" LIST "\",\"op\":\"remove\"}"),
			EFFECT_REMOVES },
		{ OPS("{\"\\u006fp\":\"rem\\u006fve\",\"path\":\"" LIST "\"}"),
			EFFECT_REMOVES },
		{ OPS("{\"op\":\"test\",\"op\":\"remove\",\"path\":\"" LIST
		      "\"}"),
			EFFECT_REMOVES },
		{ OPS("{\"op\":\"remove\",\"path\":\"" LIST
		      "\",\"path\":\"/spec\"}"),
			EFFECT_NONE },
		{ OPS("{\"op\":\"remove\",\"path\":\"" LIST "\",\"x\":[1]}"),
			EFFECT_REMOVES },
		/* names of operations are lower case, and all must be known */
		{ OPS("{\"op\":\"Remove\",\"path\":\"" LIST "\"}"),
			EFFECT_NONE },
		{ OPS("{\"Op\":\"remove\",\"path\":\"" LIST "\"}"),
			EFFECT_NONE },
		{ OPS("{\"path\":\"" LIST "\"}"), EFFECT_NONE },
		{ OPS(OP("remove", LIST) ",{}"), EFFECT_NONE },
		{ OPS(OP("remove", LIST) ",null"), EFFECT_NONE },
		{ OPS(OP("remove", LIST) ",[]"), EFFECT_NONE },
		{ OPS(OP("remove", LIST) ",1"), EFFECT_NONE },
		{ OPS(OP("remove", LIST) ",{\"op\":1,\"path\":\"\"}"),
			EFFECT_NONE },
		{ OPS(OP("remove", LIST) ",{\"op\":\"test\",\"path\":[]}"),
			EFFECT_NONE },
		{ OPS(OP("remove", LIST) ","), EFFECT_NONE },
		{ SPAN_INIT("{\"op\":\"remove\",\"path\":\"" LIST "\"}"),
			EFFECT_NONE },
		{ SPAN_INIT("[]"), EFFECT_NONE },
		{ SPAN_INIT("null"), EFFECT_NONE },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

struct told {
	struct span body;
	unsigned guards;
	bool is_repeatable, is_pure;
	struct span finalizer;
};

#define TEST_0 OP_VALUE("test", LIST "/0", "\"a/x\"")
#define TEST_1 OP_VALUE("test", LIST "/1", "\"b/y\"")
#define NOTHING         \
	{               \
		NULL, 0 \
	}

Test(json_patch, an_index_needs_a_test_of_what_stands_there)
{
	static const struct told ROWS[] = {
		{ OPS(OP("remove", LIST "/0")), 0, false, true, NOTHING },
		{ OPS(TEST_0 "," OP("remove", LIST "/0")), GUARD_TEST, true,
			true, SPAN_INIT("a/x") },
		{ OPS(TEST_0 "," OP("remove", LIST "/00")), GUARD_TEST, true,
			true, SPAN_INIT("a/x") },
		{ OPS(TEST_0 "," OP("remove", LIST "/1")), 0, false, true,
			NOTHING },
		{ OPS(OP("remove", LIST "/0") "," TEST_0), 0, false, true,
			NOTHING },
		/* from behind, what was tested in front stays where it is */
		{ OPS(TEST_0 "," TEST_1 "," OP("remove", LIST "/1") "," OP(
			  "remove", LIST "/0")),
			GUARD_TEST, true, true, SPAN_INIT("b/y") },
		{ OPS(TEST_0 "," TEST_1 "," OP("remove", LIST "/0") "," OP(
			  "remove", LIST "/1")),
			GUARD_TEST, false, true, SPAN_INIT("a/x") },
		{ OPS(TEST_0 "," OP("remove", LIST)), GUARD_TEST, true, true,
			SPAN_INIT("a/x") },
		{ OPS(OP("remove", LIST)), 0, true, true, NOTHING },
		{ OPS(OP_VALUE("test", LIST, "[\"a/x\"]") "," OP(
			  "remove", LIST "/0")),
			GUARD_TEST, true, true, NOTHING },
		/* a test of the version does for all indices */
		{ OPS(OP_VALUE("test", "/metadata/resourceVersion",
			  "\"7\"") "," OP("remove", LIST "/0")),
			GUARD_RESOURCE_VERSION, true, true, NOTHING },
		{ OPS(OP_VALUE("test", "/metadata/uid", "\"u\"") "," OP(
			  "remove", LIST "/0")),
			GUARD_UID, false, true, NOTHING },
		{ OPS(OP_VALUE("replace", "/metadata/uid", "\"u\"") "," OP(
			  "remove", LIST)),
			GUARD_UID, true, true, NOTHING },
		/* others in the same patch */
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "add", "/metadata/labels/a", "\"b\"")),
			0, true, true, NOTHING },
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "add", "/metadata/labels", "{}")),
			0, true, false, NOTHING },
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "add", "/spec/list/-", "1")),
			0, false, false, NOTHING },
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "replace", "/spec/list/0", "1")),
			0, true, false, NOTHING },
		{ OPS(OP("remove", LIST) "," OP("remove", "/spec/list/0")), 0,
			false, false, NOTHING },
		{ OPS(OP("remove", LIST) "," OP("test", "/spec")), 0, true,
			true, NOTHING },
		{ OPS(OP("remove", "\\/metadata/finalizers")), 0, true, false,
			NOTHING },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		const struct told *row = &ROWS[i];
		struct classified c;

		patch_init(&c, JSON_PATCH, row->body);
		cr_expect_eq(c.class.effect, EFFECT_REMOVES, "%.*s",
			SPAN_ARG(row->body));
		cr_expect_eq(c.class.guards, row->guards, "%.*s: guards %u",
			SPAN_ARG(row->body), c.class.guards);
		cr_expect_eq(c.class.is_repeatable, row->is_repeatable,
			"%.*s: repeatable", SPAN_ARG(row->body));
		cr_expect_eq(c.class.is_pure, row->is_pure, "%.*s: pure",
			SPAN_ARG(row->body));
		cr_expect_eq(c.class.finalizer_count > 0,
			!span_is_absent(row->finalizer), "%.*s",
			SPAN_ARG(row->body));
		cr_expect(span_eq(c.class.finalizers[0], row->finalizer),
			"%.*s: %.*s", SPAN_ARG(row->body),
			SPAN_ARG(c.class.finalizers[0]));
		classified_fini(&c);
	}
}

Test(json_patch, names_all_that_it_removes)
{
	struct classified c;

	patch_init(&c, JSON_PATCH,
		SPAN("[" TEST_0 "," TEST_1 "," OP("remove", LIST "/1") "," OP(
			"remove", LIST "/0") "]"));
	cr_assert_eq(c.class.finalizer_count, 2);
	cr_expect(span_eq(c.class.finalizers[0], SPAN("b/y")));
	cr_expect(span_eq(c.class.finalizers[1], SPAN("a/x")));
	classified_fini(&c);
	patch_init(&c, JSON_PATCH,
		SPAN("[" TEST_0 "," TEST_1 "," OP("remove", LIST) "]"));
	cr_assert_eq(c.class.finalizer_count, 2);
	classified_fini(&c);
}

Test(json_patch, what_later_operations_make_of_it)
{
	static const struct effect_row ROWS[] = {
		{ OPS(OP("remove", "/metadata") "," OP_VALUE(
			  "add", LIST, "[]")),
			EFFECT_NONE },
		{ OPS(OP("remove", "/metadata") "," OP_VALUE(
			  "add", LIST "/0", "\"a/x\"")),
			EFFECT_NONE },
		{ OPS(OP("remove", "/metadata") "," OP("remove", LIST)),
			EFFECT_NONE },
		{ OPS(OP("remove", "/metadata") "," OP("remove", LIST "/0")),
			EFFECT_NONE },
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "add", LIST "/0/x", "1")),
			EFFECT_NONE },
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "replace", LIST "/-", "\"a/x\"")),
			EFFECT_NONE },
		/* no label: refused, unless the next one mends it */
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "add", "/metadata/labels/a", "{}")),
			EFFECT_NONE },
		{ OPS(OP("remove", LIST) "," OP_VALUE("add",
			  "/metadata/labels/a", "{}") "," OP_VALUE("add",
			  "/metadata/labels/a", "\"b\"")),
			EFFECT_WRITES },
		{ OPS(OP("remove", LIST) "," OP_VALUE(
			  "add", "/metadata/annotations/a", "null")),
			EFFECT_REMOVES },
		{ OPS(OP_FROM("move", LIST "/0", "/metadata")), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST "/0", LIST)), EFFECT_NONE },
		{ OPS(OP_FROM("move", LIST, "/metadata")), EFFECT_NONE },
		{ OPS(OP_FROM("copy", LIST, "/metadata/labels/a")),
			EFFECT_NONE },
		{ OPS(OP_VALUE("replace", "", "1")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", "", "{\"metadata\":{}}")),
			EFFECT_NONE },
		{ OPS(OP_VALUE("add", "", "{}")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", "/metadata", "[]")), EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST, "[]") "," OP(
			  "remove", LIST "/0")),
			EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST, "null") "," OP_VALUE(
			  "add", LIST "/-", "\"a/x\"")),
			EFFECT_NONE },
		{ OPS(OP_VALUE("replace", LIST, "[]") "," OP_VALUE(
			  "add", LIST "/-", "\"a/x\"")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE("replace", LIST, "[\"a/x\"]") "," OP(
			  "remove", LIST "/0")),
			EFFECT_WRITES },
		{ OPS(OP_VALUE("replace", LIST, "{}")), EFFECT_NONE },
		{ OPS(OP_VALUE("add", LIST "/0", "{}")), EFFECT_NONE },
		{ SPAN_INIT("[" OP("remove", LIST) "] x"), EFFECT_NONE },
		{ SPAN_INIT("[" OP("remove", LIST) "][]"), EFFECT_NONE },
	};

	check_effects(JSON_PATCH, ROWS, ARRAY_SIZE(ROWS));
}

Test(json_patch, a_guard_that_is_taken_away_is_none)
{
	static const struct told ROWS[] = {
		{ OPS(OP_VALUE("test", "/metadata/uid", "\"u\"") "," OP("remove",
			  "/metadata/uid") "," OP("remove", LIST)),
			0, true, false, NOTHING },
		{ OPS(OP_VALUE("test", "/metadata/resourceVersion",
			  "\"7\"") "," OP("remove", "/metadata/resourceVersion")
			  "," OP("remove", LIST)),
			0, true, false, NOTHING },
		{ OPS(OP("remove", "/metadata/labels/a") "," OP(
			  "remove", LIST)),
			0, true, true, NOTHING },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		struct classified c;

		patch_init(&c, JSON_PATCH, ROWS[i].body);
		cr_expect_eq(c.class.effect, EFFECT_REMOVES, "%zu", i);
		cr_expect_eq(c.class.guards, ROWS[i].guards, "%zu", i);
		cr_expect_eq(c.class.is_repeatable, ROWS[i].is_repeatable,
			"%zu", i);
		cr_expect_eq(c.class.is_pure, ROWS[i].is_pure, "%zu", i);
		classified_fini(&c);
	}
}
