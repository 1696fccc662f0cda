/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoint: one API server: its addresses, its name and its pools.  A part of
 * upstream.c that pool.c sees.
 */
#ifndef PROXY_EXCHANGE_ENDPOINT_H
#define PROXY_EXCHANGE_ENDPOINT_H

#include <sys/socket.h>

#include "base/buf.h"
#include "proxy/exchange/pool.h"
#include "proxy/exchange/upstream.h"

#define ENDPOINT_ADDRESSES_MAX 8

struct endpoint_address {
	struct sockaddr_storage addr;
	socklen_t len;
};

struct endpoint {
	struct upstream *upstream;                /* borrowed */
	const struct endpoint_settings *settings; /* borrowed */
	unsigned index;
	struct buf authority; /* "10.0.0.1:443" */
	struct endpoint_address addresses[ENDPOINT_ADDRESSES_MAX];
	unsigned address_count;
	unsigned address_at; /* the one that is tried next */
	struct pool pools[CONN_CLASS_COUNT];
};

/* Looks the host up. */
int endpoint_init(struct endpoint *endpoint, struct upstream *upstream,
	unsigned index, const struct upstream_settings *settings,
	struct err *err);
void endpoint_fini(struct endpoint *endpoint);

struct session *endpoint_connect(struct endpoint *endpoint,
	enum session_protocol protocol, const struct session_events *events,
	void *user);
/* The next attempt goes to the next address. */
void endpoint_next_address(struct endpoint *endpoint);

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
