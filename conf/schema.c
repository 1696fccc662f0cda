/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "conf/suggest.h"
#include "conf/value.h"
#include "policy/settings.h"

/* Longer lists than any real one. */
#define LIST_ITEMS_MAX 1000

/* ---- the table -------------------------------------------------------- */

struct span schema_key_name(const struct schema_key *key)
{
	const char *dot = strrchr(key->path, '.');

	return span_str(dot ? dot + 1 : key->path);
}

/* Is it right inside `parent`, not deeper? */
static bool is_child(const struct schema_key *key, struct span parent)
{
	struct span path = span_str(key->path);

	if (!span_starts_with(path, parent))
		return false;
	path = span_skip(path, parent.len);
	if (parent.len) {
		if (!path.len || path.ptr[0] != '.')
			return false;
		path = span_skip(path, 1);
	}
	return !memchr(path.ptr, '.', path.len) &&
		!memchr(path.ptr, '[', path.len);
}

const struct schema_key *schema_next(
	const char *parent, const struct schema_key *after)
{
	size_t i = after ? (size_t)(after - SCHEMA) + 1 : 0;

	for (; i < SCHEMA_COUNT; i++)
		if (is_child(&SCHEMA[i], span_str(parent)))
			return &SCHEMA[i];
	return NULL;
}

const struct schema_key *schema_find(const char *path)
{
	for (size_t i = 0; i < SCHEMA_COUNT; i++)
		if (!strcmp(SCHEMA[i].path, path))
			return &SCHEMA[i];
	return NULL;
}

static void *place_of(const struct schema_key *key, void *base)
{
	return (char *)base + key->offset;
}

void schema_set_defaults(const char *parent, void *base, struct arena *arena)
{
	struct span prefix = span_str(parent);

	for (size_t i = 0; i < SCHEMA_COUNT; i++) {
		const struct schema_key *key = &SCHEMA[i];
		struct span path = span_str(key->path);
		struct value_text text = {
			.text = span_str(key->fallback),
			.is_plain = true,
			.file = "",
		};
		struct err err;

		/* What is in a list belongs to the items of that list. */
		if (!key->fallback || !span_starts_with(path, prefix) ||
			strchr(key->path + prefix.len, '['))
			continue;
		CHECK(!value_parse(
			key, &text, arena, place_of(key, base), &err));
	}
}

/* ---- problems --------------------------------------------------------- */

static void complain_at(struct problems *problems, enum problem_kind kind,
	const struct node *node, unsigned line, unsigned column,
	const char *text)
{
	struct buf path = BUF_INIT;

	node_path(node, &path);
	if (buf_len(&path))
		buf_append_str(&path, ": ");
	problems_add(
		problems, kind, line, column, "%s%s", buf_cstr(&path), text);
	buf_fini(&path);
}

void schema_complain(struct problems *problems, enum problem_kind kind,
	const struct node *node, const char *fmt, ...)
{
	char text[900];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	complain_at(problems, kind, node, node->line, node->column, text);
}

/* Objects with more keys than that are not listed in a message. */
#define LISTED_MAX 8

/* "known are a, b and c" */
static void list_keys(const char *parent, struct buf *text)
{
	const struct schema_key *key = NULL;
	size_t count = 0;

	while ((key = schema_next(parent, key)))
		count++;
	if (count > LISTED_MAX) {
		buf_append_str(text, "remove it");
		return;
	}
	buf_append_str(text, "known here: ");
	for (size_t i = 0; (key = schema_next(parent, key)); i++)
		buf_printf(
			text, "%s%s", i ? ", " : "", schema_key_name(key).ptr);
}

