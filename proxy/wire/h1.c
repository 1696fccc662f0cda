/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/h1_impl.h"

enum {
	H1_NO_ERROR = 0, /* RFC 9113, 7: codes are HTTP/2's for both */
	H1_PROTOCOL_ERROR = 1,
	/* Behind a request that is not answered: enough to see its end. */
	HELD_MAX = 16 * 1024,
	/* At once. */
	RECEIVE_MAX = 64 * 1024,
	RECEIVE_MIN = 1024,
};

#define LINGER_TIME (5 * USEC_PER_SEC)

static const struct refusal head_too_late = {
	408,
	"the request's head did not end in time",
};

/* ---- the end of an exchange ------------------------------------------------
 */

void h1_close_stream(struct h1 *h1, enum stream_end how, uint32_t code)
{
	struct stream *user = h1->user;

	h1->user = NULL;
	h1->unconsumed = 0;
	fields_clear(&h1->head);
	buf_fini(&h1->informs);
	if (user)
		stream_close(user, how, code);
}

void h1_abort(struct h1 *h1, const char *detail)
{
	conn_abort(&h1->session->conn);
	session_fail(h1->session, SESSION_CLOSE_LOCAL, detail);
}

static void end_it(struct h1 *h1)
{
	h1->is_over = true;
	session_mark_dirty(h1->session);
}

void h1_linger(struct h1 *h1)
{
	conn_end(&h1->session->conn);
	h1->in_at = H1_IN_DISCARD;
	h1->linger_since = session_now(h1->session);
	h1->discarded = 0;
	buf_fini(&h1->in);
	h1->scanned = 0;
	h1_set_pause(h1);
	if (h1->session->conn.peer_ended)
		end_it(h1);
}

static enum session_close close_reason_of(const struct refusal *refusal)
{
	switch (refusal->status) {
	case 400:
	case 505:
		return SESSION_CLOSE_PROTOCOL;
	case 408:
		return SESSION_CLOSE_TIMEOUT;
	default:
		return SESSION_CLOSE_CLEAN;
	}
}

void h1_refuse(struct h1 *h1, const struct refusal *refusal)
{
	bool is_answered = h1->user && h1->out_at != H1_OUT_NONE;

	if (!h1->session->is_server) {
		session_fail(
			h1->session, SESSION_CLOSE_PROTOCOL, refusal->message);
		return;
	}
	h1_close_stream(h1, STREAM_END_RESET, H1_PROTOCOL_ERROR);
	if (is_answered) {
		h1_abort(h1, refusal->message);
		return;
	}
	h1->refusal = refusal;
	h1->why = close_reason_of(refusal);
	h1->in_at = H1_IN_DISCARD;
	session_mark_dirty(h1->session);
}

/* ---- receiving or not ------------------------------------------------------
 */

/* What is received beyond that would have to be kept. */
static size_t wanted(const struct h1 *h1)
{
	size_t waiting = buf_len(&h1->in);

	switch (h1->in_at) {
	case H1_IN_HEAD:
	case H1_IN_TRAILERS:
	case H1_IN_DISCARD:
		return RECEIVE_MAX;
	case H1_IN_LENGTH:
	case H1_IN_CHUNKED:
	case H1_IN_UNTIL_END:
	case H1_IN_TUNNEL:
		return u64_min(h1_room(h1), RECEIVE_MAX);
	case H1_IN_HELD:
		if (wire_is_full(h1->session->wire))
			return 0;
		return waiting < HELD_MAX ? HELD_MAX - waiting : 0;
	}
	CHECK_UNREACHABLE();
}

static void charge(struct h1 *h1)
{
	uint64_t *counter = wire_relay_bytes(h1->session->wire);

	*counter += h1->in.cap;
	*counter -= h1->charged;
	h1->charged = h1->in.cap;
}

void h1_set_pause(struct h1 *h1)
{
	struct conn *conn = &h1->session->conn;
	size_t n = wanted(h1);

	charge(h1);
	/* While nobody listened the peer was not silent. */
	if (conn->is_paused && n > 0)
		h1->session->heard_at = session_now(h1->session);
	conn->receive_max = (uint32_t)u64_max(n, RECEIVE_MIN);
	conn_pause(conn, n == 0);
}

/* ---- what users ask for ----------------------------------------------------
 */

static struct h1 *h1_of(const struct stream *stream)
{
	return stream->carrier;
}

static void h1_resume(struct stream *stream)
{
	/* The session is dirty: it is going to look. */
	stream->is_deferred = false;
}

static void h1_consume(struct stream *stream, size_t len)
{
	struct h1 *h1 = h1_of(stream);

	h1->unconsumed -= u64_min(len, h1->unconsumed);
}

static void h1_reset(struct stream *stream, uint32_t code)
{
	struct h1 *h1 = h1_of(stream);
	const struct relay *out = stream->out;
	bool is_whole = stream->head_sent &&
		(!out || (out->is_ended && relay_waiting(out) == 0));

	/* "Do not go on" behind a whole answer: it is closed so anyway. */
	if (stream->is_server && code == H1_NO_ERROR && is_whole &&
		!h1->session->is_tunnel)
		return;
	h1->is_reset = true;
	h1->reset_code = code;
}

static void h1_abandon(struct stream *stream)
{
	struct h1 *h1 = h1_of(stream);

	h1->user = NULL;
	h1_abort(h1, "given up");
}

