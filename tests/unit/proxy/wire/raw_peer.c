/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/proxy/wire/raw_peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FRAME_HEAD = 9,
	/* Written at once, as a client with much to say would. */
	WRITE_AT_ONCE = 16 * 1024,
};

static const unsigned char alpn_h2[] = "\x02h2";

static uint32_t get_u32(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
		(uint32_t)b[2] << 8 | b[3];
}

static void put_u32(char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(value >> (24 - 8 * i));
}

/* ---- what comes -----------------------------------------------------------
 */

static void note_frame(struct raw_peer *raw, uint8_t type, uint8_t flags,
	int32_t id, struct span payload)
{
	switch (type) {
	case NGHTTP2_DATA:
		raw->data++;
		raw->data_bytes += payload.len;
		break;
	case NGHTTP2_HEADERS:
		raw->headers++;
		break;
	case NGHTTP2_RST_STREAM:
		raw->resets++;
		raw->reset_id = id;
		raw->reset_code = get_u32(payload.ptr);
		break;
	case NGHTTP2_SETTINGS:
		if (flags & NGHTTP2_FLAG_ACK) {
			raw->settings_acks++;
			break;
		}
		raw->settings++;
		if (raw->acks_settings)
			raw_frame(raw, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0,
				SPAN_NONE);
		break;
	case NGHTTP2_PING:
		if (flags & NGHTTP2_FLAG_ACK) {
			raw->ping_acks++;
			break;
		}
		raw->pings++;
		if (raw->answers_pings)
			raw_frame(raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0,
				payload);
		break;
	case NGHTTP2_GOAWAY:
		raw->goaways++;
		raw->goaway_last_id = (int32_t)get_u32(payload.ptr);
		raw->goaway_code = get_u32(payload.ptr + 4);
		break;
	case NGHTTP2_WINDOW_UPDATE:
		raw->window_updates++;
		break;
	}
	if ((type == NGHTTP2_DATA || type == NGHTTP2_HEADERS) &&
		(flags & NGHTTP2_FLAG_END_STREAM)) {
		raw->ends++;
		raw->ended_id = id;
	}
}

static void note_frames(struct raw_peer *raw)
{
	size_t skipped = u64_min(raw->preface_left, buf_len(&raw->in));

	buf_eat(&raw->in, skipped);
	raw->preface_left -= skipped;
	for (;;) {
		struct span in = buf_span(&raw->in);
		size_t len;

		if (in.len < FRAME_HEAD)
			return;
		len = get_u32(in.ptr) >> 8;
		if (in.len < FRAME_HEAD + len)
			return;
		note_frame(raw, (uint8_t)in.ptr[3], (uint8_t)in.ptr[4],
			(int32_t)get_u32(in.ptr + 5),
			span_of(in.ptr + FRAME_HEAD, len));
		buf_eat(&raw->in, FRAME_HEAD + len);
	}
}

static void raw_end(struct raw_peer *raw)
{
	raw->is_closed = true;
	event_del(raw->readable);
	event_del(raw->writable);
}

static void raw_read(struct raw_peer *raw)
{
	while (!raw->is_deaf && !raw->is_closed) {
		char *room = buf_reserve(&raw->in, WRITE_AT_ONCE);
		int n;

		ERR_clear_error();
		n = SSL_read(raw->ssl, room, WRITE_AT_ONCE);
		if (n <= 0) {
			if (SSL_get_error(raw->ssl, n) != SSL_ERROR_WANT_READ)
				raw_end(raw);
			return;
		}
		buf_commit(&raw->in, (size_t)n);
		if (!raw->is_text)
			note_frames(raw);
	}
}

static void raw_write(struct raw_peer *raw)
{
	while (buf_len(&raw->out) > 0 && !raw->is_closed) {
		struct span out = buf_span(&raw->out);
		int n;

		ERR_clear_error();
		n = SSL_write(raw->ssl, out.ptr,
			(int)u64_min(out.len, WRITE_AT_ONCE));
		if (n > 0) {
			buf_eat(&raw->out, (size_t)n);
			continue;
		}
		switch (SSL_get_error(raw->ssl, n)) {
		case SSL_ERROR_WANT_WRITE:
			event_add(raw->writable, NULL);
			return;
		case SSL_ERROR_WANT_READ:
			return;
		}
		/* There may still be a reason to read. */
		buf_clear(&raw->out);
		raw_read(raw);
		if (!raw->is_closed)
			raw_end(raw);
	}
}

static void raw_pump(struct raw_peer *raw)
{
	if (!SSL_is_init_finished(raw->ssl)) {
		int n;

		ERR_clear_error();
		n = SSL_do_handshake(raw->ssl);
		if (n != 1) {
			if (SSL_get_error(raw->ssl, n) != SSL_ERROR_WANT_READ)
				raw_end(raw);
			return;
		}
	}
	raw_write(raw);
	raw_read(raw);
	/* What was read may have been answered. */
	raw_write(raw);
}

