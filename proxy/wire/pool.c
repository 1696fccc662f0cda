/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/pool.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

/* clang-format off: it does not know the operator */
#if defined(__SANITIZE_ADDRESS__)
#define KEEPS_NOTHING 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS_NOTHING 1
#endif
#endif
/* clang-format on */
#ifndef KEEPS_NOTHING
#define KEEPS_NOTHING 0
#endif

enum {
	/* Sizes as glibc makes them: 24, 40, 56 … */
	STEP = 16,
	SMALLEST = 24,
	CLASSES = 64,
	/* A turn of some hundred requests. */
	KEPT_MAX = 512 * 1024,
};

/* A block that waits. */
struct spare {
	struct spare *next;
};

struct pool {
	struct spare *spare[CLASSES];
	size_t kept; /* bytes in them */
	size_t out;  /* blocks that have not come back */
	bool is_closed;
};

static size_t size_of_class(size_t class)
{
	return SMALLEST + class * STEP;
}

struct pool *pool_new(void)
{
	return xcalloc(1, sizeof(struct pool));
}

void pool_close(struct pool *pool)
{
	CHECK(!pool->is_closed);
	pool->is_closed = true;
	for (size_t i = 0; i < CLASSES; i++) {
		while (pool->spare[i]) {
			struct spare *spare = pool->spare[i];

			pool->spare[i] = spare->next;
			free(spare);
		}
	}
	if (pool->out == 0)
		free(pool);
}

void *pool_alloc(struct pool *pool, size_t size)
{
	size_t class = size > SMALLEST ? (size - SMALLEST + STEP - 1) / STEP
				       : 0;
	struct spare *spare;

	pool->out++;
	if (KEEPS_NOTHING || class >= CLASSES)
		return xmalloc(size);
	spare = pool->spare[class];
	if (!spare)
		return xmalloc(size_of_class(class));
	pool->spare[class] = spare->next;
	pool->kept -= size_of_class(class);
	return spare;
}

void *pool_calloc(struct pool *pool, size_t size)
{
	return memset(pool_alloc(pool, size), 0, size);
}

void pool_free(struct pool *pool, void *block)
{
	size_t size, class;
	struct spare *spare = block;

	if (!block)
		return;
	CHECK(pool->out > 0);
	pool->out--;
	/* At least as much as was asked for, and never more than is there. */
	size = malloc_usable_size(block);
	class = (size - SMALLEST) / STEP;
	if (KEEPS_NOTHING || pool->is_closed || size < SMALLEST ||
		class >= CLASSES || pool->kept >= KEPT_MAX) {
		free(block);
		if (pool->is_closed && pool->out == 0)
			free(pool);
		return;
	}
	spare->next = pool->spare[class];
	pool->spare[class] = spare;
	pool->kept += size_of_class(class);
}

static void *pool_realloc(struct pool *pool, void *old, size_t size)
{
	size_t old_size = old ? malloc_usable_size(old) : 0;
	void *block;

	if (old && size <= old_size)
		return old;
	block = pool_alloc(pool, size);
	if (old)
		memcpy(block, old, old_size);
	pool_free(pool, old);
	return block;
}

/* ---- for nghttp2 --------------------------------------------------------- */

static void *on_malloc(size_t size, void *user)
{
	return pool_alloc(user, size);
}

static void on_free(void *block, void *user)
{
	pool_free(user, block);
}

static void *on_calloc(size_t count, size_t size, void *user)
{
	/* nghttp2 asks for one struct, or for tables whose size it knows. */
	CHECK(size == 0 || count <= SIZE_MAX / size);
	return pool_calloc(user, count * size);
}

static void *on_realloc(void *old, size_t size, void *user)
{
	return pool_realloc(user, old, size);
}

nghttp2_mem pool_nghttp2_mem(struct pool *pool)
{
	return (nghttp2_mem){
		.mem_user_data = pool,
		.malloc = on_malloc,
		.free = on_free,
		.calloc = on_calloc,
		.realloc = on_realloc,
	};
}
