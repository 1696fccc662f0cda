/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/h2_impl.h"

enum {
	/* One stream never waits for another's window. */
	CONNECTION_WINDOW = 64 * 1024 * 1024,
	/* What Go's server takes without ENHANCE_YOUR_CALM, and less. */
	OWN_RESETS_BURST = 100,
	OWN_RESETS_PER_SECOND = 20,
	/* nghttp2's: answers to PING and SETTINGS that wait. */
	OUTBOUND_ACKS_MAX = 1000,
	/*
	 * nghttp2 counts these, too, but goes on until it has sent GOAWAY.  Its
	 * limit is twice ours: it counts time in whole seconds, and was first
	 * where a flood took longer than one.
	 */
	RESETS_RECEIVED_BURST = 1000,
	RESETS_RECEIVED_PER_SECOND = 33,
	FRAME_TYPE_FIRST_UNKNOWN = 10,
	FRAME_TYPE_LAST = 255,
	/* A little below the last id, so that none is ever refused. */
	LAST_REQUEST_ID = INT32_MAX - 4096,
	/* nghttp2's own, of CONTINUATION behind one HEADERS. */
	CONTINUATIONS_MIN = 8,
	FRAME_BYTES = 16 * 1024,
	/* Of a head that is passed on: what is ours in it. */
	HEAD_BYTES_OURS = 64 * 1024,
};

/* A client that does not say so is taken to have seen the first GOAWAY. */
#define ROUND_TRIP_MAX USEC_PER_SEC

/* ---- streams ---------------------------------------------------------- */

struct h2_stream *h2_stream_new(struct h2 *h2, int32_t id)
{
	struct h2_stream *st = pool_alloc(h2->session->wire->pool, sizeof(*st));

	*st = (struct h2_stream){ .h2 = h2, .id = id };
	list_push_back(&h2->streams, &st->node);
	return st;
}

void h2_stream_finish(struct h2_stream *st, enum stream_end how, uint32_t code)
{
	struct pool *pool = st->h2->session->wire->pool;
	struct stream *user = st->user;

	list_remove(&st->node);
	list_remove(&st->turn_node);
	fields_clear(&st->held);
	pool_free(pool, st);
	if (user)
		stream_close(user, how, code);
}

static enum stream_end end_of(const struct h2_stream *st, uint32_t code)
{
	const struct stream *user = st->user;

	if (st->is_reset_by_us)
		return STREAM_END_LOCAL;
	if (!user)
		return STREAM_END_RESET;
	/* A whole answer may be followed by "do not go on" (RFC 9113, 8.1). */
	if (code == NGHTTP2_NO_ERROR && user->peer_ended &&
		(user->self_ended || !user->is_server))
		return STREAM_END_CLEAN;
	if (code == NGHTTP2_REFUSED_STREAM && !user->is_server &&
		!user->head_received)
		return STREAM_END_REFUSED;
	return STREAM_END_RESET;
}

void h2_stream_close(struct h2_stream *st, uint32_t code)
{
	struct h2 *h2 = st->h2;
	bool was_sent = st->is_sent || h2->session->is_server;

	nghttp2_session_set_stream_user_data(h2->ng, st->id, NULL);
	h2_stream_finish(
		st, was_sent ? end_of(st, code) : STREAM_END_REFUSED, code);
}

void h2_stream_reset(struct h2_stream *st, uint32_t code)
{
	if (st->is_reset_by_us)
		return;
	st->is_reset_by_us = true;
	nghttp2_submit_rst_stream(st->h2->ng, NGHTTP2_FLAG_NONE, st->id, code);
	if (st->h2->session->is_server)
		list_push_back(&st->h2->being_reset, &st->turn_node);
	session_mark_dirty(st->h2->session);
}

static void h2_consume(struct stream *stream, size_t len)
{
	struct h2_stream *st = stream->carrier;

	nghttp2_session_consume_stream(st->h2->ng, st->id, len);
}

/* RST_STREAM stands behind what the peer does not take. */
static void h2_cut_off(void *carrier)
{
	struct h2 *h2 = carrier;
	struct list_node *node;

	while ((node = list_pop_front(&h2->being_reset))) {
		struct h2_stream *st =
			CONTAINER_OF(node, struct h2_stream, turn_node);
		struct stream *user = st->user;

		st->user = NULL;
		if (user)
			stream_close(user, STREAM_END_LOCAL, NGHTTP2_CANCEL);
	}
}

static void h2_reset(struct stream *stream, uint32_t code)
{
	h2_stream_reset(stream->carrier, code);
}

static void h2_abandon(struct stream *stream)
{
	struct h2_stream *st = stream->carrier;
	struct h2 *h2 = st->h2;
	bool is_whole = stream->self_ended;

	st->user = NULL;
	if (st->is_reset_by_us)
		return;
	if (stream->is_server) {
		h2_stream_reset(st, NGHTTP2_INTERNAL_ERROR);
		return;
	}
	/* Half a request must be reset; a whole one may also be waited for. */
	if (flood_take(&h2->own_resets, session_now(h2->session)) || !is_whole)
		h2_stream_reset(st, NGHTTP2_CANCEL);
	else
		st->is_left_over = true;
}

