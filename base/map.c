/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

#define MAP_MIN_SIZE 16

static void map_make(struct map *map, size_t size, bool fixed)
{
	*map = (struct map){ .mask = size - 1, .fixed = fixed };
	map->table = xcalloc(size, sizeof(*map->table));
}

void map_init(struct map *map)
{
	map_make(map, MAP_MIN_SIZE, false);
}

void map_init_fixed(struct map *map, size_t max)
{
	size_t size = MAP_MIN_SIZE;

	CHECK(max <= SIZE_MAX / 2);
	while (size < max)
		size *= 2;
	map_make(map, size, true);
}

void map_fini(struct map *map)
{
	free(map->table);
	*map = (struct map){ 0 };
}

static struct map_node *same_hash(struct map_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct map_node *map_first(const struct map *map, uint64_t hash)
{
	return same_hash(map->table[hash & map->mask], hash);
}

struct map_node *map_next(const struct map_node *node)
{
	return same_hash(node->next, node->hash);
}

static void map_grow(struct map *map)
{
	struct map old = *map;

	map_make(map, (old.mask + 1) * 2, false);
	for (size_t i = 0; i <= old.mask; i++) {
		struct map_node *node = old.table[i];

		while (node) {
			struct map_node *next = node->next;

			node->linked = false;
			map_insert(map, node, node->hash);
			node = next;
		}
	}
	map_fini(&old);
}

void map_insert(struct map *map, struct map_node *node, uint64_t hash)
{
	struct map_node **slot;

	CHECK(!node->linked);
	if (!map->fixed && map->count > map->mask)
		map_grow(map);
	slot = &map->table[hash & map->mask];
	*node = (struct map_node){ *slot, hash, true };
	*slot = node;
	map->count++;
}

void map_remove(struct map *map, struct map_node *node)
{
	struct map_node **at;

	if (!node->linked)
		return;
	at = &map->table[node->hash & map->mask];
	while (*at != node) {
		CHECK(*at);
		at = &(*at)->next;
	}
	*at = node->next;
	*node = (struct map_node){ 0 };
	map->count--;
}

void map_check(const struct map *map)
{
	size_t count = 0;

	for (size_t i = 0; i <= map->mask; i++) {
		for (struct map_node *n = map->table[i]; n; n = n->next) {
			CHECK(n->linked);
			CHECK((n->hash & map->mask) == i);
			count++;
		}
	}
	CHECK(count == map->count);
}
