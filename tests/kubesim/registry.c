/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "tests/kubesim/kinds.h"
#include "tests/kubesim/registry_impl.h"

enum {
	SUFFIX_LEN = 5,
	/* Kubernetes cuts generateName so that name and suffix make 63. */
	MAX_GENERATED_BASE = 63 - SUFFIX_LEN,
	UID_LEN = 36,
};

static void make_uid(struct rng *rng, char ret_uid[UID_LEN + 1])
{
	uint64_t a = rng_next(rng);
	uint64_t b = rng_next(rng);

	snprintf(ret_uid, UID_LEN + 1, "%08x-%04x-4%03x-%04x-%012" PRIx64,
		(unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffffU,
		(unsigned)a & 0xfffU, ((unsigned)(b >> 48) & 0x3fffU) | 0x8000U,
		b & 0xffffffffffffU);
}

void registry_set_time(cJSON *metadata, const char *key, time_t wall)
{
	char text[32];
	struct tm tm;

	gmtime_r(&wall, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_set_str(metadata, key, text);
}

static void copy_member(cJSON *to, const cJSON *from, const char *key)
{
	const cJSON *value = json_get(from, key);

	if (value)
		json_set(to, key, json_dup(value));
	else
		json_remove(to, key);
}

/* Creating */

static void generate_name(struct rng *rng, cJSON *metadata)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	const char *base = json_str(metadata, "generateName");
	char name[MAX_GENERATED_BASE + SUFFIX_LEN + 1];
	int len = snprintf(name, MAX_GENERATED_BASE + 1, "%s", base);

	if (len > MAX_GENERATED_BASE)
		len = MAX_GENERATED_BASE;
	for (int i = 0; i < SUFFIX_LEN; i++)
		name[len + i] = letters[rng_below(rng, sizeof(letters) - 1)];
	name[len + SUFFIX_LEN] = '\0';
	json_set_str(metadata, "name", name);
}

/* The URL and the object must agree on the namespace. */
static int settle_namespace(
	const struct target *target, cJSON *metadata, struct status *st)
{
	const char *ns = json_str(metadata, "namespace");

	if (!target->res->namespaced) {
		json_remove(metadata, "namespace");
		return 0;
	}
	if (ns && *ns && strcmp(ns, target->ns) != 0)
		return status_bad_request(st,
			"the namespace of the provided object does not match "
			"the namespace sent on the request");
	json_set_str(metadata, "namespace", target->ns);
	return 0;
}

/* The NamespaceLifecycle admission plugin. */
static int check_namespace(struct registry *reg, const struct target *target,
	const char *name, struct status *st)
{
	const struct resource *namespaces =
		resource_find("", "v1", "namespaces");
	const struct object *ns;

	if (!target->res->namespaced)
		return 0;
	ns = store_get(reg->store, namespaces, "", target->ns);
	if (!ns)
		return status_not_found(st, namespaces, target->ns);
	if (!json_has(ns->tree, "metadata.deletionTimestamp"))
		return 0;
	status_forbidden(st, target->res, name,
		"unable to create new content in namespace %s because it is "
		"being terminated",
		target->ns);
	st->cause_count = 1;
	st->causes[0].reason = "NamespaceTerminating";
	snprintf(st->causes[0].message, sizeof(st->causes[0].message),
		"namespace %s is being terminated", target->ns);
	snprintf(st->causes[0].field, sizeof(st->causes[0].field),
		"metadata.namespace");
	return -1;
}

static bool is_known_kind(const char *kind, const char *version)
{
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		if (!strcmp(resources[i].kind, kind) &&
			!strcmp(resources[i].api_version, version))
			return true;
	}
	return false;
}

