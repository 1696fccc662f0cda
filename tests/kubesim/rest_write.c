/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/rest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/kubesim/body.h"
#include "tests/kubesim/encode.h"
#include "tests/kubesim/patch.h"
#include "tests/kubesim/selector.h"

enum { MAX_MANAGER = 128 };

/* Who says nothing is known by the program's name. */
static struct span manager_of(const struct call *call)
{
	const char *manager = request_param(call->req, "fieldManager");
	struct span rest = span_str(call->user_agent);

	return manager && *manager ? span_str(manager) : span_cut(&rest, '/');
}

struct target rest_target(const struct call *call, const struct resource *res)
{
	const char *dry_run = request_param(call->req, "dryRun");

	return (struct target){
		.res = res,
		.ns = call->req->ns,
		.name = call->req->name,
		.subresource = call->req->subresource,
		.dry_run = dry_run && !strcmp(dry_run, "All"),
		.writer = { .manager = manager_of(call),
			.subresource = call->req->subresource,
			.force = request_param_is_true(call->req, "force"),
			.wall = call->wall },
		.wall = call->wall,
	};
}

void rest_answer_write(const struct call *call, const struct target *target,
	struct answer *answer, int code, struct object *obj)
{
	encode_object(answer, call, target->res, code, obj);
	/* A dry run leaves nothing. */
	if (!target->dry_run)
		answer->effect = object_ref(obj);
	object_unref(obj);
}

/* The object in the body, without what its kind does not have. */
static cJSON *read_object(const struct call *call, const struct resource *res,
	const char *options, struct answer *answer, struct status *st)
{
	struct err err;
	cJSON *doc;

	if (body_check_validation(call, options, st) != 0)
		return NULL;
	doc = body_object(call, res, st);
	if (!doc || body_validate(call, res, doc, answer, &err) == 0)
		return doc;
	cJSON_Delete(doc);
	status_bad_request(st,
		"%s in version \"%s\" cannot be handled as a %s: %s", res->kind,
		res->version, res->kind, err.text);
	return NULL;
}

void rest_create(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	struct target target = rest_target(call, res);
	struct object *obj;
	struct status st;
	cJSON *body = read_object(call, res, "CreateOptions", answer, &st);

	if (!body ||
		registry_create(&api->registry, &target, body, &obj, &st) != 0)
		answer_status(answer, &st);
	else
		rest_answer_write(call, &target, answer, 201, obj);
}

void rest_update(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	struct target target = rest_target(call, res);
	bool existed = store_get(api->store, res, target.ns, target.name);
	struct object *obj;
	struct status st;
	cJSON *body = read_object(call, res, "UpdateOptions", answer, &st);

	if (!body ||
		registry_update(&api->registry, &target, UPDATE_PUT, body, &obj,
			&st) != 0)
		answer_status(answer, &st);
	else
		rest_answer_write(
			call, &target, answer, existed ? 200 : 201, obj);
}

enum patch_type {
	PATCH_MERGE,
	PATCH_STRATEGIC,
	PATCH_JSON,
	PATCH_APPLY,
};

static int patch_type_of(const struct call *call, const struct resource *res,
	enum patch_type *ret_type, struct status *st)
{
	static const char accepted[] =
		"application/json-patch+json, application/merge-patch+json, "
		"application/apply-patch+yaml";

	if (body_has_type(call, "application/merge-patch+json"))
		*ret_type = PATCH_MERGE;
	else if (body_has_type(call, "application/json-patch+json"))
		*ret_type = PATCH_JSON;
	else if (body_has_type(
			 call, "application/strategic-merge-patch+json") &&
		!res->custom)
		*ret_type = PATCH_STRATEGIC;
	else if (body_has_type(call, "application/apply-patch+yaml"))
		*ret_type = PATCH_APPLY;
	else if (res->custom)
		return body_unsupported(accepted, st);
	else {
		/* go-restful's answer, which knows the types by itself. */
		status_set(st, 415, "UnsupportedMediaType",
			"415: Unsupported Media Type");
		st->has_details = true;
		return -1;
	}
	return 0;
}

