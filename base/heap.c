/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

static bool is_before(const struct heap_node *a, const struct heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

static void put(struct heap *heap, uint32_t slot, struct heap_node *node)
{
	heap->slots[slot] = node;
	node->slot = slot;
}

static void sift_up(struct heap *heap, uint32_t slot, struct heap_node *node)
{
	while (slot > 1 && is_before(node, heap->slots[slot / 2])) {
		put(heap, slot, heap->slots[slot / 2]);
		slot /= 2;
	}
	put(heap, slot, node);
}

static void sift_down(struct heap *heap, uint32_t slot, struct heap_node *node)
{
	for (;;) {
		uint32_t child = slot * 2;

		if (child > heap->count)
			break;
		if (child < heap->count &&
			is_before(heap->slots[child + 1], heap->slots[child]))
			child++;
		if (!is_before(heap->slots[child], node))
			break;
		put(heap, slot, heap->slots[child]);
		slot = child;
	}
	put(heap, slot, node);
}

void heap_init(struct heap *heap, uint32_t max)
{
	CHECK(max < UINT32_MAX / 2); /* or a child's slot would wrap */
	*heap = (struct heap){ .max = max };
	heap->slots = xcalloc((size_t)max + 1, sizeof(*heap->slots));
}

void heap_fini(struct heap *heap)
{
	free(heap->slots);
	*heap = (struct heap){ 0 };
}

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key)
{
	CHECK(!node->slot);
	CHECK(heap->count < heap->max);
	node->key = key;
	node->seq = heap->next_seq++;
	heap->count++;
	sift_up(heap, heap->count, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *last;
	uint32_t slot = node->slot;

	if (!slot)
		return;
	CHECK(slot <= heap->count && heap->slots[slot] == node);
	last = heap->slots[heap->count];
	heap->slots[heap->count] = NULL;
	heap->count--;
	node->slot = 0;
	if (last == node)
		return;
	if (slot > 1 && is_before(last, heap->slots[slot / 2]))
		sift_up(heap, slot, last);
	else
		sift_down(heap, slot, last);
}

void heap_set(struct heap *heap, struct heap_node *node, uint64_t key)
{
	if (node->slot && node->key == key)
		return;
	heap_remove(heap, node);
	heap_insert(heap, node, key);
}

struct heap_node *heap_first(const struct heap *heap)
{
	return heap->count ? heap->slots[1] : NULL;
}

void heap_check(const struct heap *heap)
{
	CHECK(heap->count <= heap->max);
	for (uint32_t i = 1; i <= heap->count; i++) {
		CHECK(heap->slots[i]->slot == i);
		CHECK(i == 1 || !is_before(heap->slots[i], heap->slots[i / 2]));
	}
}
