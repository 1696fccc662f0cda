/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/session.h"

#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/kubesim/exchange.h"

enum {
	/* Above this much unsent, no protocol is asked for more. */
	WRITE_HIGH = 256 << 10,
	WRITE_LOW = 64 << 10,
	READ_SIZE = 64 << 10,
	/* Above the largest head of HTTP/1.1; what is not read waits. */
	READ_HIGH = 2 << 20,
	/* rstAvoidanceDelay of Go's net/http/server.go. */
	LINGER_USEC = 500000,
};

/* CommonNameUserConversion of the API server's request/x509. */
static void note_credential_id(X509 *cert, struct identity *peer)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[16 + 2 * EVP_MAX_MD_SIZE] = "X509SHA256=";
	unsigned len = 0;

	CHECK(X509_digest(cert, EVP_sha256(), digest, &len) == 1);
	for (unsigned i = 0; i < len; i++)
		snprintf(text + strlen(text), 3, "%02x", digest[i]);
	identity_add_extra(peer,
		SPAN("authentication.kubernetes.io/credential-id"),
		span_str(text));
}

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
	note_credential_id(cert, &session->peer);
	identity_complete(&session->peer);
}

static void session_begin(struct session *session)
{
	SSL *ssl = bufferevent_openssl_get_ssl(session->bev);
	X509 *cert = SSL_get_peer_certificate(ssl);
	const unsigned char *alpn = NULL;
	unsigned alpn_len = 0;
	bool is_h2;

	if (cert) {
		note_peer_name(cert, session);
		X509_free(cert);
	}
	SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
	is_h2 = span_eq(span_of(alpn, alpn_len), SPAN("h2"));
	session->protocol = is_h2 ? &protocol_h2 : &protocol_h1;
	session->protocol->open(session);
}

static void session_read(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->bev);

	if (session->deaf || session->is_over || !session->protocol)
		return;
	if (session->state == SESSION_OPEN)
		session->protocol->receive(session);
	else
		evbuffer_drain(input, evbuffer_get_length(input));
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

static void on_lingered(evutil_socket_t fd, short what, void *user)
{
	struct session *session = user;
	struct server *server = session->server;

	(void)fd;
	(void)what;
	server_begin_turn(server);
	session_touch(session);
	session->is_over = true;
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
	bufferevent_setwatermark(session->bev, EV_READ, 0, READ_HIGH);
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
	if (session->protocol)
		session->protocol->close(session);
	if (session->linger)
		event_free(session->linger);
	bufferevent_free(session->bev);
	identity_fini(&session->peer);
	free(session);
}

bool session_has_room(const struct session *session)
{
	return evbuffer_get_length(bufferevent_get_output(session->bev)) <
		WRITE_HIGH;
}

/* Says that nothing follows, and waits for the peer to do so as well. */
static void session_linger(struct session *session)
{
	struct timeval tv = { .tv_usec = LINGER_USEC };

	session->state = SESSION_LINGERING;
	SSL_shutdown(bufferevent_openssl_get_ssl(session->bev));
	shutdown(bufferevent_getfd(session->bev), SHUT_WR);
	session->linger =
		evtimer_new(session->server->base, on_lingered, session);
	CHECK(session->linger);
	evtimer_add(session->linger, &tv);
}

void session_flush(struct session *session)
{
	struct evbuffer *output = bufferevent_get_output(session->bev);

	if (!session->protocol || session->is_over)
		return;
	if (session->state == SESSION_OPEN)
		session->protocol->flush(session);
	if (session->state == SESSION_ENDING && !evbuffer_get_length(output))
		session_linger(session);
}

void session_end(struct session *session)
{
	CHECK(session->state == SESSION_OPEN);
	session->state = SESSION_ENDING;
	session_touch(session);
	/* on_writable() comes when all is written. */
	bufferevent_setwatermark(session->bev, EV_WRITE, 0, 0);
	session_read(session);
}

void session_goaway(struct session *session, unsigned drop_newest)
{
	session_touch(session);
	if (session->protocol && session->state == SESSION_OPEN)
		session->protocol->goaway(session, drop_newest);
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
	session_touch(session);
	if (session->protocol)
		session->protocol->set_max_streams(session, max);
}

void session_respond(struct exchange *ex, const struct response *response)
{
	session_touch(ex->session);
	ex->session->protocol->respond(ex, response);
}

void session_reset_stream(struct exchange *ex, uint32_t h2_error)
{
	session_touch(ex->session);
	ex->session->protocol->reset(ex, h2_error);
}

void session_resume(struct exchange *ex)
{
	session_touch(ex->session);
	ex->session->protocol->resume(ex);
}

void session_want_body(struct exchange *ex)
{
	session_touch(ex->session);
	ex->session->protocol->want_body(ex);
}