/* metav1.PatchOptions: 422. */
static int check_patch_options(
	const struct call *call, enum patch_type type, struct status *st)
{
	static const struct resource options = {
		.group = "meta.k8s.io",
		.kind = "PatchOptions",
	};
	const char *manager = request_param(call->req, "fieldManager");

	if (body_check_validation(call, "PatchOptions", st) != 0)
		return -1;
	if (type == PATCH_APPLY && (!manager || !*manager))
		return status_invalid(st, &options, "", "Required value",
			"fieldManager", "is required for apply patch");
	if (type != PATCH_APPLY && request_param(call->req, "force"))
		return status_invalid(st, &options, "", "Forbidden", "force",
			"may not be specified for non-apply patch");
	if (manager && strlen(manager) > MAX_MANAGER)
		return status_invalid(st, &options, "", "Too long",
			"fieldManager", "may not be more than %d bytes",
			MAX_MANAGER);
	return 0;
}

/* The patched copy of `old`; NULL and a status where that fails. */
static cJSON *apply_patch(const struct object *old, enum patch_type type,
	const cJSON *patch, struct status *st)
{
	cJSON *next = json_dup(old->tree);
	int ret = 0;

	switch (type) {
	case PATCH_MERGE:
		patch_merge(next, patch);
		break;
	case PATCH_STRATEGIC:
		ret = patch_strategic(next, patch, st);
		break;
	case PATCH_JSON:
		ret = patch_json(&next, patch, st);
		break;
	case PATCH_APPLY:
		CHECK_UNREACHABLE(); /* rest_apply.c does that */
	}
	if (ret == 0 && !cJSON_IsObject(next))
		ret = status_unprocessable(st);
	if (ret == 0)
		return next;
	cJSON_Delete(next);
	return NULL;
}

static cJSON *read_patch(
	const struct call *call, enum patch_type type, struct status *st)
{
	struct err err;
	cJSON *patch = json_parse(call->body, &err);

	if (!patch) {
		status_bad_request(st, "error decoding patch: %s", err.text);
		return NULL;
	}
	if (type != PATCH_JSON && !cJSON_IsObject(patch)) {
		status_bad_request(st,
			"error decoding patch: json: cannot unmarshal %s into "
			"Go value of type map[string]interface {}",
			json_type_name(patch));
		cJSON_Delete(patch);
		return NULL;
	}
	return patch;
}

void rest_patch(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	struct target target = rest_target(call, res);
	const struct object *old;
	enum patch_type type = PATCH_MERGE;
	struct object *obj;
	struct status st;
	struct err err;
	cJSON *patch = NULL;
	cJSON *next;

	if (patch_type_of(call, res, &type, &st) != 0 ||
		check_patch_options(call, type, &st) != 0)
		goto fail;
	if (type == PATCH_APPLY) {
		rest_apply(api, call, res, answer);
		return;
	}
	patch = read_patch(call, type, &st);
	if (!patch)
		goto fail;
	old = store_get(api->store, res, target.ns, target.name);
	if (!old) {
		status_not_found(&st, res, target.name);
		goto fail;
	}
	next = apply_patch(old, type, patch, &st);
	if (next && body_validate(call, res, next, answer, &err) != 0) {
		status_bad_patch(&st, "\"...\": %.300s", err.text);
		cJSON_Delete(next);
		goto fail;
	}
	if (!next ||
		registry_update(&api->registry, &target, UPDATE_PATCH, next,
			&obj, &st) != 0)
		goto fail;
	rest_answer_write(call, &target, answer, 200, obj);
	cJSON_Delete(patch);
	return;
fail:
	answer_status(answer, &st);
	cJSON_Delete(patch);
}

