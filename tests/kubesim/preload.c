/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/preload.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

void preload_namespace(struct registry *reg, const char *name, time_t wall)
{
	const struct target target = {
		.res = resource_find("", "v1", "namespaces"),
		.ns = "",
		.name = "",
		.subresource = "",
		.wall = wall,
	};
	cJSON *obj = cJSON_CreateObject();
	struct object *made;
	struct status st;

	json_set_str(json_make_object(obj, "metadata"), "name", name);
	if (registry_create(reg, &target, obj, &made, &st) == 0)
		object_unref(made);
}

static const struct resource *resource_by_plural(const char *plural)
{
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		if (!strcmp(resources[i].plural, plural))
			return &resources[i];
	}
	return NULL;
}

static cJSON *containers(void)
{
	cJSON *list = cJSON_CreateArray();
	cJSON *item = cJSON_CreateObject();

	json_set_str(item, "name", "main");
	json_set_str(item, "image", "busybox");
	cJSON_AddItemToArray(list, item);
	return list;
}

/* What nobody can guess, and what it must come to on the other side. */
static void fill_checked(
	struct registry *reg, char *filler, char *ret_sum, size_t sum_size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	for (char *c = filler; *c; c++)
		*c = "abcdefghijklmnopqrstuvwxyz012345"[rng_below(
			reg->rng, 32)];
	EVP_Digest(filler, strlen(filler), digest, &len, EVP_sha256(), NULL);
	for (unsigned i = 0; i < len && 2 * i + 2 < sum_size; i++)
		snprintf(ret_sum + 2 * i, 3, "%02x", digest[i]);
}

static void fill(const struct resource *res, cJSON *obj, const cJSON *order,
	const char *filler, const char *sum)
{
	cJSON *metadata = json_make_object(obj, "metadata");
	const cJSON *finalizers = json_get(order, "finalizers");
	const cJSON *labels = json_get(order, "labels");
	const char *node = json_str(order, "node");

	if (finalizers)
		json_set(metadata, "finalizers", json_dup(finalizers));
	if (labels)
		json_set(metadata, "labels", json_dup(labels));
	if (!strcmp(res->kind, "Pod")) {
		cJSON *spec = json_make_object(obj, "spec");

		json_set(spec, "containers", containers());
		if (node)
			json_set_str(spec, "nodeName", node);
	}
	if (!strcmp(res->kind, "ConfigMap"))
		json_set_str(json_make_object(obj, "data"), "filler", filler);
	else if (*filler)
		json_set_str(json_make_object(metadata, "annotations"),
			"example.com/filler", filler);
	if (*sum)
		json_set_str(json_make_object(metadata, "annotations"),
			"example.com/sha256", sum);
}

/* As the kubelet says it of a pod whose containers have started. */
static int start_pod(
	struct registry *reg, const struct target *pod, struct object *made)
{
	struct target target = *pod;
	cJSON *next = json_dup(made->tree);
	struct object *updated;
	struct status st;

	target.subresource = "status";
	json_set_str(json_make_object(next, "status"), "phase", "Running");
	if (registry_update(reg, &target, UPDATE_PUT, next, &updated, &st) != 0)
		return -1;
	object_unref(updated);
	return 0;
}

static int make_one(struct registry *reg, struct target *target,
	const cJSON *order, char *filler, bool deleted, struct err *err)
{
	const struct delete_options options = { .grace = -1 };
	cJSON *obj = cJSON_CreateObject();
	struct object *made;
	struct status st;
	char sum[65] = "";
	bool gone;

	if (json_is_true(order, "checksum"))
		fill_checked(reg, filler, sum, sizeof(sum));
	json_set_str(json_make_object(obj, "metadata"), "name", target->name);
	fill(target->res, obj, order, filler, sum);
	if (registry_create(reg, target, obj, &made, &st) != 0) {
		if (!strcmp(st.reason, "AlreadyExists"))
			return 0;
		return err_set(err, "%.400s", st.message);
	}
	if (json_is_true(order, "running") && !strcmp(target->res->kind, "Pod"))
		CHECK(start_pod(reg, target, made) == 0);
	object_unref(made);
	if (deleted &&
		registry_delete(reg, target, &options, &gone, &made, &st) == 0)
		object_unref(made);
	return 0;
}

int preload(
	struct registry *reg, const cJSON *order, time_t wall, struct err *err)
{
	const char *plural = json_str(order, "resource");
	const char *ns = json_str(order, "namespace");
	const char *prefix = json_str(order, "prefix");
	uint64_t count = (uint64_t)json_num(order, "count", 1);
	size_t size = (size_t)json_num(order, "size", 0);
	bool deleted = json_is_true(order, "deleted");
	/* What an object without a filler has, about. */
	size_t bare = 900;
	struct target target = { .subresource = "", .wall = wall };
	char name[256];
	char *filler;
	int ret = 0;

	target.res = resource_by_plural(plural ? plural : "pods");
	if (!target.res)
		return err_set(err, "no resource \"%s\"", plural);
	target.ns = !target.res->namespaced ? "" : ns ? ns : "default";
	if (target.res->namespaced)
		preload_namespace(reg, target.ns, wall);
	if (strcmp(target.res->kind, "Pod") != 0)
		bare = 250;
	size = size > bare ? size - bare : 0;
	filler = xmalloc(size + 1);
	memset(filler, 'x', size);
	filler[size] = '\0';
	for (uint64_t i = 0; i < count && ret == 0; i++) {
		snprintf(name, sizeof(name), "%.200s%06llu",
			prefix ? prefix : "p-", (unsigned long long)i);
		target.name = name;
		ret = make_one(reg, &target, order, filler, deleted, err);
	}
	free(filler);
	return ret;
}
