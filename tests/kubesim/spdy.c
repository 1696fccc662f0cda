/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/spdy.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/check.h"

enum {
	HEADER_LEN = 8,
	MAX_CONTROL = 64 << 10,
	MAX_BLOCK = 64 << 10,
	MAX_DATA = 0xffffff,
	VERSION = 3,
	FLAG_FIN = 1,
};

/* Types of control frames (section 2.6). */
enum {
	TYPE_SYN_STREAM = 1,
	TYPE_SYN_REPLY = 2,
	TYPE_RST_STREAM = 3,
	TYPE_PING = 6,
	TYPE_GOAWAY = 7,
};

/* The compression dictionary of section 2.6.10.1: each of these words behind
 * its length in four bytes, and the text below. */
static const char *const words[] = { "options", "head", "post", "put", "delete",
	"trace", "accept", "accept-charset", "accept-encoding",
	"accept-language", "accept-ranges", "age", "allow", "authorization",
	"cache-control", "connection", "content-base", "content-encoding",
	"content-language", "content-length", "content-location", "content-md5",
	"content-range", "content-type", "date", "etag", "expect", "expires",
	"from", "host", "if-match", "if-modified-since", "if-none-match",
	"if-range", "if-unmodified-since", "last-modified", "location",
	"max-forwards", "pragma", "proxy-authenticate", "proxy-authorization",
	"range", "referer", "retry-after", "server", "te", "trailer",
	"transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning",
	"www-authenticate", "method", "get", "status", "200 OK", "version",
	"HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin" };

static const char text[] =
	"1001012012022052063003023033043053063074024054064074084094104114124134"
	"14415416417502504505203 Non-Authoritative Information204 No Content301"
	" Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not "
	"Found500 Internal Server Error501 Not Implemented503 Service Unavailab"
	"leJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, "
	"Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,imag"
	"e/gif,application/xml,application/xhtml+xml,text/plain,text/javascript"
	",publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1"
	",utf-,*,enq=0.";

static void add_u32(struct buf *to, uint32_t value)
{
	uint32_t wire = htonl(value);

	buf_append(to, &wire, sizeof(wire));
}

static void add_dictionary(struct buf *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		add_u32(to, (uint32_t)strlen(words[i]));
		buf_append_str(to, words[i]);
	}
	buf_append_str(to, text);
}

static uint32_t get_u32(const char *from)
{
	uint32_t wire;

	memcpy(&wire, from, sizeof(wire));
	return ntohl(wire);
}

/* zlib does not change what it reads, but its types say so. */
static Bytef *bytes_of(struct span s)
{
	return (Bytef *)(uintptr_t)s.ptr;
}

void spdy_init(struct spdy *spdy)
{
	struct buf dictionary = BUF_INIT;

	*spdy = (struct spdy){ 0 };
	add_dictionary(&dictionary);
	CHECK(inflateInit(&spdy->inflate) == Z_OK);
	CHECK(deflateInit(&spdy->deflate, Z_BEST_SPEED) == Z_OK);
	CHECK(deflateSetDictionary(&spdy->deflate,
		      bytes_of(buf_span(&dictionary)),
		      (uInt)buf_len(&dictionary)) == Z_OK);
	buf_fini(&dictionary);
}

void spdy_fini(struct spdy *spdy)
{
	inflateEnd(&spdy->inflate);
	deflateEnd(&spdy->deflate);
	buf_fini(&spdy->block);
}

/* Reading */

static int set_dictionary(z_stream *z)
{
	struct buf dictionary = BUF_INIT;
	int ret;

	add_dictionary(&dictionary);
	ret = inflateSetDictionary(
		z, bytes_of(buf_span(&dictionary)), (uInt)buf_len(&dictionary));
	buf_fini(&dictionary);
	return ret;
}

/* Inflates a header block into spdy->block. */
static int inflate_block(struct spdy *spdy, struct span packed)
{
	z_stream *z = &spdy->inflate;
	int ret = Z_OK;

	buf_clear(&spdy->block);
	z->next_in = bytes_of(packed);
	z->avail_in = (uInt)packed.len;
	do {
		z->next_out = (Bytef *)buf_reserve(&spdy->block, BUFSIZ);
		z->avail_out = BUFSIZ;
		ret = inflate(z, Z_SYNC_FLUSH);
		buf_commit(&spdy->block, BUFSIZ - z->avail_out);
		if (ret == Z_NEED_DICT)
			ret = set_dictionary(z);
		/* Z_BUF_ERROR: there was nothing left to do. */
		if (ret == Z_BUF_ERROR)
			return 0;
		if (ret != Z_OK || buf_len(&spdy->block) > MAX_BLOCK)
			return -1;
	} while (z->avail_in || !z->avail_out);
	return 0;
}

/* Cuts a string behind its length. */
static int cut_string(struct span *rest, struct span *ret_string)
{
	uint32_t len;

	if (rest->len < sizeof(len))
		return -1;
	len = get_u32(rest->ptr);
	*rest = span_skip(*rest, sizeof(len));
	if (len > rest->len)
		return -1;
	*ret_string = span_of(rest->ptr, len);
	*rest = span_skip(*rest, len);
	return 0;
}

static int read_headers(
	struct spdy *spdy, struct span packed, struct spdy_frame *frame)
{
	struct span rest;
	uint32_t count;

