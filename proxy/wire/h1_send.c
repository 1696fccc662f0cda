/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/check.h"
#include "proxy/wire/h1_impl.h"

enum {
	/* A chunk is not larger, so that one that breaks off costs little. */
	CHUNK_MAX = 64 * 1024,
};

static struct conn *conn_of(struct h1 *h1)
{
	return &h1->session->conn;
}

/* The shared text goes out, and is empty again. */
static void write_text(struct h1 *h1, struct buf *text)
{
	struct span bytes = buf_span(text);

	conn_write(conn_of(h1), bytes.ptr, bytes.len);
	buf_clear(text);
}

static bool is_empty_body(const struct relay *body)
{
	return !body ||
		(body->is_ended && !body->is_broken && !body->trailers &&
			relay_waiting(body) == 0);
}

/* ---- heads -----------------------------------------------------------------
 */

static void add_number(struct buf *text, struct span name, uint64_t number)
{
	char digits[24];
	int len = snprintf(
		digits, sizeof(digits), "%llu", (unsigned long long)number);

	h1_head_write_field(text, name, span_of(digits, (size_t)len));
}

/*
 * How the body will end, and the fields that say so.  Returns false if it
 * cannot be what the head promises.
 */
static bool begin_body(struct h1 *h1, bool is_bare, struct buf *text)
{
	const struct field *length =
		fields_find(&h1->head, FIELD_CONTENT_LENGTH);
	const struct relay *body = h1->user->out;

	h1->out_at = H1_OUT_DONE;
	h1->out_left = 0;
	if (is_bare)
		return true;
	if (length) {
		if (span_to_u64(length->value, &h1->out_left) != 0)
			return false;
		if (h1->out_left > 0)
			h1->out_at = H1_OUT_LENGTH;
		return h1->out_left == 0 || body;
	}
	if (is_empty_body(body)) {
		add_number(text, SPAN("content-length"), 0);
	} else if (h1->is_http10) {
		h1->out_at = H1_OUT_UNTIL_CLOSE;
	} else {
		h1->out_at = H1_OUT_CHUNKED;
		h1_head_write_field(
			text, SPAN("transfer-encoding"), SPAN("chunked"));
	}
	return true;
}

/* What becomes of the connection is decided now, and said. */
static void say_connection(struct h1 *h1, struct buf *text)
{
	/* Behind an upgrade the client may have gone on in the other words. */
	h1->stays = h1->may_stay && h1->user->peer_ended && !h1->is_draining &&
		h1->out_at != H1_OUT_UNTIL_CLOSE && !h1->user->is_upgrade;
	if (!h1->stays)
		h1_head_write_field(text, SPAN("connection"), SPAN("close"));
	else if (h1->is_http10)
		h1_head_write_field(
			text, SPAN("connection"), SPAN("keep-alive"));
}

static void make_switch_head(struct h1 *h1, struct buf *text)
{
	h1_head_write_field(text, SPAN("connection"), SPAN("Upgrade"));
	h1->in_at = H1_IN_TUNNEL;
	h1->out_at = H1_OUT_TUNNEL;
	h1->session->is_tunnel = true;
}

static bool make_response_head(struct h1 *h1, struct buf *text)
{
	struct span status = fields_value(&h1->head, FIELD_STATUS);
	bool is_switch = span_eq(status, SPAN("101"));
	bool is_bodiless = is_switch || span_eq(status, SPAN("204"));
	bool is_bare =
		is_bodiless || h1->is_head || span_eq(status, SPAN("304"));
	bool is_fine = true;

	if (is_switch && !h1->user->is_upgrade)
		return false;
	h1_head_write_status(status, text);
	h1_head_write_fields(&h1->head, !is_bodiless, is_switch, text);
	if (is_switch) {
		make_switch_head(h1, text);
	} else {
		/* Nothing else is behind it. */
		if (h1->user->is_upgrade)
			h1_peer_ended(h1);
		is_fine = h1->user && begin_body(h1, is_bare, text);
		if (is_fine)
			say_connection(h1, text);
	}
	h1_head_end(text);
	return is_fine;
}

static bool has_body_by_nature(struct span method)
{
	return span_eq(method, SPAN("POST")) || span_eq(method, SPAN("PUT")) ||
		span_eq(method, SPAN("PATCH"));
}

static bool make_request_head(struct h1 *h1, struct buf *text)
{
	struct span method = fields_value(&h1->head, FIELD_METHOD);
	bool is_upgrade = h1->user->is_upgrade;
	bool is_bare = is_upgrade || is_empty_body(h1->user->out);
	bool is_fine = true;

	h1_head_write_request(&h1->head, text);
	h1_head_write_fields(&h1->head, !is_bare, is_upgrade, text);
	if (is_bare && has_body_by_nature(method))
		add_number(text, SPAN("content-length"), 0);
	if (is_upgrade)
		h1->out_at = H1_OUT_NONE;
	else
		is_fine = begin_body(h1, is_bare, text);
	h1_head_write_field(text, SPAN("connection"),
		is_upgrade ? SPAN("Upgrade") : SPAN("close"));
	h1_head_end(text);
	h1->is_sent = is_fine;
	return is_fine;
}

