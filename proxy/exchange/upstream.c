/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/rng.h"
#include "proxy/exchange/address_book.h"
#include "proxy/exchange/apart.h"
#include "proxy/exchange/endpoint.h"
#include "proxy/exchange/lookup.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log.h"

/* A configured server, and where it is. */
struct server_place {
	struct lookup lookup;
	struct buf authority; /* "api.example.org:6443" */
};

struct upstream {
	struct loop *loop; /* borrowed, as wire and log */
	struct wire *wire;
	struct log *log;
	struct upstream_settings settings;
	struct upstream_events events;
	struct rng rng;
	struct loop_timer timer;
	struct server_place places[POLICY_ENDPOINTS_MAX];
	struct address_book book;
	struct endpoint endpoints[POLICY_ENDPOINTS_MAX];
	unsigned endpoint_count;
	struct list aparts; /* struct apart, owned */
};

/* ---- slots --------------------------------------------------------------- */

unsigned upstream_slots(const struct upstream_settings *settings)
{
	struct resolver_address address;

	for (unsigned i = 0; i < settings->server_count; i++) {
		if (!address_read(settings->servers[i].host, &address))
			return POLICY_ENDPOINTS_MAX;
	}
	return settings->server_count;
}

/* Of a vacant slot the last one, which may still have connections. */
static unsigned server_of(const struct upstream *upstream, unsigned endpoint)
{
	CHECK(endpoint < upstream->endpoint_count);
	return upstream->book.slots[endpoint].server;
}

/* Of a name: an address that is written out is no news. */
static void log_slot(struct upstream *upstream, const struct endpoint *endpoint,
	const char *message)
{
	const struct lookup *lookup =
		&upstream->places[server_of(upstream, endpoint->index)].lookup;

	if (lookup->is_name)
		log_event(upstream->log, LOG_LEVEL_INFO, message,
			LOG_FIELDS(LOG_STR("server", endpoint->name),
				LOG_STR("name", endpoint->server->host)));
}

static void vacate(struct upstream *upstream, struct endpoint *endpoint)
{
	log_slot(upstream, endpoint, "API server given up");
	upstream->events.on_health(
		upstream->events.user, endpoint->index, HEALTH_VANISHED);
	endpoint_vacate(endpoint);
}

static void occupy(struct upstream *upstream, struct endpoint *endpoint,
	const struct address_slot *slot)
{
	if (endpoint->server)
		vacate(upstream, endpoint);
	endpoint_occupy(endpoint, &upstream->settings.servers[slot->server],
		&slot->address);
	log_slot(upstream, endpoint, "API server found");
	upstream->events.on_health(
		upstream->events.user, endpoint->index, HEALTH_APPEARED);
}

static void note_addresses(struct upstream *upstream, struct lookup *lookup,
	const struct resolver_address *addresses, unsigned count)
{
	struct server_place *place =
		CONTAINER_OF(lookup, struct server_place, lookup);

	address_book_answer(&upstream->book,
		(unsigned)(place - upstream->places), addresses, count,
		loop_now(upstream->loop));
	for (unsigned i = 0; i < upstream->endpoint_count; i++) {
		if (upstream->book.slots[i].is_new)
			occupy(upstream, &upstream->endpoints[i],
				&upstream->book.slots[i]);
	}
}

static void on_addresses(void *user, struct lookup *lookup,
	const struct resolver_address *addresses, unsigned count)
{
	note_addresses(user, lookup, addresses, count);
}

void upstream_note_health(
	struct upstream *upstream, unsigned endpoint, enum health_kind kind)
{
	struct lookup *lookup =
		&upstream->places[server_of(upstream, endpoint)].lookup;

	if (!upstream->endpoints[endpoint].server)
		return;
	if (kind == HEALTH_CONNECTED || kind == HEALTH_PROBE_OK) {
		lookup_reached(lookup);
	} else if (kind == HEALTH_CONNECT_FAILED ||
		kind == HEALTH_PROBE_TIMEOUT) {
		lookup_not_reached(lookup);
		if (address_book_failed(&upstream->book, endpoint))
			vacate(upstream, &upstream->endpoints[endpoint]);
	}
}

/* ---- as a whole ---------------------------------------------------------- */

static void tick(struct upstream *upstream)
{
	usec_t now = loop_now(upstream->loop);
	usec_t next = USEC_NEVER;

	loop_timer_set(&upstream->timer, USEC_NEVER);
	for (unsigned i = 0; i < upstream->endpoint_count; i++) {
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++)
			next = u64_min(next,
				pool_tick(
					&upstream->endpoints[i].pools[j], now));
	}
	upstream_wake_at(upstream, next);
}

