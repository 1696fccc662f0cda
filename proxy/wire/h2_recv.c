/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "proxy/wire/h2_impl.h"

enum {
	/* Interim responses to one request; the real API server sends none. */
	INFORMATIONAL_BYTES_MAX = 16 * 1024,
};

static struct h2_stream *h2_stream_of(nghttp2_session *ng, int32_t id)
{
	return nghttp2_session_get_stream_user_data(ng, id);
}

void h2_fail(struct h2 *h2, enum session_close why, uint32_t code,
	const char *detail)
{
	if (h2->session->state >= SESSION_FAILED)
		return;
	h2->error_code = code;
	session_fail(h2->session, why, detail);
}

/* ---- frames that carry nothing ---------------------------------------- */

static bool carries_nothing(const nghttp2_frame_hd *hd)
{
	switch (hd->type) {
	case NGHTTP2_DATA:
		return hd->length == 0 &&
			!(hd->flags & NGHTTP2_FLAG_END_STREAM);
	case NGHTTP2_HEADERS:
	case NGHTTP2_CONTINUATION:
	case NGHTTP2_RST_STREAM: /* these are nghttp2's to limit */
	case NGHTTP2_SETTINGS:
	case NGHTTP2_PING:
	case NGHTTP2_GOAWAY:
	case NGHTTP2_PUSH_PROMISE:
		return false;
	default: /* WINDOW_UPDATE, PRIORITY, and what nobody knows */
		return true;
	}
}

/*
 * A client may leave out stream ids, and these count as closed from then on
 * (RFC 9113, 5.1.1).  nghttp2 ignores HEADERS for them.
 */
static bool id_was_left_out(struct h2 *h2, const nghttp2_frame_hd *hd)
{
	if (hd->type != NGHTTP2_HEADERS || !h2->session->is_server)
		return false;
	if (hd->stream_id > h2->highest_id) {
		if (h2->highest_id + 2 < hd->stream_id &&
			!(h2->highest_id == 0 && hd->stream_id == 1))
			h2->has_gaps = true;
		h2->highest_id = hd->stream_id;
		return false;
	}
	return h2->has_gaps && hd->stream_id % 2 == 1 &&
		!nghttp2_session_find_stream(h2->ng, hd->stream_id);
}

void h2_count_reset(struct h2 *h2, struct h2_stream *st)
{
	if (st && (st->is_reset_by_us || st->is_counted))
		return;
	if (st)
		st->is_counted = true;
	if (!flood_take(&h2->resets, session_now(h2->session)))
		h2_fail(h2, SESSION_CLOSE_FLOOD, NGHTTP2_ENHANCE_YOUR_CALM,
			"too many broken streams");
}

/*
 * Resets are counted when they are caused where that can be told: they leave
 * at the end of the turn, and a turn holds a thousand.  DATA of which only the
 * beginning is told does not fit its content-length; or its stream is gone,
 * and then the reset was counted when it left, if it was not our own.
 */
static void data_began(struct h2 *h2, const nghttp2_frame_hd *hd)
{
	struct h2_stream *st = h2->data_id > 0
		? h2_stream_of(h2->ng, h2->data_id)
		: NULL;

	if (st)
		h2_count_reset(h2, st);
	h2->data_id = hd->type == NGHTTP2_DATA ? hd->stream_id : 0;
}

static void frame_began(struct h2 *h2, const nghttp2_frame_hd *hd)
{
	data_began(h2, hd);
	if (carries_nothing(hd) &&
		!flood_take(&h2->frames, session_now(h2->session))) {
		h2_fail(h2, SESSION_CLOSE_FLOOD, NGHTTP2_ENHANCE_YOUR_CALM,
			"too many frames that carry nothing");
		return;
	}
	if (id_was_left_out(h2, hd))
		h2_fail(h2, SESSION_CLOSE_PROTOCOL, NGHTTP2_PROTOCOL_ERROR,
			"HEADERS for a stream that was left out");
}

/* ---- heads ------------------------------------------------------------ */

static void head_began(struct h2 *h2, const nghttp2_frame *frame)
{
	h2->head_since = session_now(h2->session);
	h2->incoming_excess = 0;
	h2->excess_fields = 0;
	fields_clear(&h2->incoming);
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		nghttp2_session_set_stream_user_data(h2->ng,
			frame->hd.stream_id,
			h2_stream_new(h2, frame->hd.stream_id));
}

/*
 * A head that is a little too large is refused; one that is twice that is a
 * bomb (a byte may stand for 4 KB here), and ends the connection.
 */