static void write_head(struct h1 *h1)
{
	struct buf *text = &h1->session->wire->text;
	bool is_fine = h1_head_is_sound(&h1->head) &&
		(h1->session->is_server ? make_response_head(h1, text)
					: make_request_head(h1, text));

	fields_clear(&h1->head);
	if (!is_fine) {
		buf_clear(text);
		h1_abort(h1, "a head that cannot be said in HTTP/1.1");
		return;
	}
	write_text(h1, text);
	if (h1->out_at == H1_OUT_DONE && h1->user)
		h1->user->self_ended = true;
}

static void write_refusal(struct h1 *h1)
{
	struct buf *text = &h1->session->wire->text;
	struct fields head = FIELDS_INIT;
	char body[REFUSAL_BODY_CAP];
	size_t len = refusal_write(h1->refusal, &head, body);

	h1->refusal = NULL;
	h1_head_write_status(fields_value(&head, FIELD_STATUS), text);
	h1_head_write_fields(&head, true, false, text);
	h1_head_write_field(text, SPAN("connection"), SPAN("close"));
	h1_head_end(text);
	buf_append(text, body, len);
	fields_clear(&head);
	write_text(h1, text);
	h1_linger(h1);
}

/* ---- bodies ----------------------------------------------------------------
 */

static void write_trailers(struct h1 *h1, const struct relay *out)
{
	struct buf *text = &h1->session->wire->text;

	buf_append_str(text, "0\r\n");
	/* Nobody is lost with a trailer that cannot be written. */
	if (out->trailers && h1_head_is_sound(out->trailers))
		h1_head_write_fields(out->trailers, false, false, text);
	h1_head_end(text);
	write_text(h1, text);
}

static void end_body(struct h1 *h1, const struct relay *out)
{
	if (h1->out_at == H1_OUT_LENGTH && h1->out_left > 0) {
		h1_abort(h1, "a body that is shorter than it was said to be");
		return;
	}
	if (h1->out_at == H1_OUT_CHUNKED)
		write_trailers(h1, out);
	else if (h1->out_at == H1_OUT_TUNNEL)
		conn_end(conn_of(h1));
	h1->out_at = H1_OUT_DONE;
	h1->user->self_ended = true;
}

/* `len` bytes that wait, as they are. */
static void write_bytes(struct h1 *h1, struct relay *out, size_t len)
{
	while (len > 0) {
		struct span run = relay_peek(out);
		size_t n = u64_min(run.len, len);

		CHECK(n > 0);
		conn_write(conn_of(h1), run.ptr, n);
		relay_take(out, n);
		len -= n;
	}
}

static void write_run(struct h1 *h1, struct relay *out, size_t len)
{
	struct stream *user = h1->user;
	char size[24];

	if (h1->out_at == H1_OUT_CHUNKED) {
		int n = snprintf(size, sizeof(size), "%zx\r\n", len);

		conn_write(conn_of(h1), size, (size_t)n);
	}
	write_bytes(h1, out, len);
	if (h1->out_at == H1_OUT_CHUNKED)
		conn_write(conn_of(h1), "\r\n", 2);
	if (h1->out_at == H1_OUT_LENGTH)
		h1->out_left -= len;
	if (user->events->on_drained)
		user->events->on_drained(user, len);
}

static bool is_in_body(const struct h1 *h1)
{
	return h1->out_at == H1_OUT_LENGTH || h1->out_at == H1_OUT_CHUNKED ||
		h1->out_at == H1_OUT_UNTIL_CLOSE || h1->out_at == H1_OUT_TUNNEL;
}

/* Returns false if nothing more can be written for now. */
static bool write_some(struct h1 *h1)
{
	struct relay *out = h1->user->out;
	uint64_t waiting = out ? relay_waiting(out) : 0;
	size_t n = u64_min(waiting, CHUNK_MAX);

	if (h1->out_at == H1_OUT_LENGTH && n > h1->out_left) {
		h1_abort(h1, "a body that is longer than it was said to be");
		return false;
	}
	if (n > 0) {
		write_run(h1, out, n);
		return true;
	}
	/* Of a body that breaks off all that is there goes first. */
	if (out && out->is_broken)
		h1->is_reset = true;
	else if (!out || out->is_ended)
		end_body(h1, out);
	else
		h1->user->is_deferred = true;
	return false;
}

static bool is_failed(const struct h1 *h1)
{
	return h1->session->state >= SESSION_FAILED;
}

