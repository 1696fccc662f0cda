/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finalizer effect: one reader for each form that a body can have.  Each is
 * given a class with its path read and sets effect, why, guards,
 * is_repeatable, is_pure and finalizer, as class.h describes them.
 *
 * The readers do what the API server's handlers do with the same bytes, as
 * far as the body alone tells.  What is certain to be refused (400, 415, 422)
 * has no effect; what only the stored object can tell is WRITES.
 */
#ifndef POLICY_EFFECT_H
#define POLICY_EFFECT_H

#include "base/json.h"
#include "policy/classify.h"

/* Deeper than any object, and small enough for the stack of a scan. */
#define EFFECT_DEPTH_MAX 128u

void effect_read_merge_patch(const struct classifier *classifier,
	struct span body, struct class *class);
void effect_read_strategic_patch(struct span body, struct class *class);
void effect_read_json_patch(const struct classifier *classifier,
	struct span body, struct class *class);

/* A whole object (PUT). */
void effect_read_object(struct span body, struct class *class);
void effect_read_protobuf(struct span body, struct class *class);
/* The object of namespaces/finalize: spec.finalizers. */
void effect_read_finalize(struct span body, struct class *class);
/* Server-side apply, written as JSON. */
void effect_read_apply(struct span body, struct class *class);

/* What follows is shared by the readers. */

void effect_set(struct class *class, enum effect effect, enum effect_why why);

/* Takes all back: the document is not one, or nests too deep. */
void effect_set_malformed(struct class *class, const struct json *json);

enum list_kind {
	LIST_ABSENT,
	LIST_NULL,
	LIST_EMPTY,
	LIST_FULL,    /* names only */
	LIST_INVALID, /* has something in it that is not a name */
	LIST_OTHER,   /* no list */
};

struct list {
	enum list_kind kind;
	struct span raw;   /* all of it, as JSON */
	struct span first; /* its first name, if that has no escape */
};

/* Reads the value that begins at json's current token, to its end. */
void list_read(struct json *json, struct list *ret_list);
/* A list's raw text has this string. */
bool list_has(struct span raw, struct span name);

/* The list is set as the object's own: what that does. */
void list_effect(const struct list *list, const struct classifier *classifier,
	struct class *class);

/* Resource versions of only zeros stand for none. */
bool version_is_set(struct span raw);

/* Whether a string member says the same as the request's path. */
enum match {
	MATCH_ABSENT,
	MATCH_SAME,
	MATCH_OTHER,
};

enum directive {
	DIRECTIVE_NONE,
	DIRECTIVE_REPLACE,
	DIRECTIVE_OTHER, /* delete, or one that is refused */
};

/* An object's metadata, or a patch of it. */
struct meta {
	bool is_present;
	bool is_object;
	bool is_pure; /* as class.h says */
	bool has_duplicate;
	bool is_deleting; /* deletionTimestamp is set */
	bool is_refused;  /* a member is not of its type */
	struct list finalizers;
	struct list deleted;      /* $deleteFromPrimitiveList/finalizers */
	struct list order;        /* $setElementOrder/finalizers */
	struct list retain;       /* $retainKeys */
	enum directive directive; /* $patch */
	enum match name;
	unsigned guards; /* uid and resourceVersion */
	struct span raw; /* all of it, as JSON */
};

/* Reads the value that begins at json's current token, to its end. */
void meta_read(
	struct json *json, const struct class *class, struct meta *ret_meta);

enum directive directive_read(struct json *json);

/* The object that has this metadata is written as a whole. */
void object_effect(const struct meta *meta, struct class *class);

#endif
