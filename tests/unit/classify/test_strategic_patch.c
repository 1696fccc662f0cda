/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/unit/classify/case.h"

#define DELETE "\"$deleteFromPrimitiveList/finalizers\":"
#define ORDER "\"$setElementOrder/finalizers\":"
#define META(members) SPAN_INIT("{\"metadata\":{" members "}}")

Test(strategic_patch, null_removes_but_a_list_only_adds)
{
	static const struct effect_row ROWS[] = {
		{ META("\"finalizers\":null"), EFFECT_REMOVES },
		{ META("\"finalizers\":[]"), EFFECT_NONE },
		{ META("\"finalizers\":[\"a/x\"]"), EFFECT_ADDS },
		{ META("\"finalizers\":[\"a/x\"],"
		       "\"resourceVersion\":\"7\""),
			EFFECT_ADDS },
		{ META("\"finalizers\":[1]"), EFFECT_NONE },
		{ META("\"finalizers\":\"a/x\""), EFFECT_NONE },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}

Test(strategic_patch, the_delete_list_removes)
{
	static const struct effect_row ROWS[] = {
		{ META(DELETE "[\"a/x\"]"), EFFECT_REMOVES },
		{ META(DELETE "[\"a/x\"]," ORDER "[]"), EFFECT_REMOVES },
		{ META(DELETE "[\"a/x\"]," ORDER "[\"b/y\"]"), EFFECT_REMOVES },
		{ META("\"$deleteFromPrimitiveList\\/finalizers\":[\"a/x\"]"),
			EFFECT_REMOVES },
		{ META("\"\\u0024deleteFromPrimitiveList/finalizers\":"
		       "[\"a/x\"]"),
			EFFECT_REMOVES },
		{ META(DELETE "null"), EFFECT_REMOVES },
		{ META(DELETE "[]"), EFFECT_NONE },
		{ META(DELETE "\"a/x\""), EFFECT_NONE },
		/* refused if anything is stored */
		{ META(DELETE "[1]"), EFFECT_WRITES },
		{ META(DELETE "[1],\"finalizers\":null"), EFFECT_WRITES },
		{ META(DELETE "[\"a/x\"],\"finalizers\":[]"), EFFECT_REMOVES },
		{ META(DELETE "[\"a/x\"],\"finalizers\":null"),
			EFFECT_REMOVES },
		{ META("\"$deleteFromPrimitiveList/labels\":[\"a/x\"]"),
			EFFECT_NONE },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}

Test(strategic_patch, delete_and_set_is_mixed)
{
	static const struct effect_row ROWS[] = {
		{ META(DELETE "[\"a/x\"],\"finalizers\":[\"b/y\"]"),
			EFFECT_MIXED },
		{ META(DELETE "[\"a/x\"]," ORDER "[\"b/y\"],"
			      "\"finalizers\":[\"b/y\"]"),
			EFFECT_MIXED },
		{ META(DELETE "null,\"finalizers\":[\"b/y\"]"), EFFECT_MIXED },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}

Test(strategic_patch, an_order_alone_changes_nothing)
{
	static const struct effect_row ROWS[] = {
		{ META(ORDER "[\"a/x\"]"), EFFECT_NONE },
		{ META(ORDER "[]"), EFFECT_NONE },
		/* refused: the order, or what it orders, is no list */
		{ META(ORDER "null,\"finalizers\":null"), EFFECT_NONE },
		{ META(ORDER "[\"a/x\"],\"finalizers\":null"), EFFECT_NONE },
		{ META(ORDER "1," DELETE "[\"a/x\"]"), EFFECT_NONE },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}

Test(strategic_patch, replacing_metadata_removes_what_it_does_not_list)
{
	static const struct effect_row ROWS[] = {
		{ META("\"$patch\":\"replace\",\"name\":\"p1\""),
			EFFECT_REMOVES },
		{ META("\"name\":\"p1\",\"finalizers\":[],"
		       "\"$patch\":\"replace\""),
			EFFECT_REMOVES },
		{ META("\"$patch\":\"replace\",\"name\":\"p1\","
		       "\"finalizers\":[\"a/x\"]"),
			EFFECT_WRITES },
		{ META("\"$p\\u0061tch\":\"repl\\u0061ce\",\"name\":\"p1\""),
			EFFECT_REMOVES },
		/* refused: the name is gone, or another, or no directive */
		{ META("\"$patch\":\"replace\""), EFFECT_NONE },
		{ META("\"$patch\":\"replace\",\"name\":\"p2\""), EFFECT_NONE },
		{ META("\"$patch\":\"delete\""), EFFECT_NONE },
		{ META("\"$patch\":\"merge\",\"finalizers\":null"),
			EFFECT_NONE },
		{ META("\"$patch\":null,\"finalizers\":null"), EFFECT_NONE },
		{ SPAN_INIT("{\"$patch\":\"replace\","
			    "\"metadata\":{\"name\":\"p1\"}}"),
			EFFECT_REMOVES },
		{ SPAN_INIT("{\"$patch\":\"replace\",\"metadata\":"
			    "{\"name\":\"p1\",\"finalizers\":[\"a/x\"]}}"),
			EFFECT_WRITES },
		{ SPAN_INIT("{\"$patch\":\"replace\",\"spec\":{}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"$patch\":\"delete\"}"), EFFECT_NONE },
		{ SPAN_INIT("{\"$patch\":\"delete\","
			    "\"metadata\":{\"finalizers\":null}}"),
			EFFECT_NONE },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}

Test(strategic_patch, directives_elsewhere_do_not_matter)
{
	static const struct effect_row ROWS[] = {
		{ META("\"labels\":{\"$patch\":\"replace\"}"), EFFECT_NONE },
		{ META("\"ownerReferences\":[{\"$patch\":\"delete\","
		       "\"uid\":\"u\"}]"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"spec\":{\"$patch\":\"replace\"}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"spec\":{\"template\":{\"metadata\":{" DELETE
			    "[\"a/x\"]}}}}"),
			EFFECT_NONE },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}

Test(strategic_patch, retained_keys_leave_the_others_behind)
{
	static const struct effect_row ROWS[] = {
		{ META("\"$retainKeys\":[\"name\",\"namespace\"]"),
			EFFECT_REMOVES },
		{ META("\"$retainKeys\":[\"name\",\"labels\"],"
		       "\"labels\":{},\"finalizers\":null"),
			EFFECT_REMOVES },
		{ META("\"$retainKeys\":[\"name\"]," DELETE "[\"a/x\"]"),
			EFFECT_REMOVES },
		{ META("\"$retainKeys\":[\"name\",\"finalizers\"]"),
			EFFECT_NONE },
		{ META("\"$retainKeys\":[\"name\",\"finalizers\"],"
		       "\"finalizers\":null"),
			EFFECT_REMOVES },
		/* refused: no name, a key that is not listed, no list */
		{ META("\"$retainKeys\":[\"labels\"]"), EFFECT_NONE },
		{ META("\"$retainKeys\":[]"), EFFECT_NONE },
		{ META("\"$retainKeys\":[\"name\"],\"labels\":{}"),
			EFFECT_NONE },
		{ META("\"$retainKeys\":\"name\""), EFFECT_NONE },
		{ SPAN_INIT("{\"$retainKeys\":[\"spec\"],\"spec\":{}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"$retainKeys\":[\"metadata\"],"
			    "\"metadata\":{\"finalizers\":null}}"),
			EFFECT_REMOVES },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}

Test(strategic_patch, names_what_it_removes)
{
	struct classified c;

	patch_init(&c, STRATEGIC,
		SPAN("{\"metadata\":{\"uid\":\"u\"," DELETE
		     "[\"a/x\",\"b/y\"]}}"));
	cr_assert_eq(c.class.finalizer_count, 2);
	cr_assert(span_eq(c.class.finalizers[0], SPAN("a/x")));
	cr_assert(span_eq(c.class.finalizers[1], SPAN("b/y")));
	cr_assert_eq(c.class.guards, GUARD_UID);
	cr_assert(c.class.is_pure);
	cr_assert(c.class.is_repeatable);
	classified_fini(&c);
}

Test(strategic_patch, custom_resources_do_not_take_it)
{
	static const struct {
		struct span target;
		enum effect effect;
	} ROWS[] = {
		{ SPAN_INIT("/apis/argoproj.io/v1alpha1/namespaces/n/"
			    "workflows/w"),
			EFFECT_NONE },
		{ SPAN_INIT("/apis/kueue.x-k8s.io/v1beta1/namespaces/n/"
			    "workloads/w"),
			EFFECT_NONE },
		{ SPAN_INIT("/apis/apps/v1/namespaces/n/deployments/d"),
			EFFECT_REMOVES },
		{ SPAN_INIT("/apis/networking.k8s.io/v1/namespaces/n/"
			    "ingresses/i"),
			EFFECT_REMOVES },
		{ SPAN_INIT("/apis/rbac.authorization.k8s.io/v1/"
			    "clusterroles/c"),
			EFFECT_REMOVES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		struct classified c;

		classified_init(&c,
			&(struct request_case){
				.method = SPAN("PATCH"),
				.target = ROWS[i].target,
				.content_type = STRATEGIC,
				.body = SPAN("{\"metadata\":"
					     "{\"finalizers\":null}}"),
			});
		cr_expect_eq(c.class.effect, ROWS[i].effect, "%.*s",
			SPAN_ARG(ROWS[i].target));
		classified_fini(&c);
	}
}

Test(strategic_patch, what_is_no_such_patch_removes_nothing)
{
	static const struct effect_row ROWS[] = {
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null}} x"),
			EFFECT_NONE },
		{ SPAN_INIT("[{\"metadata\":{\"finalizers\":null}}]"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"$retainKeys\":[\"spec\"],"
			    "\"metadata\":{\"finalizers\":null}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"$retainKeys\":[\"name\"],"
			    "\"name\":\"p1\",\"name\":\"p1\"}}"),
			EFFECT_WRITES },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			    "\"name\":\"other\"}}"),
			EFFECT_NONE },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			    "\"uid\":1}}"),
			EFFECT_NONE },
	};

	check_effects(STRATEGIC, ROWS, ARRAY_SIZE(ROWS));
}
