/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/apply_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const char member_mark[] = ".";

static bool is_mark(const cJSON *edge)
{
	return !strcmp(edge->string, member_mark);
}

cJSON *set_new(void)
{
	return cJSON_CreateObject();
}

bool set_is_empty(const cJSON *set)
{
	return !set->child;
}

bool set_has_root(const cJSON *set)
{
	return json_get(set, member_mark);
}

void set_add_root(cJSON *set)
{
	json_make_object(set, member_mark);
}

cJSON *set_descend(cJSON *set, const char *edge)
{
	return json_make_object(set, edge);
}

static void mark_leaves(cJSON *set)
{
	for (cJSON *edge = set->child; edge; edge = edge->next) {
		if (is_mark(edge))
			continue;
		if (!edge->child)
			set_add_root(edge);
		mark_leaves(edge);
	}
}

cJSON *set_from_fields(const cJSON *fields_v1)
{
	cJSON *set =
		cJSON_IsObject(fields_v1) ? json_dup(fields_v1) : set_new();

	mark_leaves(set);
	return set;
}

static int edge_cmp(const void *left, const void *right)
{
	cJSON *const *a = left;
	cJSON *const *b = right;

	return strcmp((*a)->string, (*b)->string);
}

static void sort_edges(cJSON *set)
{
	size_t count = json_count(set);
	cJSON **edges = xcalloc(count + 1, sizeof(*edges));

	for (size_t i = 0; i < count; i++)
		edges[i] = cJSON_DetachItemViaPointer(set, set->child);
	qsort(edges, count, sizeof(cJSON *), edge_cmp);
	for (size_t i = 0; i < count; i++)
		json_set(set, edges[i]->string, edges[i]);
	free(edges);
}

cJSON *set_to_fields(cJSON *set)
{
	sort_edges(set);
	for (cJSON *edge = set->child; edge; edge = edge->next) {
		if (is_mark(edge))
			continue;
		set_to_fields(edge);
		if (!edge->child->next && is_mark(edge->child))
			json_remove(edge, member_mark);
	}
	return set;
}

void set_add(cJSON *set, const cJSON *other)
{
	for (const cJSON *edge = other->child; edge; edge = edge->next)
		set_add(set_descend(set, edge->string), edge);
}

void set_subtract(cJSON *set, const cJSON *other)
{
	cJSON *next;

	for (cJSON *edge = set->child; edge; edge = next) {
		const cJSON *same = json_get(other, edge->string);

		next = edge->next;
		if (!same)
			continue;
		set_subtract(edge, same);
		/* The mark has nothing below; an edge needs something. */
		if (!edge->child)
			cJSON_Delete(cJSON_DetachItemViaPointer(set, edge));
	}
}

cJSON *set_intersection(const cJSON *a, const cJSON *b)
{
	cJSON *both = set_new();

	for (const cJSON *edge = a->child; edge; edge = edge->next) {
		const cJSON *same = json_get(b, edge->string);
		cJSON *below;

		if (!same)
			continue;
		below = set_intersection(edge, same);
		if (is_mark(edge) || below->child)
			json_set(both, edge->string, below);
		else
			cJSON_Delete(below);
	}
	return both;
}

/* `k:{"a":1,"b":"x"}` becomes `[a=1,b="x"]`. */
static void append_keys(struct buf *path, const char *keys)
{
	struct err err;
	cJSON *doc = json_parse(span_str(keys), &err);

	for (const cJSON *key = doc ? doc->child : NULL; key; key = key->next) {
		char *text = json_print(key);

		buf_printf(path, "%s%s=%s", key == doc->child ? "" : ",",
			key->string, text);
		free(text);
	}
	cJSON_Delete(doc);
}

static void append_edge(struct buf *path, const char *edge)
{
	if (*edge == 'f') {
		buf_printf(path, ".%s", edge + 2);
	} else if (*edge == 'v') {
		buf_printf(path, "[=%s]", edge + 2);
	} else {
		buf_append_str(path, "[");
		append_keys(path, edge + 2);
		buf_append_str(path, "]");
	}
}

static void each_below(
	const cJSON *set, struct span path, set_member_fn *each, void *user)
{
	for (const cJSON *edge = set->child; edge; edge = edge->next) {
		struct buf longer = BUF_INIT;

		buf_append_span(&longer, path);
		if (is_mark(edge)) {
			each(buf_cstr(&longer), user);
		} else {
			append_edge(&longer, edge->string);
			each_below(edge, buf_span(&longer), each, user);
		}
		buf_fini(&longer);
	}
}

void set_each(const cJSON *set, set_member_fn *each, void *user)
{
	each_below(set, SPAN(""), each, user);
}
