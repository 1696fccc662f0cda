/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/pump.h"

#include "base/check.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/server_impl.h"

/* nghttp2 queues streams above the peer's limit where nobody sees them:
 * policy starts no more than there is room for. */
static void tell_capacity(struct server *server, usec_t now)
{
	unsigned endpoints = upstream_endpoint_count(server->upstream);

	for (unsigned i = 0; i < endpoints; i++) {
		for (unsigned j = 0; j < CONN_CLASS_COUNT; j++) {
			enum conn_class conn_class = (enum conn_class)j;

			policy_capacity(server->policy, i, conn_class,
				upstream_free_streams(
					server->upstream, i, conn_class),
				now);
		}
	}
}

static void forgotten(struct exchange *ex)
{
	ex->is_in_policy = false;
	ex->server->in_policy--;
}

static void reject(struct exchange *ex, const struct decision *decision)
{
	uint64_t intent = intents_rejected(&ex->server->intents, ex,
		decision->verdict, decision->is_pending);

	exchange_reply(
		ex, decision->verdict, decision->retry_after, intent);
}

static void carry_out(struct server *server, const struct decision *decision)
{
	struct exchange *ex = NULL;

	if (decision->rq)
		ex = CONTAINER_OF(decision->rq, struct exchange, rq);
	switch (decision->kind) {
	case DECISION_START:
		attempt_start(ex, decision);
		break;
	case DECISION_REJECT:
		forgotten(ex);
		reject(ex, decision);
		break;
	case DECISION_ABORT:
		attempt_abort(ex);
		break;
	case DECISION_DRAIN:
		attempt_drain(ex);
		break;
	case DECISION_JOURNAL:
		intents_open(&server->intents, ex);
		break;
	case DECISION_PROBE:
		probe_start(&server->probes[decision->endpoint]);
		break;
	}
}

void pump_run(struct server *server)
{
	usec_t now = server_now(server);
	struct decision decision;

	server->has_news = false;
	upstream_serve(server->upstream);
	tell_capacity(server, now);
	while (policy_next(server->policy, now, &decision))
		carry_out(server, &decision);
}
