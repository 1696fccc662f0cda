/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/kubesim/patch.h"

static cJSON *parse(const char *text)
{
	struct err err;
	cJSON *doc = json_parse(span_str(text), &err);

	cr_assert_not_null(doc, "%s", text);
	return doc;
}

static void expect(cJSON *doc, const char *want)
{
	cJSON *other = parse(want);
	char *text = json_print(doc);

	cr_assert(json_equal(doc, other), "%s, not %s", text, want);
	free(text);
	cJSON_Delete(other);
	cJSON_Delete(doc);
}

static void merge(
	const char *doc_text, const char *patch_text, const char *want)
{
	cJSON *doc = parse(doc_text);
	cJSON *patch = parse(patch_text);

	patch_merge(doc, patch);
	cJSON_Delete(patch);
	expect(doc, want);
}

/* `want` NULL: the patch must be refused, with that code. */
static void json(const char *doc_text, const char *patch_text, const char *want,
	int code)
{
	cJSON *doc = parse(doc_text);
	cJSON *patch = parse(patch_text);
	struct status st = { 0 };
	int ret = patch_json(&doc, patch, &st);

	cJSON_Delete(patch);
	cr_assert_eq(ret, want ? 0 : -1, "%s on %s", patch_text, doc_text);
	if (want) {
		expect(doc, want);
	} else {
		cr_assert_eq(st.code, code);
		cJSON_Delete(doc);
	}
}

static void strategic(
	const char *doc_text, const char *patch_text, const char *want)
{
	cJSON *doc = parse(doc_text);
	cJSON *patch = parse(patch_text);
	struct status st = { 0 };

	cr_assert_eq(patch_strategic(doc, patch, &st), 0, "%s", st.message);
	cJSON_Delete(patch);
	expect(doc, want);
}

