/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/session.h"

#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/kubesim/exchange.h"

/* The first frames of the real server (facts: wire). */
enum {
	MAX_FRAME_SIZE = 262144,
	MAX_HEADER_LIST = 1048896,
	STREAM_WINDOW = 262144,
	CONNECTION_WINDOW = 100 * STREAM_WINDOW,
	/* Above this much unsent, nghttp2 is not asked for more. */
	WRITE_HIGH = 256 << 10,
	WRITE_LOW = 64 << 10,
	READ_SIZE = 64 << 10,
};

/* nghttp2 calls back; nothing is sent from here. */

static int on_begin_headers(
	nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
	struct session *session = user;

	/* GOAWAY may still be on its way out, but what it says is true. */
	if (session->said_goaway && frame->hd.stream_id > session->last_stream)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS &&
		frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id,
			exchange_new(session, frame->hd.stream_id));
	return 0;
}

static struct exchange *exchange_of(nghttp2_session *h2, int32_t stream_id)
{
	return nghttp2_session_get_stream_user_data(h2, stream_id);
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame,
	const uint8_t *name, size_t name_len, const uint8_t *value,
	size_t value_len, uint8_t flags, void *user)
{
	struct exchange *ex = exchange_of(h2, frame->hd.stream_id);

	(void)flags;
	(void)user;
	if (ex && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		exchange_add_header(
			ex, span_of(name, name_len), span_of(value, value_len));
	return 0;
}

static int on_frame_recv(
	nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
	struct exchange *ex = exchange_of(h2, frame->hd.stream_id);

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

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream_id,
	const uint8_t *data, size_t len, void *user)
{
	struct exchange *ex = exchange_of(h2, stream_id);

	(void)flags;
	(void)user;
	if (ex)
		exchange_add_body(ex, span_of(data, len));
	return 0;
}

static int on_stream_close(
	nghttp2_session *h2, int32_t stream_id, uint32_t error, void *user)
{
	struct exchange *ex = exchange_of(h2, stream_id);

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
	nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
	struct exchange *ex = exchange_of(h2, frame->hd.stream_id);

	(void)user;
	if (ex && !ex->is_complete &&
		(frame->hd.type == NGHTTP2_DATA ||
			frame->hd.type == NGHTTP2_HEADERS) &&
		(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		nghttp2_submit_rst_stream(h2, NGHTTP2_FLAG_NONE,
			frame->hd.stream_id, NGHTTP2_NO_ERROR);
	return 0;
}

static ssize_t on_read_body(nghttp2_session *h2, int32_t stream_id, uint8_t *to,
	size_t max, uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct exchange *ex = source->ptr;
	bool end = false;
	long len = exchange_read_body(ex, to, max, &end);

	(void)user;
	if (len == -2) {
		nghttp2_submit_rst_stream(
			h2, NGHTTP2_FLAG_NONE, stream_id, ex->plan.h2_error);
		return NGHTTP2_ERR_DEFERRED;
	}
	if (len < 0)
		return NGHTTP2_ERR_DEFERRED;
	if (end)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return len;
}

static nghttp2_session *new_h2(struct session *session)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	nghttp2_session *h2 = NULL;

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
	CHECK(nghttp2_session_server_new2(&h2, callbacks, session, option) ==
		0);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return h2;
}

static void submit_first_frames(struct session *session)
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

	CHECK(nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, settings,
		      ARRAY_SIZE(settings)) == 0);
	CHECK(nghttp2_session_set_local_window_size(session->h2,
		      NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) == 0);
}

/* TLS */

static void note_peer_name(X509 *cert, struct session *session)
{
	X509_NAME *name = X509_get_subject_name(cert);
	char text[256];
	int at = -1;

	if (X509_NAME_get_text_by_NID(
		    name, NID_commonName, text, sizeof(text)) <= 0)
		return;
	identity_init(&session->peer, text);
	session->has_peer = true;
	while ((at = X509_NAME_get_index_by_NID(
			name, NID_organizationName, at)) >= 0) {
		const ASN1_STRING *data =
			X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));

		identity_add_group(&session->peer,
			span_of(ASN1_STRING_get0_data(data),
				(size_t)ASN1_STRING_length(data)));
	}
	identity_complete(&session->peer);
}

static void session_begin(struct session *session)
{
	SSL *ssl = bufferevent_openssl_get_ssl(session->bev);
	X509 *cert = SSL_get_peer_certificate(ssl);
	const unsigned char *alpn = NULL;
	unsigned alpn_len = 0;

	if (cert) {
		note_peer_name(cert, session);
		X509_free(cert);
	}
	SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
	if (alpn_len != 2 || memcmp(alpn, "h2", 2) != 0) {
		session->is_over = true;
		return;
	}
	session->h2 = new_h2(session);
	submit_first_frames(session);
}

static void session_read(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->bev);
	struct evbuffer_iovec chunk;

	while (session->h2 && !session->deaf && !session->is_over &&
		evbuffer_peek(input, -1, NULL, &chunk, 1) > 0) {
		ssize_t used = nghttp2_session_mem_recv(
			session->h2, chunk.iov_base, chunk.iov_len);

		if (used < 0) {
			session->is_over = true;
			return;
		}
		evbuffer_drain(input, (size_t)used);
	}
}

