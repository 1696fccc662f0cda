/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash map of intrusive nodes.  The caller computes a 64-bit hash (with a
 * seeded key where a peer chooses the names, see base/hash.h) and compares
 * keys itself; the map does not know them.  Grows by doubling unless it was
 * made with map_init_fixed().  Owns its table, not the nodes.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>

#include "base/util.h"

struct map_node {
	struct map_node *next;
	uint64_t hash;
	bool linked;
};

struct map {
	struct map_node **table; /* owned */
	size_t mask;             /* table size - 1 */
	size_t count;
	bool fixed;
};

void map_init(struct map *map);
/* Never allocates again: for `max` entries, which it does not enforce. */
void map_init_fixed(struct map *map, size_t max);
void map_fini(struct map *map);

/* The first node with that hash; go on with map_next(). */
struct map_node *map_first(const struct map *map, uint64_t hash);
struct map_node *map_next(const struct map_node *node);

void map_insert(struct map *map, struct map_node *node, uint64_t hash);
/* Not in the map: does nothing. */
void map_remove(struct map *map, struct map_node *node);
void map_check(const struct map *map);

#endif
