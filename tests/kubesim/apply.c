/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/apply.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tests/kubesim/apply_merge.h"
#include "tests/kubesim/apply_set.h"
#include "tests/kubesim/registry.h"

static const char *text_of(const cJSON *entry, const char *key)
{
	const char *text = json_str(entry, key);

	return text ? text : "";
}

/* Conflicts are told in the order of their managers' names. */
static int name_cmp(const void *left, const void *right)
{
	cJSON *const *a = left;
	cJSON *const *b = right;

	return strcmp(text_of(*a, "manager"), text_of(*b, "manager"));
}

/* Applies before updates, then the oldest, then by name. */
static int entry_cmp(const void *left, const void *right)
{
	static const char *const keys[] = { "operation", "time", "manager" };
	cJSON *const *a = left;
	cJSON *const *b = right;
	int order = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !order; i++)
		order = strcmp(text_of(*a, keys[i]), text_of(*b, keys[i]));
	return order;
}

static void sort_entries(cJSON *array, int (*cmp)(const void *, const void *))
{
	size_t count = json_count(array);
	cJSON **entries = xcalloc(count + 1, sizeof(*entries));

	for (size_t i = 0; i < count; i++)
		entries[i] = cJSON_DetachItemViaPointer(array, array->child);
	qsort(entries, count, sizeof(cJSON *), cmp);
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(array, entries[i]);
	free(entries);
}

/*
 * managedFields while they are worked on: an array of entries as in JSON, but
 * each with its set as "set" instead of fieldsV1.
 */

static cJSON *managers_of(const cJSON *obj)
{
	const cJSON *fields = json_get_path(obj, "metadata.managedFields");
	cJSON *managers =
		cJSON_IsArray(fields) ? json_dup(fields) : cJSON_CreateArray();

	sort_entries(managers, name_cmp);
	for (cJSON *entry = managers->child; entry; entry = entry->next) {
		cJSON *set = set_from_fields(json_get(entry, "fieldsV1"));

		json_remove(entry, "fieldsV1");
		json_set(entry, "set", set);
	}
	return managers;
}

static cJSON *find_manager(const cJSON *managers, const struct writer *writer,
	const char *operation)
{
	for (cJSON *entry = managers->child; entry; entry = entry->next) {
		if (span_eq_str(writer->manager, text_of(entry, "manager")) &&
			!strcmp(text_of(entry, "operation"), operation) &&
			!strcmp(text_of(entry, "subresource"),
				writer->subresource))
			return entry;
	}
	return NULL;
}

static cJSON *make_manager(cJSON *managers, const struct resource *res,
	const struct writer *writer, const char *operation)
{
	cJSON *entry = find_manager(managers, writer, operation);
	char *name;

	if (entry)
		return entry;
	name = span_dup(writer->manager);
	entry = cJSON_CreateObject();
	json_set_str(entry, "manager", name);
	json_set_str(entry, "operation", operation);
	json_set_str(entry, "apiVersion", res->api_version);
	json_set(entry, "set", set_new());
	if (*writer->subresource)
		json_set_str(entry, "subresource", writer->subresource);
	cJSON_AddItemToArray(managers, entry);
	free(name);
	return entry;
}

/* What belongs to the server and to no manager. */
static void strip(cJSON *set)
{
	static const char *const fields[] = { "name", "namespace",
		"creationTimestamp", "selfLink", "uid", "clusterName",
		"generation", "managedFields", "resourceVersion" };
	cJSON *stripped = set_new();
	cJSON *metadata = set_descend(stripped, "f:metadata");
	char edge[64];

	set_add_root(set_descend(stripped, "f:apiVersion"));
	set_add_root(set_descend(stripped, "f:kind"));
	set_add_root(metadata);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		snprintf(edge, sizeof(edge), "f:%s", fields[i]);
		set_add_root(set_descend(metadata, edge));
	}
	set_subtract(set, stripped);
	cJSON_Delete(stripped);
}

static cJSON *entry_to_json(cJSON *entry)
{
	static const char *const keys[] = { "manager", "operation",
		"apiVersion", "time" };
	cJSON *json = cJSON_CreateObject();
	cJSON *set = json_get(entry, "set");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (json_str(entry, keys[i]))
			json_set_str(json, keys[i], text_of(entry, keys[i]));
	}
	json_set_str(json, "fieldsType", "FieldsV1");
	json_set(json, "fieldsV1",
		set_to_fields(cJSON_DetachItemViaPointer(entry, set)));
	if (json_str(entry, "subresource"))
		json_set_str(
			json, "subresource", text_of(entry, "subresource"));
	return json;
}

