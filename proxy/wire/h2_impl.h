/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 as a carrier: the inside, for the h2*.c files.
 *
 * nghttp2 is never asked to send, receive or end from within one of its
 * callbacks, and on_stream_close never fails (its fatal path leaks).  Fields
 * that are sent are not copied: struct h2_stream holds references until the
 * HEADERS frame was made.
 *
 *	struct stream (the user's) <--> struct h2_stream <-- nghttp2
 *
 * A response's body is offered to nghttp2 only while some of it waits: a
 * watch that is silent costs no queue item (submit_body in h2_send.c).
 *
 * An h2_stream lives as long as nghttp2's stream; the user's may leave before
 * (stream_abandon), or never come (a request that is refused).
 */
#ifndef PROXY_WIRE_H2_IMPL_H
#define PROXY_WIRE_H2_IMPL_H

#include <nghttp2/nghttp2.h>

#include "base/list.h"
#include "proxy/wire/carrier.h"
#include "proxy/wire/fields_impl.h"
#include "proxy/wire/flood.h"
#include "proxy/wire/refusal.h"
#include "proxy/wire/wire_impl.h"

struct h2_stream {
	struct list_node node;      /* in h2->streams */
	struct list_node turn_node; /* in h2->just_sent, … being_reset */
	struct h2 *h2;
	struct stream *user;           /* borrowed; NULL: nobody listens */
	struct fields held;            /* until HEADERS is made */
	const struct refusal *refusal; /* of a request that no user gets */
	int32_t id;
	uint32_t informational_bytes; /* received */
	uint16_t informs;    /* 1xx heads to be made, before `held` is */
	bool is_sent;        /* a request's HEADERS were made */
	bool is_reset_by_us; /* on purpose, not as nghttp2's answer */
	bool is_counted;     /* … or as that, and in h2->resets already */
	bool is_left_over;   /* abandoned, over the reset budget */
	bool is_last_run;    /* the DATA that is made ends its item */
	usec_t took_at;      /* the peer took body bytes, or none waited */
};

struct h2 {
	struct session *session; /* borrowed */
	nghttp2_session *ng;     /* owned */
	struct list streams;
	struct list just_sent;  /* requests: their users are to be told */
	struct list not_sent;   /* requests that nghttp2 gave up */
	struct list being_reset; /* answers: by us; the frame is to be made */
	struct fields incoming; /* of the message whose head is coming */
	size_t incoming_excess; /* bytes beyond the limit */
	size_t excess_fields;
	usec_t head_since;  /* a head began; USEC_NEVER: none is open */
	size_t to_consume;  /* of the connection's window */
	int32_t highest_id; /* that the client opened */
	bool has_gaps;      /* … not every one below it */
	bool is_draining;
	usec_t draining_since;
	bool said_goaway;           /* the real one, with the last stream */
	bool said_error;            /* nghttp2 did, with GOAWAY */
	uint32_t error_code;        /* to say if it comes to that */
	int32_t data_id;            /* DATA began that has not ended; 0: none */
	struct flood_bucket resets; /* that the peer makes us send */
	struct flood_bucket resets_received;
	struct flood_bucket frames;     /* that carry nothing */
	struct flood_bucket own_resets; /* what we may ask of a server */
};

static inline struct h2 *h2_of(void *user)
{
	return user;
}

void h2_fail(struct h2 *h2, enum session_close why, uint32_t code,
	const char *detail);

/* The peer made us reset this stream (NULL: one that is gone). */
void h2_count_reset(struct h2 *h2, struct h2_stream *st);

struct h2_stream *h2_stream_new(struct h2 *h2, int32_t id);
/* nghttp2 has closed it: the user is told, and it is freed. */
void h2_stream_close(struct h2_stream *st, uint32_t code);
void h2_stream_finish(struct h2_stream *st, enum stream_end how, uint32_t code);
void h2_stream_reset(struct h2_stream *st, uint32_t code);

/* h2_recv.c */
void h2_receive(void *carrier, const void *bytes, size_t len);
void h2_set_receive_callbacks(nghttp2_session_callbacks *callbacks);

/* h2_send.c */
void h2_write(void *carrier);
void h2_sent(void *carrier);
void h2_say_why(void *carrier, enum session_close why);
void h2_request(void *carrier, struct stream *stream, struct fields *head,
	struct relay *body);
void h2_respond(struct stream *stream, struct fields *head, struct relay *body);
void h2_inform(struct stream *stream, const struct fields *head);
void h2_resume(struct stream *stream);
/* The last GOAWAY, with the last stream that was taken. */
void h2_say_goaway(struct h2 *h2);
/* A Status that says so, to a request that no user gets. */
void h2_refuse(
	struct h2 *h2, struct h2_stream *st, const struct refusal *refusal);
void h2_set_send_callbacks(nghttp2_session_callbacks *callbacks);

#endif