/* The keys of one object, for somebody who wrote another one. */
static void complain_unknown(const struct schema_decoder *decoder,
	const char *parent, const struct node *member)
{
	const struct schema_key *key = NULL;
	struct suggest suggest;
	struct buf text = BUF_INIT;

	suggest_init(&suggest, member->key);
	while ((key = schema_next(parent, key)))
		suggest_offer(&suggest, schema_key_name(key).ptr);
	buf_append_str(&text, "unknown key; ");
	if (suggest.best)
		buf_printf(&text, "did you mean \"%s\"?", suggest.best);
	else
		list_keys(parent, &text);
	complain_at(decoder->problems, PROBLEM_ERROR, member, member->key_line,
		member->key_column, buf_cstr(&text));
	buf_fini(&text);
}

/* ---- decoding --------------------------------------------------------- */

static void decode_object(const struct schema_decoder *decoder,
	const char *parent, const struct node *node, void *base, bool is_new);

/* One scalar into `at`; -1 if it is wrong. */
static int decode_scalar(const struct schema_decoder *decoder,
	const struct schema_key *key, const struct node *node, void *at)
{
	struct value_text text = {
		.text = node->text,
		.is_plain = node->is_plain,
		.file = decoder->file,
	};
	struct buf what = BUF_INIT;
	struct err err;

	if (node->kind != NODE_SCALAR || node_is_null(node)) {
		value_describe(key, &what);
		schema_complain(decoder->problems, PROBLEM_ERROR, node,
			"must be %s, is %s", buf_cstr(&what),
			node_kind_name(node));
		buf_fini(&what);
		return -1;
	}
	if (!value_parse(key, &text, decoder->arena, at, &err))
		return 0;
	schema_complain(decoder->problems, PROBLEM_ERROR, node, "%s", err.text);
	return -1;
}

static bool is_sequence(
	const struct schema_decoder *decoder, const struct node *node)
{
	if (node->kind == NODE_SEQUENCE && node->count <= LIST_ITEMS_MAX)
		return true;
	if (node->kind == NODE_SEQUENCE)
		schema_complain(decoder->problems, PROBLEM_ERROR, node,
			"must have at most %d items, has %zu", LIST_ITEMS_MAX,
			node->count);
	else if (node->kind == NODE_SCALAR)
		schema_complain(decoder->problems, PROBLEM_ERROR, node,
			"must be a list, is text; write it as [...]");
	else
		schema_complain(decoder->problems, PROBLEM_ERROR, node,
			"must be a list, is %s", node_kind_name(node));
	return false;
}

static void decode_strings(const struct schema_decoder *decoder,
	const struct schema_key *key, const struct node *node,
	struct strings *ret_strings)
{
	const char **items;
	size_t count = 0;

	if (!is_sequence(decoder, node))
		return;
	items = arena_alloc(decoder->arena, (node->count + 1) * sizeof(*items));
	for (const struct node *at = node->first; at; at = at->next)
		if (!decode_scalar(decoder, key, at, &items[count]))
			count++;
	ret_strings->items = items;
	ret_strings->count = count;
}

static void decode_set(const struct schema_decoder *decoder,
	const struct schema_key *key, const struct node *node,
	uint32_t *ret_set)
{
	uint32_t set = 0;
	bool is_any = false;

	if (!is_sequence(decoder, node))
		return;
	for (const struct node *at = node->first; at; at = at->next)
		if (at->kind == NODE_SCALAR && span_eq(at->text, SPAN("*")))
			is_any = true;
		else
			decode_scalar(decoder, key, at, &set);
	*ret_set = is_any ? 0 : set;
}

static void decode_list(const struct schema_decoder *decoder,
	const struct schema_key *key, const struct node *node)
{
	char parent[64];

	if (!is_sequence(decoder, node))
		return;
	snprintf(parent, sizeof(parent), "%s[]", key->path);
	for (const struct node *at = node->first; at; at = at->next) {
		struct schema_item item;

		if (at->kind != NODE_MAPPING) {
			schema_complain(decoder->problems, PROBLEM_ERROR, at,
				"must be a mapping, is %s", node_kind_name(at));
			continue;
		}
		item = decoder->item(decoder->user, key, at);
		if (item.base)
			decode_object(
				decoder, parent, at, item.base, item.is_new);
	}
}

