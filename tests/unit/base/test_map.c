/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "base/rng.h"

struct entry {
	struct map_node node;
	int key;
};

static struct entry *find(const struct map *map, uint64_t hash, int key)
{
	struct map_node *node = map_first(map, hash);

	for (; node; node = map_next(node)) {
		struct entry *entry = CONTAINER_OF(node, struct entry, node);

		if (entry->key == key)
			return entry;
	}
	return NULL;
}

Test(map, finds_what_was_put_in_and_nothing_else)
{
	struct entry one = { .key = 1 }, two = { .key = 2 };
	struct map map;

	map_init(&map);
	cr_assert_null(map_first(&map, 11));
	map_insert(&map, &one.node, 11);
	map_insert(&map, &two.node, 22);
	cr_assert_eq(find(&map, 11, 1), &one);
	cr_assert_eq(find(&map, 22, 2), &two);
	cr_assert_null(find(&map, 11, 2));
	cr_assert_null(map_first(&map, 33));
	map_remove(&map, &one.node);
	cr_assert_null(find(&map, 11, 1));
	cr_assert_eq(map.count, 1);
	map_check(&map);
	map_fini(&map);
}

Test(map, keeps_entries_of_the_same_hash_apart)
{
	struct entry entries[4] = { { .key = 0 }, { .key = 1 }, { .key = 2 },
		{ .key = 3 } };
	struct map map;
	int seen = 0;

	map_init(&map);
	for (int i = 0; i < 4; i++)
		map_insert(&map, &entries[i].node, 5);
	/* Another hash in the same bucket is not a match. */
	cr_assert_null(map_first(&map, 5 + map.mask + 1));
	for (int i = 0; i < 4; i++)
		cr_assert_eq(find(&map, 5, i), &entries[i]);
	for (struct map_node *n = map_first(&map, 5); n; n = map_next(n))
		seen++;
	cr_assert_eq(seen, 4);
	map_remove(&map, &entries[2].node);
	cr_assert_null(find(&map, 5, 2));
	cr_assert_eq(find(&map, 5, 3), &entries[3]);
	map_check(&map);
	map_fini(&map);
}

Test(map, next_steps_over_other_hashes_of_the_bucket)
{
	struct entry entries[3] = { { .key = 0 }, { .key = 1 }, { .key = 2 } };
	struct map map;

	map_init(&map);
	map_insert(&map, &entries[0].node, 5);
	map_insert(&map, &entries[1].node, 5 + map.mask + 1);
	map_insert(&map, &entries[2].node, 5);
	cr_assert_eq(map_first(&map, 5), &entries[2].node);
	cr_assert_eq(map_next(&entries[2].node), &entries[0].node);
	cr_assert_null(map_next(&entries[0].node));
	map_fini(&map);
}

Test(map, removing_what_is_not_in_it_does_nothing)
{
	struct entry entry = { .key = 1 };
	struct map map;

	map_init(&map);
	map_remove(&map, &entry.node);
	map_insert(&map, &entry.node, 1);
	map_remove(&map, &entry.node);
	map_remove(&map, &entry.node);
	cr_assert_eq(map.count, 0);
	map_check(&map);
	map_fini(&map);
}

Test(map, takes_a_node_once, .signal = SIGABRT)
{
	struct entry entry = { .key = 1 };
	struct map map;

	map_init(&map);
	map_insert(&map, &entry.node, 1);
	map_insert(&map, &entry.node, 1);
}

Test(map, grows_with_what_is_put_in)
{
	enum { COUNT = 1000 };
	struct entry entries[COUNT] = { 0 };
	struct map map;

	map_init(&map);
	for (int i = 0; i < COUNT; i++) {
		entries[i].key = i;
		map_insert(&map, &entries[i].node, (uint64_t)i * 7);
		cr_assert_leq(map.count, map.mask + 1);
	}
	map_check(&map);
	for (int i = 0; i < COUNT; i++)
		cr_assert_eq(find(&map, (uint64_t)i * 7, i), &entries[i]);
	map_fini(&map);
}

Test(map, a_fixed_map_never_moves_its_table)
{
	enum { COUNT = 300 };
	struct entry entries[COUNT] = { 0 };
	struct map_node **table;
	struct map map;

	map_init_fixed(&map, 100);
	cr_assert_geq(map.mask + 1, 100);
	table = map.table;
	for (int i = 0; i < COUNT; i++) {
		entries[i].key = i;
		map_insert(&map, &entries[i].node, (uint64_t)i);
	}
	cr_assert_eq(map.table, table);
	map_check(&map);
	for (int i = 0; i < COUNT; i++)
		cr_assert_eq(find(&map, (uint64_t)i, i), &entries[i]);
	map_fini(&map);
}

Test(map, check_finds_an_entry_in_the_wrong_bucket, .signal = SIGABRT)
{
	struct entry entry = { .key = 1 };
	struct map map;

	map_init(&map);
	map_insert(&map, &entry.node, 1);
	entry.node.hash = 2;
	map_check(&map);
}

/* Few hashes, so that buckets are long and full of equal ones. */
Test(map, random_walk)
{
	enum { ENTRIES = 200, STEPS = 20000 };
	struct entry entries[ENTRIES] = { 0 };
	bool in[ENTRIES] = { false };
	struct map map;
	struct rng rng;
	size_t count = 0;

	map_init(&map);
	rng_init(&rng, 3);
	for (int i = 0; i < ENTRIES; i++)
		entries[i].key = i;
	for (int step = 0; step < STEPS; step++) {
		int i = (int)rng_below(&rng, ENTRIES);
		uint64_t hash = (uint64_t)(i % 37) << (i % 5);
		struct entry *found = find(&map, hash, i);

		cr_assert_eq(found, in[i] ? &entries[i] : NULL);
		if (in[i]) {
			map_remove(&map, &entries[i].node);
			count--;
		} else {
			map_insert(&map, &entries[i].node, hash);
			count++;
		}
		in[i] = !in[i];
		cr_assert_eq(map.count, count);
		if (step % 16 == 0)
			map_check(&map);
	}
	map_check(&map);
	map_fini(&map);
}