/* A body of another kind or version: 400. */
static int check_kind(
	const struct target *target, const cJSON *obj, struct status *st)
{
	const struct resource *res = target->res;
	const char *kind = json_str(obj, "kind");
	const char *version = json_str(obj, "apiVersion");
	bool same;

	kind = kind && *kind ? kind : res->kind;
	version = version && *version ? version : res->api_version;
	same = !strcmp(kind, res->kind);
	if (same && !strcmp(version, res->api_version))
		return 0;
	if (is_known_kind(kind, version))
		return status_bad_request(st,
			"%s in version \"%s\" cannot be handled as a %s: "
			"converting (%s.%s) to (core.%s): unknown conversion",
			kind, version, res->kind, version, kind, res->kind);
	return status_bad_request(st,
		"%s in version \"%s\" cannot be handled as a %s: no kind "
		"\"%s\" is registered for version \"%s\" in scheme "
		"\"pkg/api/legacyscheme/scheme.go:30\"",
		kind, version, res->kind, kind, version);
}

static int check_types(
	const struct target *target, const cJSON *obj, struct status *st)
{
	const struct resource *res = target->res;
	struct err err;

	if (kind_check_types(res, obj, &err) == 0)
		return 0;
	return status_bad_request(st,
		"%s in version \"%s\" cannot be handled as a %s: %s", res->kind,
		res->version, res->kind, err.text);
}

static int prepare_create(struct registry *reg, const struct target *target,
	cJSON *obj, struct status *st)
{
	const struct resource *res = target->res;
	cJSON *metadata = json_make_object(obj, "metadata");
	char uid[UID_LEN + 1];
	const char *name;

	if (!target->applied)
		json_remove(metadata, "managedFields");
	kind_tidy(obj);
	if (settle_namespace(target, metadata, st) != 0)
		return -1;
	if (json_has(metadata, "resourceVersion"))
		return status_set(st, 500, "",
			"resourceVersion should not be set on objects to be "
			"created");
	if (!json_has(metadata, "name")) {
		if (!json_has(metadata, "generateName"))
			return status_invalid(st, res, "", "Required value",
				"metadata.name",
				"name or generateName is required");
		do {
			generate_name(reg->rng, metadata);
		} while (store_get(reg->store, res, target->ns,
			json_str(metadata, "name")));
	}
	name = json_str(metadata, "name");
	if (check_namespace(reg, target, name, st) != 0)
		return -1;
	make_uid(reg->rng, uid);
	json_set_str(metadata, "uid", uid);
	json_remove(metadata, "deletionTimestamp");
	json_remove(metadata, "deletionGracePeriodSeconds");
	json_remove(metadata, "generation");
	if (res->has_generation)
		json_set_num(metadata, "generation", 1);
	registry_set_time(metadata, "creationTimestamp", target->wall);
	kind_default(res, obj);
	kind_prepare_create(res, obj);
	if (kind_validate_name(res, name, st) != 0)
		return -1;
	return kind_validate(res, obj, st);
}

struct object *registry_keep(
	struct registry *reg, const struct target *target, cJSON *tree)
{
	if (target->dry_run)
		return object_new(target->res, tree, 0);
	return object_ref(store_put(reg->store, target->res, tree));
}

int registry_create(struct registry *reg, const struct target *target,
	cJSON *obj, struct object **ret_obj, struct status *st)
{
	const char *name;

	if (check_kind(target, obj, st) != 0 ||
		check_types(target, obj, st) != 0 ||
		prepare_create(reg, target, obj, st) != 0) {
		cJSON_Delete(obj);
		return -1;
	}
	name = json_str(obj, "metadata.name");
	if (store_get(reg->store, target->res, target->ns, name)) {
		status_already_exists(st, target->res, name);
		cJSON_Delete(obj);
		return -1;
	}
	*ret_obj = registry_keep(reg, target, obj);
	return 0;
}

/* Updating */

bool registry_is_released(const struct resource *res, const cJSON *obj)
{
	const cJSON *finalizers = json_get_path(obj, "metadata.finalizers");
	const cJSON *more = json_get_path(obj, "spec.finalizers");

	if (!json_has(obj, "metadata.deletionTimestamp"))
		return false;
	if (finalizers && finalizers->child)
		return false;
	if (!strcmp(res->kind, "Namespace") && more && more->child)
		return false;
	return json_num(obj, "metadata.deletionGracePeriodSeconds", 0) <= 0;
}

