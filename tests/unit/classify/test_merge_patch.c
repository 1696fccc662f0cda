/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/unit/classify/case.h"

#define STATUS "workflows.argoproj.io/status"

Test(merge_patch, null_and_the_empty_list_remove)
{
	static const struct effect_row ROWS[] = {
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null}}"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[]}}"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"spec\":{\"a\":1},"
			    "\"metadata\":{\"finalizers\":[]}}\n"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"metadata\":{\"name\":\"p1\","
			    "\"finalizers\":[]}}"),
			EFFECT_REMOVES },
	};

	check_effects(MERGE, ROWS, ARRAY_SIZE(ROWS));
}

Test(merge_patch, a_full_list_is_told_by_the_configured_name)
{
	static const struct effect_row ROWS[] = {
		/* with a version and without the name: Argo's form */
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"],"
			    "\"resourceVersion\":\"7\"}}"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"metadata\":{\"resourceVersion\":\"7\","
			    "\"finalizers\":[\"a/x\",\"b/y\"]}}"),
			EFFECT_REMOVES },
		/* the name is there, or written with escapes */
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"" STATUS "\"],"
			    "\"resourceVersion\":\"7\"}}"),
			EFFECT_WRITES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"workflows."
			    "argoproj.io\\u002fstatus\"],"
			    "\"resourceVersion\":\"7\"}}"),
			EFFECT_WRITES },
		/* no version, or one that stands for none */
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"]}}"),
			EFFECT_WRITES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"],"
			    "\"resourceVersion\":\"0\"}}"),
			EFFECT_WRITES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"],"
			    "\"resourceVersion\":\"\"}}"),
			EFFECT_WRITES },
		{ SPAN_INIT("{\"metadata\":{\"resourceVersion\":\"7\","
			    "\"finalizers\":[\"a/x\"],"
			    "\"resourceVersion\":null}}"),
			EFFECT_WRITES },
	};

	check_effects(MERGE, ROWS, ARRAY_SIZE(ROWS));
}

Test(merge_patch, the_configured_name_belongs_to_its_resource)
{
	struct classified c;

	classified_init(&c,
		&(struct request_case){
			.method = SPAN("PATCH"),
			.target = SPAN("/api/v1/namespaces/argo/configmaps/c"),
			.content_type = MERGE,
			.body = SPAN("{\"metadata\":{\"finalizers\":[\"a/x\"],"
				     "\"resourceVersion\":\"7\"}}"),
		});
	cr_assert_eq(c.class.effect, EFFECT_WRITES);
	cr_assert_eq(c.class.why, EFFECT_WHY_STATE);
	classified_fini(&c);
}

Test(merge_patch, what_is_refused_removes_nothing)
{
	static const struct effect_row ROWS[] = {
		{ SPAN_INIT("{\"metadata\":null}"), EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":[\"finalizers\"]}"), EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"name\":\"p2\","
			    "\"finalizers\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"name\":null,"
			    "\"finalizers\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":\"\"}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":{}}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[null]}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"\"]}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\",1],"
			    "\"resourceVersion\":\"7\"}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a\\u0000\"],"
			    "\"resourceVersion\":\"7\"}}"),
			EFFECT_NONE },
		{ SPAN_INIT("[{\"metadata\":{\"finalizers\":null}}]"),
			EFFECT_NONE },
		{ SPAN_INIT("null"), EFFECT_NONE },
		{ SPAN_INIT("\"finalizers\""), EFFECT_NONE },
	};

	check_effects(MERGE, ROWS, ARRAY_SIZE(ROWS));
}

Test(merge_patch, the_last_of_two_equal_keys_counts)
{
	static const struct effect_row ROWS[] = {
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null},"
			    "\"metadata\":{\"labels\":{\"pwn\":\"1\"}}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"labels\":{}},"
			    "\"metadata\":{\"finalizers\":null}}"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			    "\"finalizers\":[\"" STATUS "\"]}}"),
			EFFECT_WRITES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"],"
			    "\"finalizer\\u0073\":[]}}"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null},"
			    "\"metadata\":null}"),
			EFFECT_NONE },
	};

	check_effects(MERGE, ROWS, ARRAY_SIZE(ROWS));
}