static void on_ready(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	raw_pump(user);
}

/* ---- beginning and end
 * ------------------------------------------------------- */

static void raw_take_fd(struct raw_peer *raw, int fd)
{
	struct event_base *base = loop_base(raw->lb->loop);
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	cr_assert_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
	raw->fd = fd;
	raw->ssl = SSL_new(raw->ctx);
	cr_assert(raw->ssl && SSL_set_fd(raw->ssl, fd) == 1);
	SSL_set_mode(raw->ssl,
		SSL_MODE_ENABLE_PARTIAL_WRITE |
			SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (raw->listening_fd < 0)
		SSL_set_connect_state(raw->ssl);
	else
		SSL_set_accept_state(raw->ssl);
	raw->readable =
		event_new(base, fd, EV_READ | EV_PERSIST, on_ready, raw);
	raw->writable = event_new(base, fd, EV_WRITE, on_ready, raw);
	cr_assert_eq(event_add(raw->readable, NULL), 0);
	raw_pump(raw);
}

static void init(
	struct raw_peer *raw, struct loopback *lb, const SSL_METHOD *method)
{
	*raw = (struct raw_peer){
		.lb = lb,
		.fd = -1,
		.listening_fd = -1,
		.ctx = SSL_CTX_new(method),
		.acks_settings = true,
		.answers_pings = true,
	};
	cr_assert_not_null(raw->ctx);
	/* OpenSSL writes to what the other side may have closed. */
	signal(SIGPIPE, SIG_IGN);
}

void raw_client_init_with_alpn(
	struct raw_peer *raw, struct loopback *lb, struct span alpn)
{
	init(raw, lb, TLS_client_method());
	raw->is_text = true;
	if (!span_is_absent(alpn))
		SSL_CTX_set_alpn_protos(raw->ctx,
			(const unsigned char *)alpn.ptr, (unsigned)alpn.len);
	raw_take_fd(raw, loopback_dial(lb));
}

void raw_client_init(struct raw_peer *raw, struct loopback *lb)
{
	init(raw, lb, TLS_client_method());
	SSL_CTX_set_alpn_protos(raw->ctx, alpn_h2, sizeof(alpn_h2) - 1);
	raw_take_fd(raw, loopback_dial(lb));
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *user)
{
	(void)ssl;
	(void)in;
	(void)in_len;
	(void)user;
	*out = alpn_h2 + 1;
	*out_len = 2;
	return SSL_TLSEXT_ERR_OK;
}

static void on_acceptable(evutil_socket_t fd, short what, void *user)
{
	struct raw_peer *raw = user;

	(void)what;
	event_free(raw->readable);
	raw->readable = NULL;
	raw_take_fd(raw, accept(fd, NULL, NULL));
}

static void use_leaf(struct raw_peer *raw)
{
	const struct test_leaf *leaf = &raw->lb->leaf;
	BIO *cert_bio = BIO_new_mem_buf(
		leaf->cert_pem.data, (int)buf_len(&leaf->cert_pem));
	BIO *key_bio = BIO_new_mem_buf(
		leaf->key_pem.data, (int)buf_len(&leaf->key_pem));
	X509 *cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);

	cr_assert_eq(SSL_CTX_use_certificate(raw->ctx, cert), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey(raw->ctx, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(cert_bio);
	BIO_free(key_bio);
}

static void raw_server_listen(struct raw_peer *raw, struct loopback *lb)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);

	init(raw, lb, TLS_server_method());
	raw->preface_left = NGHTTP2_CLIENT_MAGIC_LEN;
	use_leaf(raw);
	SSL_CTX_set_alpn_select_cb(raw->ctx, on_alpn, NULL);
	raw->listening_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(raw->listening_fd, (const struct sockaddr *)&addr,
			     sizeof(addr)),
		0);
	cr_assert_eq(listen(raw->listening_fd, 1), 0);
	cr_assert_eq(
		getsockname(raw->listening_fd, (struct sockaddr *)&addr, &len),
		0);
	raw->readable = event_new(loop_base(lb->loop), raw->listening_fd,
		EV_READ, on_acceptable, raw);
	cr_assert_eq(event_add(raw->readable, NULL), 0);
	lb->port = ntohs(addr.sin_port);
}

static void raw_server_accept(struct raw_peer *raw, struct loopback *lb)
{
	loopback_connect(lb);
	WAIT_FOR(lb, raw->ssl && SSL_is_init_finished(raw->ssl));
}

void raw_server_init(struct raw_peer *raw, struct loopback *lb)
{
	raw_server_listen(raw, lb);
	raw_setting(raw, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100);
	raw_server_accept(raw, lb);
}

void raw_server_init_silent(struct raw_peer *raw, struct loopback *lb)
{
	raw_server_listen(raw, lb);
	raw->acks_settings = false;
	raw_server_accept(raw, lb);
}

