/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/order.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/server_impl.h"

enum {
	H2_CANCEL = 8,
};

/* ---- pause and drain ----------------------------------------------------- */

void order_pause_lane(struct server *server, uint16_t lane, bool is_paused)
{
	policy_pause_lane(server->policy, lane, is_paused, server_now(server));
	server->has_news = true;
}

void order_drain_lane(struct server *server, uint16_t lane, bool is_drained)
{
	policy_drain_lane(server->policy, lane, is_drained, server_now(server));
	server->has_news = true;
}

int order_drain_flow(struct server *server, uint64_t flow, bool is_drained)
{
	return policy_drain_flow(
		server->policy, flow, is_drained, server_now(server));
}

static void end_watches(struct server *server, unsigned endpoint)
{
	LIST_EACH (node, &server->exchanges) {
		struct exchange *ex = CONTAINER_OF(node, struct exchange, node);

		if (!ex->is_event_stream || ex->endpoint != endpoint)
			continue;
		ex->is_to_end = true;
		exchange_end_watch(ex);
	}
}

void order_drain_endpoint(
	struct server *server, unsigned endpoint, bool is_drained)
{
	policy_drain_endpoint(
		server->policy, endpoint, is_drained, server_now(server));
	server->has_news = true;
	if (is_drained)
		end_watches(server, endpoint);
}

/* ---- kill ---------------------------------------------------------------- */

struct victims {
	struct exchange **list; /* owned; what is in it is borrowed */
	size_t count, cap;
};

static void add(struct victims *victims, struct exchange *ex)
{
	if (victims->count == victims->cap) {
		victims->cap = victims->cap ? 2 * victims->cap : 16;
		victims->list = xrealloc(victims->list,
			victims->cap * sizeof(struct exchange *));
	}
	victims->list[victims->count++] = ex;
}

/* It has a client that can be told, and no replay goes on in its place. */
static bool has_client(const struct exchange *ex)
{
	return ex->has_downstream && !ex->replay;
}

static void kill_one(struct exchange *ex)
{
	struct server *server = ex->server;

	server->has_news = true;
	/* Who waits was not served, and is told so by the REJECT. */
	if (ex->is_in_policy &&
		policy_kill(server->policy, &ex->rq, server_now(server)))
		return;
	stream_reset(&ex->down, H2_CANCEL);
}

static size_t kill_all(struct victims *victims)
{
	size_t count = victims->count;

	for (size_t i = 0; i < count; i++)
		kill_one(victims->list[i]);
	free(victims->list);
	return count;
}

typedef bool victim_test(const struct exchange *ex, uint64_t name);

static size_t kill_those(
	struct server *server, victim_test *test, uint64_t name)
{
	struct list *lists[] = { &server->receiving, &server->exchanges };
	struct victims victims = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		LIST_EACH (node, lists[i]) {
			struct exchange *ex =
				CONTAINER_OF(node, struct exchange, node);

			if (has_client(ex) && test(ex, name))
				add(&victims, ex);
		}
	}
	return kill_all(&victims);
}

static bool is_request(const struct exchange *ex, uint64_t id)
{
	return ex->rq.id == id;
}

static bool is_of_flow(const struct exchange *ex, uint64_t flow)
{
	return ex->is_in_policy && policy_flow(&ex->rq) == flow;
}

size_t order_kill_request(struct server *server, uint64_t id)
{
	return kill_those(server, is_request, id);
}

size_t order_kill_flow(struct server *server, uint64_t flow)
{
	return flow ? kill_those(server, is_of_flow, flow) : 0;
}

size_t order_kill_connection(struct server *server, uint64_t connection)
{
	struct list *lists[] = { &server->receiving, &server->exchanges };
	struct session *session = NULL;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		LIST_EACH (node, lists[i]) {
			struct exchange *ex =
				CONTAINER_OF(node, struct exchange, node);

			if (!has_client(ex) || ex->rq.affinity != connection)
				continue;
			session = ex->down.session;
			count++;
		}
	}
	/* Its streams end with it, as when the client had gone. */
	if (session)
		session_close(session);
	return count;
}
