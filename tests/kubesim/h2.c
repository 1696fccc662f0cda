/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 on a session, by nghttp2.
 */
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/kubesim/exchange.h"

/* The first frames of the real server (facts: wire). */
enum {
	MAX_FRAME_SIZE = 262144,
	MAX_HEADER_LIST = 1048896,
	STREAM_WINDOW = 262144,
	CONNECTION_WINDOW = 100 * STREAM_WINDOW,
	MAX_RESPONSE_HEADERS = 24,
	/* Go sends a content-length only where the body fits its buffer. */
	GO_BUFFER = 4096,
};

struct h2 {
	nghttp2_session *ng;
	int32_t last_stream; /* as GOAWAY says, if said_goaway */
	bool said_goaway;
};

/* nghttp2 calls back; nothing is sent from here. */

static int on_begin_headers(
	nghttp2_session *ng, const nghttp2_frame *frame, void *user)
{
	struct session *session = user;
	const struct h2 *h2 = session->h2;

	/* GOAWAY may still be on its way out, but what it says is true. */
	if (h2->said_goaway && frame->hd.stream_id > h2->last_stream)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS &&
		frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		nghttp2_session_set_stream_user_data(ng, frame->hd.stream_id,
			exchange_new(session, frame->hd.stream_id));
	return 0;
}

static struct exchange *exchange_of(nghttp2_session *ng, int32_t stream_id)
{
	return nghttp2_session_get_stream_user_data(ng, stream_id);
}

static int on_header(nghttp2_session *ng, const nghttp2_frame *frame,
	const uint8_t *name, size_t name_len, const uint8_t *value,
	size_t value_len, uint8_t flags, void *user)
{
	struct exchange *ex = exchange_of(ng, frame->hd.stream_id);

	(void)flags;
	(void)user;
	if (ex && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		exchange_add_header(
			ex, span_of(name, name_len), span_of(value, value_len));
	return 0;
}

static int on_frame_recv(
	nghttp2_session *ng, const nghttp2_frame *frame, void *user)
{
	struct exchange *ex = exchange_of(ng, frame->hd.stream_id);

	(void)user;
	if (!ex)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS &&
		frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		exchange_headers_done(ex);
	if ((frame->hd.type == NGHTTP2_HEADERS ||
		    frame->hd.type == NGHTTP2_DATA) &&
		(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		exchange_body_done(ex);
	return 0;
}

static int on_data(nghttp2_session *ng, uint8_t flags, int32_t stream_id,
	const uint8_t *data, size_t len, void *user)
{
	struct exchange *ex = exchange_of(ng, stream_id);

	(void)flags;
	(void)user;
	if (ex)
		exchange_add_body(ex, span_of(data, len));
	return 0;
}

static int on_stream_close(
	nghttp2_session *ng, int32_t stream_id, uint32_t error, void *user)
{
	struct exchange *ex = exchange_of(ng, stream_id);

	(void)error;
	(void)user;
	if (ex)
		exchange_close(ex);
	return 0;
}

/*
 * An answer that came before the end of the request: the rest of it is not
 * wanted (RFC 9113, 8.1).
 */
static int on_frame_send(
	nghttp2_session *ng, const nghttp2_frame *frame, void *user)
{
	struct exchange *ex = exchange_of(ng, frame->hd.stream_id);

	(void)user;
	if (ex && !ex->is_complete &&
		(frame->hd.type == NGHTTP2_DATA ||
			frame->hd.type == NGHTTP2_HEADERS) &&
		(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		nghttp2_submit_rst_stream(ng, NGHTTP2_FLAG_NONE,
			frame->hd.stream_id, NGHTTP2_NO_ERROR);
	return 0;
}

static ssize_t on_read_body(nghttp2_session *ng, int32_t stream_id, uint8_t *to,
	size_t max, uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct exchange *ex = source->ptr;
	bool end = false;
	long len = exchange_read_body(ex, to, max, &end);

	(void)user;
	if (len == -2) {
		nghttp2_submit_rst_stream(
			ng, NGHTTP2_FLAG_NONE, stream_id, ex->plan.h2_error);
		return NGHTTP2_ERR_DEFERRED;
	}
	if (len < 0)
		return NGHTTP2_ERR_DEFERRED;
	if (end)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return len;
}

static nghttp2_session *new_ng(struct session *session)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	nghttp2_session *ng = NULL;

	CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
	nghttp2_session_callbacks_set_on_begin_headers_callback(
		callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
		callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
		callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		callbacks, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(
		callbacks, on_frame_send);
	CHECK(nghttp2_option_new(&option) == 0);
	nghttp2_option_set_no_closed_streams(option, 1);
	CHECK(nghttp2_session_server_new2(&ng, callbacks, session, option) ==
		0);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return ng;
}

static void h2_open(struct session *session)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_FRAME_SIZE, MAX_FRAME_SIZE },
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
			session->server->settings.max_streams },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST },
		{ NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 4096 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};
	struct h2 *h2 = xcalloc(1, sizeof(*h2));

	session->h2 = h2;
	h2->ng = new_ng(session);
	CHECK(nghttp2_submit_settings(h2->ng, NGHTTP2_FLAG_NONE, settings,
		      ARRAY_SIZE(settings)) == 0);
	CHECK(nghttp2_session_set_local_window_size(
		      h2->ng, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) == 0);
}

static void h2_close(struct session *session)
{
	nghttp2_session_del(session->h2->ng);
	free(session->h2);
}

static void h2_receive(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->bev);
	struct evbuffer_iovec chunk;

	while (!session->is_over &&
		evbuffer_peek(input, -1, NULL, &chunk, 1) > 0) {
		ssize_t used = nghttp2_session_mem_recv(
			session->h2->ng, chunk.iov_base, chunk.iov_len);

		if (used < 0) {
			session->is_over = true;
			return;
		}
		evbuffer_drain(input, (size_t)used);
	}
}