/* DeleteOptions: from the body, else from the query. */
static int read_delete_options(const struct call *call, struct target *target,
	cJSON **ret_body, struct delete_options *ret_options, struct status *st)
{
	const char *grace = request_param(call->req, "gracePeriodSeconds");
	const cJSON *dry_run;
	cJSON *body = NULL;

	*ret_options = (struct delete_options){
		.grace = -1,
		.policy = request_param(call->req, "propagationPolicy"),
	};
	*ret_body = NULL;
	if (grace)
		ret_options->grace = strtod(grace, NULL);
	if (span_is_empty(call->body))
		return 0;
	body = body_delete_options(call, st);
	if (!body)
		return -1;
	ret_options->uid = json_str(body, "preconditions.uid");
	ret_options->rv = json_str(body, "preconditions.resourceVersion");
	ret_options->grace =
		json_num(body, "gracePeriodSeconds", ret_options->grace);
	if (json_has(body, "propagationPolicy"))
		ret_options->policy = json_str(body, "propagationPolicy");
	if (json_is_true(body, "orphanDependents"))
		ret_options->policy = "Orphan";
	dry_run = json_get(body, "dryRun");
	if (json_array_has(dry_run, "All"))
		target->dry_run = true;
	*ret_body = body;
	return 0;
}

void rest_delete(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	struct target target = rest_target(call, res);
	struct delete_options options;
	struct object *obj;
	struct status st;
	cJSON *body;
	bool gone;

	if (read_delete_options(call, &target, &body, &options, &st) != 0) {
		answer_status(answer, &st);
		return;
	}
	if (registry_delete(
		    &api->registry, &target, &options, &gone, &obj, &st) != 0) {
		answer_status(answer, &st);
	} else if (gone && !res->returns_deleted) {
		status_success(&st, res, obj->name,
			json_str(obj->tree, "metadata.uid"));
		answer_status(answer, &st);
		if (!target.dry_run)
			answer->effect = object_ref(obj);
		object_unref(obj);
	} else {
		rest_answer_write(call, &target, answer, 200, obj);
	}
	cJSON_Delete(body);
}

/* Each of `items` becomes its last version; NULL: it was not deleted. */
static size_t delete_each(struct api *api, const struct target *collection,
	const struct delete_options *options, struct object **items,
	size_t count)
{
	size_t deleted = 0;

	for (size_t i = 0; i < count; i++) {
		struct target target = *collection;
		struct object *item = items[i];
		struct object *obj;
		struct status st;
		bool gone;

		target.ns = item->ns;
		target.name = item->name;
		if (registry_delete(&api->registry, &target, options, &gone,
			    &obj, &st) == 0)
			items[deleted++] = obj;
		object_unref(item);
	}
	return deleted;
}

void rest_delete_collection(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer)
{
	struct target target = rest_target(call, res);
	struct object_range range = store_range(api->store, res, call->req->ns);
	struct delete_options options;
	struct selector labels = { 0 };
	struct selector fields = { 0 };
	struct object **items = NULL;
	char metadata[64];
	cJSON *body = NULL;
	struct status st;
	size_t count = 0;

	if (read_delete_options(call, &target, &body, &options, &st) != 0 ||
		selector_init_labels(&labels,
			request_param(call->req, "labelSelector"), &st) != 0 ||
		selector_init_fields(&fields, res,
			request_param(call->req, "fieldSelector"), &st) != 0) {
		answer_status(answer, &st);
		goto out;
	}
	/* Deleting changes the range: hold what it shows now. */
	items = xcalloc(range.count + 1, sizeof(struct object *));
	for (size_t i = 0; i < range.count; i++) {
		struct object *obj = range.items[i];

		if (selector_matches(&labels, obj->tree) &&
			selector_matches(&fields, obj->tree))
			items[count++] = object_ref(obj);
	}
	snprintf(metadata, sizeof(metadata),
		"{\"resourceVersion\":\"%" PRIu64 "\"}", store_rv(api->store));
	count = delete_each(api, &target, &options, items, count);
	encode_list(answer, call, res, metadata, items, count);
	for (size_t i = 0; i < count; i++)
		object_unref(items[i]);
out:
	free(items);
	selector_fini(&labels);
	selector_fini(&fields);
	cJSON_Delete(body);
}
