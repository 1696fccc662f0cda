/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pool: small blocks that come and go with every request: nghttp2's streams,
 * frames and header fields, and ours beside them.
 *
 * What is given back waits in a list of its size to be taken again.  The C
 * library does the same, but its lists hold seven blocks, and a turn of a
 * hundred requests goes through its slow paths with each of them.
 *
 * Blocks may outlive the wire (references to received fields do), so a closed
 * pool lives until the last one has come back.  Under a sanitizer nothing is
 * kept, so that it sees what is used after it was freed.
 */
#ifndef PROXY_WIRE_POOL_H
#define PROXY_WIRE_POOL_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>

struct pool;

struct pool *pool_new(void);
/* Frees what is kept; the rest goes as it comes back. */
void pool_close(struct pool *pool);

/* Aborts when there is no memory (base/alloc.h). */
void *pool_alloc(struct pool *pool, size_t size);
void *pool_calloc(struct pool *pool, size_t size);
/* NULL is fine. */
void pool_free(struct pool *pool, void *block);

/* For nghttp2_session_server_new3() and its like. */
nghttp2_mem pool_nghttp2_mem(struct pool *pool);

#endif
