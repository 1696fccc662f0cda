/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strategic merge patch.  In the real server the struct tags of the Go
 * types say how a list is merged (patchStrategy, patchMergeKey); here a table
 * of paths does, for the kinds that kubesim has.
 */
#include "tests/kubesim/patch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"

enum { MAX_PATH = 256 };

static const char delete_prefix[] = "$deleteFromPrimitiveList/";
static const char order_prefix[] = "$setElementOrder/";

/* Lists that are not here are replaced as a whole. */
static const struct list_rule {
	const char *path;
	const char *key; /* NULL: a set of primitives */
} list_rules[] = {
	{ "metadata.finalizers", NULL },
	{ "metadata.ownerReferences", "uid" },
	{ "spec.containers", "name" },
	{ "spec.containers.env", "name" },
	{ "spec.containers.ports", "containerPort" },
	{ "spec.containers.volumeDevices", "devicePath" },
	{ "spec.containers.volumeMounts", "mountPath" },
	{ "spec.initContainers", "name" },
	{ "spec.initContainers.env", "name" },
	{ "spec.initContainers.ports", "containerPort" },
	{ "spec.initContainers.volumeDevices", "devicePath" },
	{ "spec.initContainers.volumeMounts", "mountPath" },
	{ "spec.ephemeralContainers", "name" },
	{ "spec.volumes", "name" },
	{ "spec.imagePullSecrets", "name" },
	{ "spec.hostAliases", "ip" },
	{ "spec.topologySpreadConstraints", "topologyKey" },
	{ "spec.schedulingGates", "name" },
	{ "spec.resourceClaims", "name" },
	{ "status.conditions", "type" },
	{ "status.podIPs", "ip" },
	{ "secrets", "name" },
};

static const struct list_rule *list_rule_for(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(list_rules); i++) {
		if (!strcmp(list_rules[i].path, path))
			return &list_rules[i];
	}
	return NULL;
}

static void path_join(char *ret_path, const char *path, const char *key)
{
	/* Too long is none of the table's: cutting it is as good. */
	snprintf(ret_path, MAX_PATH, "%s%s%s", path, *path ? "." : "", key);
}

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* The element `a` has the identity of `b`: its key, or all of it in a set. */
static bool same_element(const cJSON *a, const cJSON *b, const char *key)
{
	if (!key)
		return json_equal(a, b);
	return json_get(a, key) &&
		json_equal(json_get(a, key), json_get(b, key));
}

static cJSON *element_like(
	const cJSON *list, const cJSON *like, const char *key)
{
	if (!cJSON_IsArray(list))
		return NULL;
	for (cJSON *item = list->child; item; item = item->next) {
		if (same_element(item, like, key))
			return item;
	}
	return NULL;
}

static int place_in(const cJSON *list, const cJSON *like, const char *key)
{
	int place = 0;

	for (cJSON *item = list->child; item; item = item->next, place++) {
		if (same_element(item, like, key))
			return place;
	}
	return -1;
}

/* What is new in the document carries no nulls and no directives. */
static void drop_directives(cJSON *value)
{
	cJSON *next;

	for (cJSON *item = value->child; item; item = next) {
		const char *directive = json_str(item, "$patch");

		next = item->next;
		if ((cJSON_IsObject(value) &&
			    (cJSON_IsNull(item) || *item->string == '$')) ||
			(cJSON_IsArray(value) && directive &&
				strcmp(directive, "merge") != 0)) {
			cJSON_Delete(cJSON_DetachItemViaPointer(value, item));
			continue;
		}
		drop_directives(item);
	}
}

static cJSON *fresh_copy(const cJSON *value)
{
	cJSON *copy = json_dup(value);

	drop_directives(copy);
	return copy;
}

/*
 * strategicpatch.normalizeElementOrder: the elements that `order` names come
 * in its order, the others in that of the list as it `was`, and the two are
 * interleaved by the latter as far as it knows both; what it does not know
 * comes first.
 */
