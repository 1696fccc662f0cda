/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drain: how a server ends.
 *
 *	SERVING
 *	   | server_drain()
 *	   v
 *	LEAVING    clients get GOAWAY and go where there is room for them; who
 *	   |       has no other place may still connect here, leases first of
 *	   |       all.  Watches end one after another over watch_grace, or all
 *	   |       clients would begin them anew at once.  Tunnels and logs that
 *	   |       are followed cannot be begun anew, and last: they are broken
 *	   |       off one after another over three quarters of the grace.
 *	   v       the last one was told, or is gone
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
	bool are_watches_told;
	usec_t leave_by;  /* no more of them are told then */
	usec_t lasting_pause; /* the same of tunnels and followed logs */
	size_t lasting_told;
	usec_t lasting_by; /* the rest at once */
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
