/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoint: a slot for one API server: its address, its name and its pools.
 * A part of upstream.c that pool.c sees.
 *
 *	VACANT <-- endpoint_vacate -- OCCUPIED
 *	       -- endpoint_occupy -->
 *
 * Connections to an address that was given up finish what they have; the
 * slot may have another one by then.
 */
#ifndef PROXY_EXCHANGE_ENDPOINT_H
#define PROXY_EXCHANGE_ENDPOINT_H

#include "proxy/exchange/pool.h"
#include "proxy/exchange/upstream.h"
#include "proxy/loop/resolver.h"

struct endpoint {
	struct upstream *upstream;            /* borrowed */
	const struct upstream_server *server; /* borrowed; NULL: VACANT */
	unsigned index;
	struct resolver_address address;
	char name[UPSTREAM_NAME_CAP]; /* of the last address; "": none yet */
	struct pool pools[CONN_CLASS_COUNT];
};

void endpoint_init(struct endpoint *endpoint, struct upstream *upstream,
	unsigned index, const struct upstream_settings *settings);
void endpoint_fini(struct endpoint *endpoint);

void endpoint_occupy(struct endpoint *endpoint,
	const struct upstream_server *server,
	const struct resolver_address *address);
/* Who waits for a connection is told that there is none. */
void endpoint_vacate(struct endpoint *endpoint);

struct session *endpoint_connect(struct endpoint *endpoint,
	enum session_protocol protocol, const struct session_events *events,
	void *user);

/* ---- what pools need of the upstream ------------------------------------- */

const struct upstream_settings *upstream_settings_of(
	const struct upstream *upstream);
const struct upstream_events *upstream_events_of(
	const struct upstream *upstream);
usec_t upstream_now(const struct upstream *upstream);
/* From 0 to bound - 1. */
uint64_t upstream_chance(struct upstream *upstream, uint64_t bound);
/* pool_tick() is to be called again by then. */
void upstream_wake_at(struct upstream *upstream, usec_t at);
struct wire *upstream_wire(struct upstream *upstream);
struct log *upstream_log(struct upstream *upstream);

#endif
