/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answer.
 *
 *   RECEIVING --headers--> WAITING --seat and body--> [DELAYED] --> ANSWERING
 *        |                    |                           |             |
 *        |  401, 413, 429     |  (never answered) STALLED <             |
 *        +------------------->+-------------------------------------> CLOSED
 *
 * Authentication comes first, then priority and fairness, then what was
 * ordered of faults.h, then the API.  The seat is held until the answer has
 * gone out; a watch gives it back when it has begun.
 *
 * With ?timeout= an answer comes in time, if only to say that none did.
 */
#ifndef TESTS_KUBESIM_EXCHANGE_H
#define TESTS_KUBESIM_EXCHANGE_H

#include "tests/kubesim/session.h"

struct gzip;

enum exchange_state {
	EXCHANGE_RECEIVING,
	EXCHANGE_WAITING,
	EXCHANGE_DELAYED,
	EXCHANGE_STALLED,
	EXCHANGE_ANSWERING,
	EXCHANGE_CLOSED,
};

/* The headers that matter. */
enum exchange_header {
	HEADER_METHOD,
	HEADER_PATH,
	HEADER_AUTHORIZATION,
	HEADER_CONTENT_TYPE,
	HEADER_ACCEPT,
	HEADER_USER_AGENT,
	HEADER_ACCEPT_ENCODING,
	HEADER_AUDIT_ID,
	HEADER_CONNECTION,
	HEADER_UPGRADE,
	HEADER_STREAM_PROTOCOLS,
	HEADER_WEBSOCKET_KEY,
	HEADER_WEBSOCKET_PROTOCOLS,
	HEADER_COUNT,
};

enum { EXCHANGE_MAX_BODY = 3 << 20 };

struct exchange {
	struct list_node node;       /* in session->exchanges, or dying */
	struct list_node ready_node; /* in server->ready */
	struct session *session;     /* borrowed; NULL once closed */
	struct server *server;       /* borrowed */
	int32_t stream_id;           /* of HTTP/2 */
	enum exchange_state state;

	char *headers[HEADER_COUNT]; /* owned, NULL when absent */
	struct buf body;
	bool is_complete;       /* all of it came */
	const char *body_error; /* NULL: not malformed */
	bool is_too_large;
	struct request req;
	bool has_req;
	struct identity user;
	struct identity wanted; /* Impersonate-* */
	char audit_id[64];
	usec_t started_at;

	struct apf_seat seat;
	char schema_uid[40];
	char level_uid[40];
	struct fault_plan plan;
	struct event *timer; /* NULL: never needed */
	bool timer_fired;
	struct event *deadline; /* of ?timeout=; NULL: none */
	bool deadline_passed;

	struct answer answer;
	struct gzip *gzip; /* owned; NULL: the body goes as it is */
	uint64_t body_sent;
	usec_t answered_at;
};

/* Called by the session. */
struct exchange *exchange_new(struct session *session, int32_t stream_id);
void exchange_add_header(
	struct exchange *ex, struct span name, struct span value);
void exchange_headers_done(struct exchange *ex);
void exchange_add_body(struct exchange *ex, struct span bytes);
void exchange_body_done(struct exchange *ex);
/* No more of it can be read; `why` is for ever. */
void exchange_body_broke(struct exchange *ex, const char *why);
/* The stream is gone: leaves everything; freed at the end of the turn. */
void exchange_close(struct exchange *ex);
/* Up to `max` bytes of the answer's body.  `*ret_end`: nothing follows.
 * -1: not now.  -2: break off with plan.h2_error. */
long exchange_read_body(
	struct exchange *ex, uint8_t *to, size_t max, bool *ret_end);

/* authn.c: a field of Impersonate-*, or another, which says nothing. */
void exchange_add_wanted(
	struct exchange *ex, struct span name, struct span value);
/* authn.c: sets the user; -1 with the status that refuses. */
int exchange_authenticate(struct exchange *ex, struct status *st);

/* Called by the server. */
void exchange_step(struct exchange *ex);
void exchange_free(struct exchange *ex);
void exchange_make_ready(struct exchange *ex);

#endif