static void put_in_order(
	cJSON *list, const cJSON *order, const cJSON *was, const char *key)
{
	size_t count = json_count(list);
	cJSON **named = xcalloc(count + 1, sizeof(cJSON *));
	cJSON **others = xcalloc(count + 1, sizeof(cJSON *));
	size_t named_count = 0;
	size_t other_count = 0;
	size_t i = 0;
	size_t j = 0;

	for (const cJSON *item = order->child; item; item = item->next) {
		cJSON *element = element_like(list, item, key);

		if (element)
			named[named_count++] =
				cJSON_DetachItemViaPointer(list, element);
	}
	while (list->child)
		others[other_count++] =
			cJSON_DetachItemViaPointer(list, list->child);
	while (i < named_count || j < other_count) {
		bool take_named = j == other_count;

		if (i < named_count && j < other_count) {
			int a = place_in(was, named[i], key);
			int b = place_in(was, others[j], key);

			take_named = a < 0 || b < 0 || a < b;
		}
		cJSON_AddItemToArray(
			list, take_named ? named[i++] : others[j++]);
	}
	free(named);
	free(others);
}

static int merge_map(
	cJSON *doc, const cJSON *patch, const char *path, struct status *st);

/* The element {"$patch": "replace"} replaces the list by the others. */
static bool replaces_list(const cJSON *patch)
{
	for (const cJSON *item = patch->child; item; item = item->next) {
		const char *directive = json_str(item, "$patch");

		if (directive && !strcmp(directive, "replace"))
			return true;
	}
	return false;
}

/* As Go's %v prints it: map[a:1 b:[x y]], keys in order. */
static void print_go(const cJSON *value, struct buf *out)
{
	const cJSON *last = NULL;

	if (cJSON_IsArray(value)) {
		buf_append_str(out, "[");
		for (const cJSON *item = value->child; item;
			item = item->next) {
			print_go(item, out);
			buf_append_str(out, item->next ? " " : "");
		}
		buf_append_str(out, "]");
	} else if (cJSON_IsObject(value)) {
		buf_append_str(out, "map[");
		for (size_t i = json_count(value); i > 0; i--) {
			const cJSON *next = NULL;

			for (const cJSON *item = value->child; item;
				item = item->next) {
				if (last &&
					strcmp(item->string, last->string) <= 0)
					continue;
				if (!next ||
					strcmp(item->string, next->string) < 0)
					next = item;
			}
			CHECK(next);
			buf_printf(out, "%s%s:", last ? " " : "", next->string);
			print_go(next, out);
			last = next;
		}
		buf_append_str(out, "]");
	} else if (cJSON_IsString(value)) {
		buf_append_str(out, value->valuestring);
	} else if (cJSON_IsNumber(value)) {
		buf_printf(out, "%g", value->valuedouble);
	} else {
		buf_append_str(out,
			cJSON_IsNull(value)           ? "<nil>"
				: cJSON_IsTrue(value) ? "true"
						      : "false");
	}
}

static int no_merge_key(const cJSON *item, const char *key, struct status *st)
{
	struct buf text = BUF_INIT;

	print_go(item, &text);
	status_set(st, 500, "",
		"map: %.800s does not contain declared merge key: %s",
		buf_cstr(&text), key);
	buf_fini(&text);
	return -1;
}

static int merge_keyed_element(cJSON *list, const cJSON *item, const char *path,
	const char *key, struct status *st)
{
	const char *directive = json_str(item, "$patch");
	cJSON *old;

	if (!cJSON_IsObject(item) || !json_get(item, key))
		return no_merge_key(item, key, st);
	old = element_like(list, item, key);
	if (directive && !strcmp(directive, "delete")) {
		if (old)
			cJSON_Delete(cJSON_DetachItemViaPointer(list, old));
		return 0;
	}
	if (old)
		return merge_map(old, item, path, st);
	cJSON_AddItemToArray(list, fresh_copy(item));
	return 0;
}

static int merge_list(cJSON *list, const cJSON *patch, const cJSON *order,
	const char *path, const struct list_rule *rule, struct status *st)
{
	cJSON *was;
	int ret = 0;

	if (replaces_list(patch)) {
		while (list->child)
			cJSON_Delete(
				cJSON_DetachItemViaPointer(list, list->child));
		for (const cJSON *item = patch->child; item; item = item->next)
			if (!json_get(item, "$patch"))
				cJSON_AddItemToArray(list, fresh_copy(item));
		return 0;
	}
	was = json_dup(list);
	for (const cJSON *item = patch->child; item && ret == 0;
		item = item->next) {
		if (rule->key)
			ret = merge_keyed_element(
				list, item, path, rule->key, st);
		else if (!element_like(list, item, NULL))
			cJSON_AddItemToArray(list, json_dup(item));
	}
	if (ret == 0)
		put_in_order(list, order ? order : patch, was, rule->key);
	cJSON_Delete(was);
	return ret;
}