/* RFC 7396, appendix A */
Test(patch_merge, follows_the_rfc)
{
	merge("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	merge("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}");
	merge("{\"a\":\"b\"}", "{\"a\":null}", "{}");
	merge("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
	merge("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
	merge("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
		"{\"a\":{\"b\":\"d\"}}");
	merge("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
	merge("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
}

/* RFC 6902, appendix A */
Test(patch_json, follows_the_rfc)
{
	json("{\"foo\":\"bar\"}",
		"[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
		"{\"baz\":\"qux\",\"foo\":\"bar\"}", 0);
	json("{\"foo\":[\"bar\",\"baz\"]}",
		"[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
		"{\"foo\":[\"bar\",\"qux\",\"baz\"]}", 0);
	json("{\"foo\":[\"bar\",\"qux\",\"baz\"]}",
		"[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
		"{\"foo\":[\"bar\",\"baz\"]}", 0);
	json("{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{}}",
		"[{\"op\":\"move\",\"from\":\"/foo/waldo\","
		"\"path\":\"/qux/thud\"}]",
		"{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"thud\":\"fred\"}}", 0);
	json("{\"foo\":[1,2]}",
		"[{\"op\":\"add\",\"path\":\"/foo/-\","
		"\"value\":3}]",
		"{\"foo\":[1,2,3]}", 0);
	json("{\"a/b\":1,\"m~n\":2}",
		"[{\"op\":\"test\",\"path\":\"/a~1b\",\"value\":1},"
		"{\"op\":\"test\",\"path\":\"/m~0n\",\"value\":2}]",
		"{\"a/b\":1,\"m~n\":2}", 0);
}

Test(patch_json, negative_indices_count_from_the_end)
{
	json("{\"f\":[1,2,3]}", "[{\"op\":\"remove\",\"path\":\"/f/-1\"}]",
		"{\"f\":[1,2]}", 0);
	json("{\"f\":[1]}", "[{\"op\":\"remove\",\"path\":\"/f/-2\"}]", NULL,
		422);
}

Test(patch_json, replaces_a_member_that_was_not_there)
{
	json("{}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]",
		"{\"a\":1}", 0);
	json("{\"f\":[]}",
		"[{\"op\":\"replace\",\"path\":\"/f/0\",\"value\":1}]", NULL,
		422);
}

Test(patch_json, what_does_not_fit_is_refused)
{
	json("{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", NULL, 422);
	json("{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]",
		NULL, 422);
	json("{}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":2}]", NULL,
		422);
	json("{}", "[{\"op\":\"nope\",\"path\":\"/a\"}]", NULL, 422);
	json("{}", "{\"op\":\"add\"}", NULL, 400);
	json("{}", "[1]", NULL, 400);
}

#define POD(finalizers) "{\"metadata\":{\"finalizers\":" finalizers "}}"

Test(patch_strategic, a_list_of_finalizers_is_a_set_and_removes_nothing)
{
	strategic(POD("[\"a\",\"b\"]"), POD("[\"b\"]"), POD("[\"a\",\"b\"]"));
	strategic(POD("[\"a\"]"), POD("[\"c\"]"), POD("[\"c\",\"a\"]"));
	strategic(POD("[\"a\"]"), POD("[]"), POD("[\"a\"]"));
}

Test(patch_strategic, null_removes_the_list)
{
	strategic(POD("[\"a\"]"), POD("null"), "{\"metadata\":{}}");
}

Test(patch_strategic, delete_from_primitive_list)
{
	strategic(POD("[\"a\",\"b\"]"),
		"{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":"
		"[\"a\"],\"$setElementOrder/finalizers\":[\"b\"]}}",
		POD("[\"b\"]"));
	strategic(POD("[\"a\"]"),
		"{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":"
		"[\"zzz\"]}}",
		POD("[\"a\"]"));
	strategic("{\"metadata\":{}}",
		"{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":"
		"[\"a\"]}}",
		"{\"metadata\":{}}");
}

Test(patch_strategic, set_element_order_orders_and_keeps_the_others)
{
	strategic(POD("[\"a\",\"b\",\"c\"]"),
		"{\"metadata\":{\"$setElementOrder/finalizers\":"
		"[\"c\",\"a\"]}}",
		POD("[\"b\",\"c\",\"a\"]"));
}

#define CONTAINERS(list) "{\"spec\":{\"containers\":" list "}}"

Test(patch_strategic, lists_of_objects_are_merged_by_their_key)
{
	strategic(CONTAINERS("[{\"name\":\"a\",\"image\":\"1\"},"
			     "{\"name\":\"b\",\"image\":\"2\"}]"),
		CONTAINERS("[{\"name\":\"b\",\"image\":\"3\"},"
			   "{\"name\":\"c\"}]"),
		CONTAINERS("[{\"name\":\"a\",\"image\":\"1\"},"
			   "{\"name\":\"b\",\"image\":\"3\"},"
			   "{\"name\":\"c\"}]"));
}

Test(patch_strategic, elements_are_deleted_by_directive)
{
	strategic(CONTAINERS("[{\"name\":\"a\"},{\"name\":\"b\"}]"),
		CONTAINERS("[{\"name\":\"a\",\"$patch\":\"delete\"}]"),
		CONTAINERS("[{\"name\":\"b\"}]"));
}

Test(patch_strategic, a_list_is_replaced_by_directive)
{
	strategic(CONTAINERS("[{\"name\":\"a\"},{\"name\":\"b\"}]"),
		CONTAINERS("[{\"$patch\":\"replace\"},{\"name\":\"c\"}]"),
		CONTAINERS("[{\"name\":\"c\"}]"));
}

Test(patch_strategic, a_list_without_its_key_is_an_error)
{
	cJSON *doc = parse(CONTAINERS("[{\"name\":\"a\"}]"));
	cJSON *patch = parse(CONTAINERS("[{\"image\":\"x\",\"tty\":true}]"));
	struct status st;

	cr_assert_eq(patch_strategic(doc, patch, &st), -1);
	cr_assert_eq(st.code, 500);
	cr_assert_str_eq(st.message,
		"map: map[image:x tty:true] does not "
		"contain declared merge key: name");
	cJSON_Delete(doc);
	cJSON_Delete(patch);
}

Test(patch_strategic, maps_are_replaced_and_deleted_by_directive)
{
	strategic("{\"metadata\":{\"labels\":{\"a\":\"1\"},\"name\":\"x\"}}",
		"{\"metadata\":{\"labels\":{\"$patch\":\"replace\","
		"\"b\":\"2\"}}}",
		"{\"metadata\":{\"labels\":{\"b\":\"2\"},\"name\":\"x\"}}");
	strategic("{\"metadata\":{\"labels\":{\"a\":\"1\"}}}",
		"{\"metadata\":{\"$patch\":\"delete\"}}", "{\"metadata\":{}}");
}

Test(patch_strategic, retain_keys_drops_the_others)
{
	strategic("{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}}",
		"{\"spec\":{\"volumes\":[{\"name\":\"v\",\"hostPath\":"
		"{\"path\":\"/\"},\"$retainKeys\":[\"name\",\"hostPath\"]}]}}",
		"{\"spec\":{\"volumes\":[{\"name\":\"v\",\"hostPath\":"
		"{\"path\":\"/\"}}]}}");
}

Test(patch_strategic, owner_references_are_released_by_uid)
{
	strategic("{\"metadata\":{\"ownerReferences\":[{\"uid\":\"1\"},"
		  "{\"uid\":\"2\"}]}}",
		"{\"metadata\":{\"ownerReferences\":[{\"$patch\":\"delete\","
		"\"uid\":\"1\"}],\"uid\":\"x\"}}",
		"{\"metadata\":{\"ownerReferences\":[{\"uid\":\"2\"}],"
		"\"uid\":\"x\"}}");
}

Test(patch_strategic, what_is_new_carries_no_directives_and_no_nulls)
{
	strategic("{}",
		"{\"metadata\":{\"a\":null,\"$setElementOrder/finalizers\":"
		"[\"x\"],\"finalizers\":[\"x\"]}}",
		POD("[\"x\"]"));
}