static void session_note_event(struct session *session, short what)
{
	if (what & BEV_EVENT_CONNECTED)
		session_begin(session);
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		session->is_over = true;
}

static void on_readable(struct bufferevent *bev, void *user)
{
	struct session *session = user;
	struct server *server = session->server;

	(void)bev;
	server_begin_turn(server);
	session_touch(session);
	session_read(session);
	server_end_turn(server);
}

static void on_writable(struct bufferevent *bev, void *user)
{
	struct session *session = user;
	struct server *server = session->server;

	(void)bev;
	server_begin_turn(server);
	session_touch(session);
	server_end_turn(server);
}

static void on_event(struct bufferevent *bev, short what, void *user)
{
	struct session *session = user;
	struct server *server = session->server;

	(void)bev;
	server_begin_turn(server);
	session_touch(session);
	session_note_event(session, what);
	server_end_turn(server);
}

void session_touch(struct session *session)
{
	if (!list_node_is_linked(&session->dirty_node))
		list_push_back(&session->server->dirty, &session->dirty_node);
}

void session_new(struct server *server, evutil_socket_t fd)
{
	struct session *session = xcalloc(1, sizeof(*session));
	SSL *ssl = SSL_new(server->tls);
	int on = 1;

	CHECK(ssl);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	session->server = server;
	session->number = ++server->last_session;
	list_init(&session->exchanges);
	session->bev = bufferevent_openssl_socket_new(server->base, fd, ssl,
		BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	CHECK(session->bev);
	bufferevent_openssl_set_allow_dirty_shutdown(session->bev, 1);
	bufferevent_setcb(
		session->bev, on_readable, on_writable, on_event, session);
	bufferevent_setwatermark(session->bev, EV_WRITE, WRITE_LOW, 0);
	bufferevent_set_max_single_read(session->bev, READ_SIZE);
	bufferevent_set_max_single_write(session->bev, WRITE_HIGH);
	bufferevent_enable(session->bev, EV_READ | EV_WRITE);
	list_push_back(&server->sessions, &session->node);
}

static void set_linger_reset(struct session *session)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(bufferevent_getfd(session->bev), SOL_SOCKET, SO_LINGER,
		&linger, sizeof(linger));
}

void session_free(struct session *session)
{
	list_remove(&session->node);
	list_remove(&session->dirty_node);
	LIST_EACH (node, &session->exchanges)
		exchange_close(CONTAINER_OF(node, struct exchange, node));
	if (session->resets)
		set_linger_reset(session);
	nghttp2_session_del(session->h2);
	bufferevent_free(session->bev);
	identity_fini(&session->peer);
	free(session);
}

void session_flush(struct session *session)
{
	struct evbuffer *output = bufferevent_get_output(session->bev);
	const uint8_t *data;
	ssize_t len;

	if (!session->h2 || session->is_over)
		return;
	while (evbuffer_get_length(output) < WRITE_HIGH) {
		len = nghttp2_session_mem_send(session->h2, &data);
		if (len < 0)
			session->is_over = true;
		if (len <= 0)
			break;
		bufferevent_write(session->bev, data, (size_t)len);
	}
	if (!nghttp2_session_want_read(session->h2) &&
		!nghttp2_session_want_write(session->h2) &&
		!evbuffer_get_length(output))
		session->is_over = true;
}

void session_goaway(struct session *session, unsigned drop_newest)
{
	int32_t last;

	if (!session->h2)
		return;
	last = nghttp2_session_get_last_proc_stream_id(session->h2);
	/* A client's streams have odd numbers. */
	last -= 2 * (int32_t)drop_newest;
	if (last < 0)
		last = 0;
	if (session->said_goaway && last > session->last_stream)
		last = session->last_stream;
	session->said_goaway = true;
	session->last_stream = last;
	session_touch(session);
	nghttp2_submit_goaway(session->h2, NGHTTP2_FLAG_NONE, last,
		NGHTTP2_NO_ERROR, NULL, 0);
}

void session_reset(struct session *session)
{
	session->resets = true;
	session->is_over = true;
	session_touch(session);
}

void session_set_deaf(struct session *session, bool deaf)
{
	session->deaf = deaf;
	session_touch(session);
	if (deaf) {
		bufferevent_disable(session->bev, EV_READ);
	} else {
		bufferevent_enable(session->bev, EV_READ);
		session_read(session);
	}
}

void session_set_max_streams(struct session *session, uint32_t max)
{
	const nghttp2_settings_entry entry = {
		NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max
	};

	if (!session->h2)
		return;
	session_touch(session);
	nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, &entry, 1);
}

void session_respond(struct session *session, struct exchange *ex,
	const nghttp2_nv *headers, size_t count, bool has_body)
{
	const nghttp2_data_provider body = {
		.source.ptr = ex,
		.read_callback = on_read_body,
	};

	session_touch(session);
	nghttp2_submit_response(session->h2, ex->stream_id, headers, count,
		has_body ? &body : NULL);
}

void session_reset_stream(
	struct session *session, struct exchange *ex, uint32_t h2_error)
{
	session_touch(session);
	nghttp2_submit_rst_stream(
		session->h2, NGHTTP2_FLAG_NONE, ex->stream_id, h2_error);
}

void session_resume(struct session *session, struct exchange *ex)
{
	session_touch(session);
	nghttp2_session_resume_data(session->h2, ex->stream_id);
}
