/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/hash.h"
#include "proxy/wire/tls.h"
#include "proxy/wire/wire_impl.h"

const char *session_close_name(enum session_close why)
{
	switch (why) {
	case SESSION_CLOSE_CLEAN:
		return "clean";
	case SESSION_CLOSE_EOF:
		return "eof";
	case SESSION_CLOSE_RESET:
		return "reset";
	case SESSION_CLOSE_CONNECT:
		return "connect";
	case SESSION_CLOSE_TLS:
		return "tls";
	case SESSION_CLOSE_TIMEOUT:
		return "timeout";
	case SESSION_CLOSE_PROTOCOL:
		return "protocol";
	case SESSION_CLOSE_FLOOD:
		return "flood";
	case SESSION_CLOSE_LOCAL:
		return "local";
	case SESSION_CLOSE_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

/* ---- states ----------------------------------------------------------- */

static void set_state(struct session *session, enum session_state state)
{
	CHECK(state > session->state);
	session->state = state;
}

void session_mark_dirty(struct session *session)
{
	if (session->dirty_node.list || session->state == SESSION_DEAD)
		return;
	list_push_back(&session->wire->dirty, &session->dirty_node);
}

void session_fail(
	struct session *session, enum session_close why, const char *detail)
{
	if (session->state >= SESSION_FAILED)
		return;
	set_state(session, SESSION_FAILED);
	session->why = why;
	session->detail = xstrdup(detail);
	list_push_back(&session->wire->failed, &session->failed_node);
}

void session_became_ready(struct session *session)
{
	if (session->state != SESSION_OPENING)
		return;
	set_state(session, SESSION_READY);
	if (session->events->on_ready)
		session->events->on_ready(session, session->user);
}

void session_was_told_to_go(struct session *session)
{
	if (session->got_goaway || session->state >= SESSION_FAILED)
		return;
	session->got_goaway = true;
	if (session->events->on_goaway)
		session->events->on_goaway(session, session->user);
}

/* ---- the connection's events ------------------------------------------ */

static void note_client_cert(struct session *session)
{
	X509 *cert = SSL_get0_peer_certificate(session->conn.ssl);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!cert || SSL_get_verify_result(session->conn.ssl) != X509_V_OK ||
		X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		return;
	CHECK(len >= sizeof(session->client_cert_hash));
	memcpy(&session->client_cert_hash, digest,
		sizeof(session->client_cert_hash));
}

static void connection_failed(
	struct session *session, enum session_close why, const char *detail)
{
	/* TLS 1.3: a server's no comes behind the handshake. */
	if (session->state == SESSION_OPENING && !session->is_server &&
		session->conn.state == CONN_OPEN && why == SESSION_CLOSE_TLS)
		session->wire->stats.handshake_failures++;
	else if (session->conn.state == CONN_HANDSHAKE)
		session->wire->stats.handshake_failures++;
	if (why == SESSION_CLOSE_EOF && list_is_empty(&session->streams) &&
		session->ops && session->state != SESSION_OPENING)
		why = SESSION_CLOSE_CLEAN;
	session_fail(session, why, detail);
}

static void session_speak(
	struct session *session, enum session_protocol protocol)
{
	session->protocol = protocol;
	session->ops = protocol == SESSION_H2 ? &h2_ops : &h1_ops;
	session->carrier = session->ops->start(session);
	session_mark_dirty(session);
	if (session->ops->is_ready_at_once)
		session_became_ready(session);
}

static void tls_opened(struct session *session)
{
	enum session_protocol chosen = tls_protocol(session->conn.ssl);

	session->wire->stats.handshakes++;
	if (session->is_server)
		note_client_cert(session);
	else if (session->protocol != chosen) {
		connection_failed(session, SESSION_CLOSE_TLS,
			session->protocol == SESSION_H2
				? "the peer does not speak HTTP/2 (ALPN h2)"
				: "the peer does not speak HTTP/1.1");
		return;
	}
	session_speak(session, chosen);
}

static void session_opened(struct session *session)
{
	if (session->tls)
		tls_opened(session);
	else
		session_speak(session, session->protocol);
}

/*
 * In cleartext the client's first bytes tell.  No request in HTTP/1.1 that
 * would be taken begins as HTTP/2's preface does.
 */
static void listen_for_protocol(
	struct session *session, const void *bytes, size_t len)
{
	const struct span preface = SPAN("PRI ");
	size_t n = u64_min(preface.len - session->first_len, len);

	memcpy(session->first + session->first_len, bytes, n);
	session->first_len += (uint8_t)n;
	if (!span_starts_with(
		    preface, span_of(session->first, session->first_len)))
		session_speak(session, SESSION_H1);
	else if (session->first_len == preface.len)
		session_speak(session, SESSION_H2);
	else
		return;
	session->ops->receive(
		session->carrier, session->first, session->first_len);
	if (len > n && session->state < SESSION_FAILED)
		session->ops->receive(
			session->carrier, (const char *)bytes + n, len - n);
}

static void session_received(
	struct session *session, const void *bytes, size_t len)
{
	if (session->state >= SESSION_FAILED)
		return;
	session->heard_at = session_now(session);
	session->is_ping_out = false;
	if (session->ops)
		session->ops->receive(session->carrier, bytes, len);
	else
		listen_for_protocol(session, bytes, len);
	session_mark_dirty(session);
}

static bool session_ended(struct session *session, bool is_clean)
{
	if (!session->ops || !session->ops->end ||
		session->state >= SESSION_FAILED)
		return false;
	session_mark_dirty(session);
	return session->ops->end(session->carrier, is_clean);
}

static void on_open(void *user)
{
	session_opened(user);
}

static void on_data(void *user, const void *bytes, size_t len)
{
	session_received(user, bytes, len);
}

static bool on_end(void *user, bool is_clean)
{
	return session_ended(user, is_clean);
}

static void on_writable(void *user)
{
	session_mark_dirty(user);
}

static void on_failed(void *user, enum session_close why, const char *detail)
{
	connection_failed(user, why, detail);
}

static const struct conn_events session_conn_events = {
	.on_open = on_open,
	.on_data = on_data,
	.on_end = on_end,
	.on_writable = on_writable,
	.on_failed = on_failed,
};

/* ---- opening ---------------------------------------------------------- */

/* A client on a UNIX socket has no address, but it is somebody. */
static void note_local_peer(struct session *session, int fd)
{
	static const struct hash_key no_key = { 0 };
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	snprintf(session->peer_name, sizeof(session->peer_name),
		"unix:uid=%u,pid=%d", (unsigned)peer.uid, (int)peer.pid);
	session->peer_hash = hash_bytes(&no_key, &peer.uid, sizeof(peer.uid));
	session->is_local = true;
}

static void note_peer(struct session *session, const struct sockaddr *addr)
{
	static const struct hash_key no_key = { 0 };
	char text[INET6_ADDRSTRLEN] = "?";
	unsigned port = 0;

	if (addr->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)addr;

		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		port = ntohs(in->sin_port);
		snprintf(session->peer_name, sizeof(session->peer_name),
			"%s:%u", text, port);
		session->peer_hash = hash_bytes(
			&no_key, &in->sin_addr, sizeof(in->sin_addr));
	} else if (addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)addr;

		inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof(text));
		port = ntohs(in->sin6_port);
		snprintf(session->peer_name, sizeof(session->peer_name),
			"[%s]:%u", text, port);
		session->peer_hash = hash_bytes(
			&no_key, &in->sin6_addr, sizeof(in->sin6_addr));
	}
}

