/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: TLS by bufferevent_openssl, and above it HTTP/2 (h2.c) or
 * HTTP/1.1 (h1.c), as ALPN says; without ALPN it is HTTP/1.1.
 *
 *   OPEN --session_end()--> ENDING --all written--> LINGERING --+
 *     |                        |                                v
 *     +------------------------+---- is_over: freed at the end of the turn
 *
 * Who lingers has said that nothing follows and throws away what comes, for
 * a moment, so that the peer reads the last answer rather than a reset.
 *
 * Owns its exchanges until they are closed; then the server frees them.
 */
#ifndef TESTS_KUBESIM_SESSION_H
#define TESTS_KUBESIM_SESSION_H

#include <event2/bufferevent.h>

#include "tests/kubesim/server.h"

struct exchange;
struct session;

enum session_state {
	SESSION_OPEN,
	SESSION_ENDING,
	SESSION_LINGERING,
};

/* Names are in lower case; HTTP/1.1 makes the first letters of words large. */
struct header {
	const char *name;
	const char *value;
};

/* The head of an answer; the body is read from the exchange.  The lengths of
 * the body and the date are added by the protocol. */
struct response {
	int code;
	const struct header *headers;
	size_t count;
	bool has_body; /* false: to a HEAD, or there is none */
	bool is_whole; /* all of the body is there, `len` bytes */
	size_t len;
	bool is_dateless;
};

/* What the protocols do each in their way.  None of these writes to the
 * socket but `flush`, which fills the output buffer. */
struct protocol {
	const char *name;
	void (*open)(struct session *session);
	void (*close)(struct session *session);
	/* Takes what it can from the input buffer. */
	void (*receive)(struct session *session);
	void (*flush)(struct session *session);
	void (*goaway)(struct session *session, unsigned drop_newest);
	void (*set_max_streams)(struct session *session, uint32_t max);
	void (*respond)(struct exchange *ex, const struct response *response);
	void (*reset)(struct exchange *ex, uint32_t h2_error);
	void (*resume)(struct exchange *ex);
	void (*want_body)(struct exchange *ex);
};

extern const struct protocol protocol_h1;
extern const struct protocol protocol_h2;

struct session {
	struct list_node node;       /* in server->sessions */
	struct list_node dirty_node; /* in server->dirty */
	struct server *server;       /* borrowed */
	struct bufferevent *bev;
	const struct protocol *protocol; /* NULL until TLS is there */
	union {
		struct h1 *h1;
		struct h2 *h2;
	};
	struct list exchanges;
	struct identity peer; /* of the client certificate, or none */
	bool has_peer;
	uint64_t number;
	enum session_state state;
	struct event *linger; /* NULL: never needed */
	bool deaf;            /* half-open: what comes is not read */
	bool resets;          /* to be ended by a TCP reset */
	bool is_over;         /* to be freed at the end of the turn */
};

/* Takes the socket. */
void session_new(struct server *server, evutil_socket_t fd);
void session_free(struct session *session);

/* Something is to be written, or the session is over. */
void session_touch(struct session *session);
/* Writes what there is to write; marks the session as over when done. */
void session_flush(struct session *session);
/* Whether more may be put into the output buffer now. */
bool session_has_room(const struct session *session);

/* Nothing comes behind what is in the output buffer. */
void session_end(struct session *session);

/* `drop_newest`: so many of the newest streams are said not to be looked at
 * and are dropped.  HTTP/1.1 ends behind the answer under way. */
void session_goaway(struct session *session, unsigned drop_newest);
void session_reset(struct session *session);
void session_set_deaf(struct session *session, bool deaf);
void session_set_max_streams(struct session *session, uint32_t max);

/* Begins the answer. */
void session_respond(struct exchange *ex, const struct response *response);
/* No answer, or no more of it.  HTTP/1.1 has but a TCP reset for that. */
void session_reset_stream(struct exchange *ex, uint32_t h2_error);
/* The body of the exchange has grown. */
void session_resume(struct exchange *ex);
/* The request's body is going to be read: "100 Continue". */
void session_want_body(struct exchange *ex);

#endif
