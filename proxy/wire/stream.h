/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stream: one request and its response on one connection, seen without the
 * protocol that carries it, HTTP/2 or HTTP/1.1.
 *
 * A stream is embedded in what uses it: an exchange has one downstream (where
 * it is the server) and one upstream (where it is the client).  Its user gets
 * the events and calls the functions below; both are allowed at any time, in
 * an event too: nothing is sent and nothing freed before the end of the turn.
 *
 *	IDLE -> OPEN -> (on_head, on_body*, on_end in each direction) -> CLOSED
 *
 * on_close is the last event, always comes, exactly once, and takes the
 * stream out of its session.  A user that loses interest calls
 * stream_abandon(): no further event comes, and the session resets or drains
 * what is left.
 *
 * Flow control.  Received body bytes open the connection's window at once, so
 * that no stream blocks another; the stream's own window opens only as its
 * user says so with stream_consume().
 *
 * Upgrades (HTTP/1.1 only).  A request that asks for another protocol has
 * `is_upgrade` and an "upgrade" field in its head, and no body:
 *
 * Server: on_head(ended = false) says so.  stream_respond() with status 101
 * (and the "upgrade" field) makes the connection a tunnel; with any other
 * status it is an ordinary answer, the last one of the connection, and on_end
 * follows.
 *
 * Client: is_upgrade is set before session_request(), with a body, of which
 * nothing is sent at first.  on_head with status 101 makes it a tunnel; behind
 * any other status its body is not sent.
 *
 * In a tunnel on_body and `out` are its bytes, on_end and relay_end() the ends
 * of the two directions, each by itself; on_close(CLEAN) comes behind both.
 * "connection: upgrade" is written by the session.
 */
#ifndef PROXY_WIRE_STREAM_H
#define PROXY_WIRE_STREAM_H

#include <stdbool.h>

#include "base/list.h"
#include "base/util.h"
#include "proxy/wire/fields.h"
#include "proxy/wire/relay.h"

struct session;
struct stream;

enum stream_end {
	STREAM_END_CLEAN,   /* both sides ended */
	STREAM_END_RESET,   /* RST_STREAM received, not REFUSED_STREAM */
	STREAM_END_REFUSED, /* certainly not processed: REFUSED_STREAM, above
			     * GOAWAY's last stream, never sent */
	STREAM_END_LOST,    /* the connection ended or broke */
	STREAM_END_LOCAL,   /* reset by ourselves */
};

struct stream_events {
	/* stream->head is there (final, not 1xx); `ended`: no body follows. */
	void (*on_head)(struct stream *stream, bool ended);
	/* Body bytes, valid during the call only. */
	void (*on_body)(struct stream *stream, const void *bytes, size_t len);
	/*
	 * The peer ended its side; stream->trailers may have fields.  Also
	 * behind an on_head that said so.
	 */
	void (*on_end)(struct stream *stream);
	/*
	 * Client side: the request's head was sent.  It may be that it still
	 * waits for room in the socket, so "sent" is never said too late.
	 */
	void (*on_sent)(struct stream *stream);
	/* `len` bytes of the outgoing body were taken from its relay. */
	void (*on_drained)(struct stream *stream, size_t len);
	/* A 1xx head, valid during the call only. */
	void (*on_informational)(
		struct stream *stream, const struct fields *head);
	/* The last event. */
	void (*on_close)(
		struct stream *stream, enum stream_end how, uint32_t code);
};

struct stream {
	const struct stream_events *events; /* set by the user; borrowed */
	struct session *session;            /* NULL: closed or not open yet */
	struct list_node node;              /* in its session */
	void *carrier;                      /* the carrier's part of it */
	int32_t id;
	struct fields head;          /* received; cleared by the user */
	struct fields *trailers;     /* received; owned; NULL: none */
	struct relay *out;           /* borrowed: the body that is sent */
	uint64_t received;           /* body bytes */
	bool is_server;
	bool is_upgrade; /* see above */
	bool head_received;
	bool head_sent;
	bool peer_ended;
	bool self_ended;
	bool is_deferred; /* waits for stream_resume() */
	bool is_abandoned;
};

/* A stream that is not open; the user sets its events. */
void stream_init(struct stream *stream, const struct stream_events *events);
/* Frees received fields; the stream must be closed or never opened. */
void stream_fini(struct stream *stream);

/*
 * Server side: answers with `head` (":status" first) and the body that comes
 * out of `body`; NULL: no body.  Takes the content of `head`, which is empty
 * behind the call; `body` is borrowed until on_close.
 */
void stream_respond(
	struct stream *stream, struct fields *head, struct relay *body);
/* Server side: sends a 1xx head. */
void stream_inform(struct stream *stream, const struct fields *head);
/* `out` has more bytes, has ended or is broken. */
void stream_resume(struct stream *stream);
/* `len` received bytes went on: the peer may send as many more. */
void stream_consume(struct stream *stream, size_t len);
/* RST_STREAM with an RFC 9113 error code; on_close(LOCAL) follows. */
void stream_reset(struct stream *stream, uint32_t code);
/* No more events: a reset (or, over the reset budget, a drain) follows. */
void stream_abandon(struct stream *stream);

#endif