/* ---- beginning and end ------------------------------------------------ */

/*
 * Our own limit of heads is the one that counts: of one that was taken, all
 * can come, and go on with what we add.
 */
static void allow_heads(nghttp2_option *option, uint32_t bytes_max)
{
	nghttp2_option_set_max_continuations(option,
		u64_max(CONTINUATIONS_MIN, bytes_max / FRAME_BYTES + 1));
	nghttp2_option_set_max_send_header_block_length(
		option, 2 * (size_t)bytes_max + HEAD_BYTES_OURS);
}

static nghttp2_session *new_nghttp2(struct h2 *h2)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	nghttp2_mem mem = pool_nghttp2_mem(h2->session->wire->pool);
	nghttp2_session *ng = NULL;

	CHECK(nghttp2_session_callbacks_new(&callbacks) == 0 &&
		nghttp2_option_new(&option) == 0);
	h2_set_receive_callbacks(callbacks);
	h2_set_send_callbacks(callbacks);
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_max_outbound_ack(option, OUTBOUND_ACKS_MAX);
	allow_heads(option, h2->session->wire->limits.head_bytes_max);
	/* Only then are we told of them, and can count them. */
	for (unsigned i = FRAME_TYPE_FIRST_UNKNOWN; i <= FRAME_TYPE_LAST; i++)
		nghttp2_option_set_user_recv_extension_type(option, (uint8_t)i);
	if (h2->session->is_server) {
		nghttp2_option_set_stream_reset_rate_limit(option,
			2 * RESETS_RECEIVED_BURST,
			2 * RESETS_RECEIVED_PER_SECOND);
		CHECK(nghttp2_session_server_new3(
			      &ng, callbacks, h2, option, &mem) == 0);
	} else {
		CHECK(nghttp2_session_client_new3(
			      &ng, callbacks, h2, option, &mem) == 0);
	}
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return ng;
}

static void say_settings(struct h2 *h2)
{
	const struct wire_limits *limits = &h2->session->wire->limits;
	bool is_server = h2->session->is_server;
	const nghttp2_settings_entry server[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
			limits->streams_max },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, h2->session->window },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
			limits->head_bytes_max },
	};
	const nghttp2_settings_entry client[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, h2->session->window },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
			limits->head_bytes_max },
	};

	CHECK(nghttp2_submit_settings(h2->ng, NGHTTP2_FLAG_NONE,
		      is_server ? server : client,
		      is_server ? ARRAY_SIZE(server) : ARRAY_SIZE(client)) ==
		0);
	CHECK(nghttp2_session_set_local_window_size(
		      h2->ng, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) == 0);
}

static void *h2_start(struct session *session)
{
	const struct wire_limits *limits = &session->wire->limits;
	struct h2 *h2 = xcalloc(1, sizeof(*h2));
	usec_t now = session_now(session);

	h2->session = session;
	list_init(&h2->streams);
	list_init(&h2->just_sent);
	list_init(&h2->not_sent);
	list_init(&h2->being_reset);
	h2->head_since = USEC_NEVER;
	flood_init(&h2->resets, limits->resets_burst, limits->resets_per_second,
		now);
	flood_init(&h2->resets_received, RESETS_RECEIVED_BURST,
		RESETS_RECEIVED_PER_SECOND, now);
	flood_init(&h2->frames, limits->frames_burst, limits->frames_per_second,
		now);
	flood_init(
		&h2->own_resets, OWN_RESETS_BURST, OWN_RESETS_PER_SECOND, now);
	h2->ng = new_nghttp2(h2);
	say_settings(h2);
	return h2;
}

static void h2_close_streams(void *carrier, enum stream_end how)
{
	struct h2 *h2 = carrier;
	struct list_node *node;

	while ((node = list_first(&h2->streams))) {
		struct h2_stream *st =
			CONTAINER_OF(node, struct h2_stream, node);
		bool is_unsent = !h2->session->is_server && !st->is_sent;

		/* nghttp2_session_del() tells nobody, but reads from it. */
		if (st->id > 0)
			nghttp2_session_set_stream_user_data(
				h2->ng, st->id, NULL);
		h2_stream_finish(st, is_unsent ? STREAM_END_REFUSED : how,
			NGHTTP2_NO_ERROR);
	}
}

static void h2_free(void *carrier)
{
	struct h2 *h2 = carrier;

	CHECK(list_is_empty(&h2->streams));
	nghttp2_session_del(h2->ng);
	fields_clear(&h2->incoming);
	free(h2);
}

/* ---- state ------------------------------------------------------------ */