/* ---- beginning and end -----------------------------------------------------
 */

static void on_body(void *user, const void *bytes, size_t len)
{
	h1_body_came(user, bytes, len);
}

static void *h1_start(struct session *session)
{
	struct h1 *h1 = xcalloc(1, sizeof(*h1));

	h1->session = session;
	h1->parser = h1_parser_new(session->is_server, on_body, h1);
	h1->head_since = USEC_NEVER;
	/* It has no PING. */
	conn_keep_alive(&session->conn);
	return h1;
}

static void h1_free(void *carrier)
{
	struct h1 *h1 = carrier;

	CHECK(!h1->user);
	h1_parser_free(h1->parser);
	buf_fini(&h1->in);
	charge(h1);
	buf_fini(&h1->informs);
	fields_clear(&h1->head);
	free(h1);
}

static bool is_half_said(const struct h1 *h1)
{
	return h1->out_at == H1_OUT_LENGTH || h1->out_at == H1_OUT_CHUNKED ||
		h1->out_at == H1_OUT_UNTIL_CLOSE;
}

static void h1_close_streams(void *carrier, enum stream_end how)
{
	struct h1 *h1 = carrier;
	bool is_unsent = !h1->session->is_server && !h1->is_sent;

	if (!h1->user)
		return;
	if (is_half_said(h1))
		conn_abort(&h1->session->conn);
	h1_close_stream(h1, is_unsent ? STREAM_END_REFUSED : how, H1_NO_ERROR);
}

static bool h1_is_over(const void *carrier, enum session_close *ret_why,
	const char **ret_detail)
{
	const struct h1 *h1 = carrier;

	*ret_why = h1->why;
	*ret_detail = h1->why == SESSION_CLOSE_CLEAN
		? "done"
		: "the request was refused";
	return h1->is_over;
}

static unsigned h1_free_streams(const void *carrier)
{
	const struct h1 *h1 = carrier;

	return h1->requests == 0 && !h1->is_draining;
}

static unsigned h1_open_streams(const void *carrier)
{
	const struct h1 *h1 = carrier;

	return h1->user != NULL;
}

static void h1_drain(void *carrier)
{
	struct h1 *h1 = carrier;

	h1->is_draining = true;
	if (!h1->user && h1->in_at == H1_IN_HEAD && buf_len(&h1->in) == 0)
		end_it(h1);
}

/* ---- timers ----------------------------------------------------------------
 */

static bool is_in_body(const struct h1 *h1)
{
	return h1->in_at == H1_IN_LENGTH || h1->in_at == H1_IN_CHUNKED ||
		h1->in_at == H1_IN_TRAILERS;
}

static bool is_late(usec_t now, usec_t since, usec_t limit)
{
	return limit && since != USEC_NEVER && usec_since(now, since) > limit;
}

static void sweep_linger(struct h1 *h1, usec_t now)
{
	/* The peer's time begins when all of the answer is on its way. */
	if (conn_is_blocked(&h1->session->conn))
		h1->linger_since = now;
	else if (is_late(now, h1->linger_since, LINGER_TIME))
		end_it(h1);
}

static void sweep_server(struct h1 *h1, usec_t now)
{
	const struct wire_limits *limits = &h1->session->wire->limits;
	struct session *session = h1->session;
	const struct conn *conn = &session->conn;

	if (h1->in_at == H1_IN_HEAD &&
		is_late(now, h1->head_since, limits->head))
		h1_refuse(h1, &head_too_late);
	else if (h1->in_at == H1_IN_DISCARD && !h1->refusal)
		sweep_linger(h1, now);
	else if (is_in_body(h1) && !conn->is_paused &&
		is_late(now, session->heard_at, limits->progress))
		session_fail(session, SESSION_CLOSE_TIMEOUT,
			"a body that does not go on");
}

static void h1_sweep(void *carrier, usec_t now)
{
	struct h1 *h1 = carrier;
	struct session *session = h1->session;
	/* A client that ends its side does not wait for an answer any more. */
	bool is_half_enough =
		session->is_server && h1->user && h1->in_at != H1_IN_TUNNEL;

	if (session->is_server)
		sweep_server(h1, now);
	else if (h1->user && !h1->user->head_received &&
		is_late(now, h1->asked_at, session->wire->limits.upgrade))
		session_fail(session, SESSION_CLOSE_TIMEOUT,
			"no answer to an upgrade");
	/* Who does not read does not see the end. */
	if ((session->conn.is_paused || session->conn.peer_ended) &&
		conn_is_gone(&session->conn, is_half_enough))
		session_fail(session, SESSION_CLOSE_EOF, "the peer is gone");
}

const struct carrier_ops h1_ops = {
	.is_ready_at_once = true,
	.start = h1_start,
	.free = h1_free,
	.close_streams = h1_close_streams,
	.receive = h1_receive,
	.end = h1_end,
	.advance = h1_advance,
	.write = h1_write,
	.sent = h1_sent,
	.cut_off = h1_cut_off,
	.is_over = h1_is_over,
	.request = h1_request,
	.respond = h1_respond,
	.inform = h1_inform,
	.resume = h1_resume,
	.consume = h1_consume,
	.reset = h1_reset,
	.abandon = h1_abandon,
	.free_streams = h1_free_streams,
	.open_streams = h1_open_streams,
	.drain = h1_drain,
	.sweep = h1_sweep,
};