static void decode_value(const struct schema_decoder *decoder,
	const struct schema_key *key, const struct node *node, void *base)
{
	void *at = place_of(key, base);

	switch (key->type) {
	case SCHEMA_SECTION:
		if (node->kind == NODE_MAPPING)
			decode_object(decoder, key->path, node, base, false);
		else
			schema_complain(decoder->problems, PROBLEM_ERROR, node,
				"must be a mapping, is %s",
				node_kind_name(node));
		return;
	case SCHEMA_LIST:
		decode_list(decoder, key, node);
		return;
	case SCHEMA_STRINGS:
	case SCHEMA_URLS:
		decode_strings(decoder, key, node, at);
		return;
	case SCHEMA_ENUM_SET:
		decode_set(decoder, key, node, at);
		return;
	case SCHEMA_QPS:
		/* A rate that is wrong does not make its burst wrong. */
		if (decode_scalar(decoder, key, node, at))
			*(struct bucket_settings *)at =
				(struct bucket_settings){ true, 1000, 1 };
		return;
	case SCHEMA_FIXED:
	case SCHEMA_BOOL:
	case SCHEMA_INT:
	case SCHEMA_THOUSANDTHS:
	case SCHEMA_PERCENT:
	case SCHEMA_BURST:
	case SCHEMA_DURATION:
	case SCHEMA_DURATION32:
	case SCHEMA_QUANTITY:
	case SCHEMA_QUANTITY32:
	case SCHEMA_STRING:
	case SCHEMA_NAME:
	case SCHEMA_PATH:
	case SCHEMA_ENUM:
	case SCHEMA_HOST_PORT:
	case SCHEMA_LOCAL:
		decode_scalar(decoder, key, node, at);
		return;
	}
	CHECK_UNREACHABLE();
}

static void complain_missing(const struct schema_decoder *decoder,
	const struct schema_key *key, const struct node *node)
{
	const char *value = key->words ? key->words->name : "...";

	schema_complain(decoder->problems, PROBLEM_ERROR, node,
		"\"%s\" is missing; add \"%s: %s\"", schema_key_name(key).ptr,
		schema_key_name(key).ptr,
		key->type == SCHEMA_FIXED ? value : "...");
}

static bool is_known(const char *parent, struct span name)
{
	const struct schema_key *key = NULL;

	while ((key = schema_next(parent, key)))
		if (span_eq(schema_key_name(key), name))
			return true;
	return false;
}

static void decode_object(const struct schema_decoder *decoder,
	const char *parent, const struct node *node, void *base, bool is_new)
{
	const struct schema_key *key = NULL;

	while ((key = schema_next(parent, key))) {
		const struct node *member = node_member(
			decoder->doc, node, schema_key_name(key).ptr);

		if (member && !node_is_null(member))
			decode_value(decoder, key, member, base);
		else if (is_new && (key->flags & SCHEMA_REQUIRED))
			complain_missing(decoder, key, node);
	}
	for (const struct node *at = node->first; at; at = at->next)
		if (!is_known(parent, at->key))
			complain_unknown(decoder, parent, at);
}

void schema_decode(const struct schema_decoder *decoder, void *base)
{
	const struct node *root = decoder->doc->root;

	if (!root || node_is_null(root)) {
		problems_add(decoder->problems, PROBLEM_ERROR, 0, 0,
			"the file is empty; it must begin with \"apiVersion: "
			"fairway.dev/v1alpha1\" and \"kind: Configuration\"");
		return;
	}
	if (root->kind != NODE_MAPPING) {
		schema_complain(decoder->problems, PROBLEM_ERROR, root,
			"the file must be a mapping, is %s",
			node_kind_name(root));
		return;
	}
	decode_object(decoder, "", root, base, true);
}
