/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include <criterion/criterion.h>

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
