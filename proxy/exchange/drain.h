/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drain: how a server ends.
 *
 *	SERVING
 *	   | server_drain()
 *	   v
 *	LEAVING    clients get GOAWAY and go where there is room for them; who
 *	   |       has no other place may still connect here.  Watches end one
 *	   |       after another, or all clients would begin them anew at once.
 *	   v       the last one was told, or watch_grace is over
 *	FINISHING  nobody new is taken, other watches end at once; what is open
 *	   |  |    is served to its end
 *	   |  | grace is over
 *	   |  v
 *	   | CUTTING   who still waits is told that it was not executed
 *	   v  v
 *	  OVER     the owner is told, and frees the server
 *
 * A part of the server.
 */
#ifndef PROXY_EXCHANGE_DRAIN_H
#define PROXY_EXCHANGE_DRAIN_H

#include <stdbool.h>

#include "base/util.h"
#include "proxy/loop/loop.h"

struct server;

enum drain_state {
	DRAIN_SERVING,
	DRAIN_LEAVING,
	DRAIN_FINISHING,
	DRAIN_CUTTING,
	DRAIN_OVER,
};

struct drain {
	struct server *server; /* borrowed */
	enum drain_state state;
	usec_t since;     /* LEAVING: watches from before end */
	usec_t pause;     /* between two of them */
	size_t told;      /* of them, to end */
	usec_t leave_by;  /* LEAVING is over then */
	usec_t finish_by; /* FINISHING is */
	struct loop_timer timer;
	void (*on_drained)(void *user);
	void *user;
};

void drain_init(struct drain *drain, struct server *server);
void drain_fini(struct drain *drain);
/* At the end of each turn, when all is flushed. */
void drain_end_turn(struct drain *drain);

/* Watches are to end as soon as an event has ended. */
static inline bool drain_ends_watches(const struct drain *drain)
{
	return drain->state >= DRAIN_FINISHING;
}

#endif
