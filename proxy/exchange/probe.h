/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe: asks one API server for /readyz when policy says so, over a
 * connection of its own, so that a black hole is noticed although the others
 * wait for answers.
 *
 *	REST --start--> CONNECTING --ready--> ASKED --answer--> REST
 *	  |                 |                   |
 *	  |                 +---- time out -----+--> the connection is closed
 *	  +-- start, connected already -------->'
 *
 * Each start ends in one HEALTH_PROBE_… for policy: 500 and its like are
 * FAILED, any other answer is OK (401, 403 and 429 come from a server that is
 * alive), none in time is TIMEOUT.  But one that has just begun forbids
 * everything to everybody until it knows its roles: a 403 behind a failure is
 * as no answer for a while, unless that was its answer in good times.
 */
#ifndef PROXY_EXCHANGE_PROBE_H
#define PROXY_EXCHANGE_PROBE_H

#include <stdbool.h>

#include "proxy/loop/loop.h"
#include "proxy/wire/session.h"
#include "proxy/wire/stream.h"

struct server;

enum probe_state {
	PROBE_REST,
	PROBE_CONNECTING,
	PROBE_ASKED,
};

struct probe {
	struct server *server; /* borrowed */
	unsigned endpoint;
	enum probe_state state;
	struct session *session; /* NULL: not connected */
	bool is_ready;           /* the session's TLS is up */
	bool has_stream;         /* the stream is open */
	bool is_closing;         /* the session will go; a new one then */
	bool is_ended;           /* the server is: nothing is done any more */
	bool was_allowed;        /* 200, once */
	bool is_forbidden;       /* never, and 403 behind no failure */
	bool has_failed;         /* the last one */
	usec_t believed_at; /* a 403, from then on; NEVER: none is open */
	/* Why the last one failed, as it was logged; CLEAN: it did not. */
	enum session_close why_failed;
	unsigned bad_status; /* that it answered last, as logged; 0: none */
	struct stream stream;
	struct loop_timer timer;
};

void probe_init(struct probe *probe, struct server *server, unsigned endpoint);
/* Closes its connection; the loop runs no more. */
void probe_close(struct probe *probe);
/* When the connection is gone. */
void probe_fini(struct probe *probe);
/* One that is under way goes on. */
void probe_start(struct probe *probe);
/* The endpoint is given up: no result comes, and the connection closes. */
void probe_stop(struct probe *probe);

#endif
