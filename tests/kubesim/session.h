/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: TLS by bufferevent_openssl, HTTP/2 by nghttp2.
 *
 * Owns its exchanges until they are closed; then the server frees them.
 */
#ifndef TESTS_KUBESIM_SESSION_H
#define TESTS_KUBESIM_SESSION_H

#include <event2/bufferevent.h>
#include <nghttp2/nghttp2.h>

#include "tests/kubesim/server.h"

struct exchange;

struct session {
	struct list_node node;       /* in server->sessions */
	struct list_node dirty_node; /* in server->dirty */
	struct server *server;       /* borrowed */
	struct bufferevent *bev;
	nghttp2_session *h2;
	struct list exchanges;
	struct identity peer; /* of the client certificate, or none */
	bool has_peer;
	uint64_t number;
	int32_t last_stream; /* as GOAWAY says, if said_goaway */
	bool said_goaway;
	bool deaf;    /* half-open: what comes is not read */
	bool resets;  /* to be ended by a TCP reset */
	bool is_over; /* to be freed at the end of the turn */
};

/* Takes the socket. */
void session_new(struct server *server, evutil_socket_t fd);
void session_free(struct session *session);

/* Something is to be written, or the session is over. */
void session_touch(struct session *session);
/* Writes what there is to write; marks the session as over when done. */
void session_flush(struct session *session);

/* `drop_newest`: so many of the newest streams are said not to be looked at
 * and are dropped. */
void session_goaway(struct session *session, unsigned drop_newest);
void session_reset(struct session *session);
void session_set_deaf(struct session *session, bool deaf);
void session_set_max_streams(struct session *session, uint32_t max);

/* Begins the response; the body comes from the exchange's answer. */
void session_respond(struct session *session, struct exchange *ex,
	const nghttp2_nv *headers, size_t count, bool has_body);
void session_reset_stream(
	struct session *session, struct exchange *ex, uint32_t h2_error);
/* The body of the exchange has grown. */
void session_resume(struct session *session, struct exchange *ex);

#endif