static void h2_flush(struct session *session)
{
	struct evbuffer *output = bufferevent_get_output(session->bev);
	nghttp2_session *ng = session->h2->ng;
	const uint8_t *data;
	ssize_t len;

	while (session_has_room(session)) {
		len = nghttp2_session_mem_send(ng, &data);
		if (len < 0)
			session->is_over = true;
		if (len <= 0)
			break;
		bufferevent_write(session->bev, data, (size_t)len);
	}
	if (!nghttp2_session_want_read(ng) && !nghttp2_session_want_write(ng) &&
		!evbuffer_get_length(output))
		session->is_over = true;
}

static void h2_goaway(struct session *session, unsigned drop_newest)
{
	struct h2 *h2 = session->h2;
	int32_t last = nghttp2_session_get_last_proc_stream_id(h2->ng);

	/* A client's streams have odd numbers. */
	last -= 2 * (int32_t)drop_newest;
	if (last < 0)
		last = 0;
	if (h2->said_goaway && last > h2->last_stream)
		last = h2->last_stream;
	h2->said_goaway = true;
	h2->last_stream = last;
	nghttp2_submit_goaway(
		h2->ng, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0);
}

static void h2_set_max_streams(struct session *session, uint32_t max)
{
	const nghttp2_settings_entry entry = {
		NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max
	};

	nghttp2_submit_settings(session->h2->ng, NGHTTP2_FLAG_NONE, &entry, 1);
}

static nghttp2_nv nv(const char *name, const char *value)
{
	/* nghttp2 copies both; its types are not const. */
	return (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
		.flags = NGHTTP2_NV_FLAG_NONE,
	};
}

static void h2_respond(struct exchange *ex, const struct response *response)
{
	const nghttp2_data_provider body = {
		.source.ptr = ex,
		.read_callback = on_read_body,
	};
	nghttp2_nv headers[MAX_RESPONSE_HEADERS];
	char length[32];
	char code[16];
	size_t n = 0;

	CHECK(response->count + 3 <= MAX_RESPONSE_HEADERS);
	snprintf(code, sizeof(code), "%d", response->code);
	headers[n++] = nv(":status", code);
	for (size_t i = 0; i < response->count; i++)
		headers[n++] = nv(
			response->headers[i].name, response->headers[i].value);
	if (response->is_whole && response->len < GO_BUFFER &&
		response->code != 204) {
		snprintf(length, sizeof(length), "%zu", response->len);
		headers[n++] = nv("content-length", length);
	}
	headers[n++] = nv("date", ex->server->date);
	nghttp2_submit_response(ex->session->h2->ng, ex->stream_id, headers, n,
		response->has_body ? &body : NULL);
}

static void h2_reset(struct exchange *ex, uint32_t h2_error)
{
	nghttp2_submit_rst_stream(ex->session->h2->ng, NGHTTP2_FLAG_NONE,
		ex->stream_id, h2_error);
}

static void h2_resume(struct exchange *ex)
{
	nghttp2_session_resume_data(ex->session->h2->ng, ex->stream_id);
}

/* Go says "100 Continue" in HTTP/2 as well, but nobody waits for it there. */
static void h2_want_body(struct exchange *ex)
{
	(void)ex;
}

const struct protocol protocol_h2 = {
	.name = "h2",
	.open = h2_open,
	.close = h2_close,
	.receive = h2_receive,
	.flush = h2_flush,
	.goaway = h2_goaway,
	.set_max_streams = h2_set_max_streams,
	.respond = h2_respond,
	.reset = h2_reset,
	.resume = h2_resume,
	.want_body = h2_want_body,
};