/* Puts them (taken) into the object; those that have nothing are left out. */
static void set_managers(cJSON *obj, cJSON *managers)
{
	cJSON *metadata = json_make_object(obj, "metadata");
	cJSON *fields = cJSON_CreateArray();

	sort_entries(managers, entry_cmp);
	for (cJSON *entry = managers->child; entry; entry = entry->next) {
		if (!set_is_empty(json_get(entry, "set")))
			cJSON_AddItemToArray(fields, entry_to_json(entry));
	}
	cJSON_Delete(managers);
	json_remove(metadata, "managedFields");
	if (fields->child)
		json_set(metadata, "managedFields", fields);
	else
		cJSON_Delete(fields);
}

/* Conflicts */

struct conflicts {
	struct status *st;
	unsigned count;
	unsigned of_manager;
	char manager[256];
	struct buf list; /* as the message tells several */
	char first[512]; /* as it tells a single one */
};

static void on_conflict(const char *path, void *user)
{
	struct conflicts *conflicts = user;
	struct status *st = conflicts->st;
	struct status_cause *cause;

	snprintf(conflicts->first, sizeof(conflicts->first),
		"conflict with %s: %s", conflicts->manager, path);
	if (!conflicts->of_manager++)
		buf_printf(&conflicts->list,
			"%sconflicts with %s:", conflicts->count ? "\n" : "",
			conflicts->manager);
	buf_printf(&conflicts->list, "\n- %s", path);
	conflicts->count++;
	if (st->cause_count == STATUS_MAX_CAUSES)
		return;
	cause = &st->causes[st->cause_count++];
	*cause = (struct status_cause){ .reason = "FieldManagerConflict" };
	snprintf(cause->message, sizeof(cause->message), "conflict with %s",
		conflicts->manager);
	snprintf(cause->field, sizeof(cause->field), "%s", path);
}

static void add_conflicts(
	struct conflicts *conflicts, const cJSON *entry, const cJSON *fields)
{
	char *name = json_print(json_get(entry, "manager"));
	const char *sub = text_of(entry, "subresource");
	int len = snprintf(conflicts->manager, sizeof(conflicts->manager),
		"%.128s%s%s%s", name, *sub ? " with subresource \"" : "", sub,
		*sub ? "\"" : "");

	if (!strcmp(text_of(entry, "operation"), "Update"))
		snprintf(conflicts->manager + len,
			sizeof(conflicts->manager) - (size_t)len, " using %s",
			text_of(entry, "apiVersion"));
	conflicts->of_manager = 0;
	set_each(fields, on_conflict, conflicts);
	free(name);
}

static void answer_conflicts(struct conflicts *conflicts)
{
	struct status *st = conflicts->st;

	st->code = 409;
	st->reason = "Conflict";
	st->has_details = true;
	if (conflicts->count == 1)
		snprintf(st->message, sizeof(st->message),
			"Apply failed with 1 conflict: %s", conflicts->first);
	else
		snprintf(st->message, sizeof(st->message),
			"Apply failed with %u conflicts: %s", conflicts->count,
			buf_cstr(&conflicts->list));
}

/*
 * Takes from all but `self` what changed: what is gone always, what is new or
 * different if it may.  -1 and a status where it may not.
 */
static int take_from_others(const cJSON *managers, const cJSON *self,
	const struct comparison *cmp, bool force, struct status *st)
{
	struct conflicts conflicts = { .st = st, .list = BUF_INIT };
	cJSON *changed = json_dup(cmp->added);

	*st = (struct status){ 0 };
	set_add(changed, cmp->modified);
	for (const cJSON *entry = managers->child; entry; entry = entry->next) {
		cJSON *set = json_get(entry, "set");
		cJSON *both;

		if (entry == self)
			continue;
		both = set_intersection(set, changed);
		if (!force && !set_is_empty(both))
			add_conflicts(&conflicts, entry, both);
		set_subtract(set, both);
		set_subtract(set, cmp->removed);
		cJSON_Delete(both);
	}
	cJSON_Delete(changed);
	if (conflicts.count)
		answer_conflicts(&conflicts);
	buf_fini(&conflicts.list);
	return conflicts.count ? -1 : 0;
}

static bool is_same(const struct comparison *cmp)
{
	return set_is_empty(cmp->added) && set_is_empty(cmp->modified) &&
		set_is_empty(cmp->removed);
}

/* Updating */