static void write_out(struct h1 *h1)
{
	if (buf_len(&h1->informs) > 0) {
		write_text(h1, &h1->informs);
		buf_fini(&h1->informs);
	}
	if (h1->out_at == H1_OUT_HEAD)
		write_head(h1);
	while (h1->user && !h1->is_reset && !is_failed(h1) && is_in_body(h1) &&
		!conn_has_enough(conn_of(h1))) {
		if (!write_some(h1))
			break;
	}
}

/* ---- the end of an exchange ------------------------------------------------
 */

/* All of our direction is out, and nobody wants the other one any more. */
static bool is_tunnel_done(const struct h1 *h1)
{
	const struct relay *out = h1->user ? h1->user->out : NULL;
	bool is_out = h1->out_at == H1_OUT_DONE ||
		(h1->out_at == H1_OUT_TUNNEL && out && out->is_ended &&
			!out->is_broken && relay_waiting(out) == 0);

	return h1->session->is_tunnel && h1->session->is_server && is_out &&
		h1->reset_code == 0;
}

static void break_off(struct h1 *h1)
{
	bool lingers = is_tunnel_done(h1);

	h1_close_stream(h1, STREAM_END_LOCAL, h1->reset_code);
	if (!lingers) {
		h1_abort(h1, "an answer that broke off");
		return;
	}
	h1->is_reset = false;
	/* Its silence has an end again. */
	h1->session->is_tunnel = false;
	h1_linger(h1);
}

/* Returns true if the next request may be looked at. */
static bool end_answer(struct h1 *h1)
{
	bool is_whole = h1->user->peer_ended;

	/* RFC 9113, 8.1, in other words: the rest of it is not wanted. */
	h1_close_stream(h1, is_whole ? STREAM_END_CLEAN : STREAM_END_LOCAL, 0);
	if (h1->stays && is_whole && !h1->is_draining) {
		h1->in_at = H1_IN_HEAD;
		h1->out_at = H1_OUT_NONE;
		return true;
	}
	if (is_whole && buf_len(&h1->in) == 0)
		h1->is_over = true;
	else
		h1_linger(h1);
	return false;
}

static bool end_exchange(struct h1 *h1)
{
	const struct stream *user = h1->user;
	bool is_tunnel = h1->session->is_tunnel;

	if (!user || h1->out_at != H1_OUT_DONE || is_failed(h1))
		return false;
	if (h1->session->is_server && !is_tunnel)
		return end_answer(h1);
	if (user->peer_ended) {
		h1->is_over = true;
		h1_close_stream(h1, STREAM_END_CLEAN, 0);
	}
	return false;
}

/* ---- what the session asks for ---------------------------------------------
 */

void h1_write(void *carrier)
{
	struct h1 *h1 = carrier;

	if (h1->refusal)
		write_refusal(h1);
	for (;;) {
		write_out(h1);
		if (h1->user && h1->is_reset)
			break_off(h1);
		/* More than enough is not gathered: behind it, it goes on. */
		if (conn_has_enough(conn_of(h1)) || !end_exchange(h1))
			break;
		/* The next request may be here already, */
		h1_advance(h1);
	}
	/* … or the tunnel's first bytes. */
	if (h1->session->is_tunnel)
		h1_advance(h1);
}

/* What ends a tunnel well is on its way: it is not cut off. */
void h1_cut_off(void *carrier)
{
	struct h1 *h1 = carrier;

	if (h1->user && h1->is_reset && !is_tunnel_done(h1))
		break_off(h1);
}

void h1_sent(void *carrier)
{
	struct h1 *h1 = carrier;
	struct stream *user = h1->user;

	if (!h1->is_sent || h1->is_told || !user)
		return;
	h1->is_told = true;
	if (user->events->on_sent)
		user->events->on_sent(user);
}

/* ---- what users ask for ----------------------------------------------------
 */

void h1_request(void *carrier, struct stream *stream, struct fields *head,
	struct relay *body)
{
	struct h1 *h1 = carrier;

	(void)body;
	CHECK(h1->requests == 0);
	h1->requests++;
	h1->asked_at = session_now(h1->session);
	h1->user = stream;
	stream->carrier = h1;
	stream->id = 1;
	fields_move(head, &h1->head);
	h1->is_head =
		span_eq(fields_value(&h1->head, FIELD_METHOD), SPAN("HEAD"));
	h1->out_at = H1_OUT_HEAD;
}

void h1_respond(struct stream *stream, struct fields *head, struct relay *body)
{
	struct h1 *h1 = stream->carrier;

	(void)body;
	fields_move(head, &h1->head);
	h1->out_at = H1_OUT_HEAD;
}

void h1_inform(struct stream *stream, const struct fields *head)
{
	struct h1 *h1 = stream->carrier;

	/* HTTP/1.0 knows none. */
	if (h1->is_http10 || !h1_head_is_sound(head))
		return;
	h1_head_write_status(fields_value(head, FIELD_STATUS), &h1->informs);
	h1_head_write_fields(head, false, false, &h1->informs);
	h1_head_end(&h1->informs);
}
