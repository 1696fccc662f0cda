/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upstream: the API servers and the connections to them.
 *
 *	server --> lookup --> addresses
 *	(of the configuration)    |
 *	                          v
 *	upstream --> endpoint (a slot for an API server) --> pool (of one class)
 *	                                                       |--> connections
 *	                                                       +--> waiters
 *
 * Each address of a configured server is an API server of its own, in a slot
 * of its own (address_book.h).  Names are looked up without blocking
 * (lookup.h); until there is an answer the slots are vacant, and requests are
 * held.  Whose address is written out is there at once.
 *
 * A pool opens its first connection when one is asked for, and another, up to
 * its limit, when the API server takes no more streams on those that are
 * there.  A connection that gets GOAWAY takes no new streams and is replaced
 * by the next demand; one that was lost or could not be made is followed by
 * another after a pause that doubles, with jitter.  Connections beyond the
 * first are closed when nobody has used them for a while.
 *
 * Who is to start and finds no connection ready waits for one; the wait ends
 * in on_session, or in on_failed when the connection could not be made.  An
 * upgrade has a connection opened for itself (apart.h).
 */
#ifndef PROXY_EXCHANGE_UPSTREAM_H
#define PROXY_EXCHANGE_UPSTREAM_H

#include <stdbool.h>

#include "base/list.h"
#include "base/span.h"
#include "base/util.h"
#include "policy/policy.h"
#include "proxy/loop/resolver.h"
#include "proxy/wire/session.h"

struct log;
struct loop;
struct upstream;

/* "[2001:db8::1]:6443" and a NUL. */
#define UPSTREAM_NAME_CAP 56

/* As it is configured. */
struct upstream_server {
	const char *host; /* name or address */
	uint16_t port;
	const char *prefix;      /* of every path: "" or "/k8s/clusters/x" */
	struct tls_context *tls; /* borrowed; verifies the host's name */
};

struct upstream_settings {
	struct upstream_server servers[POLICY_ENDPOINTS_MAX];
	unsigned server_count;
	usec_t lookup_every; /* of names */
	struct resolver_files files;
	unsigned connections_max[CONN_CLASS_COUNT]; /* of each endpoint */
	usec_t connect_timeout;                     /* TCP and TLS */
	usec_t reconnect_min;                       /* first pause */
	usec_t reconnect_max;
	usec_t idle_max; /* of connections beyond the first */
};

struct upstream_waiter {
	struct list_node node;
};

struct upstream_events {
	/* Never from within a call of upstream_wait() itself. */
	void (*on_session)(
		struct upstream_waiter *waiter, struct session *session);
	void (*on_failed)(struct upstream_waiter *waiter);
	/* Of connections; also APPEARED and VANISHED, of slots. */
	void (*on_health)(void *user, unsigned endpoint, enum health_kind kind);
	void *user;
};

/* How many slots it will have: more than servers if there are names. */
unsigned upstream_slots(const struct upstream_settings *settings);

/*
 * `settings` and `events` are copied, their strings borrowed.  All slots are
 * vacant before upstream_start().
 */
struct upstream *upstream_new(struct loop *loop, struct wire *wire,
	struct log *log, const struct upstream_settings *settings,
	const struct upstream_events *events, uint64_t seed);
/* Looks all servers up for the first time. */
void upstream_start(struct upstream *upstream);
/* Other times and numbers of connections; the servers are the same. */
void upstream_reconfigure(
	struct upstream *upstream, const struct upstream_settings *settings);
/*
 * Of connections to `server` that are made from now on, which is when somebody
 * needs one: the others take no more requests.  Borrowed.
 */
void upstream_set_tls(
	struct upstream *upstream, unsigned server, struct tls_context *tls);
/* Closes all connections; nobody may be waiting. */
void upstream_free(struct upstream *upstream);

/*
 * A connection with room for a stream now; NULL: none, and one is being
 * opened if that is allowed: then upstream_wait().
 */
struct session *upstream_session(struct upstream *upstream, unsigned endpoint,
	enum conn_class conn_class);
void upstream_wait(struct upstream *upstream, unsigned endpoint,
	enum conn_class conn_class, struct upstream_waiter *waiter);
/* Does nothing if it does not wait. */
void upstream_unwait(struct upstream_waiter *waiter);

/* Who waits gets what streams there are now; called in each turn. */
void upstream_serve(struct upstream *upstream);

/*
 * How many streams could start: on the connections that are there, or on the
 * one that would be opened.  0 during a pause between attempts to connect.
 */
unsigned upstream_free_streams(struct upstream *upstream, unsigned endpoint,
	enum conn_class conn_class);

/*
 * What was heard of an endpoint, by its connections or its probe: when it
 * cannot be reached its name is looked up again.
 */
void upstream_note_health(
	struct upstream *upstream, unsigned endpoint, enum health_kind kind);

/* Waits for an HTTP/1.1 connection of its own, for an upgrade. */
void upstream_wait_apart(struct upstream *upstream, unsigned endpoint,
	struct upstream_waiter *waiter);
/* A connection outside the pools. */
struct session *upstream_connect_apart(struct upstream *upstream,
	unsigned endpoint, enum session_protocol protocol,
	const struct session_events *events, void *user);

/*
 * ":authority" and the prefix of paths, as configured; live as long as the
 * upstream.
 */
struct span upstream_authority(
	const struct upstream *upstream, unsigned endpoint);
struct span upstream_prefix(const struct upstream *upstream, unsigned endpoint);
unsigned upstream_endpoint_count(const struct upstream *upstream);
bool upstream_is_vacant(const struct upstream *upstream, unsigned endpoint);
/* "10.0.0.1:6443"; of a vacant slot the last one, or "". */
const char *upstream_name(const struct upstream *upstream, unsigned endpoint);
const char *conn_class_name(enum conn_class conn_class);
/* Connections that are there or being opened. */
unsigned upstream_connections(const struct upstream *upstream,
	unsigned endpoint, enum conn_class conn_class);
unsigned upstream_waiting(const struct upstream *upstream);

#endif
