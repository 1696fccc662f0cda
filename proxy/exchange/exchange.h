/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchange: one request and its response.
 *
 * It has a downstream stream, where the request came in; for each attempt an
 * upstream stream; between them two relays, one for each body; and the struct
 * request by which policy knows it.
 *
 *   IDLE
 *    | a stream begins
 *    v
 *   RECEIVING ----------------------------------------.
 *    | body whole, or as much of it as is looked at    | refused
 *    v                                                 v
 *   WAITING <------------.   --- REJECT ---------> ANSWERING
 *    | START             |                             ^   |
 *    v                   | not sent, refused,          |   |
 *   STARTED -------------+ lost: policy decides anew   |   |
 *    | head of a refusal |                             |   |
 *    v                   |                             |   |
 *   COLLECTING ----------'                             |   |
 *    | head of an answer (from STARTED too)  no answer-'   |
 *    v                                                     |
 *   STREAMING ------------------.                          |
 *    | both streams are closed  | client gone              |
 *    |                          v                          |
 *    |       STARTED … ---> LEAVING (upstream still runs)  |
 *    v                          v                          |
 *   DONE <--------------------------------------------- <--'
 *
 * Three may hold it: its downstream stream, its upstream stream and policy.
 * It is DONE when none does; the end of the turn frees it (exchange_reap).
 *
 * An upgrade (HTTP/1.1 clients only) is submitted at once and goes over an
 * upstream connection of its own.  An answer of 101 makes it a tunnel:
 * STREAMING with both relays as its two directions, which end each by itself;
 * when either stream is gone, the other goes too, behind what it still has to
 * send.
 *
 * The request's head is kept until no further attempt can come, its body for
 * as long as it fits (relay.h).  What the record and policy need of the head
 * is copied into `text`, so that a watch holds no header fields.
 *
 * Files: exchange.c the state and the client's side, authenticate.c who asks,
 * intake.c the way into policy, attempt_start.c and attempt.c the upstream side, tunnel.c what is
 * different in a tunnel, passing.c what is looked at of answers.
 *
 * While a review is asked about its client (reviews.h) it stays RECEIVING: its
 * body comes as far as its window lets it.
 *
 * A replay (replay.h) is an exchange without a client: it begins at
 * RECEIVING with all of its request, and its answer goes to the intent.  So is
 * an errand (errand.h), which Fairway runs for itself.
 */
#ifndef PROXY_EXCHANGE_EXCHANGE_H
#define PROXY_EXCHANGE_EXCHANGE_H

#include <stdbool.h>

#include "base/list.h"
#include "policy/policy.h"
#include "proxy/exchange/boundary.h"
#include "proxy/exchange/pace.h"
#include "proxy/exchange/record.h"
#include "proxy/exchange/reviews.h"
#include "proxy/exchange/tap.h"
#include "proxy/exchange/upstream.h"
#include "proxy/wire/relay.h"
#include "proxy/wire/stream.h"

struct errand;
struct pending;
struct removal_note;
struct replay;
struct request_head;
struct request_head_rules;
struct response_head;
struct server;
struct user_info;

enum exchange_state {
	EXCHANGE_IDLE,
	EXCHANGE_RECEIVING,
	EXCHANGE_WAITING,
	EXCHANGE_STARTED,
	EXCHANGE_COLLECTING,
	EXCHANGE_STREAMING,
	EXCHANGE_ANSWERING,
	EXCHANGE_LEAVING,
	EXCHANGE_DONE,
	EXCHANGE_STATE_COUNT,
};

enum {
	EXCHANGE_AUDIT_ID_CAP = 64, /* what the API server takes of one */
};

struct exchange {
	struct server *server;                       /* borrowed, as the next */
	const struct request_head_rules *head_rules; /* of where it came in */
	/* In server->receiving, ->exchanges, ->done or ->spare. */
	struct list_node node;
	enum exchange_state state;

	/* Who holds it. */
	bool has_downstream;
	bool has_upstream; /* its stream is open, or it waits for one */
	bool is_in_policy; /* from policy_submit() until it is forgotten */

