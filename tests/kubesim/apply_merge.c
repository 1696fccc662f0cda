/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/apply_merge.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/kubesim/apply_set.h"

static bool is_list(const struct schema *schema)
{
	return schema->kind == SCHEMA_SET || schema->kind == SCHEMA_KEYED;
}

/* `f:NAME`, free() it. */
static char *field_edge(const char *name)
{
	struct buf edge = BUF_INIT;
	char *text;

	buf_printf(&edge, "f:%s", name);
	text = span_dup(buf_span(&edge));
	buf_fini(&edge);
	return text;
}

/* The item of the list that the edge names; NULL when there is none. */
static cJSON *find_item(
	const struct schema *schema, const cJSON *list, const char *edge)
{
	for (cJSON *item = list ? list->child : NULL; item; item = item->next) {
		char *path = schema_item_path(schema, item);
		bool same = path && !strcmp(path, edge);

		free(path);
		if (same)
			return item;
	}
	return NULL;
}

/* The fields of a value */

/* As Go prints what was expected. */
static int check_type(
	const struct schema *schema, const cJSON *value, struct err *err)
{
	const char *want = NULL;
	char *text;
	int ret;

	if (is_list(schema))
		want = cJSON_IsArray(value) ? NULL : "list";
	else if (schema->kind != SCHEMA_LEAF)
		want = cJSON_IsObject(value) ? NULL : "map";
	else if (schema->type == &pb_string)
		want = cJSON_IsString(value) ? NULL : "string";
	else if (schema->type == &pb_bool)
		want = cJSON_IsBool(value) ? NULL : "boolean";
	else if (schema->type == &pb_int)
		want = cJSON_IsNumber(value) ? NULL : "numeric (int or float)";
	if (!want)
		return 0;
	text = json_print(value);
	ret = err_set(err,
		": expected %s, got &value.valueUnstructured{Value:%s}", want,
		text);
	free(text);
	return ret;
}

static int fields_of_list(const struct schema *schema, const cJSON *list,
	cJSON *set, struct err *err)
{
	const struct schema element = schema_element(schema);
	unsigned place = 0;

	for (const cJSON *item = list->child; item;
		item = item->next, place++) {
		char *edge = schema_item_path(schema, item);
		int ret;

		if (!edge)
			return err_set(err,
				": element %u: associative list with keys has "
				"an element that omits key field \"%s\" (and "
				"doesn't have default value)",
				place, schema->keys[0]);
		ret = merge_fields(&element, item, set_descend(set, edge), err);
		set_add_root(set_descend(set, edge));
		if (ret)
			err_prefix(err, "[%s]", edge + 2);
		free(edge);
		if (ret)
			return -1;
	}
	return 0;
}

static int fields_of_object(const struct schema *schema, const cJSON *object,
	cJSON *set, struct err *err)
{
	for (const cJSON *item = object->child; item; item = item->next) {
		struct schema member;
		cJSON *below;
		char *edge;

		if (cJSON_IsNull(item))
			continue;
		if (schema_member(schema, item->string, &member) != 0)
			return err_set(err, ".%s: field not declared in schema",
				item->string);
		edge = field_edge(item->string);
		below = set_descend(set, edge);
		free(edge);
		if (merge_fields(&member, item, below, err) != 0) {
			char rest[sizeof(err->text)];

			snprintf(rest, sizeof(rest), "%s", err->text);
			return err_set(
				err, ".%.200s%.300s", item->string, rest);
		}
		if (!item->child || schema->kind != SCHEMA_STRUCT)
			set_add_root(below);
	}
	return 0;
}

int merge_fields(const struct schema *schema, const cJSON *value, cJSON *set,
	struct err *err)
{
	struct schema known = schema_deduce(schema, value);

	if (check_type(&known, value, err) != 0)
		return -1;
	if (known.kind == SCHEMA_LEAF) {
		set_add_root(set);
		return 0;
	}
	return is_list(&known) ? fields_of_list(&known, value, set, err)
			       : fields_of_object(&known, value, set, err);
}

/* Comparing: NULL is a value that is not there. */

static void compare(const struct schema *schema, const cJSON *old,
	const cJSON *now, struct comparison *cmp);

static struct comparison descend(const struct comparison *cmp, const char *edge)
{
	return (struct comparison){
		.added = set_descend(cmp->added, edge),
		.modified = set_descend(cmp->modified, edge),
		.removed = set_descend(cmp->removed, edge),
	};
}

/* Edges that lead nowhere are no part of a set. */
static void drop_dead_edge(cJSON *set, const char *edge)
{
	const cJSON *below = json_get(set, edge);

	if (below && !below->child)
		json_remove(set, edge);
}

static void compare_below(const struct comparison *cmp, const char *edge,
	const struct schema *schema, const cJSON *old, const cJSON *now)
{
	struct comparison below = descend(cmp, edge);

	compare(schema, old, now, &below);
	drop_dead_edge(cmp->added, edge);
	drop_dead_edge(cmp->modified, edge);
	drop_dead_edge(cmp->removed, edge);
}

static void compare_member(const struct schema *schema, const char *name,
	const cJSON *old_parent, const cJSON *now_parent,
	const struct comparison *cmp)
{
	static const cJSON nothing = { .type = cJSON_Object };
	const cJSON *old = json_get(old_parent, name);
	const cJSON *now = json_get(now_parent, name);
	struct schema member;
	char *edge;

	if (schema_member(schema, name, &member) != 0)
		return;
	old = cJSON_IsNull(old) ? NULL : old;
	now = cJSON_IsNull(now) ? NULL : now;
	if (member.is_embedded) {
		old = !old && old_parent ? &nothing : old;
		now = !now && now_parent ? &nothing : now;
	}
	if (!old && !now)
		return;
	edge = field_edge(name);
	compare_below(cmp, edge, &member, old, now);
	free(edge);
}

