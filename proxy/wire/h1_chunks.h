/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks: follows a chunked body (RFC 9112, 7.1) beside the parser, and stops
 * what the parser would let pass:
 *
 *	size	1 to 15 hexadecimal digits and nothing around them
 *	;...	extensions, printable, not more than 4 KiB in one body
 *	CR LF	both of them, behind the size and behind the data
 *
 * It ends behind the last chunk's line; trailers are checked as a head is.
 */
#ifndef PROXY_WIRE_H1_CHUNKS_H
#define PROXY_WIRE_H1_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum h1_chunks_at {
	H1_CHUNKS_SIZE,
	H1_CHUNKS_EXTENSION,
	H1_CHUNKS_SIZE_LF,
	H1_CHUNKS_DATA,
	H1_CHUNKS_DATA_CR,
	H1_CHUNKS_DATA_LF,
	H1_CHUNKS_LAST, /* the last chunk's line is behind us */
};

struct h1_chunks {
	enum h1_chunks_at at;
	unsigned digits;
	uint64_t left; /* of the chunk's data */
	uint32_t extension_bytes;
};

void h1_chunks_init(struct h1_chunks *chunks);
/*
 * How many of these bytes belong to the body; all of them unless it ends in
 * between (H1_CHUNKS_LAST).  Returns -1 if they break the rules.
 */
int h1_chunks_check(
	struct h1_chunks *chunks, struct span bytes, size_t *ret_len);

#endif