static void on_timer(void *user)
{
	tick(user);
}

/* IPv6 addresses stand in brackets before a port (RFC 3986, 3.2.2). */
static void write_authority(
	struct buf *ret_authority, const struct upstream_server *server)
{
	bool is_ipv6 = strchr(server->host, ':') != NULL;

	buf_printf(ret_authority, is_ipv6 ? "[%s]:%u" : "%s:%u", server->host,
		server->port);
}

static void place_init(struct upstream *upstream, unsigned server)
{
	const struct upstream_settings *settings = &upstream->settings;
	struct server_place *place = &upstream->places[server];
	struct lookup_settings lookup = {
		.host = settings->servers[server].host,
		.port = settings->servers[server].port,
		.every = settings->lookup_every,
		.files = settings->files,
	};

	place->authority = BUF_INIT;
	write_authority(&place->authority, &settings->servers[server]);
	lookup_init(&place->lookup, upstream->loop, upstream->log, &lookup,
		on_addresses, upstream);
}

struct upstream *upstream_new(struct loop *loop, struct wire *wire,
	struct log *log, const struct upstream_settings *settings,
	const struct upstream_events *events, uint64_t seed)
{
	struct upstream *upstream = xcalloc(1, sizeof(*upstream));

	CHECK(settings->server_count > 0 &&
		settings->server_count <= POLICY_ENDPOINTS_MAX);
	upstream->loop = loop;
	upstream->wire = wire;
	upstream->log = log;
	upstream->settings = *settings;
	upstream->events = *events;
	upstream->endpoint_count = upstream_slots(settings);
	rng_init(&upstream->rng, seed);
	list_init(&upstream->aparts);
	loop_timer_init(&upstream->timer, loop, on_timer, upstream);
	address_book_init(&upstream->book, upstream->endpoint_count,
		settings->server_count);
	for (unsigned i = 0; i < settings->server_count; i++)
		place_init(upstream, i);
	for (unsigned i = 0; i < upstream->endpoint_count; i++)
		endpoint_init(&upstream->endpoints[i], upstream, i,
			&upstream->settings);
	return upstream;
}

void upstream_start(struct upstream *upstream)
{
	for (unsigned i = 0; i < upstream->settings.server_count; i++)
		lookup_start(&upstream->places[i].lookup);
}

void upstream_reconfigure(
	struct upstream *upstream, const struct upstream_settings *settings)
{
	struct upstream_settings *ours = &upstream->settings;

	memcpy(ours->connections_max, settings->connections_max,
		sizeof(ours->connections_max));
	ours->connect_timeout = settings->connect_timeout;
	ours->reconnect_min = settings->reconnect_min;
	ours->reconnect_max = settings->reconnect_max;
	ours->idle_max = settings->idle_max;
	ours->lookup_every = settings->lookup_every;
	for (unsigned i = 0; i < ours->server_count; i++)
		upstream->places[i].lookup.settings.every = ours->lookup_every;
	for (unsigned i = 0; i < upstream->endpoint_count; i++) {
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++)
			upstream->endpoints[i].pools[j].connections_max =
				ours->connections_max[j];
	}
}

void upstream_set_tls(
	struct upstream *upstream, unsigned server, struct tls_context *tls)
{
	CHECK(server < upstream->settings.server_count);
	upstream->settings.servers[server].tls = tls;
	for (unsigned i = 0; i < upstream->endpoint_count; i++) {
		if (server_of(upstream, i) != server)
			continue;
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++)
			pool_renew(&upstream->endpoints[i].pools[j]);
	}
}

void upstream_free(struct upstream *upstream)
{
	if (!upstream)
		return;
	apart_close_all(&upstream->aparts);
	for (unsigned i = 0; i < upstream->settings.server_count; i++) {
		lookup_fini(&upstream->places[i].lookup);
		buf_fini(&upstream->places[i].authority);
	}
	for (unsigned i = 0; i < upstream->endpoint_count; i++)
		endpoint_fini(&upstream->endpoints[i]);
	loop_timer_fini(&upstream->timer);
	free(upstream);
}

static struct pool *pool_of(struct upstream *upstream, unsigned endpoint,
	enum conn_class conn_class)
{
	CHECK(endpoint < upstream->endpoint_count &&
		conn_class < CONN_CLASS_COUNT);
	return &upstream->endpoints[endpoint].pools[conn_class];
}

