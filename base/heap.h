/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binary min-heap of intrusive nodes, ordered by a 64-bit key and, among
 * equal keys, by order of insertion: the same calls give the same order.
 * The array of slots is allocated once, in heap_init(), for a stated maximum;
 * the heap owns that array and none of the nodes.  O(log n) a call.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>

#include "base/util.h"

struct heap_node {
	uint64_t key;
	uint64_t seq;  /* set by heap_insert: earlier ones first */
	uint32_t slot; /* 1-based place in the heap, 0: not in it */
};

struct heap {
	struct heap_node **slots; /* owned; slots[0] is unused */
	uint32_t count;
	uint32_t max;
	uint64_t next_seq;
};

/* For at most `max` nodes, which is below 2^31. */
void heap_init(struct heap *heap, uint32_t max);
void heap_fini(struct heap *heap);

static inline bool heap_node_is_linked(const struct heap_node *node)
{
	return node->slot != 0;
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