	bool is_own;     /* Fairway's own, an errand's, given up or not */
	bool is_head;    /* the method: its answer has no body */
	bool is_broken;  /* the answer broke off */
	bool is_left;    /* the client was gone before the answer's end */
	bool reads_body; /* the request's can change its class */
	bool is_body_discarded; /* the request's, as it comes */
	bool is_event_stream;   /* the answer: a watch's events */
	bool is_to_end;         /* … which is to end behind the next one */
	bool is_upgrade;        /* asks for a tunnel, and may get one */
	bool is_asked_about;    /* not submitted before a review has ended */
	bool is_complete;       /* … and could be, otherwise */
	bool is_lent;           /* goes with Fairway's own credentials */
	bool is_impersonated;   /* has Impersonate-*, ours or its own */
	bool is_understood;     /* a plain removal, all of its body */
	bool initial_events_ended;
	bool wants_fresh_token; /* the attempt: it was held */
	uint8_t attempts;
	struct initial_events initial_events;
	uint16_t status; /* that the client got; 0: none yet */
	uint16_t answered; /* … of the API server, heard or not; 0: none */
	enum verdict verdict;
	unsigned endpoint; /* of the attempt, as the next */
	enum conn_class conn_class;

	struct stream down;
	struct stream up;
	struct relay request_body;
	struct relay response_body;
	struct pace pace;     /* watched while the API server waits for it */
	uint64_t body_passed; /* of the request's, told to stream_consume() */
	uint64_t owed;        /* of the response's, not yet told to it */
	uint64_t content_length; /* of the answer; UINT64_MAX: not known */
	struct tap tap;          /* on the answer's body */
	struct upstream_waiter waiter;
	/* References; NULL: Fairway does not know, or it is the credential's. */
	struct user_info *user; /* who asks: a certificate said so */
	struct user_info *as;   /* whose the request is, upstream */
	struct subject subject; /* `user`, for policy */
	struct pending *intent; /* borrowed; NULL: it has none (intents.h) */
	uint64_t intent_id;     /* of the last one that it had; 0: none */
	bool is_intent_open;    /* at its end: that one is to be replayed */
	struct removal_note *removal; /* owned; NULL: nobody wants one */
	char *guarded; /* owned: its body with a guard; NULL: as it is */
	struct replay *replay;  /* owned; NULL: it is none */
	struct errand *errand;  /* borrowed; NULL: it is none, or given up */
	/* Whom it wants to be, while that is looked at, part by part. */
	struct user_info *wanted; /* reference */
	unsigned parts_allowed;
	struct review_waiter asks;

	struct request rq;
	struct class class;
	char *text; /* owned: peer, path, what is decoded of it, names */
	uint32_t text_len, text_cap;
	struct span target; /* raw path and query, in `text` */
	struct span traceparent; /* in `text`; absent: it had none */
	const char *peer;   /* who it is, in `text`; "": no head has come */
	char audit_id[EXCHANGE_AUDIT_ID_CAP];
	uint8_t audit_id_len;
	uint8_t method_len;
	char method[8];
	struct boundary boundary;
	usec_t received_at;
	usec_t submitted_at;  /* 0: not yet */
	usec_t started_at;    /* the last attempt */
	usec_t upstream_time; /* … to the head of its answer */
	usec_t transfer_time; /* … and from there to its end */
	uint64_t bytes_in;    /* of bodies */
	uint64_t bytes_out;
};

const char *exchange_state_name(enum exchange_state state);
/* Checks that the move is a legal one. */
void exchange_set_state(struct exchange *ex, enum exchange_state state);

/* A stream has begun; its events are set. */
struct exchange *exchange_new(struct server *server, struct session *session);
/* One without a client, to be filled and submitted. */
struct exchange *exchange_new_without_client(
	struct server *server, enum request_source source);
/* Nobody waits for its answer any more. */
void exchange_give_up(struct exchange *ex);
/*
 * Answers those whose beginning has been coming for too long.  Returns when
 * the next one may be due.
 */
usec_t exchange_expire_receiving(struct server *server);
/* Cuts off who reads too slowly.  Returns as above. */
usec_t exchange_expire_slow(struct server *server);
/* Frees what is DONE; at the end of a turn. */
void exchange_reap(struct server *server);
/* No more events come to it: at the end of the server. */
void exchange_let_go(struct exchange *ex);
/* Frees one, whatever its state: at the end of the server. */
void exchange_free(struct exchange *ex);