/* The text comes from below the registry, with the key in etcd. */
static int uid_conflict(const struct target *target, const char *uid,
	const char *old_uid, struct status *st)
{
	const struct resource *res = target->res;

	return status_conflict(st, res, target->name,
		"StorageError: invalid object, Code: 4, Key: "
		"/registry/%s%s%s/%s%s%s, ResourceVersion: 0, "
		"AdditionalErrorMsg: Precondition failed: UID in "
		"precondition: %s, UID in object meta: %s",
		res->custom ? res->group : "", res->custom ? "/" : "",
		res->plural, target->ns, *target->ns ? "/" : "", target->name,
		uid, old_uid);
}

static int check_locks(const struct target *target, enum update_kind kind,
	const struct object *old, const cJSON *next, struct status *st)
{
	const struct resource *res = target->res;
	const char *rv = json_str(next, "metadata.resourceVersion");
	const char *uid = json_str(next, "metadata.uid");
	const char *old_uid = json_str(old->tree, "metadata.uid");
	char old_rv[32];

	snprintf(old_rv, sizeof(old_rv), "%" PRIu64, old->rv);
	/* A PUT's uid is a precondition; a PATCH's an attempt to change. */
	if (uid && *uid && strcmp(uid, old_uid) != 0) {
		if (kind == UPDATE_PUT)
			return uid_conflict(target, uid, old_uid, st);
		if (!rv || !*rv || !strcmp(rv, old_rv)) {
			status_invalid(st, res, target->name, "Invalid value",
				"metadata.uid", "\"%s\": field is immutable",
				uid);
			status_repeat_cause(st);
			return -1;
		}
	}
	if (!rv || !*rv) {
		if (kind == UPDATE_PUT && res->update_needs_rv)
			return status_needs_rv(st, res, target->name);
		return 0;
	}
	if (strspn(rv, "0123456789") != strlen(rv))
		return status_set(st, 500, "",
			"strconv.ParseUint: parsing \"%s\": invalid syntax",
			rv);
	if (strcmp(rv, old_rv) != 0)
		return status_modified(st, res, target->name);
	return 0;
}

static int check_new_finalizers(const struct target *target, const cJSON *old,
	const cJSON *next, struct status *st)
{
	const cJSON *had = json_get_path(old, "metadata.finalizers");
	const cJSON *wants = json_get_path(next, "metadata.finalizers");

	if (!wants || !json_has(old, "metadata.deletionTimestamp"))
		return 0;
	for (const cJSON *item = wants->child; item; item = item->next) {
		if (json_array_has(had, item->valuestring))
			continue;
		status_invalid(st, target->res, target->name, "Forbidden",
			"metadata.finalizers",
			"no new finalizers can be added if the object is "
			"being deleted, found new finalizers []string{\"%s\"}",
			item->valuestring);
		status_repeat_cause(st);
		return -1;
	}
	return 0;
}

/* What a client cannot change comes from the object as it is. */
static void restore_server_fields(
	const struct target *target, const cJSON *old, cJSON *next)
{
	static const char *const fields[] = {
		"name",
		"namespace",
		"uid",
		"resourceVersion",
		"creationTimestamp",
		"deletionTimestamp",
		"deletionGracePeriodSeconds",
		"generation",
	};
	const cJSON *old_metadata = json_get(old, "metadata");
	cJSON *metadata = json_make_object(next, "metadata");

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		copy_member(metadata, old_metadata, fields[i]);
	if (!strcmp(target->subresource, "status")) {
		/* Of what is not status only some metadata may change. */
		copy_member(metadata, old_metadata, "ownerReferences");
		copy_member(next, old, "spec");
	} else if (target->res->has_status) {
		copy_member(next, old, "status");
	}
	if (!strcmp(target->subresource, "finalize"))
		copy_member(next, old, "metadata");
	else if (!strcmp(target->res->kind, "Namespace"))
		/* Only the finalize subresource changes spec.finalizers. */
		copy_member(next, old, "spec");
}

