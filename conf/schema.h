/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema: one table that says everything that can be set, and what is
 * driven by it: strict decoding, defaults, the reference page.
 *
 * A key's path names its place in the file, "[]" standing for any item of a
 * list: "limits.maxConnections", "lanes[].seats".  `offset` is its place in
 * the struct that the enclosing object fills: struct config, or for what is
 * below "lanes[]" and "rules[]" struct lane_entry and struct rule_entry
 * (conf/lanes.h).
 *
 * A key that is absent or empty leaves what is there: the default.  Keys of
 * one object are decoded in the table's order, not the file's.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/util.h"
#include "conf/arena.h"
#include "conf/problem.h"
#include "conf/yaml_doc.h"

/* What is stored is in the comment; ranges are in the same unit. */
enum schema_type {
	SCHEMA_SECTION,     /* nothing: a mapping of other keys */
	SCHEMA_LIST,        /* a list of mappings, see schema_decode() */
	SCHEMA_FIXED,       /* nothing: must be the first of `words` */
	SCHEMA_BOOL,        /* bool */
	SCHEMA_INT,         /* uint32_t */
	SCHEMA_THOUSANDTHS, /* uint32_t, "2.5" is 2500 */
	SCHEMA_PERCENT,     /* uint32_t, "2.5%" is 25 */
	SCHEMA_QPS,         /* struct bucket_settings: rate, and burst by it */
	SCHEMA_BURST,       /* struct bucket_settings: burst */
	SCHEMA_DURATION,    /* usec_t */
	SCHEMA_DURATION32,  /* uint32_t, microseconds */
	SCHEMA_QUANTITY,    /* uint64_t */
	SCHEMA_QUANTITY32,  /* uint32_t */
	SCHEMA_STRING,      /* const char * */
	SCHEMA_NAME,        /* const char *, a DNS label */
	SCHEMA_PATH,        /* const char *, relative to the file's folder */
	SCHEMA_ENUM,        /* unsigned, or an enum */
	SCHEMA_ENUM_SET,    /* uint32_t of 1 << value; "*" is 0: any */
	SCHEMA_STRINGS,     /* struct strings */
	SCHEMA_URLS,        /* struct strings: https URLs */
	SCHEMA_HOST_PORT,   /* struct host_port */
	SCHEMA_LOCAL,       /* const char *: loopback or "unix:/path"; or "" */
};

enum schema_flags {
	SCHEMA_REQUIRED = 1 << 0,  /* in an object without a default */
	SCHEMA_RESTART = 1 << 1,   /* a reload does not change it */
	SCHEMA_UNLIMITED = 1 << 2, /* may be `unlimited`, stored as such */
};

struct schema_word {
	const char *name; /* NULL ends the list */
	unsigned value;
};

struct schema_key {
	const char *path;
	enum schema_type type;
	unsigned flags;
	size_t offset;
	uint64_t min;
	uint64_t max;       /* of text: its length, 0: any */
	uint64_t unlimited; /* what `unlimited` is stored as */
	const struct schema_word *words;
	/* As in a file; NULL: the default is policy's, or none is needed. */
	const char *fallback;
	const char *help;
};

extern const struct schema_key SCHEMA[];
extern const size_t SCHEMA_COUNT;

/* The last part of its path. */
struct span schema_key_name(const struct schema_key *key);

/*
 * The next key right inside `parent` ("", "limits", "lanes[]") after `after`
 * (NULL: the first), or NULL.
 */
const struct schema_key *schema_next(
	const char *parent, const struct schema_key *after);

/* The key with that path, or NULL. */
const struct schema_key *schema_find(const char *path);

/* An object that is in a list: where it is decoded to. */
struct schema_item {
	void *base;
	bool is_new; /* it has no default: SCHEMA_REQUIRED keys are needed */
};

struct schema_decoder {
	const struct yaml_doc *doc; /* borrowed */
	struct arena *arena;        /* borrowed: where text is kept */
	struct problems *problems;  /* borrowed */
	const char *file;           /* paths are relative to its folder */
	/*
	 * An item of `list` begins.  base NULL: it is left out, a problem
	 * was added.
	 */
	struct schema_item (*item)(void *user, const struct schema_key *list,
		const struct node *node);
	void *user;
};

/* Decodes the document's root into `base`; what is wrong becomes problems. */
void schema_decode(const struct schema_decoder *decoder, void *base);

/* Sets every key right or deeper inside `parent` that has a fallback. */
void schema_set_defaults(const char *parent, void *base, struct arena *arena);

/*
 * Adds an error at a node: "path: text".  Adding one for a key that is not
 * there uses its object.
 */
void schema_complain(struct problems *problems, enum problem_kind kind,
	const struct node *node, const char *fmt, ...) ATTR_PRINTF(4, 5);

#endif