static void note_update(cJSON *managers, const struct resource *res,
	const cJSON *old, const cJSON *next, const struct writer *writer)
{
	const struct schema schema = schema_of_resource(res);
	struct comparison cmp = merge_compare(&schema, old, next);
	struct status st;
	cJSON *self;
	cJSON *set;

	if (!is_same(&cmp)) {
		self = make_manager(managers, res, writer, "Update");
		take_from_others(managers, self, &cmp, true, &st);
		set = json_get(self, "set");
		set_add(set, cmp.added);
		set_add(set, cmp.modified);
		set_subtract(set, cmp.removed);
		strip(set);
		registry_set_time(self, "time", writer->wall);
	}
	comparison_fini(&cmp);
}

void apply_note_update(const struct resource *res, const cJSON *old,
	cJSON *next, const struct writer *writer)
{
	cJSON *managers = managers_of(old);
	cJSON *before = json_dup(old);

	json_remove(json_make_object(before, "metadata"), "managedFields");
	json_remove(json_make_object(next, "metadata"), "managedFields");
	note_update(managers, res, before, next, writer);
	cJSON_Delete(before);
	set_managers(next, managers);
}

/* Applying */

static cJSON *union_of(const cJSON *managers)
{
	cJSON *all = set_new();

	for (const cJSON *entry = managers->child; entry; entry = entry->next)
		set_add(all, json_get(entry, "set"));
	return all;
}

/* What of the configuration is not for this subresource does not count. */
static cJSON *config_for(const struct resource *res, const cJSON *config,
	const struct writer *writer)
{
	cJSON *own = json_dup(config);

	json_remove(own, "apiVersion");
	json_remove(own, "kind");
	if (!strcmp(writer->subresource, "status"))
		json_remove(own, "spec");
	else if (res->has_status)
		json_remove(own, "status");
	return own;
}

/* Everything that is there before anybody applies has one manager. */
static void begin_managers(cJSON *managers, const struct resource *res,
	const cJSON *live, const struct writer *writer)
{
	const struct writer before = {
		.manager = SPAN("before-first-apply"),
		.subresource = "",
		.wall = writer->wall,
	};
	cJSON *nothing = cJSON_CreateObject();

	note_update(managers, res, nothing, live, &before);
	cJSON_Delete(nothing);
}

static int apply_to(cJSON *next, const cJSON *live, cJSON *managers,
	const struct resource *res, const cJSON *config,
	const struct writer *writer, struct status *st)
{
	const struct schema schema = schema_of_resource(res);
	cJSON *fields = set_new();
	struct comparison cmp;
	struct err err;
	cJSON *owned;
	cJSON *self;
	cJSON *last;
	int ret;

	if (merge_fields(&schema, config, fields, &err) != 0) {
		cJSON_Delete(fields);
		return status_set(st, 500, "",
			"failed to create typed patch object (%s/%s; %s, "
			"Kind=%s): %s",
			json_str(config, "metadata.namespace")
				? json_str(config, "metadata.namespace")
				: "",
			text_of(json_get(config, "metadata"), "name"),
			res->group[0] ? res->api_version : "/v1", res->kind,
			err.text);
	}
	strip(fields);
	self = make_manager(managers, res, writer, "Apply");
	last = json_dup(json_get(self, "set"));
	json_set(self, "set", fields);
	merge_into(&schema, next, config);
	owned = union_of(managers);
	merge_prune(&schema, next, last, owned);
	cmp = merge_compare(&schema, live, next);
	ret = take_from_others(managers, self, &cmp, writer->force, st);
	/* What changes nothing but managers keeps their times. */
	if (!is_same(&cmp))
		registry_set_time(self, "time", writer->wall);
	comparison_fini(&cmp);
	cJSON_Delete(owned);
	cJSON_Delete(last);
	return ret;
}

cJSON *apply_config(const struct resource *res, const cJSON *live,
	const cJSON *config, const struct writer *writer, struct status *st)
{
	cJSON *own = config_for(res, config, writer);
	cJSON *managers = managers_of(live);
	cJSON *before = live ? json_dup(live) : cJSON_CreateObject();
	cJSON *next;
	int ret;

	json_remove(json_make_object(before, "metadata"), "managedFields");
	if (live && !managers->child)
		begin_managers(managers, res, before, writer);
	next = json_dup(before);
	ret = apply_to(next, before, managers, res, own, writer, st);
	cJSON_Delete(own);
	cJSON_Delete(before);
	if (ret == 0) {
		set_managers(next, managers);
		return next;
	}
	cJSON_Delete(managers);
	cJSON_Delete(next);
	return NULL;
}
