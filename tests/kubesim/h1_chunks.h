/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body in chunks, read as Go's net/http/internal/chunked.go reads it, with
 * its words for what is wrong.  Trailers are passed over.
 */
#ifndef TESTS_KUBESIM_H1_CHUNKS_H
#define TESTS_KUBESIM_H1_CHUNKS_H

#include <stdbool.h>

#include "base/span.h"

enum h1_chunks_state {
	H1_CHUNKS_SIZE,    /* a line with the length of a chunk */
	H1_CHUNKS_DATA,    /* `left` bytes of it */
	H1_CHUNKS_CRLF,    /* and what ends it */
	H1_CHUNKS_TRAILER, /* behind the last: lines up to an empty one */
	H1_CHUNKS_DONE,
	H1_CHUNKS_BROKEN,
};

struct h1_chunks {
	enum h1_chunks_state state;
	uint64_t left;
	const char *error; /* set when it is broken */
};

/*
 * One step: takes bytes from the front of `*in` and returns what of the body
 * is among them, or absent.  To be called until it takes nothing, or until
 * the body is done or broken.
 */
struct span h1_chunks_step(struct h1_chunks *chunks, struct span *in);

#endif
