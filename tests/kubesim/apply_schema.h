/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What server-side apply must know of a value: whether it is a leaf, which
 * one manager has as a whole, or has parts that have managers of their own.
 *
 * Kinds are those of protobuf_type.h; lists and structs are atomic, sets or
 * keyed as the API's OpenAPI document says (x-kubernetes-list-type and so
 * on).  Of a custom resource all but the metadata is deduced: objects are
 * granular, lists are leaves.
 */
#ifndef TESTS_KUBESIM_APPLY_SCHEMA_H
#define TESTS_KUBESIM_APPLY_SCHEMA_H

#include "tests/kubesim/json.h"
#include "tests/kubesim/protobuf_type.h"
#include "tests/kubesim/resource.h"

enum schema_kind {
	SCHEMA_LEAF,   /* a scalar, or what is atomic */
	SCHEMA_STRUCT, /* fields that are known */
	SCHEMA_MAP,    /* any keys, all of one type */
	SCHEMA_SET,    /* a list of scalars, each once */
	SCHEMA_KEYED,  /* a list of objects that keys tell apart */
	SCHEMA_ANY,    /* to be deduced */
	SCHEMA_CUSTOM, /* the same, but for its metadata */
};

enum { SCHEMA_MAX_KEYS = 2 };

struct schema {
	enum schema_kind kind;
	const struct pb_type *type; /* the struct's, or that of what is in it */
	const char *const *keys;    /* SCHEMA_KEYED: SCHEMA_MAX_KEYS, or NULL */
	/* Go has it in its parent, not by a pointer: it is never absent. */
	bool is_embedded;
};

struct schema schema_of_resource(const struct resource *res);

/* -1 when there is no such member. */
int schema_member(const struct schema *schema, const char *name,
	struct schema *ret_member);
/* Of a list: its elements. */
struct schema schema_element(const struct schema *schema);

/* SCHEMA_ANY settled by the value; all others as they are. */
struct schema schema_deduce(const struct schema *schema, const cJSON *value);

/*
 * The element of a field set's path that names an item of the list:
 * `k:{"name":"x"}`, `v:"x"`.  free() it; NULL when it lacks a key.
 */
char *schema_item_path(const struct schema *list, const cJSON *item);

#endif