/*
 * Answers in the API server's place; policy knows nothing of it any more.
 * `intent` is named to the client: the removal is pending; 0: none.
 */
void exchange_reply(struct exchange *ex, enum verdict verdict,
	unsigned retry_after, uint64_t intent);

/* Empty, and counted in the wire's memory. */
void exchange_init_relay(
	struct exchange *ex, struct relay *relay, size_t keep_max);

/* Of its answer, or its client's own; absent: neither had one. */
struct span exchange_audit_id(const struct exchange *ex);

/* From submission to the first start, or until now. */
usec_t exchange_wait(const struct exchange *ex);

/*
 * Policy has forgotten the request, or a stream has closed: DONE if nobody
 * holds the exchange any more.
 */
void exchange_settle(struct exchange *ex);

/* The server drains (in attempt.c): ends a watch as soon as an event has ended.
 */
void exchange_end_watch(struct exchange *ex);
/* … or breaks off a tunnel, or a log that is followed. */
bool exchange_is_lasting(const struct exchange *ex);
void exchange_end_lasting(struct exchange *ex);

/* ---- authenticate.c ------------------------------------------------------ */

/* The rules for heads of a connection: of a certificate, in cleartext … */
const struct request_head_rules *authenticate_rules(
	const struct server *server, const struct session *session);
/*
 * Who asks, and whose the request is to be, where Fairway is to know it.  Not
 * NONE: it is refused.  A review may be under way then (is_asked_about): it
 * goes on, or is refused, when that has ended.
 */
enum verdict authenticate(
	struct exchange *ex, const struct request_head *read);
/* It has waited: what is so of its connection's certificate now. */
enum verdict authenticate_again(struct exchange *ex);

/* ---- intake.c ------------------------------------------------------------ */

/* Begins its text, with its peer and room for `len` bytes more. */
void intake_begin_text(struct exchange *ex, size_t len);
/* Class and identity, and copies of what is needed when the head is gone. */
void intake_read_head(struct exchange *ex, const struct request_head *read);
/* For the record; one that is too long is none. */
void intake_note_audit_id(struct exchange *ex, struct span audit_id);
/* Reads the body that is there, and tells policy. */
void intake_submit(struct exchange *ex);
/* … when as much of the body is there as is looked at. */
void intake_submit_if_ready(struct exchange *ex);
/* Retry-After of a refusal that policy does not know of, spread a little. */
unsigned intake_retry_after(const struct exchange *ex);

/* ---- attempt.c ----------------------------------------------------------- */

/* Of the upstream stream. */
extern const struct stream_events ATTEMPT_EVENTS;
/*
 * Tells policy that the attempt is over.  Whatever policy makes of it, the
 * exchange has no upstream stream any more.
 */
void attempt_finish(
	struct exchange *ex, enum outcome_kind kind, bool is_endpoint_gone);
/* Its stream is closed: what came of it so far is what there is. */
void attempt_closed(struct exchange *ex, enum stream_end how);
/* `len` bytes of the answer went to the client. */
void attempt_answer_drained(struct exchange *ex);

/* ---- attempt_start.c ----------------------------------------------------- */

struct decision;

/* START: a connection, or the wait for one. */
void attempt_start(struct exchange *ex, const struct decision *decision);
/* Upstream's on_session and on_failed. */
void attempt_send(struct exchange *ex, struct session *session);
void attempt_cannot_connect(struct exchange *ex);
/* More of the request's body is there. */
void attempt_push_body(struct exchange *ex);
/* ABORT and DRAIN: its client is gone, or its answer does not come. */
void attempt_abort(struct exchange *ex);
void attempt_drain(struct exchange *ex);

/* ---- passing.c ----------------------------------------------------------- */

/* An answer is passed on; then its body, and its end. */
void passing_begin(struct exchange *ex, const struct response_head *head);
void passing_bytes(struct exchange *ex, struct span bytes);
void passing_end(struct exchange *ex);

#endif
