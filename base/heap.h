/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Min-heap of intrusive nodes, ordered by a 64-bit key and, among equal keys,
 * by order of insertion: the same calls give the same order.  A pairing heap:
 * it needs no memory of its own, so that there can be thousands of small
 * ones.  Owns nothing.  Inserting is O(1), removing O(log n) amortised.
 *
 *	a node's children form a list: child -> next -> next
 *	back: its left neighbour in that list, or its parent for the first
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>

#include "base/util.h"

struct heap;

struct heap_node {
	uint64_t key;
	uint64_t seq; /* set by heap_insert: earlier ones first */
	struct heap_node *child;
	struct heap_node *next;
	struct heap_node *back;
	struct heap *heap; /* NULL: in none */
};

struct heap {
	struct heap_node *root;
	uint32_t count;
	uint32_t max; /* more is an error of ours */
	uint64_t next_seq;
};

void heap_init(struct heap *heap, uint32_t max);
void heap_fini(struct heap *heap);

static inline bool heap_node_is_linked(const struct heap_node *node)
{
	return node->heap != NULL;
}

/* The node must not be in a heap, and the heap not be full. */
void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key);
/* In no heap: does nothing. */
void heap_remove(struct heap *heap, struct heap_node *node);
/* Inserts the node or moves it to its new key. */
void heap_set(struct heap *heap, struct heap_node *node, uint64_t key);
/* The node with the smallest key, NULL when empty. */
struct heap_node *heap_first(const struct heap *heap);
void heap_check(const struct heap *heap);

#endif
