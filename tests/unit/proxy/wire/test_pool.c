/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/pool.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "base/rng.h"

enum { BLOCKS = 500 };

struct walk {
	unsigned char *blocks[BLOCKS];
	size_t sizes[BLOCKS];
	unsigned char marks[BLOCKS];
};

static void expect_marked(const struct walk *walk, size_t i)
{
	for (size_t at = 0; at < walk->sizes[i]; at++)
		cr_assert_eq(walk->blocks[i][at], walk->marks[i]);
}

/* Through nghttp2's door, which has all that the pool can do. */
static void step(struct walk *walk, nghttp2_mem *mem, struct rng *rng)
{
	size_t i = rng_below(rng, BLOCKS);
	size_t size = rng_below(rng, rng_below(rng, 8) ? 300 : 5000);
	void *block;

	if (walk->blocks[i]) {
		expect_marked(walk, i);
		if (rng_below(rng, 2) == 0) {
			mem->free(walk->blocks[i], mem->mem_user_data);
			walk->blocks[i] = NULL;
			return;
		}
		block = mem->realloc(walk->blocks[i], size, mem->mem_user_data);
		walk->sizes[i] = size < walk->sizes[i] ? size : walk->sizes[i];
		walk->blocks[i] = block;
		expect_marked(walk, i);
	} else if (rng_below(rng, 2) == 0) {
		block = mem->calloc(1, size, mem->mem_user_data);
		for (size_t at = 0; at < size; at++)
			cr_assert_eq(((char *)block)[at], 0);
	} else {
		block = mem->malloc(size, mem->mem_user_data);
	}
	cr_assert_eq((uintptr_t)block % 16, 0);
	walk->blocks[i] = block;
	walk->sizes[i] = size;
	walk->marks[i] = (unsigned char)rng_next(rng);
	memset(block, walk->marks[i], size);
}

Test(pool, blocks_keep_what_is_in_them_and_do_not_overlap)
{
	struct pool *pool = pool_new();
	nghttp2_mem mem = pool_nghttp2_mem(pool);
	struct walk walk = { 0 };
	struct rng rng;

	rng_init(&rng, 4711);
	for (unsigned i = 0; i < 100000; i++)
		step(&walk, &mem, &rng);
	/* What is still out outlives the pool's owner. */
	pool_close(pool);
	for (size_t i = 0; i < BLOCKS; i++) {
		if (walk.blocks[i])
			expect_marked(&walk, i);
		mem.free(walk.blocks[i], mem.mem_user_data);
	}
}

Test(pool, nothing_is_a_block_too)
{
	struct pool *pool = pool_new();

	pool_free(pool, NULL);
	pool_free(pool, pool_alloc(pool, 0));
	pool_close(pool);
}

Test(pool, closing_twice_is_our_own_bug, .signal = SIGABRT)
{
	struct pool *pool = pool_new();
	void *block = pool_alloc(pool, 1);

	(void)block;
	pool_close(pool);
	pool_close(pool);
}
