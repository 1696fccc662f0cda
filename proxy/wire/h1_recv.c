/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "proxy/wire/h1_impl.h"
#include "proxy/wire/h1_syntax.h"

enum {
	/* The API server takes bodies of 3 MiB: a few more than that. */
	LINGER_BYTES_MAX = 8 * 1024 * 1024,
	/* A method, spaces and the version, beside the target. */
	REQUEST_LINE_REST = 64,
	/* Interim responses to one request; the real API server sends none. */
	INFORMATIONALS_MAX = 8,
};

static const struct refusal bad_start = {
	400,
	"this is no HTTP request",
};
static const struct refusal bad_line = {
	400,
	"a line of the request does not end with CR LF",
};
static const struct refusal bad_chunk = {
	400,
	"the request's body is not chunked as it says",
};
static const struct refusal bad_body = {
	400,
	"the request's body cannot be read",
};
static const struct refusal read_in_two_ways = {
	400,
	"the request's framing can be read in more than one way",
};
static const struct refusal no_room = {
	429,
	"no more requests are taken",
};

/*
 * An answer whose length is not known ends with the connection there, and one
 * that broke off would end in the same way.
 */
static const struct refusal cannot_break_off = {
	505,
	"HTTP/1.0 is not spoken on a UNIX socket: HTTP/1.1 is",
};

static bool session_is_over(const struct h1 *h1)
{
	return h1->session->state >= SESSION_FAILED;
}

void h1_peer_ended(struct h1 *h1)
{
	struct stream *user = h1->user;

	if (!user || user->peer_ended)
		return;
	user->peer_ended = true;
	if (user->events->on_end)
		user->events->on_end(user);
}

void h1_body_came(struct h1 *h1, const void *bytes, size_t len)
{
	struct stream *user = h1->user;

	if (!user || h1->is_reset)
		return;
	h1->unconsumed += len;
	user->received += len;
	if (user->events->on_body)
		user->events->on_body(user, bytes, len);
}

size_t h1_room(const struct h1 *h1)
{
	uint32_t window = h1->session->window;

	return window > h1->unconsumed ? (size_t)(window - h1->unconsumed) : 0;
}

/* ---- heads -----------------------------------------------------------------
 */

/* How the body that begins now will end. */
static void expect_body(struct h1 *h1, const struct h1_framing *framing)
{
	if (framing->is_chunked) {
		h1_chunks_init(&h1->chunks);
		h1->in_at = H1_IN_CHUNKED;
	} else if (framing->length > 0) {
		h1->in_left = framing->length;
		h1->in_at = H1_IN_LENGTH;
	} else {
		h1->in_at = H1_IN_HELD;
	}
}

/* Pseudo fields first, and none that are the connection's own. */
static void give_request_head(struct h1 *h1, const struct h1_first *first,
	const struct fields *received, struct fields_text *text)
{
	struct stream *user = h1->user;
	struct fields *head = &user->head;
	const struct field *host = fields_find(received, FIELD_HOST);

	fields_add_static(head, SPAN(":method"), first->method);
	fields_add_static(head, SPAN(":scheme"),
		h1->session->tls ? SPAN("https") : SPAN("http"));
	/* HTTP/1.0 may leave it out, and then it is only us. */
	if (host)
		fields_add_text(head, text, SPAN(":authority"), host->value);
	else
		fields_add_static(head, SPAN(":authority"), SPAN("localhost"));
	fields_add_text(head, text, SPAN(":path"), first->target);
	for (size_t i = 0; i < received->count; i++) {
		const struct field *field = &received->items[i];

		if (field->token == FIELD_HOST)
			continue;
		if (!h1_field_stays(received, field) ||
			(field->token == FIELD_UPGRADE && user->is_upgrade))
			fields_add_ref(head, field);
	}
}

