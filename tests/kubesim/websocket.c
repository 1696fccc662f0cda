/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/websocket.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "base/check.h"

enum {
	OP_CONTINUATION = 0,
	OP_TEXT = 1,
	OP_BINARY = 2,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10,
	FIN = 0x80,
	MASKED = 0x80,
	LEN_16 = 126,
	LEN_64 = 127,
	MAX_CONTROL = 125,
};

void websocket_fini(struct websocket *ws)
{
	buf_fini(&ws->message);
}

void websocket_accept(const char *key, char ret_accept[WEBSOCKET_ACCEPT_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct buf text = BUF_INIT;

	buf_printf(&text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	CHECK(EVP_Digest(buf_cstr(&text), buf_len(&text), digest, &len,
		      EVP_sha1(), NULL) == 1);
	CHECK((len + 2) / 3 * 4 < WEBSOCKET_ACCEPT_SIZE);
	EVP_EncodeBlock((unsigned char *)ret_accept, digest, (int)len);
	buf_fini(&text);
}

/* Reads length and mask; 0: more bytes are needed. */
static int read_head(struct span in, size_t *ret_head, uint64_t *ret_len)
{
	const unsigned char *at = (const unsigned char *)in.ptr;
	size_t more = 0;
	uint64_t len;

	if (in.len < 2)
		return 0;
	/* Clients mask, and none of ours has extensions. */
	if (!(at[1] & MASKED) || (at[0] & 0x70))
		return -1;
	len = at[1] & 0x7f;
	if (len == LEN_16)
		more = 2;
	else if (len == LEN_64)
		more = 8;
	if (in.len < 2 + more)
		return 0;
	if (more)
		len = 0;
	for (size_t i = 0; i < more; i++)
		len = len << 8 | at[2 + i];
	*ret_head = 2 + more + 4;
	*ret_len = len;
	return len > WEBSOCKET_MAX_MESSAGE ? -1 : 1;
}

static int note_data(
	struct websocket *ws, bool fin, struct websocket_frame *frame)
{
	frame->type = WEBSOCKET_OTHER;
	if (buf_len(&ws->message) > WEBSOCKET_MAX_MESSAGE)
		return -1;
	if (!fin)
		return 1;
	frame->type = WEBSOCKET_MESSAGE;
	frame->data = buf_span(&ws->message);
	ws->is_done = true;
	return 1;
}

int websocket_read(struct websocket *ws, struct span *in,
	struct websocket_frame *ret_frame)
{
	unsigned char op = in->len ? (unsigned char)*in->ptr : 0;
	bool is_control = op & 0x08;
	const char *mask;
	uint64_t len;
	size_t head;
	char *to;
	int ret = read_head(*in, &head, &len);

	if (ret <= 0)
		return ret;
	if (is_control && (len > MAX_CONTROL || !(op & FIN)))
		return -1;
	if (in->len < head + len)
		return 0;
	if (ws->is_done)
		buf_clear(&ws->message);
	ws->is_done = false;
	/* A control frame may stand between the fragments of a message. */
	mask = in->ptr + head - 4;
	to = buf_reserve(&ws->message, len);
	for (size_t i = 0; i < len; i++)
		to[i] = (char)(in->ptr[head + i] ^ mask[i % 4]);
	*in = span_skip(*in, head + len);
	ret_frame->data = span_of(to, len);
	switch (op & 0x0f) {
	case OP_CONTINUATION:
	case OP_TEXT:
	case OP_BINARY:
		buf_commit(&ws->message, len);
		return note_data(ws, op & FIN, ret_frame);
	case OP_CLOSE:
		ret_frame->type = WEBSOCKET_CLOSE;
		return 1;
	case OP_PING:
		ret_frame->type = WEBSOCKET_PING;
		return 1;
	case OP_PONG:
		ret_frame->type = WEBSOCKET_OTHER;
		return 1;
	}
	return -1;
}

static void add_head(struct buf *to, unsigned op, size_t len)
{
	char head[10];
	size_t n = 2;
	size_t more = len < LEN_16 ? 0 : len <= UINT16_MAX ? 2 : 8;

	head[0] = (char)(FIN | op);
	head[1] = (char)(!more ? len : more == 2 ? LEN_16 : LEN_64);
	while (more--)
		head[n++] = (char)((uint64_t)len >> 8 * more);
	buf_append(to, head, n);
}

void websocket_add_text(struct buf *to, struct span text)
{
	add_head(to, OP_TEXT, text.len);
	buf_append_span(to, text);
}

void websocket_add_message(struct buf *to, struct span first, struct span rest)
{
	add_head(to, OP_BINARY, first.len + rest.len);
	buf_append_span(to, first);
	buf_append_span(to, rest);
}

void websocket_add_close(struct buf *to)
{
	static const char normal[] = { 0x03, (char)0xe8 };

	add_head(to, OP_CLOSE, sizeof(normal));
	buf_append(to, normal, sizeof(normal));
}

bool websocket_answer(struct buf *to, const struct websocket_frame *frame)
{
	switch (frame->type) {
	case WEBSOCKET_PING:
		add_head(to, OP_PONG, frame->data.len);
		buf_append_span(to, frame->data);
		return false;
	case WEBSOCKET_CLOSE:
		websocket_add_close(to);
		return true;
	case WEBSOCKET_MESSAGE:
	case WEBSOCKET_OTHER:
		break;
	}
	return false;
}