static void field_came(struct h2 *h2, const struct received_field *field)
{
	const struct wire_limits *limits = &h2->session->wire->limits;
	size_t bytes = field->name.len + field->value.len + 32;
	bool is_target = field->value.len > limits->target_bytes_max &&
		span_eq(field->name, SPAN(":path"));

	if (LIKELY(!is_target && h2->incoming_excess == 0 &&
		    h2->incoming.bytes + bytes <= limits->head_bytes_max &&
		    h2->incoming.count < limits->head_fields_max)) {
		fields_add_received(&h2->incoming, field);
		return;
	}
	h2->incoming_excess += bytes;
	h2->excess_fields++;
	if (h2->incoming_excess > limits->head_bytes_max ||
		h2->excess_fields > limits->head_fields_max)
		h2_fail(h2, SESSION_CLOSE_FLOOD, NGHTTP2_ENHANCE_YOUR_CALM,
			"far too many header fields");
}

static void peer_ended(struct h2_stream *st)
{
	struct stream *user = st->user;

	if (!user || user->peer_ended)
		return;
	user->peer_ended = true;
	if (user->events->on_end)
		user->events->on_end(user);
}

static void request_came(struct h2 *h2, struct h2_stream *st, bool ended)
{
	struct session *session = h2->session;
	struct stream *user;

	session->had_request = true;
	if (h2->incoming_excess > 0) {
		h2_refuse(h2, st, &REFUSAL_HEAD_TOO_LARGE);
		return;
	}
	user = session->state >= SESSION_FAILED
		? NULL
		: session->events->on_stream(session, session->user);
	if (!user) {
		h2_stream_reset(st, NGHTTP2_REFUSED_STREAM);
		return;
	}
	user->is_server = true;
	user->id = st->id;
	user->carrier = st;
	st->user = user;
	stream_attach(user, session);
	user->head_received = true;
	fields_move(&h2->incoming, &user->head);
	if (user->events->on_head)
		user->events->on_head(user, ended);
}

static bool is_informational(const struct fields *head)
{
	struct span status = fields_value(head, FIELD_STATUS);

	return status.len == 3 && status.ptr[0] == '1';
}

static void informational_came(struct h2 *h2, struct h2_stream *st)
{
	struct stream *user = st->user;

	st->informational_bytes += (uint32_t)h2->incoming.bytes;
	if (st->informational_bytes > INFORMATIONAL_BYTES_MAX) {
		h2_stream_reset(st, NGHTTP2_ENHANCE_YOUR_CALM);
		return;
	}
	if (user && user->events->on_informational)
		user->events->on_informational(user, &h2->incoming);
}

static void response_came(struct h2 *h2, struct h2_stream *st, bool ended)
{
	struct stream *user = st->user;

	if (!user)
		return;
	if (h2->incoming_excess > 0) {
		h2_stream_reset(st, NGHTTP2_PROTOCOL_ERROR);
		return;
	}
	if (is_informational(&h2->incoming)) {
		informational_came(h2, st);
		return;
	}
	user->head_received = true;
	fields_move(&h2->incoming, &user->head);
	if (user->events->on_head)
		user->events->on_head(user, ended);
}

static void trailers_came(struct h2 *h2, struct h2_stream *st)
{
	if (h2->incoming_excess > 0)
		h2_stream_reset(st, NGHTTP2_PROTOCOL_ERROR);
	else if (st->user && !st->user->trailers)
		stream_take_trailers(st->user, &h2->incoming);
}

static void head_came(struct h2 *h2, const nghttp2_frame *frame)
{
	struct h2_stream *st = h2_stream_of(h2->ng, frame->hd.stream_id);
	bool ended = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

	h2->head_since = USEC_NEVER;
	if (!st || st->is_reset_by_us) {
		fields_clear(&h2->incoming);
		return;
	}
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		request_came(h2, st, ended);
	else if (st->user && !st->user->head_received)
		response_came(h2, st, ended);
	else
		trailers_came(h2, st);
	fields_clear(&h2->incoming);
	if (ended && !st->is_reset_by_us)
		peer_ended(st);
}

/* ---- bodies ----------------------------------------------------------- */

static void body_came(
	struct h2 *h2, int32_t id, const uint8_t *bytes, size_t len)
{
	struct h2_stream *st = h2_stream_of(h2->ng, id);

	h2->to_consume += len;
	if (!st || !st->user || st->is_reset_by_us) {
		/* Nobody wants it, but its end is waited for. */
		nghttp2_session_consume_stream(h2->ng, id, len);
		return;
	}
	st->user->received += len;
	if (st->user->events->on_body)
		st->user->events->on_body(st->user, bytes, len);
}

/*
 * Of a server each ends what we asked of it: many whole answers have one, when
 * it does not want the rest of the request.
 */
static void reset_came(struct h2 *h2)
{
	if (h2->session->is_server &&
		!flood_take(&h2->resets_received, session_now(h2->session)))
		h2_fail(h2, SESSION_CLOSE_FLOOD, NGHTTP2_ENHANCE_YOUR_CALM,
			"too many resets");
}

