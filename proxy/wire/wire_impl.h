/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a wire and of a session, for the files of this folder.
 *
 *	listener --> session <--> conn      socket and TLS
 *	             session <--> carrier   HTTP/2, HTTP/1.1: carrier_ops
 *	             session  --> stream    the user's
 *
 * A session that has something to send is in `dirty`.  One that is over is in
 * `failed` until the end of the turn, where its streams and then its user are
 * told, and in `dead` until it is freed behind that.
 */
#ifndef PROXY_WIRE_WIRE_IMPL_H
#define PROXY_WIRE_WIRE_IMPL_H

#include "base/list.h"
#include "proxy/loop/loop.h"
#include "proxy/wire/carrier.h"
#include "proxy/wire/conn.h"
#include "proxy/wire/pool.h"
#include "proxy/wire/session.h"

struct wire {
	struct loop *loop; /* borrowed */
	struct wire_limits limits;
	struct wire_stats stats;
	struct conn_io io;
	struct pool *pool;    /* owned: of its sessions and their streams */
	struct buf text;      /* a head that is made; empty between calls */
	struct list sessions; /* all that are not dead */
	struct list dirty;
	struct list failed;
	struct list dead;
	struct list listeners;
	struct loop_timer sweep; /* each second, while there are sessions */
	int accepted_fds; /* those of clients are below */
	uint64_t last_serial;
};

enum session_state {
	SESSION_OPENING, /* TCP, TLS, first SETTINGS */
	SESSION_READY,
	SESSION_DRAINING, /* no new streams; closes behind the last one */
	SESSION_FAILED,   /* its streams and its user are to be told */
	SESSION_DEAD,
};

struct session {
	struct list_node node;       /* in wire->sessions or ->dead */
	struct list_node dirty_node; /* in wire->dirty */
	struct list_node failed_node;
	struct wire *wire;       /* borrowed */
	struct tls_context *tls; /* NULL: cleartext */
	struct conn conn;
	enum session_protocol protocol;
	const struct carrier_ops *ops; /* NULL: TLS is not up */
	void *carrier;                 /* owned; NULL: as ops */
	const struct session_events *events;
	void *user;
	void *note;          /* the user's */
	struct list streams; /* the user's, open */
	enum session_state state;
	enum session_close why; /* if failed */
	char *detail;           /* owned */
	bool is_server;
	bool is_local; /* by a UNIX socket, which knows no reset */
	bool had_request;
	bool got_goaway;
	bool is_ping_out;
	bool is_tunnel; /* an upgrade: both ends may be silent for days */
	uint8_t first_len;
	char first[4]; /* cleartext: until they tell the protocol */
	uint32_t window; /* of a body, as the peer was told */
	usec_t opened_at;
	usec_t heard_at;  /* the last bytes that came */
	usec_t pinged_at; /* if is_ping_out */
	usec_t idle_at;   /* the last stream ended */
	usec_t took_at;   /* the peer's socket took something, or was empty */
	uint64_t took_bytes;
	uint64_t counted_in, counted_out; /* already in stats */
	uint64_t serial;
	uint64_t peer_hash;
	uint64_t client_cert_hash;
	char peer_name[64];
};

struct listener;

/* Accepted: takes the socket. */
void session_accept(struct wire *wire, int fd, const struct sockaddr *addr,
	struct tls_context *tls, const struct session_events *events,
	void *user);

void session_mark_dirty(struct session *session);
/*
 * It is over.  Only recorded; told at the end of the turn.  The first call
 * says why.
 */
void session_fail(
	struct session *session, enum session_close why, const char *detail);
/* For wire_flush(): writes once. */
void session_flush(struct session *session);
/* For wire_flush(): tells streams and user, closes. */
void session_finish(struct session *session);
/* For wire_reap(). */
void session_free(struct session *session);
/* For the sweep: its timers. */
void session_sweep(struct session *session, usec_t now);

/* ---- for carriers ----------------------------------------------------- */

/* The peer's first SETTINGS are here. */
void session_became_ready(struct session *session);
void session_was_told_to_go(struct session *session);
/* In the session's list of streams, until stream_close(). */
void stream_attach(struct stream *stream, struct session *session);
/* They came; once. */
void stream_take_trailers(struct stream *stream, struct fields *received);
/* Takes it out and tells its user: on_close. */
void stream_close(struct stream *stream, enum stream_end how, uint32_t code);

static inline usec_t session_now(const struct session *session)
{
	return loop_now(session->wire->loop);
}

#endif
