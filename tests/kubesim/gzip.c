/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/gzip.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/span.h"

enum {
	LEVEL = 1,
	WINDOW_BITS = 15 + 16, /* 16: with the header of gzip */
	MEM_LEVEL = 8,
	OS_UNKNOWN = 255, /* what Go says */
	PIECE = 16 << 10,
};

struct gzip {
	z_stream z;
	gz_header header;
	struct evbuffer *body;  /* borrowed */
	struct evbuffer *ready; /* compressed, and not read */
	bool has_ended;         /* nothing more gets ready */
};

bool gzip_is_accepted(const char *accept_encoding)
{
	struct span rest = span_str(accept_encoding);

	while (!span_is_absent(rest)) {
		if (span_eq(span_trim(span_cut(&rest, ',')), SPAN("gzip")))
			return true;
	}
	return false;
}

struct gzip *gzip_new(struct evbuffer *body)
{
	struct gzip *gzip = xcalloc(1, sizeof(*gzip));

	gzip->body = body;
	gzip->ready = evbuffer_new();
	CHECK(gzip->ready);
	CHECK(deflateInit2(&gzip->z, LEVEL, Z_DEFLATED, WINDOW_BITS, MEM_LEVEL,
		      Z_DEFAULT_STRATEGY) == Z_OK);
	gzip->header.os = OS_UNKNOWN;
	CHECK(deflateSetHeader(&gzip->z, &gzip->header) == Z_OK);
	return gzip;
}

void gzip_free(struct gzip *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->z);
	evbuffer_free(gzip->ready);
	free(gzip);
}

/* Compresses a piece of the body, or ends. */
static void compress_piece(struct gzip *gzip)
{
	struct evbuffer_iovec chunk = { 0 };
	z_stream *z = &gzip->z;
	uint8_t packed[PIECE];
	size_t len;
	int ret;

	if (evbuffer_peek(gzip->body, PIECE, NULL, &chunk, 1) <= 0)
		chunk.iov_len = 0;
	len = chunk.iov_len < PIECE ? chunk.iov_len : PIECE;
	z->next_in = chunk.iov_base;
	z->avail_in = (uInt)len;
	do {
		z->next_out = packed;
		z->avail_out = sizeof(packed);
		ret = deflate(z, len ? Z_NO_FLUSH : Z_FINISH);
		CHECK(ret == Z_OK || ret == Z_STREAM_END || ret == Z_BUF_ERROR);
		evbuffer_add(
			gzip->ready, packed, sizeof(packed) - z->avail_out);
	} while (!z->avail_out);
	evbuffer_drain(gzip->body, len);
	gzip->has_ended = ret == Z_STREAM_END;
}

static void make_ready(struct gzip *gzip, size_t len)
{
	while (!gzip->has_ended && evbuffer_get_length(gzip->ready) < len)
		compress_piece(gzip);
}

bool gzip_is_less(struct gzip *gzip, size_t len, size_t *ret_len)
{
	make_ready(gzip, len);
	*ret_len = evbuffer_get_length(gzip->ready);
	return gzip->has_ended && *ret_len < len;
}

size_t gzip_read(struct gzip *gzip, uint8_t *to, size_t max, bool *ret_end)
{
	int len;

	make_ready(gzip, max);
	len = evbuffer_remove(gzip->ready, to, max);
	CHECK(len >= 0);
	*ret_end = gzip->has_ended && !evbuffer_get_length(gzip->ready);
	return (size_t)len;
}
