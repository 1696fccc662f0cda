/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/kubesim/apply.h"
#include "tests/kubesim/apply_merge.h"
#include "tests/kubesim/apply_set.h"
#include "tests/kubesim/fields.h"

static cJSON *parse(const char *text)
{
	struct err err;
	cJSON *doc = json_parse(span_str(text), &err);

	cr_assert(doc, "%s: %s", text, err.text);
	return doc;
}

static void expect_json(cJSON *got, const char *want)
{
	cJSON *doc = parse(want);
	char *text = json_print(got);

	cr_assert(json_equal(got, doc), "%s\nis not %s", text, want);
	free(text);
	cJSON_Delete(doc);
	cJSON_Delete(got);
}

/* Field sets */

static cJSON *set(const char *fields)
{
	cJSON *doc = parse(fields);
	cJSON *result = set_from_fields(doc);

	cJSON_Delete(doc);
	return result;
}

Test(field_set, survives_reading_and_writing)
{
	static const char fields[] =
		"{\"f:a\":{\".\":{},\"f:b\":{}},\"k:{\\\"n\\\":1}\":{}}";

	expect_json(set_to_fields(set(fields)), fields);
}

Test(field_set, add_subtract_intersect)
{
	cJSON *a = set("{\"f:a\":{\".\":{},\"f:b\":{},\"f:c\":{}}}");
	cJSON *b = set("{\"f:a\":{\"f:b\":{}},\"f:d\":{}}");

	expect_json(set_to_fields(set_intersection(a, b)),
		"{\"f:a\":{\"f:b\":{}}}");
	set_subtract(a, b);
	expect_json(
		set_to_fields(json_dup(a)), "{\"f:a\":{\".\":{},\"f:c\":{}}}");
	set_add(a, b);
	set_subtract(b, a);
	cr_assert(set_is_empty(b));
	expect_json(set_to_fields(a),
		"{\"f:a\":{\".\":{},\"f:b\":{},\"f:c\":{}},\"f:d\":{}}");
	cJSON_Delete(b);
}

static void on_member(const char *path, void *user)
{
	buf_printf(user, "%s ", path);
}

Test(field_set, paths_are_told_as_the_real_server_does)
{
	struct buf paths = BUF_INIT;
	cJSON *fields = set("{\"f:spec\":{\"f:ports\":{"
			    "\"k:{\\\"port\\\":80,\\\"proto\\\":\\\"TCP\\\"}\":"
			    "{\".\":{},\"f:name\":{}}},"
			    "\"f:list\":{\"v:\\\"x\\\"\":{}}}}");

	set_each(fields, on_member, &paths);
	cr_assert_str_eq(buf_cstr(&paths),
		".spec.ports[port=80,proto=\"TCP\"] "
		".spec.ports[port=80,proto=\"TCP\"].name "
		".spec.list[=\"x\"] ");
	buf_fini(&paths);
	cJSON_Delete(fields);
}

/* Applying */

static const struct resource *pods(void)
{
	return resource_find("", "v1", "pods");
}

static struct writer writer(const char *manager)
{
	return (struct writer){
		.manager = span_str(manager),
		.subresource = "",
	};
}

/* `*live` is replaced; the code of the refusal, or 0. */
static int apply(cJSON **live, const char *manager, const char *spec)
{
	const struct writer who = writer(manager);
	cJSON *config = parse(spec);
	struct status st = { 0 };
	cJSON *next = apply_config(pods(), *live, config, &who, &st);

	cJSON_Delete(config);
	if (!next)
		return st.code;
	cJSON_Delete(*live);
	*live = next;
	return 0;
}

static void expect_spec(const cJSON *live, const char *spec)
{
	expect_json(json_dup(json_get(live, "spec")), spec);
}

/* Fields as "MANAGER: FIELDS", by their place in the list. */
static void expect_fields(
	const cJSON *live, int place, const char *manager, const char *fields)
{
	const cJSON *entry = cJSON_GetArrayItem(
		json_get_path(live, "metadata.managedFields"), place);

	cr_assert(entry, "no manager %d", place);
	cr_assert_str_eq(json_str(entry, "manager"), manager);
	expect_json(json_dup(json_get(entry, "fieldsV1")), fields);
}

Test(apply, the_first_one_owns_what_it_names)
{
	cJSON *live = NULL;

	cr_assert_eq(
		apply(&live, "a",
			"{\"metadata\":{\"name\":\"p\"},\"spec\":{"
			"\"containers\":[{\"name\":\"m\",\"image\":\"i\"}],"
			"\"nodeSelector\":{\"x\":\"y\"}}}"),
		0);
	expect_fields(live, 0, "a",
		"{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"m\\\"}\":"
		"{"
		"\".\":{},\"f:image\":{},\"f:name\":{}}},"
		"\"f:nodeSelector\":{}}}");
	cJSON_Delete(live);
}