void raw_peer_fini(struct raw_peer *raw)
{
	if (raw->readable)
		event_free(raw->readable);
	if (raw->writable)
		event_free(raw->writable);
	SSL_free(raw->ssl);
	SSL_CTX_free(raw->ctx);
	if (raw->fd >= 0)
		close(raw->fd);
	if (raw->listening_fd >= 0)
		close(raw->listening_fd);
	buf_fini(&raw->out);
	buf_fini(&raw->in);
	ERR_clear_error();
}

void raw_stop_reading(struct raw_peer *raw)
{
	int size = 4096;

	raw->is_deaf = true;
	event_del(raw->readable);
	setsockopt(raw->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* ---- what is sent
 * ---------------------------------------------------------------- */

void raw_bytes(struct raw_peer *raw, const void *bytes, size_t len)
{
	buf_append(&raw->out, bytes, len);
	if (!raw->is_closed && raw->ssl && SSL_is_init_finished(raw->ssl))
		event_add(raw->writable, NULL);
}

void raw_frame(struct raw_peer *raw, uint8_t type, uint8_t flags, int32_t id,
	struct span payload)
{
	char head[FRAME_HEAD];

	put_u32(head, (uint32_t)payload.len << 8);
	head[3] = (char)type;
	head[4] = (char)flags;
	put_u32(head + 5, (uint32_t)id);
	raw_bytes(raw, head, sizeof(head));
	raw_bytes(raw, payload.ptr, payload.len);
}

void raw_preface(struct raw_peer *raw)
{
	raw_bytes(raw, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
	raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, SPAN_NONE);
}

void raw_setting(struct raw_peer *raw, uint16_t id, uint32_t value)
{
	char payload[6] = { (char)(id >> 8), (char)id };

	put_u32(payload + 2, value);
	raw_frame(
		raw, NGHTTP2_SETTINGS, 0, 0, span_of(payload, sizeof(payload)));
}

/* In HPACK's static table: GET, https, "/"; then a literal authority. */
#define HPACK_GET "\x82\x87\x84\x01\x09localhost"
#define HPACK_POST "\x83\x87\x84\x01\x09localhost"

void raw_get(struct raw_peer *raw, int32_t id)
{
	raw_frame(raw, NGHTTP2_HEADERS,
		NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id,
		SPAN(HPACK_GET));
}

void raw_post(struct raw_peer *raw, int32_t id)
{
	raw_frame(raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id,
		SPAN(HPACK_POST));
}

static void hpack_string(struct buf *block, struct span text)
{
	size_t rest = text.len;
	char byte;

	if (rest < 127) {
		byte = (char)rest;
		buf_append(block, &byte, 1);
	} else {
		buf_append(block, "\x7f", 1);
		for (rest -= 127; rest >= 128; rest >>= 7) {
			byte = (char)(rest | 128);
			buf_append(block, &byte, 1);
		}
		byte = (char)rest;
		buf_append(block, &byte, 1);
	}
	buf_append_span(block, text);
}

void hpack_literal(struct buf *block, struct span name, struct span value)
{
	buf_append(block, "\0", 1);
	hpack_string(block, name);
	hpack_string(block, value);
}

void raw_get_with(
	struct raw_peer *raw, int32_t id, struct span name, struct span value)
{
	struct buf block = BUF_INIT;

	buf_append_span(&block, SPAN(HPACK_GET));
	hpack_literal(&block, name, value);
	raw_frame(raw, NGHTTP2_HEADERS,
		NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id,
		buf_span(&block));
	buf_fini(&block);
}

void raw_status_200(struct raw_peer *raw, int32_t id, uint8_t flags)
{
	raw_frame(raw, NGHTTP2_HEADERS,
		(uint8_t)(flags | NGHTTP2_FLAG_END_HEADERS), id, SPAN("\x88"));
}

void raw_reset(struct raw_peer *raw, int32_t id, uint32_t code)
{
	char payload[4];

	put_u32(payload, code);
	raw_frame(raw, NGHTTP2_RST_STREAM, 0, id,
		span_of(payload, sizeof(payload)));
}

void raw_goaway(struct raw_peer *raw, int32_t last_id, uint32_t code)
{
	char payload[8];

	put_u32(payload, (uint32_t)last_id);
	put_u32(payload + 4, code);
	raw_frame(raw, NGHTTP2_GOAWAY, 0, 0, span_of(payload, sizeof(payload)));
}

void raw_window_update(struct raw_peer *raw, int32_t id, uint32_t by)
{
	char payload[4];

	put_u32(payload, by);
	raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, id,
		span_of(payload, sizeof(payload)));
}

void raw_ping(struct raw_peer *raw)
{
	raw_frame(raw, NGHTTP2_PING, 0, 0, SPAN("12345678"));
}
