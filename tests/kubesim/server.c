/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/kubesim/exchange.h"
#include "tests/kubesim/source.h"

enum {
	MAX_PATH = 4096,
	BACKLOG = 1024,
	TICK_MSEC = 250, /* what sources do when it is time */
	STOP_MSEC = 20,  /* for the last frames to go out */
};

/* TLS */

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *user)
{
	static const unsigned char known[] = "\x02h2\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)user;
	if (SSL_select_next_proto(&chosen, out_len, known, sizeof(known) - 1,
		    in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *new_tls(const struct server_settings *settings, struct err *err)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	char cert[MAX_PATH];
	char key[MAX_PATH];
	char ca[MAX_PATH];

	CHECK(tls);
	snprintf(cert, sizeof(cert), "%s/tls.crt", settings->dir);
	snprintf(key, sizeof(key), "%s/tls.key", settings->dir);
	if (settings->client_ca)
		snprintf(ca, sizeof(ca), "%s", settings->client_ca);
	else
		snprintf(ca, sizeof(ca), "%s/ca.crt", settings->dir);
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(tls, on_alpn, NULL);
	/* A client certificate is asked for and may be left out. */
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_client_CA_list(tls, SSL_load_client_CA_file(ca));
	SSL_CTX_set_session_id_context(
		tls, (const unsigned char *)"kubesim", 7);
	if (SSL_CTX_use_certificate_chain_file(tls, cert) == 1 &&
		SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1 &&
		SSL_CTX_load_verify_locations(tls, ca, NULL) == 1)
		return tls;
	err_set(err, "cannot use the certificates in %s: %s", settings->dir,
		ERR_reason_error_string(ERR_peek_last_error()));
	SSL_CTX_free(tls);
	return NULL;
}

/* Listening */

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *peer, int peer_len, void *user)
{
	(void)listener;
	(void)peer;
	(void)peer_len;
	session_new(user, fd);
}

/*
 * While connections are refused the port stays ours: other programs on the
 * machine are given free ports all the time.
 */
static int keep_port(struct server *server, struct err *err)
{
	struct sockaddr_in *address = &server->settings.address;
	socklen_t len = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	CHECK(fd >= 0);
	server->port_fd = fd;
	CHECK(!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	if (bind(fd, (struct sockaddr *)address, sizeof(*address)))
		return err_set(err, "cannot listen on port %u: %s",
			ntohs(address->sin_port), strerror(errno));
	/* Port 0 has become a real one. */
	CHECK(!getsockname(fd, (struct sockaddr *)address, &len));
	return 0;
}

int server_listen(struct server *server, struct err *err)
{
	struct sockaddr_in *address = &server->settings.address;

	if (server->listener)
		return 0;
	server->listener = evconnlistener_new_bind(server->base, on_connection,
		server,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
			LEV_OPT_REUSEABLE,
		BACKLOG, (struct sockaddr *)address, (int)sizeof(*address));
	if (!server->listener)
		return err_set(err, "cannot listen on port %u: %s",
			ntohs(address->sin_port), strerror(errno));
	server->accepting = true;
	return 0;
}

void server_refuse(struct server *server)
{
	if (server->listener)
		evconnlistener_free(server->listener);
	server->listener = NULL;
}

void server_set_accepting(struct server *server, bool accepting)
{
	server->accepting = accepting;
	if (!server->listener)
		return;
	if (accepting)
		evconnlistener_enable(server->listener);
	else
		evconnlistener_disable(server->listener);
}

unsigned server_port(const struct server *server)
{
	return ntohs(server->settings.address.sin_port);
}

/* The turn */

void server_execute(struct server *server, const struct call *call,
	const char *audit_id, usec_t started_at, struct answer *answer)
{
	uint64_t rv = store_rv(server->api.store);

	api_handle(&server->api, call, answer);
	if (!answer->effect)
		return;
	ledger_note(&server->ledger,
		&(struct effect){
			.call = call,
			.obj = answer->effect,
			.change = store_change_behind(server->api.store, rv),
			.code = answer->code,
			.audit_id = audit_id,
			.started_at = started_at,
		});
	keep_effect(&server->keep, &server->ledger);
}

void server_begin_turn(struct server *server)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	server->now =
		(usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
	server->wall = time(NULL) + server->ahead;
	if (server->wall != server->date_of) {
		struct tm tm;

		gmtime_r(&server->wall, &tm);
		strftime(server->date, sizeof(server->date),
			"%a, %d %b %Y %H:%M:%S GMT", &tm);
		server->date_of = server->wall;
	}
}

static bool step_ready(struct server *server)
{
	struct list_node *node;
	bool any = false;

	while ((node = list_pop_front(&server->ready))) {
		exchange_step(CONTAINER_OF(node, struct exchange, ready_node));
		any = true;
	}
	return any;
}

static bool seat_waiting(struct server *server)
{
	struct apf_seat *seat;
	bool any = false;

	while ((seat = apf_next(server->apf, server->now))) {
		exchange_make_ready(CONTAINER_OF(seat, struct exchange, seat));
		any = true;
	}
	return any;
}

static void pump_sources(struct server *server)
{
	LIST_EACH (node, &server->api.sources) {
		struct source *source = CONTAINER_OF(node, struct source, node);

		if (source_pump(source, server->now, server->wall))
			session_resume(source->owner);
	}
}

static void flush_dirty(struct server *server)
{
	struct list_node *node;

	while ((node = list_pop_front(&server->dirty))) {
		struct session *session =
			CONTAINER_OF(node, struct session, dirty_node);

		session_flush(session);
		if (session->is_over)
			session_free(session);
	}
}

static void free_dying(struct server *server)
{
	LIST_EACH (node, &server->dying)
		exchange_free(CONTAINER_OF(node, struct exchange, node));
}

void server_end_turn(struct server *server)
{
	bool again = true;

	while (again) {
		again = step_ready(server);
		again |= seat_waiting(server);
		pump_sources(server);
		keep_write(&server->keep);
		flush_dirty(server);
		/* A seat that was freed by sending is given away now. */
		again |= !list_is_empty(&server->dying);
		free_dying(server);
	}
}

static void on_tick(evutil_socket_t fd, short what, void *user)
{
	struct server *server = user;

	(void)fd;
	(void)what;
	server_begin_turn(server);
	server_end_turn(server);
}

/* What was there when it was killed, if that is kept. */
static int begin_again(struct server *server, struct err *err)
{
	const struct server_settings *settings = &server->settings;

	if (!settings->keeps)
		return 0;
	if (keep_open(&server->keep, settings->dir, server->api.store,
		    &server->ledger, err) != 0)
		return -1;
	/* No uid comes twice. */
	rng_init(&server->rng, settings->seed + store_rv(server->api.store));
	return 0;
}

struct server *server_new(struct event_base *base,
	const struct server_settings *settings, struct err *err)
{
	struct timeval tick = { .tv_usec = TICK_MSEC * 1000 };
	struct server *server = xcalloc(1, sizeof(*server));

	server->settings = *settings;
	server->base = base;
	server->port_fd = -1;
	list_init(&server->sessions);
	list_init(&server->dirty);
	list_init(&server->ready);
	list_init(&server->dying);
	rng_init(&server->rng, settings->seed);
	api_init(&server->api, &server->rng, settings->log_size);
	server->api.bookmark_interval = settings->bookmark_interval;
	faults_init(&server->faults);
	ledger_init(&server->ledger, settings->ledger_size);
	keep_init(&server->keep);
	tokens_init(&server->tokens);
	server->api.tokens = &server->tokens;
	server_begin_turn(server);
	server->tls = new_tls(settings, err);
	if (server->tls)
		server->apf = apf_new(settings->seats, settings->apf, err);
	if (!server->apf || begin_again(server, err) ||
		keep_port(server, err) || server_listen(server, err)) {
		server_free(server);
		return NULL;
	}
	server->tick = event_new(base, -1, EV_PERSIST, on_tick, server);
	CHECK(server->tick);
	event_add(server->tick, &tick);
	return server;
}

void server_stop(struct server *server)
{
	struct timeval grace = { .tv_usec = STOP_MSEC * 1000 };

	server_begin_turn(server);
	server_refuse(server);
	LIST_EACH (node, &server->sessions)
		session_goaway(CONTAINER_OF(node, struct session, node), 0);
	server_end_turn(server);
	event_base_loopexit(server->base, &grace);
}

void server_free(struct server *server)
{
	if (!server)
		return;
	server_refuse(server);
	if (server->port_fd >= 0)
		close(server->port_fd);
	LIST_EACH (node, &server->sessions)
		session_free(CONTAINER_OF(node, struct session, node));
	free_dying(server);
	if (server->tick)
		event_free(server->tick);
	apf_free(server->apf);
	faults_fini(&server->faults);
	keep_fini(&server->keep);
	ledger_fini(&server->ledger);
	tokens_fini(&server->tokens);
	api_fini(&server->api);
	SSL_CTX_free(server->tls);
	free(server);
}