static void request_came(struct h1 *h1, const struct h1_first *first,
	const struct h1_framing *framing, const struct fields *received,
	struct fields_text *text)
{
	struct session *session = h1->session;
	bool has_body = framing->is_chunked || framing->length > 0;
	bool is_upgrade = framing->says_upgrade && !has_body;
	bool ended = !has_body && !is_upgrade;
	struct stream *user;

	session->had_request = true;
	user = session->events->on_stream(session, session->user);
	if (!user) {
		h1_refuse(h1, &no_room);
		return;
	}
	h1->user = user;
	h1->out_at = H1_OUT_NONE;
	h1->is_reset = false;
	h1->is_http10 = first->is_http10;
	h1->is_head = span_eq(first->method, SPAN("HEAD"));
	h1->may_stay = !framing->says_close &&
		(!first->is_http10 || framing->says_keep_alive);
	expect_body(h1, framing);
	user->is_server = true;
	user->is_upgrade = is_upgrade;
	user->id = (int32_t)(++h1->requests & INT32_MAX);
	user->carrier = h1;
	stream_attach(user, session);
	user->head_received = true;
	give_request_head(h1, first, received, text);
	if (user->events->on_head)
		user->events->on_head(user, ended);
	if (ended)
		h1_peer_ended(h1);
}

static void informational_came(
	struct h1 *h1, const struct fields *received)
{
	struct stream *user = h1->user;

	if (++h1->informationals > INFORMATIONALS_MAX) {
		session_fail(h1->session, SESSION_CLOSE_FLOOD,
			"too many interim responses");
		return;
	}
	if (user->events->on_informational)
		user->events->on_informational(user, received);
}

static void give_response_head(struct h1 *h1, struct span status,
	const struct fields *received, struct fields_text *text)
{
	struct fields *head = &h1->user->head;
	bool is_switch = h1->in_at == H1_IN_TUNNEL;

	fields_add_text(head, text, SPAN(":status"), status);
	for (size_t i = 0; i < received->count; i++) {
		const struct field *field = &received->items[i];

		if (!h1_field_stays(received, field) ||
			(field->token == FIELD_UPGRADE && is_switch))
			fields_add_ref(head, field);
	}
}

static bool has_no_body(const struct h1 *h1, unsigned status)
{
	return h1->is_head || status < 200 || status == 204 || status == 304;
}

/* What was asked for as an upgrade is decided on. */
static void upgrade_was_answered(struct h1 *h1, bool is_switch)
{
	if (is_switch) {
		h1->in_at = H1_IN_TUNNEL;
		h1->out_at = H1_OUT_TUNNEL;
		h1->session->is_tunnel = true;
		return;
	}
	h1->out_at = H1_OUT_DONE;
	h1->user->self_ended = true;
}

static void response_came(struct h1 *h1, const struct h1_first *first,
	const struct h1_framing *framing, struct fields *received,
	struct fields_text *text, struct span status)
{
	struct stream *user = h1->user;
	bool is_switch = first->status == 101;
	bool ended = !is_switch && has_no_body(h1, first->status);

	if (is_switch && (!user->is_upgrade || !framing->says_upgrade)) {
		session_fail(h1->session, SESSION_CLOSE_PROTOCOL,
			"a switch of protocols that was not asked for");
		return;
	}
	if (first->status < 200 && !is_switch) {
		struct fields head = FIELDS_INIT;

		fields_add_text(&head, text, SPAN(":status"), status);
		for (size_t i = 0; i < received->count; i++)
			fields_add_ref(&head, &received->items[i]);
		informational_came(h1, &head);
		fields_clear(&head);
		return;
	}
	if (!is_switch && !ended) {
		ended = framing->has_length && framing->length == 0;
		expect_body(h1, framing);
		if (!framing->has_length && !framing->is_chunked)
			h1->in_at = H1_IN_UNTIL_END;
	} else if (ended) {
		h1->in_at = H1_IN_HELD;
	}
	if (user->is_upgrade)
		upgrade_was_answered(h1, is_switch);
	user->head_received = true;
	give_response_head(h1, status, received, text);
	if (user->events->on_head)
		user->events->on_head(user, ended);
	if (ended)
		h1_peer_ended(h1);
}

