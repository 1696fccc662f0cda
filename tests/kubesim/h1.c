/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 on a session: one request at a time, as Go's net/http serves it.
 *
 *   HEAD --> BODY --> WAIT --(answered)--> HEAD, or the session ends
 *                \--------------^  or, upgraded, RAW until it ends
 *
 * What comes behind a request waits in the input buffer until the answer is
 * written.  An answer that does not wait for the request's body waits for
 * the rest of it nevertheless, up to a limit, and is written then; above the
 * limit it says "Connection: close".
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/kubesim/exchange.h"
#include "tests/kubesim/h1_chunks.h"
#include "tests/kubesim/h1_head.h"

enum {
	/* bufferBeforeChunkingSize of net/http/server.go: what is smaller has
	 * a content-length. */
	GO_BUFFER = 2048,
	/* maxPostHandlerReadBytes: of a body that nobody wants. */
	MAX_UNWANTED = 256 << 10,
	MAX_CHUNK = 32 << 10,
	/* Upgraded: so much is kept for a client that does not read. */
	RAW_HIGH = 128 << 10,
	RAW_PIECE = 16 << 10,
};

enum h1_state {
	H1_HEAD, /* of a request, or nothing yet */
	H1_BODY,
	H1_WAIT, /* all of the request is there */
	H1_RAW,  /* upgraded: bytes, both ways */
};

/* How the end of the answer is told. */
enum h1_framing {
	H1_BY_LENGTH,
	H1_BY_CHUNKS,
	H1_BY_CLOSE,
};

struct h1 {
	enum h1_state state;
	struct exchange *ex; /* borrowed; NULL between requests */
	struct h1_head head; /* of that request */
	uint64_t left;       /* of its body, when it has a length */
	struct h1_chunks chunks;
	bool awaits_continue;
	uint64_t unwanted; /* bytes of the body that came behind the answer */

	bool upgrades;     /* to bytes, with this answer */
	bool closes;       /* the session ends behind this answer */
	bool has_answer;   /* `answer` is there */
	bool head_is_sent; /* `answer` is in the output buffer */
	struct buf answer; /* the head, without its end */
	enum h1_framing framing;
	bool has_body;
};

static const struct {
	int code;
	const char *text;
} reasons[] = {
	{ 101, "Switching Protocols" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 413, "Request Entity Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Entity" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

/* Writes "HTTP/1.1 CODE reason" without an end. */
static void add_status_line(struct buf *to, bool is_11, int code)
{
	buf_printf(to, "HTTP/1.%d %d ", is_11 ? 1 : 0, code);
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].code == code) {
			buf_append_str(to, reasons[i].text);
			return;
		}
	}
	buf_printf(to, "status code %d", code);
}

/* "audit-id" is sent as "Audit-Id". */
static void add_field(struct buf *to, const char *name, const char *value)
{
	bool starts = true;

	for (; *name; name++) {
		char c = starts ? (char)toupper((unsigned char)*name) : *name;

		buf_append(to, &c, 1);
		starts = *name == '-';
	}
	buf_printf(to, ": %s\r\n", value);
}

static void write_buf(struct session *session, struct buf *text)
{
	bufferevent_write(session->bev, buf_cstr(text), buf_len(text));
	buf_clear(text);
}

/* Receiving */

/* What is no request gets an answer that is hardly one, as Go sends it. */
static void refuse(struct session *session, const struct h1_refusal *refusal)
{
	struct buf line = BUF_INIT;
	struct buf text = BUF_INIT;
	const char *body;

	add_status_line(&line, true, refusal->code);
	if (refusal->text)
		buf_printf(&line, ": %s", refusal->text);
	body = buf_cstr(&line) + strlen("HTTP/1.1 ");
	if (refusal->code == 501)
		body = "Unsupported transfer encoding";
	buf_printf(&text,
		"%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Connection: close\r\n\r\n%s",
		buf_cstr(&line), body);
	write_buf(session, &text);
	buf_fini(&line);
	buf_fini(&text);
	session_end(session);
}

/* What Go answers without asking the API: returns whether that was it. */
static bool answer_itself(struct session *session)
{
	struct h1 *h1 = session->h1;
	struct buf text = BUF_INIT;
	bool is_ping = !strcmp(h1->head.method, "OPTIONS") &&
		!strcmp(h1->head.target, "*") && !h1->head.is_chunked &&
		!h1->head.length;
	bool fails = h1->head.expects_other;

	if (!is_ping && !fails)
		return false;
	add_status_line(&text, h1->head.is_11, fails ? 417 : 200);
	buf_printf(&text,
		fails ? "\r\nConnection: close\r\nDate: %s\r\n"
			"Content-Length: 0\r\n\r\n"
		      : "\r\nContent-Length: 0\r\nDate: %s\r\n\r\n",
		session->server->date);
	write_buf(session, &text);
	buf_fini(&text);
	if (fails || h1->head.wants_close || !h1->head.is_11)
		session_end(session);
	h1_head_fini(&h1->head);
	return true;
}

