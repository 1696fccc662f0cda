/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/apart.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/exchange/endpoint.h"
#include "proxy/observe/log.h"
#include "proxy/wire/session.h"

struct apart {
	struct list_node node;     /* in upstream's list of them */
	struct upstream *upstream; /* borrowed; NULL: it is gone */
	unsigned endpoint;
	struct session *session;
	struct list waiter; /* the one that it is for, until it has it */
	bool is_ready;
};

static struct upstream_waiter *take_waiter(struct apart *apart)
{
	struct list_node *node = list_pop_front(&apart->waiter);

	return node ? CONTAINER_OF(node, struct upstream_waiter, node) : NULL;
}

static void apart_ready(struct apart *apart)
{
	const struct upstream_events *events;
	struct upstream_waiter *waiter = take_waiter(apart);

	if (!waiter) {
		session_close(apart->session);
		return;
	}
	CHECK(apart->upstream);
	events = upstream_events_of(apart->upstream);
	apart->is_ready = true;
	events->on_health(events->user, apart->endpoint, HEALTH_CONNECTED);
	events->on_session(waiter, apart->session);
}

static void cannot_connect(
	struct apart *apart, enum session_close why, const char *detail)
{
	struct upstream *upstream = apart->upstream;
	const struct upstream_events *events = upstream_events_of(upstream);
	struct upstream_waiter *waiter = take_waiter(apart);

	if (!waiter)
		return;
	log_event(upstream_log(upstream), LOG_LEVEL_WARN,
		"cannot connect to the API server for an upgrade",
		LOG_FIELDS(LOG_STR("server",
				   upstream_name(upstream, apart->endpoint)),
			LOG_STR("why", session_close_name(why)),
			LOG_STR("detail", detail)));
	events->on_health(events->user, apart->endpoint, HEALTH_CONNECT_FAILED);
	events->on_failed(waiter);
}

static void apart_closed(
	struct apart *apart, enum session_close why, const char *detail)
{
	if (apart->upstream) {
		list_remove(&apart->node);
		if (!apart->is_ready)
			cannot_connect(apart, why, detail);
	}
	free(apart);
}

static void on_ready(struct session *session, void *user)
{
	(void)session;
	apart_ready(user);
}

static void on_goaway(struct session *session, void *user)
{
	(void)session;
	(void)user;
}

static void on_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	(void)session;
	apart_closed(user, why, detail);
}

static const struct session_events apart_events = {
	.on_ready = on_ready,
	.on_goaway = on_goaway,
	.on_closed = on_closed,
};

void apart_open(struct list *aparts, struct upstream *upstream,
	unsigned endpoint, struct upstream_waiter *waiter)
{
	struct apart *apart = xcalloc(1, sizeof(*apart));

	apart->upstream = upstream;
	apart->endpoint = endpoint;
	list_init(&apart->waiter);
	list_push_back(&apart->waiter, &waiter->node);
	list_push_back(aparts, &apart->node);
	apart->session = upstream_connect_apart(
		upstream, endpoint, SESSION_H1, &apart_events, apart);
}

void apart_close_all(struct list *aparts)
{
	struct list_node *node;

	while ((node = list_pop_front(aparts))) {
		struct apart *apart = CONTAINER_OF(node, struct apart, node);

		CHECK(list_is_empty(&apart->waiter));
		apart->upstream = NULL;
		session_close(apart->session);
	}
}