static bool h2_is_over(const void *carrier, enum session_close *ret_why,
	const char **ret_detail)
{
	const struct h2 *h2 = carrier;

	if (h2->said_error) {
		*ret_why = SESSION_CLOSE_PROTOCOL;
		*ret_detail = "the peer broke the protocol";
		return !nghttp2_session_want_write(h2->ng) &&
			!nghttp2_session_want_read(h2->ng);
	}
	*ret_why = SESSION_CLOSE_CLEAN;
	*ret_detail = "done";
	/* Behind the notice requests may still be on their way. */
	if (h2->is_draining && !h2->said_goaway)
		return false;
	return list_is_empty(&h2->streams) &&
		!nghttp2_session_want_read(h2->ng) &&
		!nghttp2_session_want_write(h2->ng);
}

static bool has_ids(const struct h2 *h2)
{
	return nghttp2_session_get_next_stream_id(h2->ng) <= LAST_REQUEST_ID;
}

static unsigned h2_free_streams(const void *carrier)
{
	const struct h2 *h2 = carrier;
	uint32_t limit = nghttp2_session_get_remote_settings(
		h2->ng, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);

	if (h2->is_draining || !has_ids(h2))
		return 0;
	return limit > h2->streams.count ? limit - (unsigned)h2->streams.count
					 : 0;
}

static unsigned h2_open_streams(const void *carrier)
{
	const struct h2 *h2 = carrier;

	return (unsigned)h2->streams.count;
}

void h2_say_goaway(struct h2 *h2)
{
	if (h2->said_goaway)
		return;
	h2->said_goaway = true;
	nghttp2_submit_goaway(h2->ng, NGHTTP2_FLAG_NONE,
		nghttp2_session_get_last_proc_stream_id(h2->ng),
		NGHTTP2_NO_ERROR, NULL, 0);
	session_mark_dirty(h2->session);
}

static void h2_ping(void *carrier)
{
	struct h2 *h2 = carrier;

	nghttp2_submit_ping(h2->ng, NGHTTP2_FLAG_NONE, NULL);
}

static void h2_drain(void *carrier)
{
	struct h2 *h2 = carrier;

	h2->is_draining = true;
	h2->draining_since = session_now(h2->session);
	if (!h2->session->is_server) {
		h2_say_goaway(h2);
		return;
	}
	/* "No more, please", then whatever was on its way, then the end. */
	nghttp2_submit_shutdown_notice(h2->ng);
	h2_ping(h2);
}

static void sweep_stream(struct h2 *h2, struct h2_stream *st, usec_t now)
{
	usec_t limit = h2->session->wire->limits.progress;
	struct stream *user = st->user;

	if (st->is_left_over && !st->is_reset_by_us &&
		flood_take(&h2->own_resets, now)) {
		h2_stream_reset(st, NGHTTP2_CANCEL);
		return;
	}
	if (!user || !user->is_server || !user->out || user->is_deferred ||
		relay_waiting(user->out) == 0) {
		st->took_at = now;
		return;
	}
	if (limit && usec_since(now, st->took_at) > limit)
		h2_stream_reset(st, NGHTTP2_CANCEL);
}

/* As if the peer had said GOAWAY: another connection takes its place. */
static void leave_without_ids(struct h2 *h2)
{
	if (h2->session->is_server || h2->is_draining || has_ids(h2))
		return;
	session_was_told_to_go(h2->session);
	session_drain(h2->session);
}

static void h2_sweep(void *carrier, usec_t now)
{
	struct h2 *h2 = carrier;
	usec_t limit = h2->session->wire->limits.head;

	leave_without_ids(h2);
	if (limit && h2->head_since != USEC_NEVER &&
		usec_since(now, h2->head_since) > limit) {
		h2_fail(h2, SESSION_CLOSE_TIMEOUT, NGHTTP2_NO_ERROR,
			"a head that does not end");
		return;
	}
	/* The answer that stands for the round trip may never come. */
	if (h2->is_draining &&
		usec_since(now, h2->draining_since) > ROUND_TRIP_MAX)
		h2_say_goaway(h2);
	LIST_EACH (node, &h2->streams)
		sweep_stream(
			h2, CONTAINER_OF(node, struct h2_stream, node), now);
}

const struct carrier_ops h2_ops = {
	.start = h2_start,
	.free = h2_free,
	.close_streams = h2_close_streams,
	.receive = h2_receive,
	.write = h2_write,
	.sent = h2_sent,
	.cut_off = h2_cut_off,
	.is_over = h2_is_over,
	.say_why = h2_say_why,
	.request = h2_request,
	.respond = h2_respond,
	.inform = h2_inform,
	.resume = h2_resume,
	.consume = h2_consume,
	.reset = h2_reset,
	.abandon = h2_abandon,
	.free_streams = h2_free_streams,
	.open_streams = h2_open_streams,
	.drain = h2_drain,
	.ping = h2_ping,
	.sweep = h2_sweep,
};