static struct session *session_new(struct wire *wire, bool is_server,
	struct tls_context *tls, const struct sockaddr *addr,
	const struct session_events *events, void *user)
{
	struct session *session = xcalloc(1, sizeof(*session));

	session->wire = wire;
	session->tls = tls ? tls_context_ref(tls) : NULL;
	session->is_server = is_server;
	session->window = is_server ? wire->limits.window_down
				    : wire->limits.window_up;
	session->events = events;
	session->user = user;
	session->serial = ++wire->last_serial;
	session->opened_at = session_now(session);
	session->heard_at = session->opened_at;
	session->idle_at = session->opened_at;
	session->took_at = session->opened_at;
	list_init(&session->streams);
	note_peer(session, addr);
	list_push_back(&wire->sessions, &session->node);
	if (session->is_server)
		wire->stats.open_down++;
	else
		wire->stats.open_up++;
	if (wire->sweep.at == USEC_NEVER)
		loop_timer_set(&wire->sweep,
			usec_add(session->opened_at, USEC_PER_SEC));
	return session;
}

void session_accept(struct wire *wire, int fd, const struct sockaddr *addr,
	struct tls_context *tls, const struct session_events *events,
	void *user)
{
	struct session *session =
		session_new(wire, true, tls, addr, events, user);

	if (addr->sa_family == AF_UNIX)
		note_local_peer(session, fd);
	wire->stats.accepted++;
	conn_init(&session->conn, &wire->io, fd,
		tls ? tls_connection_new(tls, SESSION_H2) : NULL, false,
		&session_conn_events, session);
}

