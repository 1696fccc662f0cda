/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relay: a body on its way from one stream to another.  Bytes go in at the
 * end and are taken at the front, in order and unchanged.
 *
 * While it is `keeping`, what was taken stays, so that relay_rewind() can
 * send the body again; above the limit for that it gives up keeping, once and
 * for good, and frees what was taken.
 *
 *	0 ............ taken ............ added
 *	   kept or gone       waiting
 *
 * Memory: chunks, counted in `held` and in the counter that all relays of a
 * wire share (relay_charge_to).
 */
#ifndef PROXY_WIRE_RELAY_H
#define PROXY_WIRE_RELAY_H

#include <stdbool.h>

#include "base/list.h"
#include "base/span.h"

struct fields;

struct relay {
	struct list chunks;   /* owned */
	struct list_node *at; /* chunk of the next byte to take, NULL: none */
	uint64_t added;
	uint64_t taken;
	size_t held;       /* bytes of memory in chunks */
	uint64_t *charged; /* borrowed: sum of all `held`; NULL: none */
	size_t keep_max;   /* 0: not keeping */
	struct fields *trailers; /* borrowed; sent behind the last byte */
	uint32_t at_offset;      /* in that chunk */
	bool is_keeping;
	bool is_ended;  /* no more will be added */
	bool is_broken; /* the source broke off: the sink must reset */
};

void relay_init(struct relay *relay, size_t keep_max);
/* Count its memory there too, such as in wire_relay_bytes(). */
void relay_charge_to(struct relay *relay, uint64_t *counter);
void relay_fini(struct relay *relay);
/* Walks the chunks, for tests. */
void relay_check(const struct relay *relay);

void relay_add(struct relay *relay, const void *bytes, size_t len);
void relay_end(struct relay *relay);
void relay_break(struct relay *relay);

static inline uint64_t relay_waiting(const struct relay *relay)
{
	return relay->added - relay->taken;
}

/* The next run of waiting bytes, without taking them; empty if none. */
struct span relay_peek(const struct relay *relay);
void relay_take(struct relay *relay, size_t len);
/* From the start again.  Only while is_keeping. */
void relay_rewind(struct relay *relay);
/* No need to send it again: frees what was taken. */
void relay_stop_keeping(struct relay *relay);
/*
 * The bytes from the start, as one piece: those of the first chunk, or copied
 * together into `scratch` (of `cap` bytes) if there are more.
 */
struct span relay_prefix(const struct relay *relay, char *scratch, size_t cap);

#endif
