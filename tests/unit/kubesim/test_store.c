/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/kubesim/store.h"

static const struct resource *pods(void)
{
	return resource_find("", "v1", "pods");
}

static cJSON *pod(const char *ns, const char *name)
{
	cJSON *doc = cJSON_CreateObject();
	cJSON *metadata = json_make_object(doc, "metadata");

	json_set_str(metadata, "namespace", ns);
	json_set_str(metadata, "name", name);
	return doc;
}

Test(store, every_change_has_its_own_version)
{
	struct store *store = store_new(10);
	struct object *a = store_put(store, pods(), pod("x", "a"));
	struct object *b;

	cr_assert_eq(a->rv, 1);
	cr_assert_str_eq(json_str(a->tree, "metadata.resourceVersion"), "1");
	object_ref(a);
	b = store_put(store, pods(), pod("x", "a"));
	cr_assert_eq(b->rv, 2);
	cr_assert_eq(store_get(store, pods(), "x", "a"), b);
	/* A version that is held does not change. */
	cr_assert_str_eq(json_str(a->tree, "metadata.resourceVersion"), "1");
	object_unref(a);
	store_check(store);
	store_free(store);
}

Test(store, a_range_is_in_order_and_of_its_namespace)
{
	struct store *store = store_new(100);
	struct object_range range;

	store_put(store, pods(), pod("b", "2"));
	store_put(store, pods(), pod("a", "9"));
	store_put(store, pods(), pod("b", "1"));
	store_put(store, pods(), pod("c", "0"));
	store_check(store);
	range = store_range(store, pods(), "b");
	cr_assert_eq(range.count, 2);
	cr_assert_str_eq(range.items[0]->name, "1");
	cr_assert_str_eq(range.items[1]->name, "2");
	range = object_range_behind(range, "b", "1");
	cr_assert_eq(range.count, 1);
	range = object_range_behind(
		store_range(store, pods(), ""), "a", "gone");
	cr_assert_eq(range.count, 3);
	cr_assert_eq(store_range(store, pods(), "nope").count, 0);
	store_free(store);
}

Test(store, the_log_tells_what_happened_behind_a_version)
{
	struct store *store = store_new(10);
	const struct change *change;

	store_put(store, pods(), pod("x", "a"));
	store_put(store, pods(), pod("x", "a"));
	store_remove(store, pods(), pod("x", "a"));
	change = store_change_behind(store, 0);
	cr_assert_eq(change->type, CHANGE_ADDED);
	change = store_change_behind(store, change->rv);
	cr_assert_eq(change->type, CHANGE_MODIFIED);
	cr_assert_eq(change->before->rv, 1);
	change = store_change_behind(store, change->rv);
	cr_assert_eq(change->type, CHANGE_DELETED);
	/* A deletion's object carries the version of the deletion. */
	cr_assert_eq(change->now->rv, 3);
	cr_assert_null(store_change_behind(store, 3));
	cr_assert_null(store_get(store, pods(), "x", "a"));
	store_check(store);
	store_free(store);
}

Test(store, the_log_forgets_the_oldest_and_says_so)
{
	struct store *store = store_new(2);

	for (int i = 0; i < 5; i++)
		store_put(store, pods(), pod("x", "a"));
	store_check(store);
	cr_assert(!store_reaches(store, 2));
	cr_assert(store_reaches(store, 3));
	cr_assert_eq(store_change_behind(store, 3)->rv, 4);
	store_compact(store);
	cr_assert(!store_reaches(store, 4));
	cr_assert(store_reaches(store, 5));
	store_free(store);
}

Test(store, list_items_leave_kind_and_version_out_unless_custom)
{
	struct store *store = store_new(2);
	struct object *obj = store_put(store, pods(), pod("x", "a"));

	cr_assert_eq(strncmp(obj->text,
			     "{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
			     "\"metadata\"",
			     20),
		0);
	cr_assert_eq(
		strncmp(obj->text + obj->list_skip, "\"metadata\"", 10), 0);
	obj = store_put(store,
		resource_find("argoproj.io", "v1alpha1", "workflows"),
		pod("x", "a"));
	cr_assert_eq(obj->list_skip, 1);
	store_free(store);
}