static void begin_exchange(struct session *session)
{
	struct h1 *h1 = session->h1;
	const struct h1_head *head = &h1->head;
	struct exchange *ex = exchange_new(session, 0);

	h1->ex = ex;
	h1->state = H1_BODY;
	h1->left = head->length;
	h1->chunks = (struct h1_chunks){ 0 };
	h1->awaits_continue = head->expects_continue;
	h1->unwanted = 0;
	h1->closes |=
		head->wants_close || (!head->is_11 && !head->wants_keep_alive);
	exchange_add_header(ex, SPAN(":method"), span_str(head->method));
	exchange_add_header(ex, SPAN(":path"), span_str(head->target));
	for (size_t i = 0; i < head->count; i++)
		exchange_add_header(ex, span_str(head->fields[i].name),
			span_str(head->fields[i].value));
	exchange_headers_done(ex);
}

/* Each of these returns whether there may be more to do. */

static bool receive_head(struct session *session, struct evbuffer *input)
{
	struct h1 *h1 = session->h1;
	struct h1_refusal refusal;
	struct span bytes =
		span_of(evbuffer_pullup(input, -1), evbuffer_get_length(input));
	ssize_t used = h1_head_read(&h1->head, bytes, &refusal);

	if (used < 0)
		refuse(session, &refusal);
	if (used <= 0)
		return false;
	evbuffer_drain(input, (size_t)used);
	if (!answer_itself(session))
		begin_exchange(session);
	return true;
}

static void take_body(struct h1 *h1, struct span bytes)
{
	if (h1->has_answer)
		h1->unwanted += bytes.len;
	exchange_add_body(h1->ex, bytes);
}

static void take_chunks(struct h1 *h1, struct span *in)
{
	size_t before;

	do {
		struct span data;

		before = in->len;
		data = h1_chunks_step(&h1->chunks, in);
		if (data.len)
			take_body(h1, data);
	} while (in->len != before);
	if (h1->chunks.state == H1_CHUNKS_BROKEN) {
		h1->closes = true;
		h1->state = H1_WAIT;
		exchange_body_broke(h1->ex, h1->chunks.error);
	}
}

static bool receive_body(struct session *session, struct evbuffer *input)
{
	struct h1 *h1 = session->h1;
	struct span bytes =
		span_of(evbuffer_pullup(input, -1), evbuffer_get_length(input));
	struct span rest = bytes;
	bool is_done;

	if (h1->head.is_chunked) {
		take_chunks(h1, &rest);
		is_done = h1->chunks.state == H1_CHUNKS_DONE;
	} else {
		size_t len = (size_t)u64_min(bytes.len, h1->left);

		rest = span_skip(bytes, len);
		h1->left -= len;
		is_done = !h1->left;
		if (len)
			take_body(h1, span_of(bytes.ptr, len));
	}
	evbuffer_drain(input, bytes.len - rest.len);
	if (is_done) {
		h1->state = H1_WAIT;
		exchange_body_done(h1->ex);
	}
	return is_done;
}

/* Takes nothing while the client does not read. */
static bool receive_raw(struct session *session, struct evbuffer *input)
{
	struct exchange *ex = session->h1->ex;
	struct evbuffer_iovec chunk;

	if (evbuffer_get_length(ex->answer.body) > RAW_HIGH ||
		evbuffer_peek(input, RAW_PIECE, NULL, &chunk, 1) <= 0 ||
		!chunk.iov_len)
		return false;
	if (chunk.iov_len > RAW_PIECE)
		chunk.iov_len = RAW_PIECE;
	exchange_add_body(ex, span_of(chunk.iov_base, chunk.iov_len));
	evbuffer_drain(input, chunk.iov_len);
	return true;
}

static void h1_receive(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->bev);
	const struct h1 *h1 = session->h1;
	bool again = true;

	while (again && session->state == SESSION_OPEN) {
		switch (h1->state) {
		case H1_HEAD:
			again = evbuffer_get_length(input) &&
				receive_head(session, input);
			break;
		case H1_BODY:
			again = receive_body(session, input);
			break;
		case H1_WAIT:
			again = false;
			break;
		case H1_RAW:
			again = receive_raw(session, input);
			break;
		}
	}
}

/* Answering */

static void h1_respond(struct exchange *ex, const struct response *response)
{
	struct h1 *h1 = ex->session->h1;
	struct buf *to = &h1->answer;

	CHECK(h1->ex == ex && !h1->has_answer);
	h1->has_answer = true;
	h1->has_body = response->has_body;
	add_status_line(to, h1->head.is_11, response->code);
	buf_append_str(to, "\r\n");
	for (size_t i = 0; i < response->count; i++)
		add_field(to, response->headers[i].name,
			response->headers[i].value);
	if (!response->is_dateless)
		buf_printf(to, "Date: %s\r\n", ex->server->date);
	if (response->code == 101) {
		h1->framing = H1_BY_CLOSE;
		h1->upgrades = true;
	} else if (response->code == 204) {
		h1->framing = H1_BY_LENGTH;
	} else if (response->is_whole && response->len < GO_BUFFER) {
		h1->framing = H1_BY_LENGTH;
		buf_printf(to, "Content-Length: %zu\r\n", response->len);
	} else if (!h1->head.is_11) {
		h1->framing = H1_BY_CLOSE;
		h1->closes = true;
	} else {
		h1->framing = H1_BY_CHUNKS;
		if (!strcmp(h1->head.method, "HEAD"))
			return;
		buf_append_str(to, "Transfer-Encoding: chunked\r\n");
	}
}