static void count_generation(
	const struct resource *res, const cJSON *old, cJSON *next)
{
	const char *const ignored[] = { "metadata",
		res->has_status ? "status" : "metadata" };
	cJSON *a;
	cJSON *b;

	if (!res->has_generation)
		return;
	a = json_dup(old);
	b = json_dup(next);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
		json_remove(a, ignored[i]);
		json_remove(b, ignored[i]);
	}
	if (!json_equal(a, b))
		json_set_num(json_get(next, "metadata"), "generation",
			json_num(old, "metadata.generation", 0) + 1);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static int check_names(
	const struct target *target, const cJSON *next, struct status *st)
{
	const char *name = json_str(next, "metadata.name");
	const char *ns = json_str(next, "metadata.namespace");

	if (!name || !*name)
		return status_bad_request(st,
			"the name of the object (%s based on URL) was "
			"undeterminable: name must be provided",
			target->name);
	if (strcmp(name, target->name) != 0)
		return status_bad_request(st,
			"the name of the object (%s) does not match the name "
			"on the URL (%s)",
			name, target->name);
	if (ns && *ns && strcmp(ns, target->ns) != 0)
		return status_bad_request(st,
			"the namespace of the provided object does not match "
			"the namespace sent on the request");
	return 0;
}

/* What a patch makes of an object must still be one: 422. */
static int check_shape(const struct target *target, enum update_kind kind,
	const cJSON *next, struct status *st)
{
	struct err err;

	if (check_kind(target, next, st) != 0)
		return -1;
	if (kind == UPDATE_PUT)
		return check_types(target, next, st);
	if (kind_check_types(target->res, next, &err) == 0)
		return 0;
	return status_bad_patch(st, "\"...\": %.300s", err.text);
}

static int prepare_update(const struct target *target, enum update_kind kind,
	const struct object *old, cJSON *next, struct status *st)
{
	if (check_shape(target, kind, next, st) != 0 ||
		check_names(target, next, st) != 0)
		return -1;
	kind_tidy(next);
	json_set_str(next, "kind", target->res->kind);
	json_set_str(next, "apiVersion", target->res->api_version);
	if (check_locks(target, kind, old, next, st) != 0)
		return -1;
	restore_server_fields(target, old->tree, next);
	kind_default(target->res, next);
	if (check_new_finalizers(target, old->tree, next, st) != 0 ||
		kind_validate(target->res, next, st) != 0)
		return -1;
	return kind_validate_update(target->res, next, old->tree, st);
}

struct object *registry_let_go(struct registry *reg,
	const struct target *target, const struct object *old, cJSON *last)
{
	struct object *answer =
		object_new(target->res, json_dup(last), old->rv);

	if (target->dry_run)
		cJSON_Delete(last);
	else
		store_remove(reg->store, target->res, last);
	return answer;
}

/* Those who manage its fields, where somebody has ever applied it. */
static void settle_managers(
	const struct target *target, const cJSON *old, cJSON *next)
{
	cJSON *metadata = json_get(next, "metadata");
	const cJSON *sent = json_get(metadata, "managedFields");
	/* A single empty entry is how a client makes an end of it. */
	bool is_reset = json_count(sent) == 1 && !sent->child->child;

	if (target->applied)
		return;
	if (is_reset || !json_has(old, "metadata.managedFields"))
		json_remove(metadata, "managedFields");
	else
		apply_note_update(target->res, old, next, &target->writer);
}

int registry_update(struct registry *reg, const struct target *target,
	enum update_kind kind, cJSON *next, struct object **ret_obj,
	struct status *st)
{
	struct object *old =
		store_get(reg->store, target->res, target->ns, target->name);

	if (!old) {
		if (kind == UPDATE_PUT && target->res->put_creates) {
			json_remove(json_make_object(next, "metadata"),
				"resourceVersion");
			return registry_create(reg, target, next, ret_obj, st);
		}
		status_not_found(st, target->res, target->name);
		cJSON_Delete(next);
		return -1;
	}
	if (prepare_update(target, kind, old, next, st) != 0) {
		cJSON_Delete(next);
		return -1;
	}
	if (registry_is_released(target->res, next)) {
		*ret_obj = registry_let_go(reg, target, old, next);
		return 0;
	}
	count_generation(target->res, old->tree, next);
	settle_managers(target, old->tree, next);
	if (json_equal(old->tree, next)) {
		/* What changes nothing is not written. */
		cJSON_Delete(next);
		*ret_obj = object_ref(old);
		return 0;
	}
	*ret_obj = registry_keep(reg, target, next);
	return 0;
}