/* Everything about a whole head that is checked before anybody is told. */
static const struct refusal *read_head(struct h1 *h1, struct fields_text *text,
	struct span head, struct h1_first *ret_first,
	struct h1_framing *ret_framing, struct fields *ret_fields)
{
	const struct wire_limits *limits = &h1->session->wire->limits;
	bool is_request = h1->session->is_server;
	char *bytes = fields_text_bytes(text);
	struct span line = h1_first_line(head);
	size_t line_len = line.len + 2;
	unsigned status = 0;
	const struct refusal *refusal = is_request
		? h1_check_request_line(line, limits->target_bytes_max)
		: h1_check_status_line(line, &status);

	if (!refusal)
		refusal = h1_check_fields(bytes + line_len, head.len - line_len,
			limits->head_fields_max);
	if (!refusal)
		refusal = h1_parser_head(h1->parser, text, head.len,
			!is_request && has_no_body(h1, status), ret_first,
			ret_fields);
	if (!refusal)
		refusal = h1_framing_read(ret_fields, is_request,
			ret_first->is_http10, ret_framing);
	if (!refusal && !h1_parser_agrees(h1->parser, ret_framing))
		refusal = &read_in_two_ways;
	if (!refusal && is_request && ret_first->is_http10 &&
		h1->session->is_local)
		refusal = &cannot_break_off;
	return refusal;
}

static void head_came(struct h1 *h1, struct span head)
{
	struct fields_text *text = fields_text_new(head);
	struct fields received = FIELDS_INIT;
	struct h1_framing framing;
	struct h1_first first;
	const struct refusal *refusal =
		read_head(h1, text, head, &first, &framing, &received);

	h1->head_since = USEC_NEVER;
	h1->line_is_fine = false;
	if (refusal)
		h1_refuse(h1, refusal);
	else if (h1->session->is_server)
		request_came(h1, &first, &framing, &received, text);
	else
		response_came(h1, &first, &framing, &received, text,
			span_of(fields_text_bytes(text) + 9, 3));
	fields_clear(&received);
	fields_text_unref(text);
}

/* A head that is not whole: what can be said of it already. */
static const struct refusal *check_beginning(struct h1 *h1, struct span bytes)
{
	const struct wire_limits *limits = &h1->session->wire->limits;
	struct span line = h1_first_line(bytes);

	if (!h1->session->is_server || h1->line_is_fine)
		return bytes.len > limits->head_bytes_max
			? &REFUSAL_HEAD_TOO_LARGE
			: NULL;
	if (!h1_is_token(span_of(bytes.ptr, 1)))
		return &bad_start;
	if (line.len == bytes.len)
		return bytes.len > limits->target_bytes_max + REQUEST_LINE_REST
			? &REFUSAL_TARGET_TOO_LONG
			: NULL;
	h1->line_is_fine = true;
	return h1_check_request_line(line, limits->target_bytes_max);
}

/* Returns how many of the bytes were the head; 0: it is not whole. */
static size_t take_head(struct h1 *h1, struct span bytes)
{
	const struct refusal *refusal = NULL;
	size_t len = 0;

	if (!h1->session->is_server && !h1->is_sent) {
		session_fail(h1->session, SESSION_CLOSE_PROTOCOL,
			"an answer before there was a request");
		return 0;
	}
	if (h1->head_since == USEC_NEVER)
		h1->head_since = session_now(h1->session);
	switch (h1_find_end(bytes, &h1->scanned)) {
	case H1_LINES_MORE:
		refusal = check_beginning(h1, bytes);
		if (!refusal && h1->session->is_server &&
			wire_is_full(h1->session->wire))
			refusal = &no_room;
		break;
	case H1_LINES_BAD:
		refusal = &bad_line;
		break;
	case H1_LINES_WHOLE:
		len = h1->scanned;
		h1->scanned = 0;
		if (len <= h1->session->wire->limits.head_bytes_max)
			head_came(h1, span_of(bytes.ptr, len));
		else
			refusal = &REFUSAL_HEAD_TOO_LARGE;
		break;
	}
	if (refusal)
		h1_refuse(h1, refusal);
	return len;
}