/*
 * Whether the head of the answer may be written now; net/http/server.go,
 * chunkWriter.writeHeader(), says when the rest of the request is read.
 */
static bool may_answer(struct h1 *h1)
{
	if (h1->state == H1_WAIT)
		return true;
	if (!h1->awaits_continue && h1->unwanted <= MAX_UNWANTED &&
		(h1->head.is_chunked || h1->left < MAX_UNWANTED))
		return false;
	h1->closes = true;
	return true;
}

static void send_head(struct session *session)
{
	struct h1 *h1 = session->h1;

	if (h1->upgrades)
		; /* says so itself */
	else if (h1->closes && h1->head.is_11)
		buf_append_str(&h1->answer, "Connection: close\r\n");
	else if (!h1->closes && !h1->head.is_11)
		buf_append_str(&h1->answer, "Connection: keep-alive\r\n");
	buf_append_str(&h1->answer, "\r\n");
	write_buf(session, &h1->answer);
	h1->head_is_sent = true;
	if (h1->upgrades) {
		h1->state = H1_RAW;
		h1->closes = true;
		h1_receive(session);
	}
}

/* The answer is written: the next request, if there may be one. */
static void finish(struct session *session)
{
	struct h1 *h1 = session->h1;

	exchange_close(h1->ex);
	h1->ex = NULL;
	h1->state = H1_HEAD;
	h1->has_answer = false;
	h1->head_is_sent = false;
	h1_head_fini(&h1->head);
	if (h1->closes)
		session_end(session);
	else
		h1_receive(session);
}

static void send_piece(
	struct session *session, const uint8_t *bytes, size_t len)
{
	struct evbuffer *output = bufferevent_get_output(session->bev);
	bool is_chunk = session->h1->framing == H1_BY_CHUNKS;

	if (is_chunk)
		evbuffer_add_printf(output, "%zx\r\n", len);
	evbuffer_add(output, bytes, len);
	if (is_chunk)
		evbuffer_add(output, "\r\n", 2);
}

/* Returns whether there may be more to write. */
static bool send_body(struct session *session)
{
	struct h1 *h1 = session->h1;
	uint8_t bytes[MAX_CHUNK];
	bool end = !h1->has_body;
	long len = 0;

	if (h1->has_body)
		len = exchange_read_body(h1->ex, bytes, sizeof(bytes), &end);
	if (len == -2) {
		/* Broken off: without its end. */
		session_end(session);
		return false;
	}
	if (len > 0)
		send_piece(session, bytes, (size_t)len);
	if (!end)
		return len > 0;
	if (h1->has_body && h1->framing == H1_BY_CHUNKS)
		bufferevent_write(session->bev, "0\r\n\r\n", 5);
	finish(session);
	return false;
}

static void h1_flush(struct session *session)
{
	struct h1 *h1 = session->h1;

	if (!h1->has_answer)
		return;
	if (!h1->head_is_sent && may_answer(h1))
		send_head(session);
	while (h1->head_is_sent && session->state == SESSION_OPEN &&
		session_has_room(session) && send_body(session)) {
	}
	if (session->state == SESSION_OPEN && h1->state == H1_RAW)
		h1_receive(session);
}

static void h1_reset(struct exchange *ex, uint32_t h2_error)
{
	(void)h2_error;
	session_reset(ex->session);
}

static void h1_resume(struct exchange *ex)
{
	(void)ex; /* the flush looks by itself */
}

static void h1_want_body(struct exchange *ex)
{
	struct h1 *h1 = ex->session->h1;

	if (!h1->awaits_continue)
		return;
	h1->awaits_continue = false;
	bufferevent_write(
		ex->session->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

/* The connection */

static void h1_open(struct session *session)
{
	session->h1 = xcalloc(1, sizeof(*session->h1));
}

static void h1_close(struct session *session)
{
	h1_head_fini(&session->h1->head);
	buf_fini(&session->h1->answer);
	free(session->h1);
}

static void h1_goaway(struct session *session, unsigned drop_newest)
{
	struct h1 *h1 = session->h1;

	(void)drop_newest;
	h1->closes = true;
	if (!h1->ex)
		session_end(session);
}

static void h1_set_max_streams(struct session *session, uint32_t max)
{
	(void)session;
	(void)max;
}

const struct protocol protocol_h1 = {
	.name = "http/1.1",
	.open = h1_open,
	.close = h1_close,
	.receive = h1_receive,
	.flush = h1_flush,
	.goaway = h1_goaway,
	.set_max_streams = h1_set_max_streams,
	.respond = h1_respond,
	.reset = h1_reset,
	.resume = h1_resume,
	.want_body = h1_want_body,
};
