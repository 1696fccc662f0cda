/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include "base/check.h"

static bool is_before(const struct heap_node *a, const struct heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

/* Of two roots the later becomes the first child of the earlier. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
	struct heap_node *swap;

	if (!a || !b)
		return a ? a : b;
	if (is_before(b, a)) {
		swap = a;
		a = b;
		b = swap;
	}
	b->next = a->child;
	if (a->child)
		a->child->back = b;
	a->child = b;
	b->back = a;
	return a;
}

/* One root out of a list of siblings: in pairs first, then all, backwards. */
static struct heap_node *meld_siblings(struct heap_node *first)
{
	struct heap_node *pairs = NULL, *root = NULL;

	while (first) {
		struct heap_node *a = first, *b = first->next;

		first = b ? b->next : NULL;
		a->next = a->back = NULL;
		if (b)
			b->next = b->back = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct heap_node *pair = pairs;

		pairs = pair->next;
		pair->next = NULL;
		root = meld(root, pair);
	}
	return root;
}

void heap_init(struct heap *heap, uint32_t max)
{
	*heap = (struct heap){ .max = max };
}

void heap_fini(struct heap *heap)
{
	*heap = (struct heap){ 0 };
}

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key)
{
	CHECK(!node->heap);
	CHECK(heap->count < heap->max);
	*node = (struct heap_node){
		.key = key,
		.seq = heap->next_seq++,
		.heap = heap,
	};
	heap->root = meld(heap->root, node);
	heap->count++;
}

/* Takes a node that is not the root out of its list of siblings. */
static void cut(struct heap_node *node)
{
	if (node->back->child == node)
		node->back->child = node->next;
	else
		node->back->next = node->next;
	if (node->next)
		node->next->back = node->back;
	node->next = node->back = NULL;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *children;

	if (!node->heap)
		return;
	CHECK(node->heap == heap);
	children = meld_siblings(node->child);
	if (heap->root == node) {
		heap->root = children;
	} else {
		cut(node);
		heap->root = meld(heap->root, children);
	}
	heap->count--;
	*node = (struct heap_node){ .key = node->key };
}

void heap_set(struct heap *heap, struct heap_node *node, uint64_t key)
{
	if (node->heap && node->key == key)
		return;
	heap_remove(heap, node);
	heap_insert(heap, node, key);
}

struct heap_node *heap_first(const struct heap *heap)
{
	return heap->root;
}

/* Checks the subtree of `node` and returns how many nodes it has. */
static uint32_t check_node(
	const struct heap *heap, const struct heap_node *node)
{
	uint32_t count = 1;

	CHECK(node->heap == heap);
	for (const struct heap_node *c = node->child; c; c = c->next) {
		CHECK(c == node->child ? c->back == node
				       : c->back->next == c);
		CHECK(!is_before(c, node));
		count += check_node(heap, c);
	}
	return count;
}

void heap_check(const struct heap *heap)
{
	uint32_t count = 0;

	CHECK(heap->count <= heap->max);
	if (heap->root) {
		CHECK(!heap->root->back && !heap->root->next);
		count = check_node(heap, heap->root);
	}
	CHECK(count == heap->count);
}