/* ---- bodies ----------------------------------------------------------------
 */

static void body_ended(struct h1 *h1)
{
	h1->in_at = H1_IN_HELD;
	h1_peer_ended(h1);
}

static size_t take_length(struct h1 *h1, struct span bytes)
{
	size_t n = u64_min(u64_min(bytes.len, h1->in_left), h1_room(h1));

	if (n == 0)
		return 0;
	h1->in_left -= n;
	if (h1_parser_body(h1->parser, span_of(bytes.ptr, n)) != 0)
		h1_refuse(h1, &bad_body);
	else if (h1->in_left == 0)
		body_ended(h1);
	return n;
}

static size_t take_chunks(struct h1 *h1, struct span bytes)
{
	size_t n = u64_min(bytes.len, h1_room(h1));

	if (n == 0)
		return 0;
	if (h1_chunks_check(&h1->chunks, span_of(bytes.ptr, n), &n) != 0 ||
		h1_parser_body(h1->parser, span_of(bytes.ptr, n)) != 0)
		h1_refuse(h1, &bad_chunk);
	else if (h1->chunks.at == H1_CHUNKS_LAST)
		h1->in_at = H1_IN_TRAILERS;
	return n;
}

static void trailers_came(struct h1 *h1, struct span lines)
{
	struct fields_text *text = fields_text_new(lines);
	struct fields received = FIELDS_INIT;
	const struct refusal *refusal = h1_check_fields(fields_text_bytes(text),
		lines.len, h1->session->wire->limits.head_fields_max);

	if (!refusal &&
		h1_parser_trailers(h1->parser, text, lines.len, &received) != 0)
		refusal = &bad_body;
	if (refusal) {
		h1_refuse(h1, refusal);
	} else {
		if (h1->user && received.count > 0)
			stream_take_trailers(h1->user, &received);
		body_ended(h1);
	}
	fields_clear(&received);
	fields_text_unref(text);
}

static size_t take_trailers(struct h1 *h1, struct span bytes)
{
	uint32_t max = h1->session->wire->limits.head_bytes_max;
	enum h1_lines found = h1_find_end(bytes, &h1->scanned);
	size_t len = h1->scanned;

	if (found == H1_LINES_BAD || len > max) {
		h1_refuse(h1, len > max ? &REFUSAL_HEAD_TOO_LARGE : &bad_line);
		return 0;
	}
	if (found == H1_LINES_MORE)
		return 0;
	h1->scanned = 0;
	trailers_came(h1, span_of(bytes.ptr, len));
	return len;
}

static size_t take_until_end(struct h1 *h1, struct span bytes)
{
	size_t n = u64_min(bytes.len, h1_room(h1));

	if (n > 0 && h1_parser_body(h1->parser, span_of(bytes.ptr, n)) != 0)
		h1_refuse(h1, &bad_body);
	return n;
}

static size_t take_tunnel(struct h1 *h1, struct span bytes)
{
	size_t n = u64_min(bytes.len, h1_room(h1));

	if (n > 0)
		h1_body_came(h1, bytes.ptr, n);
	return n;
}

static size_t discard(struct h1 *h1, struct span bytes)
{
	h1->discarded += bytes.len;
	if (h1->discarded > LINGER_BYTES_MAX)
		h1->is_over = true;
	return bytes.len;
}

/* ---- bytes -----------------------------------------------------------------
 */

