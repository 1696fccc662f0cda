/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "tests/kubesim/patch.h"
#include "tests/kubesim/preload.h"

struct fixture {
	struct rng rng;
	struct registry reg;
};

static void begin(struct fixture *fix)
{
	rng_init(&fix->rng, 1);
	fix->reg =
		(struct registry){ .store = store_new(100), .rng = &fix->rng };
	preload_namespace(&fix->reg, "argo", 1000);
}

static void end(struct fixture *fix)
{
	store_check(fix->reg.store);
	store_free(fix->reg.store);
}

static struct target at(const char *plural, const char *name)
{
	const struct resource *res = resource_find("", "v1", plural);

	if (!res)
		res = resource_find("coordination.k8s.io", "v1", plural);
	if (!res)
		res = resource_find("argoproj.io", "v1alpha1", plural);
	return (struct target){
		.res = res,
		.ns = res->namespaced ? "argo" : "",
		.name = name,
		.subresource = "",
		.wall = 2000,
	};
}

static void make_pod(
	struct fixture *fix, const char *finalizers, const char *node)
{
	struct buf text = BUF_INIT;
	struct err err;
	cJSON *order;

	buf_printf(&text,
		"{\"resource\":\"pods\",\"namespace\":\"argo\",\"prefix\":"
		"\"p\",\"finalizers\":%s%s%s%s}",
		finalizers, node ? ",\"node\":\"" : "", node ? node : "",
		node ? "\"" : "");
	order = json_parse(buf_span(&text), &err);
	cr_assert_eq(preload(&fix->reg, order, 1000, &err), 0, "%s", err.text);
	cJSON_Delete(order);
	buf_fini(&text);
}

#define POD_NAME "p000000"

static struct object *current(struct fixture *fix)
{
	return store_get(fix->reg.store, at("pods", "").res, "argo", POD_NAME);
}

/* Deletes the pod; returns whether it is gone. */
static bool delete_pod(struct fixture *fix, double grace)
{
	struct target target = at("pods", POD_NAME);
	struct delete_options options = { .grace = grace };
	struct object *obj;
	struct status st;
	bool gone;

	cr_assert_eq(
		registry_delete(&fix->reg, &target, &options, &gone, &obj, &st),
		0);
	object_unref(obj);
	return gone;
}

/* Applies a merge patch; returns the code, 200 when it went through. */
static int patch_pod(
	struct fixture *fix, const char *patch_text, uint64_t *ret_rv)
{
	struct target target = at("pods", POD_NAME);
	cJSON *next = json_dup(current(fix)->tree);
	struct object *obj;
	struct status st;
	struct err err;
	cJSON *patch = json_parse(span_str(patch_text), &err);
	int ret;

	patch_merge(next, patch);
	cJSON_Delete(patch);
	ret = registry_update(
		&fix->reg, &target, UPDATE_PATCH, next, &obj, &st);
	if (ret != 0)
		return st.code;
	if (ret_rv)
		*ret_rv = obj->rv;
	object_unref(obj);
	return 200;
}

Test(registry, without_finalizers_an_object_is_gone_at_once)
{
	struct fixture fix;

	begin(&fix);
	make_pod(&fix, "[]", NULL);
	cr_assert(delete_pod(&fix, -1));
	cr_assert_null(current(&fix));
	end(&fix);
}

Test(registry, a_finalizer_keeps_the_object_and_its_removal_ends_it)
{
	struct fixture fix;
	uint64_t before;
	uint64_t rv = 0;

	begin(&fix);
	make_pod(&fix, "[\"a/a\",\"b/b\"]", NULL);
	cr_assert(!delete_pod(&fix, -1));
	cr_assert(json_has(current(&fix)->tree, "metadata.deletionTimestamp"));
	cr_assert_eq(patch_pod(&fix,
			     "{\"metadata\":{\"finalizers\":"
			     "[\"b/b\"]}}",
			     NULL),
		200);
	before = current(&fix)->rv;
	cr_assert_eq(
		patch_pod(&fix, "{\"metadata\":{\"finalizers\":null}}", &rv),
		200);
	cr_assert_null(current(&fix));
	/* The answer carries the version from before. */
	cr_assert_eq(rv, before);
	end(&fix);
}

Test(registry, no_finalizer_is_added_while_terminating)
{
	struct fixture fix;

	begin(&fix);
	make_pod(&fix, "[\"a/a\"]", NULL);
	delete_pod(&fix, -1);
	cr_assert_eq(patch_pod(&fix,
			     "{\"metadata\":{\"finalizers\":"
			     "[\"a/a\",\"c/c\"]}}",
			     NULL),
		422);
	end(&fix);
}

Test(registry, a_stale_version_conflicts_and_another_uid_is_invalid)
{
	struct fixture fix;

	begin(&fix);
	make_pod(&fix, "[\"a/a\"]", NULL);
	cr_assert_eq(patch_pod(&fix,
			     "{\"metadata\":{\"resourceVersion\":"
			     "\"1\",\"finalizers\":null}}",
			     NULL),
		409);
	cr_assert_eq(
		patch_pod(&fix, "{\"metadata\":{\"uid\":\"x\"}}", NULL), 422);
	cr_assert_eq(patch_pod(&fix,
			     "{\"metadata\":{\"deletionTimestamp\":"
			     "\"2026-01-01T00:00:00Z\"}}",
			     NULL),
		200);
	cr_assert(!json_has(current(&fix)->tree, "metadata.deletionTimestamp"));
	end(&fix);
}

