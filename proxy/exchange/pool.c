/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/pool.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/exchange/endpoint.h"
#include "proxy/observe/log.h"

enum pooled_state {
	POOLED_CONNECTING,
	POOLED_READY,
	POOLED_DRAINING, /* takes no new streams */
};

/* One connection. */
struct pooled {
	struct list_node node; /* in pool->connections */
	struct pool *pool;     /* borrowed; NULL: the pool is gone */
	struct session *session;
	enum pooled_state state;
	usec_t since;      /* connecting */
	usec_t idle_since; /* without streams; USEC_NEVER: has some */
};

static struct pooled *pooled_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct pooled, node);
}

void pool_init(struct pool *pool, struct endpoint *endpoint,
	enum conn_class conn_class, unsigned connections_max)
{
	*pool = (struct pool){
		.endpoint = endpoint,
		.is_stopped = true,
		.conn_class = conn_class,
		.connections_max = connections_max,
	};
	list_init(&pool->connections);
	list_init(&pool->waiters);
}

void pool_fini(struct pool *pool)
{
	CHECK(list_is_empty(&pool->waiters));
	LIST_EACH (node, &pool->connections) {
		struct pooled *pooled = pooled_of(node);

		list_remove(node);
		pooled->pool = NULL;
		session_close(pooled->session);
	}
}

static unsigned *count_of(struct pool *pool, enum pooled_state state)
{
	switch (state) {
	case POOLED_CONNECTING:
		return &pool->stats.connecting;
	case POOLED_READY:
		return &pool->stats.ready;
	case POOLED_DRAINING:
		return &pool->stats.draining;
	}
	CHECK_UNREACHABLE();
}

static void pooled_set_state(struct pooled *pooled, enum pooled_state state)
{
	/* Only forward. */
	CHECK(state > pooled->state);
	(*count_of(pooled->pool, pooled->state))--;
	(*count_of(pooled->pool, state))++;
	pooled->state = state;
}

static void tell_health(struct pool *pool, enum health_kind kind)
{
	const struct upstream_events *events =
		upstream_events_of(pool->endpoint->upstream);

	events->on_health(events->user, pool->endpoint->index, kind);
}

/* Gives a connection that has room to as many waiters as it takes. */
static void serve_waiters(struct pool *pool, struct session *session)
{
	const struct upstream_events *events =
		upstream_events_of(pool->endpoint->upstream);

	while (!list_is_empty(&pool->waiters) &&
		session_free_streams(session) > 0)
		events->on_session(CONTAINER_OF(list_pop_front(&pool->waiters),
					   struct upstream_waiter, node),
			session);
}

static void fail_waiters(struct pool *pool)
{
	const struct upstream_events *events =
		upstream_events_of(pool->endpoint->upstream);

	while (!list_is_empty(&pool->waiters))
		events->on_failed(CONTAINER_OF(list_pop_front(&pool->waiters),
			struct upstream_waiter, node));
}

/* ---- what happens to a connection ---------------------------------------- */

static void pooled_ready(struct pooled *pooled)
{
	struct pool *pool = pooled->pool;

	/* Drained before it was up. */
	if (!pool || pooled->state != POOLED_CONNECTING)
		return;
	pooled_set_state(pooled, POOLED_READY);
	pool->failures = 0;
	pool->connect_at = 0;
	tell_health(pool, HEALTH_CONNECTED);
	serve_waiters(pool, pooled->session);
}

static void pooled_goaway(struct pooled *pooled)
{
	if (!pooled->pool || pooled->state == POOLED_DRAINING)
		return;
	pooled_set_state(pooled, POOLED_DRAINING);
	tell_health(pooled->pool, HEALTH_GOAWAY);
}

/* Doubles the pause from failure to failure; half of it is chance. */
static void pause_connecting(struct pool *pool)
{
	struct upstream *upstream = pool->endpoint->upstream;
	const struct upstream_settings *settings =
		upstream_settings_of(upstream);
	usec_t pause = settings->reconnect_min;

	for (unsigned i = 0;
		i < pool->failures && pause < settings->reconnect_max; i++)
		pause *= 2;
	pause = u64_min(pause, settings->reconnect_max);
	pool->failures++;
	pool->connect_at = usec_add(upstream_now(upstream),
		pause / 2 + upstream_chance(upstream, pause / 2 + 1));
	upstream_wake_at(upstream, pool->connect_at);
}

