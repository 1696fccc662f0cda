/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 as a carrier: the inside, for the h1*.c files.
 *
 * One exchange at a time.  What a client sends behind its request waits,
 * unparsed, until the answer is written (pipelining is served in sequence
 * without reading ahead; a little is kept so that the end of the connection
 * is seen, then nothing is received).
 *
 *	in   HEAD -> LENGTH, CHUNKED -> TRAILERS, UNTIL_END -> HELD -> HEAD
 *	     HELD -> TUNNEL    behind a 101
 *	     any  -> DISCARD   the last answer is out: lingering
 *
 *	out  NONE -> HEAD -> LENGTH, CHUNKED, UNTIL_CLOSE, TUNNEL -> DONE
 *
 * Behind an answer that was given before its request was whole, and behind a
 * refusal, the connection lingers: our direction is ended, and what still
 * comes is thrown away for a while, since closing with bytes unread makes a
 * reset that may overtake the answer.  An answer that breaks off is ended by
 * a reset, so that it cannot look whole; where there is none, on a UNIX
 * socket, HTTP/1.0 is not spoken, since its answers may have no other end.
 *
 * What waits in `in` is counted in the wire's memory.  While that is full, no
 * head is waited for and nothing is read ahead.
 *
 * As a client it sends one request, and is over behind its answer.
 *
 * A client's connection may have any number of requests, as with HTTP/2 here:
 * it stays with an API server only as long as that is there (affinity), so
 * there is nothing to be spread anew by ending it, and each end costs a
 * handshake.  What it may cost is bounded by requests at a time, which is one.
 */
#ifndef PROXY_WIRE_H1_IMPL_H
#define PROXY_WIRE_H1_IMPL_H

#include "base/buf.h"
#include "proxy/wire/carrier.h"
#include "proxy/wire/h1_chunks.h"
#include "proxy/wire/h1_framing.h"
#include "proxy/wire/h1_parser.h"
#include "proxy/wire/wire_impl.h"

enum h1_in {
	H1_IN_HEAD,
	H1_IN_LENGTH,
	H1_IN_CHUNKED,
	H1_IN_TRAILERS,
	H1_IN_UNTIL_END, /* a response's body without a length */
	H1_IN_HELD,      /* the message is whole: what comes waits */
	H1_IN_TUNNEL,
	H1_IN_DISCARD,
};

enum h1_out {
	H1_OUT_NONE, /* nothing to say, or not yet */
	H1_OUT_HEAD, /* `head` is to be written */
	H1_OUT_LENGTH,
	H1_OUT_CHUNKED,
	H1_OUT_UNTIL_CLOSE, /* a response to HTTP/1.0 */
	H1_OUT_TUNNEL,
	H1_OUT_DONE,
};

struct h1 {
	struct session *session;  /* borrowed */
	struct h1_parser *parser; /* owned */
	struct stream *user;      /* borrowed; NULL: no exchange */
	struct buf in;            /* received, not gone through yet */
	size_t scanned;           /* of `in`: no end of lines there */
	size_t charged;           /* of `in`'s memory, in the wire's count */
	enum h1_in in_at;
	enum h1_out out_at;
	uint64_t in_left;  /* of a body with a length */
	uint64_t out_left; /* … that is sent */
	struct h1_chunks chunks;
	uint64_t unconsumed; /* body bytes that the user has not consumed */
	usec_t head_since;   /* a head began; USEC_NEVER: none */
	usec_t linger_since;
	usec_t asked_at; /* client: the request was given to us */
	uint64_t discarded;
	struct fields head;            /* to be written */
	struct buf informs;            /* 1xx heads to be written before it */
	const struct refusal *refusal; /* to be written; NULL: none */
	uint32_t requests;
	uint32_t informationals; /* received in this exchange */
	uint32_t reset_code;     /* if is_reset */
	/* Of the exchange. */
	bool is_http10;
	bool is_head;      /* HEAD: a response without a body */
	bool may_stay;     /* the client would go on on this connection */
	bool stays;        /* … and we, too: the answer's head said so */
	bool is_reset;     /* by the user: to be broken off */
	bool is_sent;      /* client: the request's head was written … */
	bool is_told;      /* … and the user was told */
	bool line_is_fine; /* the first line, of a head that is coming */
	/* Of the connection. */
	bool is_draining;
	bool is_over;
	enum session_close why; /* if it is */
};

/* h1.c */
/* The user's stream ends, and the exchange with it. */
void h1_close_stream(struct h1 *h1, enum stream_end how, uint32_t code);
/* Nothing that began may look as if it had ended. */
void h1_abort(struct h1 *h1, const char *detail);
/* Our side is done; the peer is let finish. */
void h1_linger(struct h1 *h1);
/*
 * What the peer sends breaks the protocol: a client is answered if there is
 * no answer yet.
 */
void h1_refuse(struct h1 *h1, const struct refusal *refusal);
/* Whether bytes are received now, and how many at once. */
void h1_set_pause(struct h1 *h1);

/* h1_recv.c */
void h1_receive(void *carrier, const void *bytes, size_t len);
bool h1_end(void *carrier, bool is_clean);
/* Goes on with what waits in `in`. */
void h1_advance(void *carrier);
/* How much more of a body the window takes. */
size_t h1_room(const struct h1 *h1);
/* The peer's side of the exchange is whole. */
void h1_peer_ended(struct h1 *h1);
/* The parser's. */
void h1_body_came(struct h1 *h1, const void *bytes, size_t len);

/* h1_send.c */
void h1_write(void *carrier);
void h1_sent(void *carrier);
void h1_cut_off(void *carrier);
void h1_request(void *carrier, struct stream *stream, struct fields *head,
	struct relay *body);
void h1_respond(struct stream *stream, struct fields *head, struct relay *body);
void h1_inform(struct stream *stream, const struct fields *head);

/* h1_head.c */
/*
 * Whether all of it can be written, and cannot be taken for something else.
 * HTTP/2 lets the same bytes pass, but it does not depend on them.
 */
bool h1_head_is_sound(const struct fields *head);
/* "HTTP/1.1 200 OK", "GET / HTTP/1.1" and "Host: …". */
void h1_head_write_status(struct span status, struct buf *ret_text);
void h1_head_write_request(const struct fields *head, struct buf *ret_text);
/* All fields but pseudo ones and those that are a connection's own. */
void h1_head_write_fields(const struct fields *head, bool has_length,
	bool is_switch, struct buf *ret_text);
void h1_head_write_field(
	struct buf *ret_text, struct span name, struct span value);
void h1_head_end(struct buf *ret_text);

#endif
