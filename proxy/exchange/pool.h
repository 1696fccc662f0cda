/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pool: the connections of one class to one endpoint.  See upstream.h.
 *
 *	CONNECTING --on_ready--> READY --goaway, idle--> DRAINING --> (gone)
 *	     |                     |                                    ^
 *	     +---------------------+---------- on_closed ---------------+
 */
#ifndef PROXY_EXCHANGE_POOL_H
#define PROXY_EXCHANGE_POOL_H

#include <stdbool.h>

#include "base/list.h"
#include "base/rng.h"
#include "base/util.h"
#include "policy/policy.h"
#include "proxy/exchange/upstream.h"
#include "proxy/wire/session.h"

/*
 * Streams that a connection is taken to have room for before the API server
 * has said so (RFC 9113, 6.5.2 asks for at least 100).
 */
#define POOL_STREAMS_ASSUMED 100

struct endpoint;

struct pool_stats {
	unsigned connecting, ready, draining;
};

struct pool {
	struct endpoint *endpoint; /* borrowed */
	bool is_stopped;           /* opens no connections */
	enum conn_class conn_class;
	unsigned connections_max;
	struct list connections; /* struct pooled, owned */
	struct list waiters;     /* struct upstream_waiter, borrowed */
	struct pool_stats stats;
	unsigned failures;             /* in a row */
	enum session_close why_failed; /* the last of them */
	usec_t connect_at;             /* not before; 0: at once */
};

void pool_init(struct pool *pool, struct endpoint *endpoint,
	enum conn_class conn_class, unsigned connections_max);
/* Closes the connections: nothing of them comes back. */
void pool_fini(struct pool *pool);

/* The endpoint has an address from now on, or none any more. */
void pool_start(struct pool *pool);
void pool_stop(struct pool *pool);

struct session *pool_session(struct pool *pool, usec_t now);
/*
 * Connections are made in another way from now on: those that are there take
 * no new streams, and no pause keeps the next one back.
 */
void pool_renew(struct pool *pool);
void pool_wait(struct pool *pool, struct upstream_waiter *waiter);
/* Who waits gets what streams there are now; called in each turn. */
void pool_serve(struct pool *pool, usec_t now);
unsigned pool_free_streams(struct pool *pool, usec_t now);
/* No new streams; each connection closes as its last one ends. */
void pool_drain(struct pool *pool);

/*
 * What time brings: gives up connecting, tries again, closes what is idle.
 * Returns when it is to be called next, at the latest.
 */
usec_t pool_tick(struct pool *pool, usec_t now);

#endif
