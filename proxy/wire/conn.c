/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/tls.h"

/* ---- the BIO ---------------------------------------------------------- */

static int bio_read(BIO *bio, char *to, int cap)
{
	struct conn *conn = BIO_get_data(bio);
	size_t n = u64_min(conn->in.len, (size_t)cap);

	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(to, conn->in.ptr, n);
	conn->in = span_skip(conn->in, n);
	return (int)n;
}

static int bio_write(BIO *bio, const char *from, int len)
{
	struct conn *conn = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_append(&conn->io->cipher_out, from, (size_t)len);
	return len;
}

static long bio_ctrl(BIO *bio, int command, long larg, void *parg)
{
	(void)bio;
	(void)larg;
	(void)parg;
	return command == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

void conn_io_init(struct conn_io *io, struct event_base *base)
{
	*io = (struct conn_io){
		.base = base,
		.received = xmalloc(CONN_RECEIVE_MAX),
		.plain_in = xmalloc(CONN_RECORD_MAX),
		.plain_out = xmalloc(CONN_RECORD_MAX),
	};
	lingers_init(&io->lingers, base);
	io->method = BIO_meth_new(
		BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "fairway");
	CHECK(io->method && BIO_meth_set_read(io->method, bio_read) &&
		BIO_meth_set_write(io->method, bio_write) &&
		BIO_meth_set_ctrl(io->method, bio_ctrl) &&
		BIO_meth_set_create(io->method, bio_create));
}

void conn_io_fini(struct conn_io *io)
{
	lingers_fini(&io->lingers);
	BIO_meth_free(io->method);
	free(io->received);
	free(io->plain_in);
	free(io->plain_out);
	buf_fini(&io->cipher_out);
}

/* ---- failing ---------------------------------------------------------- */

static void conn_fail(
	struct conn *conn, enum session_close why, const char *detail)
{
	if (conn->is_failed || conn->state == CONN_CLOSED)
		return;
	conn->is_failed = true;
	conn->is_deaf =
		why == SESSION_CLOSE_RESET || why == SESSION_CLOSE_CONNECT;
	event_del(&conn->readable);
	event_del(&conn->writable);
	conn->events->on_failed(conn->user, why, detail);
}

static void conn_ended(struct conn *conn, bool is_clean, const char *detail)
{
	conn->peer_ended = true;
	event_del(&conn->readable);
	if (conn->is_failed || conn->events->on_end(conn->user, is_clean))
		return;
	conn_fail(conn, SESSION_CLOSE_EOF, detail);
}

/*
 * In decrypt() told apart without SSL_get_error(), which wants the error queue
 * to be emptied before each call: that costs more than the call's own share.
 */
static void fail_tls(struct conn *conn)
{
	bool is_open = conn->state == CONN_OPEN;
	const char *verify = tls_verify_text(conn->ssl);
	char text[256];

	/* A fatal alert sets the flag, too. */
	if ((SSL_get_shutdown(conn->ssl) & SSL_RECEIVED_SHUTDOWN) &&
		ERR_peek_error() == 0) {
		if (is_open)
			conn_ended(conn, true, "the peer ended TLS");
		else
			conn_fail(
				conn, SESSION_CLOSE_TLS, "the peer ended TLS");
		return;
	}
	tls_error_text(text, sizeof(text));
	conn_fail(conn, SESSION_CLOSE_TLS, !is_open && verify ? verify : text);
}

/* ---- sending ---------------------------------------------------------- */

static void encrypt(struct conn *conn)
{
	struct conn_io *io = conn->io;
	int len = (int)io->plain_out_len;

	if (len == 0)
		return;
	io->plain_out_len = 0;
	if (!conn->ssl)
		buf_append(&io->cipher_out, io->plain_out, (size_t)len);
	/* Our BIO takes everything. */
	else if (!conn->is_failed &&
		SSL_write(conn->ssl, io->plain_out, len) != len)
		fail_tls(conn);
}

void conn_write(struct conn *conn, const void *bytes, size_t len)
{
	struct conn_io *io = conn->io;
	const char *from = bytes;

	while (len > 0) {
		size_t n = u64_min(len, CONN_RECORD_MAX - io->plain_out_len);

		memcpy(io->plain_out + io->plain_out_len, from, n);
		io->plain_out_len += n;
		from += n;
		len -= n;
		if (io->plain_out_len == CONN_RECORD_MAX)
			encrypt(conn);
	}
}

bool conn_has_enough(const struct conn *conn)
{
	return buf_len(&conn->io->cipher_out) >= CONN_SEND_ENOUGH;
}

/* Sends from `buf`: 1: all of it; 0: the kernel is full; -1: failed. */
static int send_buf(struct conn *conn, struct buf *buf)
{
	while (buf_len(buf) > 0) {
		struct span span = buf_span(buf);
		ssize_t n = send(conn->fd, span.ptr, span.len, MSG_NOSIGNAL);

		if (n > 0) {
			conn->bytes_out += (size_t)n;
			buf_eat(buf, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		conn_fail(conn, SESSION_CLOSE_RESET, strerror(errno));
		return -1;
	}
	return 1;
}

static void charge(struct conn *conn)
{
	conn->io->kept += conn->out.cap;
	conn->io->kept -= conn->charged;
	conn->charged = conn->out.cap;
}

/* What the kernel does not take stays with the connection. */
static void keep_cipher(struct conn *conn)
{
	struct buf *cipher = &conn->io->cipher_out;

	if (buf_len(cipher) > 0) {
		buf_append_span(&conn->out, buf_span(cipher));
		buf_clear(cipher);
		charge(conn);
	}
}

int conn_send(struct conn *conn)
{
	struct buf *cipher = &conn->io->cipher_out;
	int sent = 1;

	encrypt(conn);
	if (conn->is_failed || conn->state == CONN_CLOSED ||
		conn->state == CONN_CONNECTING) {
		buf_clear(cipher);
		return conn->state == CONN_CONNECTING ? 0 : -1;
	}
	if (buf_len(&conn->out) > 0)
		sent = send_buf(conn, &conn->out);
	if (sent == 1) {
		buf_fini(&conn->out);
		charge(conn);
		sent = send_buf(conn, cipher);
	}
	if (sent < 0) {
		buf_clear(cipher);
		return -1;
	}
	keep_cipher(conn);
	if (sent == 0)
		CHECK(event_add(&conn->writable, NULL) == 0);
	else if (conn->is_ending && !conn->is_end_said) {
		conn->is_end_said = true;
		shutdown(conn->fd, SHUT_WR);
	}
	return 0;
}

void conn_end(struct conn *conn)
{
	if (conn->is_ending)
		return;
	encrypt(conn);
	conn->is_ending = true;
	if (conn->ssl && !conn->is_failed)
		SSL_shutdown(conn->ssl);
	ERR_clear_error();
}

void conn_abort(struct conn *conn)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	conn->is_deaf = true;
	if (conn->fd >= 0)
		setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &at_once,
			sizeof(at_once));
}

/* ---- receiving -------------------------------------------------------- */

/* True when it is done. */
static bool shake_hands(struct conn *conn)
{
	int n;

	ERR_clear_error();
	n = SSL_do_handshake(conn->ssl);
	if (n == 1) {
		conn->state = CONN_OPEN;
		conn->events->on_open(conn->user);
		return !conn->is_failed;
	}
	/* Behind a fatal alert it still says that it wants to read. */
	if (SSL_get_error(conn->ssl, n) != SSL_ERROR_WANT_READ)
		fail_tls(conn);
	return false;
}

static void decrypt(struct conn *conn)
{
	while (!conn->is_failed && conn->state == CONN_OPEN) {
		int n = SSL_read(
			conn->ssl, conn->io->plain_in, CONN_RECORD_MAX);

		if (n > 0) {
			conn->events->on_data(
				conn->user, conn->io->plain_in, (size_t)n);
			/* It never reads ahead: to ask again costs as much. */
			if (span_is_empty(conn->in) &&
				SSL_pending(conn->ssl) == 0)
				return;
			continue;
		}
		if (!SSL_want_read(conn->ssl))
			fail_tls(conn);
		return;
	}
}

static void conn_receive(struct conn *conn)
{
	ssize_t n = recv(conn->fd, conn->io->received, conn->receive_max, 0);

	if (n < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			conn_fail(conn, SESSION_CLOSE_RESET, strerror(errno));
		return;
	}
	if (n == 0) {
		if (conn->state == CONN_OPEN)
			conn_ended(conn, !conn->ssl, "end of file");
		else
			conn_fail(conn, SESSION_CLOSE_EOF, "end of file");
		return;
	}
	conn->bytes_in += (size_t)n;
	if (!conn->ssl) {
		conn->events->on_data(
			conn->user, conn->io->received, (size_t)n);
		return;
	}
	conn->in = span_of(conn->io->received, (size_t)n);
	if (conn->state == CONN_OPEN || shake_hands(conn))
		decrypt(conn);
	conn->in = SPAN_NONE;
	/* Handshakes, alerts: they leave at the end of the turn. */
	if (buf_len(&conn->io->cipher_out) > 0) {
		keep_cipher(conn);
		conn->events->on_writable(conn->user);
	}
	/* A key may be renewed as often as one likes, and each is answered. */
	if (buf_len(&conn->out) > CONN_KEPT_MAX)
		conn_fail(conn, SESSION_CLOSE_FLOOD,
			"too many answers of TLS that were not read");
}

void conn_pause(struct conn *conn, bool is_paused)
{
	if (conn->is_paused == is_paused)
		return;
	conn->is_paused = is_paused;
	if (is_paused)
		event_del(&conn->readable);
	else if (!conn->is_failed && !conn->peer_ended &&
		conn->state != CONN_CLOSED)
		CHECK(event_add(&conn->readable, NULL) == 0);
}

bool conn_is_gone(const struct conn *conn, bool is_half_enough)
{
	struct pollfd pollfd = {
		.fd = conn->fd,
		.events = is_half_enough ? POLLRDHUP : 0,
	};

	return conn->fd >= 0 && poll(&pollfd, 1, 0) > 0;
}

void conn_keep_alive(struct conn *conn)
{
	const int on = 1, idle = 30, interval = 15, count = 4;

	/* In seconds; on a UNIX socket they fail, and nothing is lost. */
	setsockopt(conn->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(conn->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(conn->fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
		sizeof(interval));
	setsockopt(conn->fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static void on_readable(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	conn_receive(user);
}

/* ---- connecting ------------------------------------------------------- */

static void conn_connected(struct conn *conn)
{
	int error = 0;
	socklen_t len = sizeof(error);

	CHECK(getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
	if (error) {
		conn_fail(conn, SESSION_CLOSE_CONNECT, strerror(error));
		return;
	}
	CHECK(event_add(&conn->readable, NULL) == 0);
	if (conn->ssl) {
		conn->state = CONN_HANDSHAKE;
		shake_hands(conn);
		keep_cipher(conn);
	} else {
		conn->state = CONN_OPEN;
		conn->events->on_open(conn->user);
	}
	conn->events->on_writable(conn->user);
}

static void conn_writable(struct conn *conn)
{
	if (conn->state == CONN_CONNECTING)
		conn_connected(conn);
	else
		conn->events->on_writable(conn->user);
}

static void on_writable(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	conn_writable(user);
}

static void use_own_bio(struct conn *conn)
{
	BIO *bio = BIO_new(conn->io->method);

	CHECK(bio);
	BIO_set_data(bio, conn);
	SSL_set_bio(conn->ssl, bio, bio);
}

void conn_init(struct conn *conn, struct conn_io *io, int fd, SSL *ssl,
	bool is_connecting, const struct conn_events *events, void *user)
{
	enum conn_state connected = ssl ? CONN_HANDSHAKE : CONN_OPEN;
	int on = 1;

	*conn = (struct conn){
		.io = io,
		.events = events,
		.user = user,
		.state = is_connecting ? CONN_CONNECTING : connected,
		.is_accepted = !is_connecting,
		.fd = fd,
		.ssl = ssl,
		.receive_max = CONN_RECEIVE_MAX,
	};
	if (ssl)
		use_own_bio(conn);
	/* What is sent is gathered here: waiting for more only delays it. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	event_assign(&conn->readable, io->base, fd, EV_READ | EV_PERSIST,
		on_readable, conn);
	event_assign(
		&conn->writable, io->base, fd, EV_WRITE, on_writable, conn);
	CHECK(event_add(is_connecting ? &conn->writable : &conn->readable,
		      NULL) == 0);
}

/*
 * An alert, GOAWAY, close_notify: as far as the kernel takes them.  False: the
 * peer may have more to say.
 */
static bool say_last_words(struct conn *conn)
{
	struct span out = buf_span(&conn->out);
	ssize_t n;

	if (out.len > 0) {
		n = send(conn->fd, out.ptr, out.len, MSG_NOSIGNAL);
		conn->bytes_out += n > 0 ? (size_t)n : 0;
		/* What is cut off must not look as if it were whole. */
		if (n != (ssize_t)out.len) {
			conn_abort(conn);
			return false;
		}
	}
	/*
	 * Closing with bytes unread makes a reset of it, which may overtake
	 * what was said last.
	 */
	shutdown(conn->fd, SHUT_WR);
	return recv(conn->fd, conn->io->received, CONN_RECEIVE_MAX, 0) == 0;
}

void conn_close(struct conn *conn)
{
	bool lingers = conn->is_accepted && conn->state == CONN_OPEN &&
		!conn->is_failed;

	if (conn->state == CONN_CLOSED)
		return;
	event_del(&conn->readable);
	event_del(&conn->writable);
	if (conn->ssl && conn->state == CONN_OPEN && !conn->is_failed &&
		!conn->is_deaf && !conn->is_ending)
		SSL_shutdown(conn->ssl);
	keep_cipher(conn);
	if (conn->state != CONN_CONNECTING && !conn->is_deaf)
		lingers &= !say_last_words(conn);
	ERR_clear_error();
	conn->state = CONN_CLOSED;
	SSL_free(conn->ssl);
	conn->ssl = NULL;
	if (lingers && !conn->is_deaf)
		lingers_take(&conn->io->lingers, conn->fd);
	else
		close(conn->fd);
	conn->fd = -1;
	buf_fini(&conn->out);
	charge(conn);
}