struct session *session_connect(struct wire *wire, const struct sockaddr *addr,
	socklen_t addr_len, struct tls_context *tls,
	enum session_protocol protocol, const struct session_events *events,
	void *user)
{
	struct session *session =
		session_new(wire, false, tls, addr, events, user);
	int fd = socket(
		addr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	session->protocol = protocol;
	wire->stats.connected++;
	session->conn.state = CONN_CLOSED;
	if (fd < 0) {
		session_fail(session, SESSION_CLOSE_CONNECT, strerror(errno));
		return session;
	}
	if (connect(fd, addr, addr_len) != 0 && errno != EINPROGRESS) {
		session_fail(session, SESSION_CLOSE_CONNECT, strerror(errno));
		close(fd);
		return session;
	}
	conn_init(&session->conn, &wire->io, fd,
		tls ? tls_connection_new(tls, protocol) : NULL, true,
		&session_conn_events, session);
	return session;
}

/* ---- the end of a turn ------------------------------------------------ */

static void count_bytes(struct session *session)
{
	struct wire_stats *stats = &session->wire->stats;
	uint64_t in = session->conn.bytes_in - session->counted_in;
	uint64_t out = session->conn.bytes_out - session->counted_out;

	session->counted_in += in;
	session->counted_out += out;
	if (session->is_server) {
		stats->bytes_in_down += in;
		stats->bytes_out_down += out;
	} else {
		stats->bytes_in_up += in;
		stats->bytes_out_up += out;
	}
}

void session_flush(struct session *session)
{
	struct conn *conn = &session->conn;
	enum session_close why;
	const char *detail;

	if (session->state >= SESSION_FAILED || conn->state == CONN_CONNECTING)
		return;
	if (session->ops && session->ops->advance)
		session->ops->advance(session->carrier);
	/* What is left from before goes first, and alone if it must. */
	if (conn_is_blocked(conn) && conn_send(conn) != 0)
		return;
	while (session->ops && !conn_is_blocked(conn)) {
		bool is_more;

		session->ops->write(session->carrier);
		is_more = conn_has_enough(conn);
		if (conn_send(conn) != 0)
			is_more = false;
		/* Some of it may have left even so: never say it too late. */
		session->ops->sent(session->carrier);
		if (!is_more)
			break;
	}
	count_bytes(session);
	if (session->ops && session->state < SESSION_FAILED &&
		conn_is_blocked(conn))
		session->ops->cut_off(session->carrier);
	if (session->ops && session->state < SESSION_FAILED &&
		!conn_is_blocked(conn) &&
		session->ops->is_over(session->carrier, &why, &detail))
		session_fail(session, why, detail);
}

static bool peer_is_to_be_told(enum session_close why)
{
	return why == SESSION_CLOSE_PROTOCOL || why == SESSION_CLOSE_FLOOD ||
		why == SESSION_CLOSE_TIMEOUT || why == SESSION_CLOSE_LOCAL;
}

void session_finish(struct session *session)
{
	struct wire *wire = session->wire;

	CHECK(session->state == SESSION_FAILED);
	list_remove(&session->failed_node);
	list_remove(&session->dirty_node);
	if (session->ops && session->ops->say_why &&
		peer_is_to_be_told(session->why) &&
		session->conn.state == CONN_OPEN && !session->conn.is_failed &&
		!conn_is_blocked(&session->conn)) {
		session->ops->say_why(session->carrier, session->why);
		(void)conn_send(&session->conn);
	}
	if (session->ops)
		session->ops->close_streams(session->carrier,
			session->why == SESSION_CLOSE_LOCAL ? STREAM_END_LOCAL
							    : STREAM_END_LOST);
	CHECK(list_is_empty(&session->streams));
	conn_close(&session->conn);
	count_bytes(session);
	set_state(session, SESSION_DEAD);
	list_remove(&session->dirty_node);
	list_remove(&session->node);
	list_push_back(&wire->dead, &session->node);
	if (session->is_server) {
		wire->stats.open_down--;
		wire->stats.closed_down[session->why]++;
	} else {
		wire->stats.open_up--;
		wire->stats.closed_up[session->why]++;
	}
	if (session->events->on_closed)
		session->events->on_closed(
			session, session->user, session->why, session->detail);
}

void session_free(struct session *session)
{
	list_remove(&session->node);
	if (session->ops)
		session->ops->free(session->carrier);
	tls_context_unref(session->tls);
	free(session->detail);
	free(session);
}

/* ---- what users call -------------------------------------------------- */

void session_request(struct session *session, struct stream *stream,
	struct fields *head, struct relay *body)
{
	CHECK(!session->is_server && session->ops);
	stream->is_server = false;
	stream->head_sent = true;
	stream->out = body;
	stream_attach(stream, session);
	session->ops->request(session->carrier, stream, head, body);
	session_mark_dirty(session);
}

unsigned session_free_streams(const struct session *session)
{
	if (session->state != SESSION_READY || session->got_goaway)
		return 0;
	return session->ops->free_streams(session->carrier);
}

unsigned session_open_streams(const struct session *session)
{
	return session->ops ? session->ops->open_streams(session->carrier) : 0;
}

bool session_is_ready(const struct session *session)
{
	return session->state == SESSION_READY && !session->got_goaway;
}

void session_drain(struct session *session)
{
	if (session->state >= SESSION_DRAINING)
		return;
	if (session->state == SESSION_OPENING) {
		session_fail(session, SESSION_CLOSE_LOCAL, "not needed");
		return;
	}
	set_state(session, SESSION_DRAINING);
	session->ops->drain(session->carrier);
	session_mark_dirty(session);
}

void session_close(struct session *session)
{
	session_fail(session, SESSION_CLOSE_LOCAL, "closed by us");
}

const char *session_peer_name(const struct session *session)
{
	return session->peer_name;
}

uint64_t session_peer_hash(const struct session *session)
{
	return session->peer_hash;
}

uint32_t session_window(const struct session *session)
{
	return session->window;
}

enum session_protocol session_protocol(const struct session *session)
{
	return session->protocol;
}

bool session_is_cleartext(const struct session *session)
{
	return !session->tls;
}

uint64_t session_serial(const struct session *session)
{
	return session->serial;
}

uint64_t session_client_cert_hash(const struct session *session)
{
	return session->client_cert_hash;
}

struct x509_st *session_client_cert(const struct session *session)
{
	return session->is_server && session->conn.ssl
		? SSL_get0_peer_certificate(session->conn.ssl)
		: NULL;
}

struct stack_st_X509 *session_client_chain(const struct session *session)
{
	return session->is_server && session->conn.ssl
		? SSL_get_peer_cert_chain(session->conn.ssl)
		: NULL;
}

void session_set_note(struct session *session, void *note)
{
	session->note = note;
}

void *session_note(const struct session *session)
{
	return session->note;
}