/* "$deleteFromPrimitiveList/finalizers": ["a"] */
static void delete_from_list(cJSON *doc, const cJSON *directive)
{
	cJSON *list = json_get(doc, directive->string + strlen(delete_prefix));

	if (!cJSON_IsArray(list) || !cJSON_IsArray(directive))
		return;
	for (const cJSON *item = directive->child; item; item = item->next) {
		cJSON *old;

		while ((old = element_like(list, item, NULL)))
			cJSON_Delete(cJSON_DetachItemViaPointer(list, old));
	}
}

/* An order without a list in the patch orders what is there. */
static void order_list(cJSON *doc, const cJSON *patch, const cJSON *directive,
	const char *path)
{
	const char *key = directive->string + strlen(order_prefix);
	cJSON *list = json_get(doc, key);
	const struct list_rule *rule;
	char list_path[MAX_PATH];
	cJSON *was;

	path_join(list_path, path, key);
	rule = list_rule_for(list_path);
	if (!rule || !cJSON_IsArray(list) || json_get(patch, key) ||
		!cJSON_IsArray(directive))
		return;
	was = json_dup(list);
	put_in_order(list, directive, was, rule->key);
	cJSON_Delete(was);
}

static void retain_keys(cJSON *doc, const cJSON *directive)
{
	cJSON *next;

	for (cJSON *item = doc->child; item; item = next) {
		next = item->next;
		if (!json_array_has(directive, item->string))
			cJSON_Delete(cJSON_DetachItemViaPointer(doc, item));
	}
}

static int merge_member(cJSON *doc, const cJSON *patch, const cJSON *item,
	const char *path, struct status *st)
{
	cJSON *old = json_get(doc, item->string);
	const struct list_rule *rule;
	char item_path[MAX_PATH];
	char order_key[MAX_PATH];

	if (cJSON_IsNull(item)) {
		json_remove(doc, item->string);
		return 0;
	}
	path_join(item_path, path, item->string);
	rule = list_rule_for(item_path);
	if (rule && !cJSON_IsArray(item))
		return status_bad_request(
			st, "invalid patch format of list %s", item_path);
	if (old && cJSON_IsObject(old) && cJSON_IsObject(item))
		return merge_map(old, item, item_path, st);
	if (old && cJSON_IsArray(old) && rule) {
		snprintf(order_key, sizeof(order_key), "%s%s", order_prefix,
			item->string);
		return merge_list(old, item, json_get(patch, order_key),
			item_path, rule, st);
	}
	json_set(doc, item->string, fresh_copy(item));
	return 0;
}

static int merge_map(
	cJSON *doc, const cJSON *patch, const char *path, struct status *st)
{
	const char *directive = json_str(patch, "$patch");
	const cJSON *retain = json_get(patch, "$retainKeys");

	if (directive && strcmp(directive, "merge") != 0) {
		bool replace = !strcmp(directive, "replace");

		if (!replace && strcmp(directive, "delete") != 0)
			return status_bad_request(
				st, "unknown patch type: %s", directive);
		while (doc->child)
			cJSON_Delete(
				cJSON_DetachItemViaPointer(doc, doc->child));
		for (const cJSON *item = patch->child; item && replace;
			item = item->next)
			if (*item->string != '$' && !cJSON_IsNull(item))
				json_set(doc, item->string, fresh_copy(item));
		return 0;
	}
	if (retain)
		retain_keys(doc, retain);
	for (const cJSON *item = patch->child; item; item = item->next) {
		if (starts_with(item->string, delete_prefix))
			delete_from_list(doc, item);
		else if (starts_with(item->string, order_prefix))
			order_list(doc, patch, item, path);
	}
	for (const cJSON *item = patch->child; item; item = item->next) {
		if (*item->string == '$')
			continue;
		if (merge_member(doc, patch, item, path, st) != 0)
			return -1;
	}
	return 0;
}

int patch_strategic(cJSON *doc, const cJSON *patch, struct status *st)
{
	return merge_map(doc, patch, "", st);
}
