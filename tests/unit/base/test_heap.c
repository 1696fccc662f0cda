/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "base/rng.h"

Test(heap, gives_keys_in_order)
{
	struct heap_node nodes[64] = { 0 };
	struct heap heap;
	struct rng rng;
	uint64_t last = 0;

	heap_init(&heap, ARRAY_SIZE(nodes));
	rng_init(&rng, 1);
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		heap_insert(&heap, &nodes[i], rng_below(&rng, 16));
		heap_check(&heap);
	}
	while (heap_first(&heap)) {
		cr_assert_geq(heap_first(&heap)->key, last);
		last = heap_first(&heap)->key;
		heap_remove(&heap, heap_first(&heap));
		heap_check(&heap);
	}
	heap_fini(&heap);
}

Test(heap, equal_keys_come_out_first_in_first_out)
{
	struct heap_node nodes[5] = { 0 };
	struct heap heap;

	heap_init(&heap, ARRAY_SIZE(nodes));
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		heap_insert(&heap, &nodes[i], 7);
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		cr_assert_eq(heap_first(&heap), &nodes[i]);
		heap_remove(&heap, &nodes[i]);
	}
	heap_fini(&heap);
}

Test(heap, setting_the_same_key_keeps_the_place)
{
	struct heap_node first = { 0 }, second = { 0 };
	struct heap heap;

	heap_init(&heap, 2);
	heap_set(&heap, &first, 7);
	heap_set(&heap, &second, 7);
	heap_set(&heap, &first, 7);
	cr_assert_eq(heap_first(&heap), &first);
	heap_set(&heap, &first, 8);
	cr_assert_eq(heap_first(&heap), &second);
	heap_set(&heap, &first, 7);
	cr_assert_eq(heap_first(&heap), &second);
	heap_check(&heap);
	heap_fini(&heap);
}

Test(heap, removing_what_is_not_in_it_does_nothing)
{
	struct heap_node node = { 0 };
	struct heap heap;

	heap_init(&heap, 1);
	heap_remove(&heap, &node);
	heap_insert(&heap, &node, 3);
	cr_assert(heap_node_is_linked(&node));
	heap_remove(&heap, &node);
	cr_assert_not(heap_node_is_linked(&node));
	heap_remove(&heap, &node);
	cr_assert_null(heap_first(&heap));
	heap_fini(&heap);
}

Test(heap, takes_the_extreme_keys)
{
	struct heap_node nodes[3] = { 0 };
	struct heap heap;

	heap_init(&heap, 3);
	heap_insert(&heap, &nodes[0], UINT64_MAX);
	heap_insert(&heap, &nodes[1], 0);
	heap_insert(&heap, &nodes[2], UINT64_MAX - 1);
	cr_assert_eq(heap_first(&heap), &nodes[1]);
	heap_remove(&heap, &nodes[1]);
	cr_assert_eq(heap_first(&heap), &nodes[2]);
	heap_fini(&heap);
}

Test(heap, holds_no_more_than_its_maximum, .signal = SIGABRT)
{
	struct heap_node nodes[2] = { 0 };
	struct heap heap;

	heap_init(&heap, 1);
	heap_insert(&heap, &nodes[0], 1);
	heap_insert(&heap, &nodes[1], 1);
}

Test(heap, takes_a_node_once, .signal = SIGABRT)
{
	struct heap_node node = { 0 };
	struct heap heap;

	heap_init(&heap, 2);
	heap_insert(&heap, &node, 1);
	heap_insert(&heap, &node, 1);
}

Test(heap, does_not_remove_the_node_of_another_heap, .signal = SIGABRT)
{
	struct heap_node one = { 0 }, two = { 0 };
	struct heap a, b;

	heap_init(&a, 1);
	heap_init(&b, 1);
	heap_insert(&a, &one, 1);
	heap_insert(&b, &two, 1);
	heap_remove(&a, &two);
}

Test(heap, check_finds_a_key_changed_from_outside, .signal = SIGABRT)
{
	struct heap_node nodes[2] = { 0 };
	struct heap heap;

	heap_init(&heap, 2);
	heap_insert(&heap, &nodes[0], 1);
	heap_insert(&heap, &nodes[1], 2);
	nodes[1].key = 0;
	heap_check(&heap);
}

/* Against a search of all nodes: the first is that of the least key. */
Test(heap, random_walk)
{
	enum { NODES = 50, STEPS = 20000 };
	struct heap_node nodes[NODES] = { 0 };
	struct heap heap;
	struct rng rng;

	heap_init(&heap, NODES);
	rng_init(&rng, 7);
	for (int step = 0; step < STEPS; step++) {
		struct heap_node *node = &nodes[rng_below(&rng, NODES)];
		const struct heap_node *least = NULL;
		uint32_t count = 0;

		if (rng_below(&rng, 3))
			heap_set(&heap, node, rng_below(&rng, 30));
		else
			heap_remove(&heap, node);
		heap_check(&heap);
		for (size_t i = 0; i < NODES; i++) {
			const struct heap_node *n = &nodes[i];

			if (!heap_node_is_linked(n))
				continue;
			count++;
			if (!least || n->key < least->key ||
				(n->key == least->key && n->seq < least->seq))
				least = n;
		}
		cr_assert_eq(heap.count, count);
		cr_assert_eq(heap_first(&heap), least);
	}
	heap_fini(&heap);
}
