/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/upstream.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/rng.h"
#include "proxy/exchange/apart.h"
#include "proxy/exchange/endpoint.h"
#include "proxy/loop/loop.h"

struct upstream {
	struct loop *loop; /* borrowed, as wire and log */
	struct wire *wire;
	struct log *log;
	struct upstream_settings settings;
	struct upstream_events events;
	struct rng rng;
	struct loop_timer timer;
	struct endpoint endpoints[POLICY_ENDPOINTS_MAX];
	unsigned endpoint_count;
	struct list aparts; /* struct apart, owned */
};

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

struct upstream *upstream_new(struct loop *loop, struct wire *wire,
	struct log *log, const struct upstream_settings *settings,
	const struct upstream_events *events, uint64_t seed, struct err *err)
{
	struct upstream *upstream = xcalloc(1, sizeof(*upstream));

	CHECK(settings->endpoint_count > 0 &&
		settings->endpoint_count <= POLICY_ENDPOINTS_MAX);
	upstream->loop = loop;
	upstream->wire = wire;
	upstream->log = log;
	upstream->settings = *settings;
	upstream->events = *events;
	rng_init(&upstream->rng, seed);
	list_init(&upstream->aparts);
	loop_timer_init(&upstream->timer, loop, on_timer, upstream);
	while (upstream->endpoint_count < settings->endpoint_count) {
		unsigned i = upstream->endpoint_count++;

		if (endpoint_init(&upstream->endpoints[i], upstream, i,
			    &upstream->settings, err) != 0) {
			upstream_free(upstream);
			return NULL;
		}
	}
	return upstream;
}

void upstream_free(struct upstream *upstream)
{
	if (!upstream)
		return;
	apart_close_all(&upstream->aparts);
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
	return buf_span(&endpoint_of(upstream, endpoint)->authority);
}

struct span upstream_prefix(const struct upstream *upstream, unsigned endpoint)
{
	return span_str(endpoint_of(upstream, endpoint)->settings->prefix);
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

void upstream_drain(struct upstream *upstream)
{
	for (unsigned i = 0; i < upstream->endpoint_count; i++) {
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++)
			pool_drain(&upstream->endpoints[i].pools[j]);
	}
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
