/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/relay.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

/*
 * In small sizes first, so that thousands of requests that wait with a small
 * body cost little; a body that goes on gets large ones.  A chunk that was
 * taken is freed at once, so that a silent watch costs nothing.
 */
static const uint16_t chunk_sizes[] = { 256, 1024, 4096, 16384 };

struct chunk {
	struct list_node node;
	uint32_t used;
	uint16_t size_class;
	uint16_t cap;
	char bytes[];
};

static struct chunk *chunk_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct chunk, node);
}

static void charge(struct relay *relay, size_t bytes)
{
	relay->held += bytes;
	if (relay->charged)
		*relay->charged += bytes;
}

static void uncharge(struct relay *relay, size_t bytes)
{
	CHECK(relay->held >= bytes);
	relay->held -= bytes;
	if (relay->charged)
		*relay->charged -= bytes;
}

static struct chunk *chunk_new(struct relay *relay, size_t wanted)
{
	size_t last_class = ARRAY_SIZE(chunk_sizes) - 1;
	size_t size_class = u64_min(relay->chunks.count / 2, last_class);
	struct chunk *chunk;

	/* Two small ones are cheaper than one that is half empty. */
	while (size_class < last_class &&
		2 * (chunk_sizes[size_class] - sizeof(*chunk)) < wanted)
		size_class++;
	chunk = xmalloc(chunk_sizes[size_class]);
	chunk->node = (struct list_node){ 0 };
	chunk->used = 0;
	chunk->size_class = (uint16_t)size_class;
	chunk->cap = (uint16_t)(chunk_sizes[size_class] - sizeof(*chunk));
	list_push_back(&relay->chunks, &chunk->node);
	charge(relay, chunk_sizes[size_class]);
	return chunk;
}

static void chunk_free(struct relay *relay, struct chunk *chunk)
{
	list_remove(&chunk->node);
	uncharge(relay, chunk_sizes[chunk->size_class]);
	free(chunk);
}

void relay_init(struct relay *relay, size_t keep_max)
{
	*relay = (struct relay){
		.keep_max = keep_max,
		.is_keeping = keep_max > 0,
	};
	list_init(&relay->chunks);
}

void relay_charge_to(struct relay *relay, uint64_t *counter)
{
	CHECK(relay->held == 0);
	relay->charged = counter;
}

void relay_fini(struct relay *relay)
{
	LIST_EACH (node, &relay->chunks)
		chunk_free(relay, chunk_of(node));
	relay->at = NULL;
	relay->at_offset = 0;
}

/*
 * A chunk that is done with makes way: `at` moves on where there is more, and
 * what is not kept is freed.
 */
static void step(struct relay *relay)
{
	while (relay->at) {
		struct chunk *chunk = chunk_of(relay->at);
		struct list_node *next = list_next(relay->at);

		if (relay->at_offset < chunk->used)
			return;
		if (!next && relay->is_keeping)
			return;
		relay->at = next;
		relay->at_offset = 0;
		if (!relay->is_keeping)
			chunk_free(relay, chunk);
	}
}

void relay_add(struct relay *relay, const void *bytes, size_t len)
{
	struct list_node *last = list_last(&relay->chunks);
	struct chunk *chunk = last ? chunk_of(last) : NULL;
	const char *from = bytes;

	CHECK(!relay->is_ended);
	relay->added += len;
	while (len > 0) {
		size_t n;

		if (!chunk || chunk->used == chunk->cap)
			chunk = chunk_new(relay, len);
		if (!relay->at) {
			relay->at = &chunk->node;
			relay->at_offset = chunk->used;
		}
		n = u64_min(len, chunk->cap - chunk->used);
		memcpy(chunk->bytes + chunk->used, from, n);
		chunk->used += (uint32_t)n;
		from += n;
		len -= n;
	}
	if (relay->is_keeping && relay->added > relay->keep_max)
		relay_stop_keeping(relay);
	else
		step(relay);
}

void relay_end(struct relay *relay)
{
	relay->is_ended = true;
}

void relay_break(struct relay *relay)
{
	relay->is_broken = true;
}

struct span relay_peek(const struct relay *relay)
{
	const struct chunk *chunk;

	if (!relay->at)
		return SPAN_NONE;
	chunk = chunk_of(relay->at);
	return span_of(chunk->bytes + relay->at_offset,
		chunk->used - relay->at_offset);
}

void relay_take(struct relay *relay, size_t len)
{
	CHECK(len <= relay_waiting(relay));
	relay->taken += len;
	while (len > 0) {
		size_t n = u64_min(len, relay_peek(relay).len);

		relay->at_offset += (uint32_t)n;
		len -= n;
		step(relay);
	}
}

void relay_rewind(struct relay *relay)
{
	CHECK(relay->is_keeping || relay->taken == 0);
	relay->at = list_first(&relay->chunks);
	relay->at_offset = 0;
	relay->taken = 0;
}

void relay_stop_keeping(struct relay *relay)
{
	if (!relay->is_keeping)
		return;
	relay->is_keeping = false;
	LIST_EACH (node, &relay->chunks) {
		if (node == relay->at)
			break;
		chunk_free(relay, chunk_of(node));
	}
	step(relay);
}

struct span relay_prefix(const struct relay *relay, char *scratch, size_t cap)
{
	struct list_node *node = list_first(&relay->chunks);
	size_t len = 0;

	/* Its beginning is gone. */
	if (!node || (relay->taken > 0 && !relay->is_keeping))
		return SPAN_NONE;
	if (!list_next(node))
		return span_of(chunk_of(node)->bytes, chunk_of(node)->used);
	for (; node && len < cap; node = list_next(node)) {
		const struct chunk *chunk = chunk_of(node);
		size_t n = u64_min(chunk->used, cap - len);

		memcpy(scratch + len, chunk->bytes, n);
		len += n;
	}
	return span_of(scratch, len);
}

void relay_check(const struct relay *relay)
{
	uint64_t in_chunks = 0, before = 0;
	size_t held = 0;
	bool is_before = true;

	list_check(&relay->chunks);
	LIST_EACH (node, &relay->chunks) {
		const struct chunk *chunk = chunk_of(node);

		CHECK(chunk->used > 0 && chunk->used <= chunk->cap);
		/* Only the last one has room. */
		CHECK(chunk->used == chunk->cap || !list_next(node));
		if (node == relay->at) {
			is_before = false;
			before += relay->at_offset;
			CHECK(relay->at_offset <= chunk->used);
		}
		if (is_before)
			before += chunk->used;
		in_chunks += chunk->used;
		held += chunk_sizes[chunk->size_class];
	}
	CHECK(relay->at ? !is_before : relay_waiting(relay) == 0);
	CHECK(held == relay->held);
	CHECK(relay->taken <= relay->added);
	CHECK(in_chunks - before == relay_waiting(relay));
	if (relay->is_keeping)
		CHECK(in_chunks == relay->added);
}