static void frame_came(struct h2 *h2, const nghttp2_frame *frame)
{
	struct h2_stream *st;

	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
		head_came(h2, frame);
		break;
	case NGHTTP2_DATA:
		h2->data_id = 0;
		if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
			break;
		st = h2_stream_of(h2->ng, frame->hd.stream_id);
		if (st && !st->is_reset_by_us)
			peer_ended(st);
		break;
	case NGHTTP2_RST_STREAM:
		reset_came(h2);
		break;
	case NGHTTP2_SETTINGS:
		if (!(frame->hd.flags & NGHTTP2_FLAG_ACK))
			session_became_ready(h2->session);
		break;
	case NGHTTP2_PING:
		/* A whole round trip behind the notice: now the real one. */
		if ((frame->hd.flags & NGHTTP2_FLAG_ACK) && h2->is_draining)
			h2_say_goaway(h2);
		break;
	case NGHTTP2_GOAWAY:
		session_was_told_to_go(h2->session);
		break;
	default:
		break;
	}
}

/* ---- nghttp2's callbacks ---------------------------------------------- */

/* A session that is over reads nothing more. */
static int go_on(const struct h2 *h2)
{
	return h2->session->state < SESSION_FAILED
		? 0
		: NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_begin_frame(
	nghttp2_session *ng, const nghttp2_frame_hd *hd, void *user)
{
	(void)ng;
	frame_began(h2_of(user), hd);
	return go_on(user);
}

static int on_begin_headers(
	nghttp2_session *ng, const nghttp2_frame *frame, void *user)
{
	(void)ng;
	head_began(h2_of(user), frame);
	return 0;
}

static int on_header(nghttp2_session *ng, const nghttp2_frame *frame,
	nghttp2_rcbuf *name, nghttp2_rcbuf *value, uint8_t flags, void *user)
{
	nghttp2_vec n = nghttp2_rcbuf_get_buf(name);
	nghttp2_vec v = nghttp2_rcbuf_get_buf(value);
	struct received_field field = {
		.name = span_of(n.base, n.len),
		.value = span_of(v.base, v.len),
		.name_ref = name,
		.value_ref = value,
		.never_index = flags & NGHTTP2_NV_FLAG_NO_INDEX,
	};

	(void)ng;
	(void)frame;
	field_came(h2_of(user), &field);
	return go_on(user);
}

static int on_data_chunk(nghttp2_session *ng, uint8_t flags, int32_t id,
	const uint8_t *bytes, size_t len, void *user)
{
	(void)ng;
	(void)flags;
	body_came(h2_of(user), id, bytes, len);
	return go_on(user);
}

static int on_frame_recv(
	nghttp2_session *ng, const nghttp2_frame *frame, void *user)
{
	(void)ng;
	frame_came(h2_of(user), frame);
	return go_on(user);
}

static int on_invalid_frame(
	nghttp2_session *ng, const nghttp2_frame *frame, int error, void *user)
{
	(void)error;
	if (frame->hd.stream_id > 0)
		h2_count_reset(
			h2_of(user), h2_stream_of(ng, frame->hd.stream_id));
	return go_on(user);
}

static int on_unpack_unknown(nghttp2_session *ng, void **payload,
	const nghttp2_frame_hd *hd, void *user)
{
	(void)ng;
	(void)payload;
	(void)hd;
	(void)user;
	return NGHTTP2_ERR_CANCEL; /* counted, and that is all */
}

static int on_stream_close(
	nghttp2_session *ng, int32_t id, uint32_t code, void *user)
{
	struct h2_stream *st = h2_stream_of(ng, id);

	(void)user;
	if (st)
		h2_stream_close(st, code);
	return 0;
}

void h2_set_receive_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_on_begin_frame_callback(
		callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(
		callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
		callbacks, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
		callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
		callbacks, on_invalid_frame);
	nghttp2_session_callbacks_set_unpack_extension_callback(
		callbacks, on_unpack_unknown);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		callbacks, on_stream_close);
}

void h2_receive(void *carrier, const void *bytes, size_t len)
{
	struct h2 *h2 = carrier;
	ssize_t n = nghttp2_session_mem_recv(h2->ng, bytes, len);

	if (n < 0) {
		h2_fail(h2, SESSION_CLOSE_PROTOCOL, NGHTTP2_PROTOCOL_ERROR,
			nghttp2_strerror((int)n));
		return;
	}
	if (h2->to_consume > 0) {
		nghttp2_session_consume_connection(h2->ng, h2->to_consume);
		h2->to_consume = 0;
	}
	/* Answers to what the peer sends, which it does not read. */
	if (nghttp2_session_get_outbound_queue_size(h2->ng) >
		h2->session->wire->limits.outbound_frames_max)
		h2_fail(h2, SESSION_CLOSE_FLOOD, NGHTTP2_ENHANCE_YOUR_CALM,
			"too many answers that were not read");
}
