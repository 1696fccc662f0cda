/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct buf: bytes that grow at the end and are eaten at the front.
 * Owns its memory; keeps it when emptied.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"
#include "base/util.h"

struct buf {
	char *data;   /* owned */
	size_t start; /* first byte that was not eaten */
	size_t end;   /* behind the last byte */
	size_t cap;
};

#define BUF_INIT ((struct buf){ 0 })

void buf_fini(struct buf *buf);

static inline size_t buf_len(const struct buf *buf)
{
	return buf->end - buf->start;
}

/* The content, valid until the next change; absent before the first one. */
static inline struct span buf_span(const struct buf *buf)
{
	return buf->data ? span_of(buf->data + buf->start, buf_len(buf))
			 : SPAN_NONE;
}

/* Room for at least `n` more bytes; returns where they go. */
char *buf_reserve(struct buf *buf, size_t n);
/* `n` bytes were written into the reserved room. */
void buf_commit(struct buf *buf, size_t n);
/* The bytes must not be the buffer's own. */
void buf_append(struct buf *buf, const void *bytes, size_t n);
void buf_append_span(struct buf *buf, struct span s);
void buf_append_str(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* Drops the first `n` bytes. */
void buf_eat(struct buf *buf, size_t n);
void buf_clear(struct buf *buf);
/* The content as a C string, valid until the next change. */
const char *buf_cstr(struct buf *buf);

#endif