/* Returns how many of the bytes it took; 0: none for now. */
static size_t take_some(struct h1 *h1, struct span bytes)
{
	switch (h1->in_at) {
	case H1_IN_HEAD:
		return take_head(h1, bytes);
	case H1_IN_LENGTH:
		return take_length(h1, bytes);
	case H1_IN_CHUNKED:
		return take_chunks(h1, bytes);
	case H1_IN_TRAILERS:
		return take_trailers(h1, bytes);
	case H1_IN_UNTIL_END:
		return take_until_end(h1, bytes);
	case H1_IN_HELD:
		return 0;
	case H1_IN_TUNNEL:
		return take_tunnel(h1, bytes);
	case H1_IN_DISCARD:
		return discard(h1, bytes);
	}
	CHECK_UNREACHABLE();
}

static struct span take(struct h1 *h1, struct span bytes)
{
	while (!span_is_empty(bytes) && !session_is_over(h1)) {
		size_t n = take_some(h1, bytes);

		if (n == 0)
			break;
		bytes = span_skip(bytes, n);
	}
	return bytes;
}

/* Behind take(): what is left waits for room, or for what never comes. */
static bool is_cut_off(const struct h1 *h1)
{
	return h1->in_at == H1_IN_TRAILERS ||
		((h1->in_at == H1_IN_LENGTH || h1->in_at == H1_IN_CHUNKED) &&
			buf_len(&h1->in) == 0);
}

static bool ends_with_connection(const struct h1 *h1)
{
	return h1->in_at == H1_IN_TUNNEL || h1->in_at == H1_IN_UNTIL_END;
}

/* The end of the connection is an end of the message only behind the rest. */
static void take_end(struct h1 *h1)
{
	if (!h1->session->conn.peer_ended)
		return;
	if (ends_with_connection(h1) && buf_len(&h1->in) == 0)
		h1_peer_ended(h1);
	else if (is_cut_off(h1))
		session_fail(h1->session, SESSION_CLOSE_EOF, "end of file");
}

void h1_advance(void *carrier)
{
	struct h1 *h1 = carrier;
	struct span waiting = buf_span(&h1->in);

	if (waiting.len > 0) {
		buf_eat(&h1->in, waiting.len - take(h1, waiting).len);
		/* A silent connection has no buffer. */
		if (buf_len(&h1->in) == 0)
			buf_fini(&h1->in);
	}
	take_end(h1);
	h1_set_pause(h1);
}

void h1_receive(void *carrier, const void *bytes, size_t len)
{
	struct h1 *h1 = carrier;
	struct span rest = span_of(bytes, len);

	if (buf_len(&h1->in) == 0) {
		rest = take(h1, rest);
		buf_append_span(&h1->in, rest);
		h1_set_pause(h1);
		return;
	}
	buf_append_span(&h1->in, rest);
	h1_advance(h1);
}

bool h1_end(void *carrier, bool is_clean)
{
	struct h1 *h1 = carrier;

	switch (h1->in_at) {
	case H1_IN_TUNNEL:
		return true;
	case H1_IN_UNTIL_END:
		/* A FIN that anybody may have sent ends no body. */
		return is_clean;
	case H1_IN_DISCARD:
		h1->is_over = !h1->refusal;
		return true;
	case H1_IN_LENGTH:
	case H1_IN_CHUNKED:
		/* The rest of an answer may be here, but have no room yet. */
		return !h1->session->is_server && buf_len(&h1->in) > 0;
	case H1_IN_TRAILERS:
		return false;
	case H1_IN_HEAD:
	case H1_IN_HELD:
		/* The answer is whole; but who waits for one is gone. */
		if (!h1->session->is_server)
			return h1->in_at == H1_IN_HELD;
		/* What was answered may not be out yet. */
		h1->is_over = !h1->user;
		return h1->is_over;
	}
	CHECK_UNREACHABLE();
}