static void compare_objects(const struct schema *schema, const cJSON *old,
	const cJSON *now, const struct comparison *cmp)
{
	for (const cJSON *item = old ? old->child : NULL; item;
		item = item->next)
		compare_member(schema, item->string, old, now, cmp);
	for (const cJSON *item = now ? now->child : NULL; item;
		item = item->next) {
		if (!json_get(old, item->string))
			compare_member(schema, item->string, old, now, cmp);
	}
}

static void compare_lists(const struct schema *schema, const cJSON *old,
	const cJSON *now, const struct comparison *cmp)
{
	const struct schema element = schema_element(schema);

	for (const cJSON *item = old ? old->child : NULL; item;
		item = item->next) {
		char *edge = schema_item_path(schema, item);

		if (edge)
			compare_below(cmp, edge, &element, item,
				find_item(schema, now, edge));
		free(edge);
	}
	for (const cJSON *item = now ? now->child : NULL; item;
		item = item->next) {
		char *edge = schema_item_path(schema, item);

		if (edge && !find_item(schema, old, edge))
			compare_below(cmp, edge, &element, NULL, item);
		free(edge);
	}
}

static void compare(const struct schema *schema, const cJSON *old,
	const cJSON *now, struct comparison *cmp)
{
	struct schema known = schema_deduce(schema, now ? now : old);
	bool is_bare = (!old || !old->child) && (!now || !now->child);

	if (old && now && schema->kind == SCHEMA_ANY &&
		cJSON_IsObject(old) != cJSON_IsObject(now))
		known.kind = SCHEMA_LEAF;
	/* Two that have nothing in them differ as leaves do. */
	if (known.kind == SCHEMA_LEAF || is_bare) {
		if (old && now && !json_equal(old, now))
			set_add_root(cmp->modified);
	} else if (is_list(&known)) {
		compare_lists(&known, old, now, cmp);
	} else {
		compare_objects(&known, old, now, cmp);
	}
	if (!old)
		set_add_root(cmp->added);
	else if (!now)
		set_add_root(cmp->removed);
}

struct comparison merge_compare(
	const struct schema *schema, const cJSON *old, const cJSON *now)
{
	struct comparison cmp = {
		.added = set_new(),
		.modified = set_new(),
		.removed = set_new(),
	};

	compare(schema, old, now, &cmp);
	return cmp;
}

void comparison_fini(struct comparison *cmp)
{
	cJSON_Delete(cmp->added);
	cJSON_Delete(cmp->modified);
	cJSON_Delete(cmp->removed);
}

/* Merging */

static void merge_lists(
	const struct schema *schema, cJSON *list, const cJSON *config)
{
	const struct schema element = schema_element(schema);

	for (const cJSON *item = config->child; item; item = item->next) {
		char *edge = schema_item_path(schema, item);
		cJSON *old = edge ? find_item(schema, list, edge) : NULL;

		free(edge);
		if (!old)
			cJSON_AddItemToArray(list, json_dup(item));
		else if (element.kind != SCHEMA_LEAF)
			merge_into(&element, old, item);
		else if (!json_equal(old, item))
			cJSON_ReplaceItemViaPointer(list, old, json_dup(item));
	}
}

void merge_into(const struct schema *schema, cJSON *doc, const cJSON *config)
{
	for (const cJSON *item = config->child; item; item = item->next) {
		cJSON *old = json_get(doc, item->string);
		struct schema member;

		if (cJSON_IsNull(item) ||
			schema_member(schema, item->string, &member) != 0)
			continue;
		member = schema_deduce(&member, item);
		if (is_list(&member) && cJSON_IsArray(old))
			merge_lists(&member, old, item);
		else if (!is_list(&member) && member.kind != SCHEMA_LEAF &&
			cJSON_IsObject(old))
			merge_into(&member, old, item);
		else
			json_set(doc, item->string, json_dup(item));
	}
}

/* Pruning */

/* Whether the item goes: `last` had it and nobody has anything of it. */
static bool prune_item(const struct schema *schema, cJSON *item,
	const cJSON *last, const cJSON *owned)
{
	struct schema known = schema_deduce(schema, item);

	if (!last)
		return false;
	if (set_has_root(last) && !owned)
		return true;
	if (known.kind == SCHEMA_LEAF || !item->child)
		return false;
	merge_prune(&known, item, last, owned);
	/* Go leaves empty lists and maps out, and structs not. */
	return !item->child && (is_list(&known) || known.kind == SCHEMA_MAP);
}

void merge_prune(const struct schema *schema, cJSON *doc, const cJSON *last,
	const cJSON *owned)
{
	cJSON *next;

	for (cJSON *item = doc->child; item; item = next) {
		struct schema member;
		char *edge;
		bool goes;

		next = item->next;
		if (is_list(schema)) {
			member = schema_element(schema);
			edge = schema_item_path(schema, item);
		} else if (schema_member(schema, item->string, &member) == 0) {
			edge = field_edge(item->string);
		} else {
			continue;
		}
		goes = edge &&
			prune_item(&member, item, json_get(last, edge),
				json_get(owned, edge));
		free(edge);
		if (goes)
			cJSON_Delete(cJSON_DetachItemViaPointer(doc, item));
	}
}