	if (inflate_block(spdy, packed) != 0)
		return -1;
	rest = buf_span(&spdy->block);
	if (span_is_absent(rest) || rest.len < sizeof(count))
		return -1;
	count = get_u32(rest.ptr);
	rest = span_skip(rest, sizeof(count));
	if (count > SPDY_MAX_HEADERS)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		struct spdy_header *header = &frame->headers[i];

		if (cut_string(&rest, &header->name) != 0 ||
			cut_string(&rest, &header->value) != 0)
			return -1;
	}
	frame->header_count = count;
	return 0;
}

static int read_control(struct spdy *spdy, const char *head,
	struct span payload, struct spdy_frame *frame)
{
	unsigned type = get_u32(head) & 0xffff;

	frame->type = SPDY_OTHER;
	if ((get_u32(head) >> 16 & 0x7fff) != VERSION)
		return -1;
	if (type == TYPE_GOAWAY)
		frame->type = SPDY_GOAWAY;
	if (type != TYPE_SYN_STREAM && type != TYPE_RST_STREAM &&
		type != TYPE_PING)
		return 1;
	if (payload.len < sizeof(uint32_t))
		return -1;
	frame->stream = get_u32(payload.ptr);
	if (type == TYPE_PING)
		frame->type = SPDY_PING;
	if (type == TYPE_RST_STREAM)
		frame->type = SPDY_RESET;
	if (type != TYPE_SYN_STREAM)
		return 1;
	frame->type = SPDY_SYN_STREAM;
	frame->fin = head[4] & FLAG_FIN;
	/* Before the headers: two stream ids, the priority and the slot. */
	if (payload.len < 10 ||
		read_headers(spdy, span_skip(payload, 10), frame) != 0)
		return -1;
	return 1;
}

/* Of a data frame so much as is there. */
static int read_data(
	struct spdy *spdy, struct span *in, struct spdy_frame *frame)
{
	size_t len = (size_t)u64_min(in->len, spdy->data_left);

	frame->type = SPDY_DATA;
	frame->stream = spdy->data_stream;
	frame->data = span_of(in->ptr, len);
	*in = span_skip(*in, len);
	spdy->data_left -= (uint32_t)len;
	frame->fin = spdy->data_fin && !spdy->data_left;
	return 1;
}

int spdy_read(struct spdy *spdy, struct span *in, struct spdy_frame *ret_frame)
{
	const char *head = in->ptr;
	struct span payload;
	uint32_t len;

	*ret_frame = (struct spdy_frame){ 0 };
	if (spdy->data_left)
		return in->len ? read_data(spdy, in, ret_frame) : 0;
	if (in->len < HEADER_LEN)
		return 0;
	len = get_u32(head + 4) & 0xffffff;
	if (!(*head & 0x80)) {
		*in = span_skip(*in, HEADER_LEN);
		spdy->data_left = len;
		spdy->data_stream = get_u32(head);
		spdy->data_fin = head[4] & FLAG_FIN;
		return len && !in->len ? 0 : read_data(spdy, in, ret_frame);
	}
	if (len > MAX_CONTROL)
		return -1;
	if (in->len < HEADER_LEN + len)
		return 0;
	payload = span_of(head + HEADER_LEN, len);
	*in = span_skip(*in, HEADER_LEN + len);
	return read_control(spdy, head, payload, ret_frame);
}

struct span spdy_frame_header(const struct spdy_frame *frame, const char *name)
{
	for (size_t i = 0; i < frame->header_count; i++) {
		if (span_eq_str(frame->headers[i].name, name))
			return frame->headers[i].value;
	}
	return SPAN_NONE;
}

/* Writing */

static void add_control(struct buf *to, unsigned type, size_t len)
{
	add_u32(to, 0x80000000U | VERSION << 16 | type);
	add_u32(to, (uint32_t)len);
}

void spdy_add_reply(struct spdy *spdy, struct buf *to, uint32_t stream)
{
	static const char no_headers[4] = { 0 };
	z_stream *z = &spdy->deflate;
	char packed[256];
	size_t len;

	z->next_in = bytes_of(span_of(no_headers, sizeof(no_headers)));
	z->avail_in = sizeof(no_headers);
	z->next_out = (Bytef *)packed;
	z->avail_out = sizeof(packed);
	CHECK(deflate(z, Z_SYNC_FLUSH) == Z_OK && !z->avail_in);
	len = sizeof(packed) - z->avail_out;
	add_control(to, TYPE_SYN_REPLY, sizeof(stream) + len);
	add_u32(to, stream);
	buf_append(to, packed, len);
}

void spdy_add_data(struct buf *to, uint32_t stream, struct span data, bool fin)
{
	CHECK(data.len <= MAX_DATA);
	add_u32(to, stream);
	add_u32(to, (fin ? FLAG_FIN << 24 : 0) | (uint32_t)data.len);
	buf_append_span(to, data);
}

void spdy_add_ping(struct buf *to, uint32_t id)
{
	add_control(to, TYPE_PING, sizeof(id));
	add_u32(to, id);
}

void spdy_add_goaway(struct buf *to, uint32_t last_stream)
{
	add_control(to, TYPE_GOAWAY, 2 * sizeof(uint32_t));
	add_u32(to, last_stream);
	add_u32(to, 0);
}