Test(merge_patch, keys_are_the_api_servers_keys)
{
	static const struct effect_row ROWS[] = {
		{ SPAN_INIT("{\"meta\\u0064ata\":{\"finalizer\\u0073\":null}}"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"Metadata\":{\"Finalizers\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"FINALIZERS\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\\u0000\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\\u0000\":{\"finalizers\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers \":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata.finalizers\":null}"), EFFECT_NONE },
		{ SPAN_INIT("{\"spec\":{\"metadata\":{\"finalizers\":[]}}}"),
			EFFECT_NONE },
		/* directives are fields like any other here */
		{ SPAN_INIT("{\"metadata\":{\"$deleteFromPrimitiveList/"
			    "finalizers\":[\"a/x\"]}}"),
			EFFECT_NONE },
	};

	check_effects(MERGE, ROWS, ARRAY_SIZE(ROWS));
}

static struct class class_of(struct span body)
{
	struct classified c;

	patch_init(&c, MERGE, body);
	classified_fini(&c);
	c.class.finalizer_count = 0;
	return c.class;
}

Test(merge_patch, uid_and_version_are_its_guards)
{
	cr_assert_eq(
		class_of(SPAN("{\"metadata\":{\"finalizers\":null}}")).guards,
		GUARD_NONE);
	cr_assert_eq(class_of(SPAN("{\"metadata\":{\"finalizers\":null,"
				   "\"uid\":\"u\"}}"))
			     .guards,
		GUARD_UID);
	cr_assert_eq(class_of(SPAN("{\"metadata\":{\"finalizers\":null,"
				   "\"resourceVersion\":\"70\"}}"))
			     .guards,
		GUARD_RESOURCE_VERSION);
	cr_assert_eq(class_of(SPAN("{\"metadata\":{\"finalizers\":null,"
				   "\"uid\":null,\"resourceVersion\":7}}"))
			     .guards,
		GUARD_NONE);
	cr_assert(class_of(SPAN("{\"metadata\":{\"finalizers\":null}}"))
			  .is_repeatable);
}

Test(merge_patch, pure_is_nothing_besides)
{
	static const struct {
		struct span body;
		bool is_pure;
	} ROWS[] = {
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[],\"labels\":"
			    "{\"a\":\"b\",\"c\":null},\"uid\":\"u\","
			    "\"resourceVersion\":\"1\"}}"),
			true },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[]},\"spec\":{}}"),
			false },
		{ SPAN_INIT("{\"kind\":\"Pod\",\"metadata\":"
			    "{\"finalizers\":[]}}"),
			false },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			    "\"annotations\":{}}}"),
			false },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			    "\"ownerReferences\":[]}}"),
			false },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			    "\"labels\":{\"a\":{}}}}"),
			false },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			    "\"labels\":null}}"),
			false },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			    "\"finalizers\":[]}}"),
			false },
		{ SPAN_INIT("{\"metadata\":{},"
			    "\"metadata\":{\"finalizers\":[]}}"),
			false },
		{ SPAN_INIT("{\"metadata\":{\"finalizer\\u0073\":[]}}"),
			false },
		{ SPAN_INIT("{\"metadat\\u0061\":{\"finalizers\":[]}}"),
			false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect_eq(class_of(ROWS[i].body).is_pure, ROWS[i].is_pure,
			"%.*s", SPAN_ARG(ROWS[i].body));
}

Test(merge_patch, the_name_that_is_lacking_is_the_one_removed)
{
	struct classified c;

	patch_init(&c, MERGE,
		SPAN("{\"metadata\":{\"finalizers\":[\"a/x\"],"
		     "\"resourceVersion\":\"7\"}}"));
	cr_assert_eq(c.class.why, EFFECT_WHY_NAME_LACKS);
	cr_assert_eq(c.class.finalizer_count, 1);
	cr_assert(span_eq(c.class.finalizers[0], SPAN(STATUS)));
	classified_fini(&c);
}

Test(merge_patch, an_object_keeps_its_kind_and_version)
{
	static const struct effect_row ROWS[] = {
		{ SPAN_INIT("{\"apiVersion\":null,"
			    "\"metadata\":{\"finalizers\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"kind\":null,"
			    "\"metadata\":{\"finalizers\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
			    "\"metadata\":{\"finalizers\":null}}"),
			EFFECT_REMOVES },
	};

	check_effects(MERGE, ROWS, ARRAY_SIZE(ROWS));
}
