/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML document as a tree of nodes that know their place.
 *
 * Strict, since it holds settings: one document, UTF-8, no key twice in a
 * mapping, no anchors, aliases (a short file could mean a huge one), merge
 * keys or tags; bounded in size, depth and number of nodes.  Scalars stay
 * text: what a word means is for who reads it to say.
 */
#ifndef CONF_YAML_DOC_H
#define CONF_YAML_DOC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/span.h"
#include "conf/arena.h"
#include "conf/problem.h"

#define YAML_DOC_BYTES_MAX ((size_t)1024 * 1024)
#define YAML_DOC_DEPTH_MAX 32
#define YAML_DOC_NODES_MAX 50000

enum node_kind {
	NODE_SCALAR,
	NODE_MAPPING,
	NODE_SEQUENCE,
};

struct node {
	enum node_kind kind;
	unsigned line; /* from 1 */
	unsigned column;

	/* A scalar's: NUL-terminated, no NUL inside. */
	struct span text;
	bool is_plain; /* not quoted, not a block scalar */

	/* A mapping's or a sequence's, in the file's order. */
	struct node *first;
	struct node *last;
	size_t count;

	/* As a member of one. */
	struct node *parent;
	struct node *next;
	size_t index;    /* in a sequence: from 0 */
	struct span key; /* in a mapping */
	unsigned key_line;
	unsigned key_column;
	struct map_node by_key;
};

struct yaml_doc {
	struct node *root; /* NULL: an empty document */
	struct arena *arena;
	struct map keys; /* every member of every mapping */
	unsigned nodes;
};

/*
 * NULL, with a problem, if it is no such document.  Keys that are given twice
 * are problems too, but the document is there: the first one counts.
 */
struct yaml_doc *yaml_doc_parse(struct span text, struct problems *problems);
void yaml_doc_free(struct yaml_doc *doc);

/* The member with that key, or NULL; also if it is not a mapping. */
struct node *node_member(
	const struct yaml_doc *doc, const struct node *node, const char *key);

/* An empty plain scalar, "~" or "null": as if it was not there. */
bool node_is_null(const struct node *node);

/* "a mapping", "a list", "text in quotes", … */
const char *node_kind_name(const struct node *node);

/*
 * Where the node is, for people: "lanes[2].seats", "" for the root.  Cut and
 * cleaned, so that it can be printed whatever the keys are.
 */
void node_path(const struct node *node, struct buf *ret_path);

/*
 * Text between double quotes, on one line, cut where it is long: for a
 * message about it.
 */
void node_quote(struct span text, struct buf *ret_text);

/* Writes text in double quotes: reading it gives the very same. */
void node_write_quoted(struct span text, struct buf *ret_yaml);

/*
 * Writes a node in flow style, on one line.  What was plain stays plain, so
 * that a reader takes it for the same type.
 */
void node_write_flow(const struct node *node, struct buf *ret_yaml);

#endif