Test(apply, what_is_no_longer_named_goes_unless_shared)
{
	cJSON *live = NULL;

	apply(&live, "a", "{\"spec\":{\"nodeName\":\"n\",\"hostname\":\"h\"}}");
	cr_assert_eq(apply(&live, "b", "{\"spec\":{\"hostname\":\"h\"}}"), 0);
	cr_assert_eq(apply(&live, "a", "{\"spec\":{}}"), 0);
	expect_spec(live, "{\"hostname\":\"h\"}");
	cr_assert_eq(apply(&live, "b", "{\"spec\":{}}"), 0);
	expect_spec(live, "{}");
	cJSON_Delete(live);
}

Test(apply, another_value_of_what_somebody_has_is_a_conflict)
{
	const struct writer b = writer("b");
	struct status st;
	cJSON *live = NULL;
	cJSON *config;

	apply(&live, "a", "{\"spec\":{\"nodeName\":\"n\",\"hostname\":\"h\"}}");
	config = parse("{\"spec\":{\"nodeName\":\"o\",\"hostname\":\"i\"}}");
	cr_assert_null(apply_config(pods(), live, config, &b, &st));
	cr_assert_eq(st.code, 409);
	cr_assert_str_eq(st.message,
		"Apply failed with 2 conflicts: conflicts with \"a\":\n"
		"- .spec.hostname\n- .spec.nodeName");
	cr_assert_eq(st.cause_count, 2);
	cr_assert_str_eq(st.causes[1].field, ".spec.nodeName");
	cJSON_Delete(config);
	cJSON_Delete(live);
}

Test(apply, force_takes_it)
{
	struct writer b = writer("b");
	struct status st;
	cJSON *live = NULL;
	cJSON *config = parse("{\"spec\":{\"nodeName\":\"o\"}}");
	cJSON *next;

	b.force = true;
	apply(&live, "a", "{\"spec\":{\"nodeName\":\"n\",\"hostname\":\"h\"}}");
	next = apply_config(pods(), live, config, &b, &st);
	cr_assert(next);
	expect_fields(next, 0, "a", "{\"f:spec\":{\"f:hostname\":{}}}");
	expect_fields(next, 1, "b", "{\"f:spec\":{\"f:nodeName\":{}}}");
	cJSON_Delete(next);
	cJSON_Delete(config);
	cJSON_Delete(live);
}

Test(apply, an_update_takes_what_it_changes)
{
	const struct writer u = writer("u");
	cJSON *live = NULL;
	cJSON *next;

	apply(&live, "a", "{\"spec\":{\"nodeName\":\"n\",\"hostname\":\"h\"}}");
	next = json_dup(live);
	json_set_str(json_get(next, "spec"), "hostname", "other");
	apply_note_update(pods(), live, next, &u);
	expect_fields(next, 0, "a", "{\"f:spec\":{\"f:nodeName\":{}}}");
	expect_fields(next, 1, "u", "{\"f:spec\":{\"f:hostname\":{}}}");
	cr_assert_eq(apply(&next, "a",
			     "{\"spec\":{\"nodeName\":\"n\","
			     "\"hostname\":\"h\"}}"),
		409);
	cJSON_Delete(next);
	cJSON_Delete(live);
}

Test(apply, what_was_there_before_has_a_manager)
{
	cJSON *live = parse("{\"metadata\":{\"name\":\"p\",\"labels\":"
			    "{\"l\":\"1\"}},\"spec\":{\"nodeName\":\"n\"}}");

	cr_assert_eq(apply(&live, "a", "{\"spec\":{\"nodeName\":\"o\"}}"), 409);
	cr_assert_eq(apply(&live, "a", "{\"spec\":{\"hostname\":\"h\"}}"), 0);
	expect_fields(live, 1, "before-first-apply",
		"{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:l\":{}}},"
		"\"f:spec\":{\"f:nodeName\":{}}}");
	cJSON_Delete(live);
}

Test(apply, what_the_schema_does_not_know_is_refused)
{
	cJSON *live = NULL;

	cr_assert_eq(apply(&live, "a", "{\"nope\":1}"), 500);
	cr_assert_eq(apply(&live, "a", "{\"spec\":{\"nodeName\":1}}"), 500);
	cr_assert_eq(apply(&live, "a", "{\"spec\":{\"containers\":{}}}"), 500);
	cr_assert_null(live);
}

Test(fields, what_a_kind_does_not_have_is_taken_out)
{
	cJSON *doc =
		parse("{\"metadata\":{\"nope\":1},\"spec\":{\"containers\":"
		      "[{\"name\":\"a\"},{\"ports\":[{\"q\":1}]}],"
		      "\"volumes\":[{\"emptyDir\":{}}]},\"x\":2}");
	cJSON *unknown = fields_drop_unknown(pods(), doc);
	struct err err;

	fields_set_error(unknown, &err);
	cr_assert_str_eq(err.text,
		"strict decoding error: unknown field \"metadata.nope\", "
		"unknown field \"spec.containers[1].ports[0].q\", "
		"unknown field \"x\"");
	cJSON_Delete(unknown);
	cr_assert_null(fields_drop_unknown(pods(), doc));
	expect_json(doc,
		"{\"metadata\":{},\"spec\":{\"containers\":[{\"name\":\"a\"},"
		"{\"ports\":[{}]}],\"volumes\":[{\"emptyDir\":{}}]}}");
}
