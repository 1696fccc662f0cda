/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

#define BUF_MIN_CAP 64

void buf_fini(struct buf *buf)
{
	free(buf->data);
	*buf = BUF_INIT;
}

static void grow(struct buf *buf, size_t needed)
{
	size_t cap = buf->cap ? buf->cap : BUF_MIN_CAP;

	CHECK(needed <= SIZE_MAX / 2);
	while (cap < needed)
		cap *= 2;
	buf->data = xrealloc(buf->data, cap);
	buf->cap = cap;
}

char *buf_reserve(struct buf *buf, size_t n)
{
	size_t len = buf_len(buf);

	if (buf->data && buf->cap - buf->end >= n)
		return buf->data + buf->end;
	/*
	 * Move only what is no longer than what was eaten: then each byte that
	 * is eaten pays for at most one that is moved, however the calls come.
	 */
	if (buf->start && buf->start >= len) {
		memcpy(buf->data, buf->data + buf->start, len);
		buf->start = 0;
		buf->end = len;
	}
	CHECK(n <= SIZE_MAX / 4 && buf->end <= SIZE_MAX / 4);
	if (buf->cap < buf->end + n || !buf->data)
		grow(buf, buf->end + n);
	return buf->data + buf->end;
}

void buf_commit(struct buf *buf, size_t n)
{
	CHECK(n <= buf->cap - buf->end);
	buf->end += n;
}

void buf_append(struct buf *buf, const void *bytes, size_t n)
{
	if (!n)
		return;
	memcpy(buf_reserve(buf, n), bytes, n);
	buf_commit(buf, n);
}

void buf_append_span(struct buf *buf, struct span s)
{
	buf_append(buf, s.ptr, s.len);
}

void buf_append_str(struct buf *buf, const char *text)
{
	buf_append_span(buf, span_str(text));
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args, again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	CHECK(len >= 0);
	vsnprintf(
		buf_reserve(buf, (size_t)len + 1), (size_t)len + 1, fmt, again);
	va_end(again);
	buf_commit(buf, (size_t)len);
}

void buf_eat(struct buf *buf, size_t n)
{
	CHECK(n <= buf_len(buf));
	buf->start += n;
	if (buf->start == buf->end)
		buf->start = buf->end = 0;
}

void buf_clear(struct buf *buf)
{
	buf->start = buf->end = 0;
}

const char *buf_cstr(struct buf *buf)
{
	*buf_reserve(buf, 1) = '\0';
	return buf->data + buf->start;
}
