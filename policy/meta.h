/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object's metadata, or a merge patch of it: the few members that
 * classification looks at, and the lists of names that finalizers are.  Of a
 * member that comes twice the last counts.
 */
#ifndef POLICY_META_H
#define POLICY_META_H

#include "base/json.h"
#include "policy/class.h"

/* Objects do not nest as deep as this. */
#define META_DEPTH_MAX 128u

enum names_kind {
	NAMES_ABSENT,
	NAMES_NULL,
	NAMES_EMPTY,
	NAMES_FULL,    /* names only */
	NAMES_INVALID, /* has something in it that is not a name */
	NAMES_OTHER,   /* no list */
};

struct names {
	enum names_kind kind;
	struct span raw; /* all of it, as JSON */
};

/* Reads the value that begins at json's current token, to its end. */
void names_read(struct json *json, struct names *ret_names);
/* A list's raw text has this string. */
bool names_has(struct span raw, struct span name);

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
	struct names finalizers;
	struct names deleted;     /* $deleteFromPrimitiveList/finalizers */
	struct names order;       /* $setElementOrder/finalizers */
	struct names retain;      /* $retainKeys */
	enum directive directive; /* $patch */
	enum match name;
	unsigned guards; /* uid and resourceVersion */
	struct span raw; /* all of it, as JSON */
};

/* Reads the value that begins at json's current token, to its end. */
void meta_read(
	struct json *json, const struct class *class, struct meta *ret_meta);

enum directive directive_read(struct json *json);

#endif
