/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arena: memory of many small things that are freed together.
 */
#ifndef CONF_ARENA_H
#define CONF_ARENA_H

#include "base/span.h"
#include "base/util.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* and all that came from it */

/* Zeroed, aligned for anything. */
ATTR_MALLOC void *arena_alloc(struct arena *arena, size_t size);
/* A NUL-terminated copy. */
ATTR_MALLOC char *arena_dup(struct arena *arena, struct span text);

#endif