static const struct endpoint *endpoint_of(
	const struct upstream *upstream, unsigned endpoint)
{
	CHECK(endpoint < upstream->endpoint_count);
	return &upstream->endpoints[endpoint];
}

struct session *upstream_session(struct upstream *upstream, unsigned endpoint,
	enum conn_class conn_class)
{
	return pool_session(pool_of(upstream, endpoint, conn_class),
		loop_now(upstream->loop));
}

void upstream_wait(struct upstream *upstream, unsigned endpoint,
	enum conn_class conn_class, struct upstream_waiter *waiter)
{
	pool_wait(pool_of(upstream, endpoint, conn_class), waiter);
}

void upstream_unwait(struct upstream_waiter *waiter)
{
	list_remove(&waiter->node);
}

void upstream_serve(struct upstream *upstream)
{
	usec_t now = loop_now(upstream->loop);

	for (unsigned i = 0; i < upstream->endpoint_count; i++) {
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++)
			pool_serve(&upstream->endpoints[i].pools[j], now);
	}
}

unsigned upstream_free_streams(struct upstream *upstream, unsigned endpoint,
	enum conn_class conn_class)
{
	return pool_free_streams(pool_of(upstream, endpoint, conn_class),
		loop_now(upstream->loop));
}

void upstream_wait_apart(struct upstream *upstream, unsigned endpoint,
	struct upstream_waiter *waiter)
{
	apart_open(&upstream->aparts, upstream, endpoint, waiter);
}

struct session *upstream_connect_apart(struct upstream *upstream,
	unsigned endpoint, enum session_protocol protocol,
	const struct session_events *events, void *user)
{
	CHECK(endpoint < upstream->endpoint_count);
	return endpoint_connect(
		&upstream->endpoints[endpoint], protocol, events, user);
}

struct span upstream_authority(
	const struct upstream *upstream, unsigned endpoint)
{
	return buf_span(
		&upstream->places[server_of(upstream, endpoint)].authority);
}

struct span upstream_prefix(const struct upstream *upstream, unsigned endpoint)
{
	return span_str(
		upstream->settings.servers[server_of(upstream, endpoint)]
			.prefix);
}

bool upstream_is_vacant(const struct upstream *upstream, unsigned endpoint)
{
	return !endpoint_of(upstream, endpoint)->server;
}

const char *upstream_name(const struct upstream *upstream, unsigned endpoint)
{
	return endpoint_of(upstream, endpoint)->name;
}

unsigned upstream_endpoint_count(const struct upstream *upstream)
{
	return upstream->endpoint_count;
}

const char *conn_class_name(enum conn_class conn_class)
{
	switch (conn_class) {
	case CONN_EXPRESS:
		return "express";
	case CONN_BULK:
		return "bulk";
	case CONN_STREAMS:
		return "streams";
	case CONN_CLASS_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

unsigned upstream_connections(const struct upstream *upstream,
	unsigned endpoint, enum conn_class conn_class)
{
	const struct endpoint *found = endpoint_of(upstream, endpoint);

	CHECK(conn_class < CONN_CLASS_COUNT);
	return (unsigned)found->pools[conn_class].connections.count;
}

unsigned upstream_waiting(const struct upstream *upstream)
{
	size_t waiting = 0;

	for (unsigned i = 0; i < upstream->endpoint_count; i++) {
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++)
			waiting +=
				upstream->endpoints[i].pools[j].waiters.count;
	}
	return (unsigned)waiting;
}

/* ---- what pools need ----------------------------------------------------- */

const struct upstream_settings *upstream_settings_of(
	const struct upstream *upstream)
{
	return &upstream->settings;
}

const struct upstream_events *upstream_events_of(
	const struct upstream *upstream)
{
	return &upstream->events;
}

usec_t upstream_now(const struct upstream *upstream)
{
	return loop_now(upstream->loop);
}

uint64_t upstream_chance(struct upstream *upstream, uint64_t bound)
{
	return rng_below(&upstream->rng, bound);
}

void upstream_wake_at(struct upstream *upstream, usec_t at)
{
	if (at < upstream->timer.at)
		loop_timer_set(&upstream->timer, at);
}

struct wire *upstream_wire(struct upstream *upstream)
{
	return upstream->wire;
}

struct log *upstream_log(struct upstream *upstream)
{
	return upstream->log;
}