static void connection_failed(struct pool *pool)
{
	pause_connecting(pool);
	tell_health(pool, HEALTH_CONNECT_FAILED);
	/* With another one on its way, who waits may still be served. */
	if (pool->stats.connecting == 0)
		fail_waiters(pool);
}

static bool close_is_loss(enum session_close why)
{
	switch (why) {
	case SESSION_CLOSE_CLEAN:
	case SESSION_CLOSE_LOCAL:
		return false;
	case SESSION_CLOSE_EOF:
	case SESSION_CLOSE_RESET:
	case SESSION_CLOSE_CONNECT:
	case SESSION_CLOSE_TLS:
	case SESSION_CLOSE_TIMEOUT:
	case SESSION_CLOSE_PROTOCOL:
	case SESSION_CLOSE_FLOOD:
		return true;
	case SESSION_CLOSE_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

/* Of failures in a row only news are worth more than a debug line. */
static void log_close(const struct pool *pool, const char *message,
	enum session_close why, const char *detail, bool is_first)
{
	const struct endpoint *endpoint = pool->endpoint;

	log_event(upstream_log(endpoint->upstream),
		is_first ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, message,
		LOG_FIELDS(LOG_STR("server", endpoint->name),
			LOG_STR("class", conn_class_name(pool->conn_class)),
			LOG_STR("why", session_close_name(why)),
			LOG_STR("detail", detail)));
}

static void pooled_closed(
	struct pooled *pooled, enum session_close why, const char *detail)
{
	struct pool *pool = pooled->pool;
	enum pooled_state state = pooled->state;

	if (!pool) {
		free(pooled);
		return;
	}
	list_remove(&pooled->node);
	(*count_of(pool, state))--;
	free(pooled);
	switch (state) {
	case POOLED_CONNECTING:
		log_close(pool, "cannot connect to the API server", why, detail,
			pool->failures == 0 || why != pool->why_failed);
		pool->why_failed = why;
		connection_failed(pool);
		break;
	case POOLED_READY:
		if (close_is_loss(why)) {
			log_close(pool, "connection to the API server lost",
				why, detail, true);
			tell_health(pool, HEALTH_CONN_LOST);
		}
		break;
	case POOLED_DRAINING:
		break;
	}
}

static void on_ready(struct session *session, void *user)
{
	(void)session;
	pooled_ready(user);
}

static void on_goaway(struct session *session, void *user)
{
	(void)session;
	pooled_goaway(user);
}

static void on_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	(void)session;
	pooled_closed(user, why, detail);
}

static const struct session_events pooled_events = {
	.on_ready = on_ready,
	.on_goaway = on_goaway,
	.on_closed = on_closed,
};

/* ---- opening and choosing ------------------------------------------------ */

static bool may_connect(const struct pool *pool, usec_t now)
{
	return !pool->is_stopped && pool->stats.connecting == 0 &&
		pool->stats.ready < pool->connections_max &&
		now >= pool->connect_at;
}

static void pool_connect(struct pool *pool, usec_t now)
{
	struct pooled *pooled = xcalloc(1, sizeof(*pooled));
	struct upstream *upstream = pool->endpoint->upstream;

	pooled->pool = pool;
	pooled->state = POOLED_CONNECTING;
	pooled->since = now;
	pooled->idle_since = now;
	pool->stats.connecting++;
	list_push_back(&pool->connections, &pooled->node);
	pooled->session = endpoint_connect(
		pool->endpoint, SESSION_H2, &pooled_events, pooled);
	upstream_wake_at(upstream,
		usec_add(now, upstream_settings_of(upstream)->connect_timeout));
}

struct session *pool_session(struct pool *pool, usec_t now)
{
	/* The first that has room: fewer connections cost less. */
	LIST_EACH (node, &pool->connections) {
		struct pooled *pooled = pooled_of(node);

		if (pooled->state == POOLED_READY &&
			session_free_streams(pooled->session) > 0) {
			pooled->idle_since = USEC_NEVER;
			return pooled->session;
		}
	}
	if (may_connect(pool, now))
		pool_connect(pool, now);
	return NULL;
}

void pool_wait(struct pool *pool, struct upstream_waiter *waiter)
{
	CHECK(!pool->is_stopped);
	list_push_back(&pool->waiters, &waiter->node);
	/* After the pause, or when a stream ends (pool_serve). */
	if (pool->stats.connecting == 0 && pool->connect_at > 0)
		upstream_wake_at(pool->endpoint->upstream, pool->connect_at);
}

void pool_serve(struct pool *pool, usec_t now)
{
	struct session *session;

	while (!list_is_empty(&pool->waiters)) {
		session = pool_session(pool, now);
		if (!session)
			return;
		serve_waiters(pool, session);
	}
}

unsigned pool_free_streams(struct pool *pool, usec_t now)
{
	size_t waiting = pool->waiters.count;
	size_t total = 0;

	LIST_EACH (node, &pool->connections) {
		struct pooled *pooled = pooled_of(node);

		if (pooled->state == POOLED_READY)
			total += session_free_streams(pooled->session);
		else if (pooled->state == POOLED_CONNECTING)
			total += POOL_STREAMS_ASSUMED;
	}
	if (total == 0 && may_connect(pool, now)) {
		/* Full: the next one had better not wait for a handshake. */
		if (pool->stats.ready > 0)
			pool_connect(pool, now);
		total = POOL_STREAMS_ASSUMED;
	}
	return total > waiting ? (unsigned)(total - waiting) : 0;
}

void pool_drain(struct pool *pool)
{
	LIST_EACH (node, &pool->connections) {
		struct pooled *pooled = pooled_of(node);

		if (pooled->state == POOLED_DRAINING)
			continue;
		pooled_set_state(pooled, POOLED_DRAINING);
		session_drain(pooled->session);
	}
}

void pool_renew(struct pool *pool)
{
	pool_drain(pool);
	pool->failures = 0;
	pool->connect_at = 0;
}

void pool_start(struct pool *pool)
{
	pool->is_stopped = false;
	pool->failures = 0;
	pool->connect_at = 0;
}

void pool_stop(struct pool *pool)
{
	pool->is_stopped = true;
	pool_drain(pool);
	fail_waiters(pool);
}

/* ---- time ---------------------------------------------------------------- */

/* Returns when it is to be looked at again. */
static usec_t tick_connecting(struct pooled *pooled, usec_t now)
{
	const struct upstream_settings *settings =
		upstream_settings_of(pooled->pool->endpoint->upstream);
	usec_t until = usec_add(pooled->since, settings->connect_timeout);

	if (now < until)
		return until;
	session_close(pooled->session);
	return USEC_NEVER;
}

static usec_t tick_ready(struct pooled *pooled, usec_t now)
{
	struct pool *pool = pooled->pool;
	const struct upstream_settings *settings =
		upstream_settings_of(pool->endpoint->upstream);
	usec_t until;

	if (session_open_streams(pooled->session) > 0) {
		pooled->idle_since = USEC_NEVER;
		return usec_add(now, settings->idle_max);
	}
	if (pooled->idle_since == USEC_NEVER)
		pooled->idle_since = now;
	until = usec_add(pooled->idle_since, settings->idle_max);
	if (now < until)
		return until;
	/* The first one stays: the next request is not to wait for TLS. */
	if (&pooled->node == list_first(&pool->connections))
		return USEC_NEVER;
	pooled_set_state(pooled, POOLED_DRAINING);
	session_drain(pooled->session);
	return USEC_NEVER;
}

usec_t pool_tick(struct pool *pool, usec_t now)
{
	usec_t next = USEC_NEVER;

	LIST_EACH (node, &pool->connections) {
		struct pooled *pooled = pooled_of(node);
		usec_t at = USEC_NEVER;

		switch (pooled->state) {
		case POOLED_CONNECTING:
			at = tick_connecting(pooled, now);
			break;
		case POOLED_READY:
			at = tick_ready(pooled, now);
			break;
		case POOLED_DRAINING:
			break;
		}
		next = u64_min(next, at);
	}
	pool_serve(pool, now);
	if (!list_is_empty(&pool->waiters) && pool->stats.connecting == 0 &&
		pool->connect_at > now)
		next = u64_min(next, pool->connect_at);
	return next;
}