Test(registry, what_changes_nothing_makes_no_new_version)
{
	struct fixture fix;
	uint64_t rv;
	uint64_t before;

	begin(&fix);
	make_pod(&fix, "[\"a/a\"]", NULL);
	before = store_rv(fix.reg.store);
	cr_assert_eq(patch_pod(&fix, "{}", &rv), 200);
	cr_assert_eq(rv, before);
	cr_assert_eq(store_rv(fix.reg.store), before);
	end(&fix);
}

Test(registry, a_pod_on_a_node_waits_for_its_grace_period)
{
	struct fixture fix;

	begin(&fix);
	make_pod(&fix, "[\"a/a\"]", "n1");
	cr_assert(!delete_pod(&fix, -1));
	cr_assert_eq((int)json_num(current(&fix)->tree,
			     "metadata.deletionGracePeriodSeconds", -1),
		30);
	/* The kubelet is not done: the pod outlives its finalizer. */
	cr_assert_eq(
		patch_pod(&fix, "{\"metadata\":{\"finalizers\":[]}}", NULL),
		200);
	cr_assert_not_null(current(&fix));
	cr_assert(!delete_pod(&fix, 5));
	cr_assert(!delete_pod(&fix, 20));
	cr_assert_eq((int)json_num(current(&fix)->tree,
			     "metadata.deletionGracePeriodSeconds", -1),
		5);
	cr_assert(delete_pod(&fix, 0));
	end(&fix);
}

Test(registry, a_delete_with_another_uid_conflicts)
{
	struct target target = at("pods", POD_NAME);
	struct delete_options options = { .grace = -1, .uid = "x" };
	struct object *obj;
	struct fixture fix;
	struct status st;
	bool gone;

	begin(&fix);
	make_pod(&fix, "[]", NULL);
	cr_assert_eq(
		registry_delete(&fix.reg, &target, &options, &gone, &obj, &st),
		-1);
	cr_assert_eq(st.code, 409);
	cr_assert_not_null(current(&fix));
	end(&fix);
}

Test(registry, a_dry_run_leaves_no_trace)
{
	struct target target = at("pods", POD_NAME);
	struct delete_options options = { .grace = -1 };
	struct object *obj;
	struct fixture fix;
	struct status st;
	uint64_t before;
	bool gone;

	begin(&fix);
	make_pod(&fix, "[]", NULL);
	before = store_rv(fix.reg.store);
	target.dry_run = true;
	cr_assert_eq(
		registry_delete(&fix.reg, &target, &options, &gone, &obj, &st),
		0);
	object_unref(obj);
	cr_assert(gone);
	cr_assert_not_null(current(&fix));
	cr_assert_eq(store_rv(fix.reg.store), before);
	end(&fix);
}

Test(registry, nothing_is_created_in_a_terminating_namespace)
{
	struct target ns = at("namespaces", "argo");
	struct target pods = at("pods", "");
	struct delete_options options = { .grace = -1 };
	struct object *obj;
	struct fixture fix;
	struct status st;
	cJSON *doc = cJSON_CreateObject();
	bool gone;

	begin(&fix);
	cr_assert_eq(
		registry_delete(&fix.reg, &ns, &options, &gone, &obj, &st), 0);
	object_unref(obj);
	cr_assert(!gone);
	json_set_str(json_make_object(doc, "metadata"), "name", "p");
	cr_assert_eq(registry_create(&fix.reg, &pods, doc, &obj, &st), -1);
	cr_assert_eq(st.code, 403);
	/* spec.finalizers go by the finalize subresource only. */
	doc = json_dup(store_get(fix.reg.store, ns.res, "", "argo")->tree);
	json_remove(json_get(doc, "spec"), "finalizers");
	ns.subresource = "finalize";
	cr_assert_eq(
		registry_update(&fix.reg, &ns, UPDATE_PUT, doc, &obj, &st), 0);
	object_unref(obj);
	cr_assert_null(store_get(fix.reg.store, ns.res, "", "argo"));
	end(&fix);
}

Test(registry, generated_names_differ)
{
	struct target target = at("configmaps", "");
	struct object *objs[2];
	struct fixture fix;
	struct status st;

	begin(&fix);
	for (int i = 0; i < 2; i++) {
		cJSON *doc = cJSON_CreateObject();

		json_set_str(json_make_object(doc, "metadata"), "generateName",
			"x-");
		cr_assert_eq(
			registry_create(&fix.reg, &target, doc, &objs[i], &st),
			0);
	}
	cr_assert_str_neq(objs[0]->name, objs[1]->name);
	cr_assert_eq(strlen(objs[0]->name), 7);
	object_unref(objs[0]);
	object_unref(objs[1]);
	end(&fix);
}
