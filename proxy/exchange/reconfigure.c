/* SPDX-License-Identifier: Apache-2.0 */
/* New settings while exchanges are open. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/config.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/server_impl.h"

/* What was counted of a lane goes with it; a new one begins at nothing. */
static void renumber_stats(
	struct exchange_stats *stats, const struct renumbering *renumbering,
	uint32_t lanes)
{
	struct exchange_stats *old = xmalloc(sizeof(*old));

	*old = *stats;
	for (uint32_t i = 0; i < POLICY_LANES_MAX; i++) {
		memset(stats->requests[i], 0, sizeof(stats->requests[i]));
		memset(stats->duration[i], 0, sizeof(stats->duration[i]));
		memset(stats->upstream[i], 0, sizeof(stats->upstream[i]));
		stats->duration_sum[i] = stats->upstream_sum[i] = 0;
	}
	for (uint32_t i = 0; i < lanes; i++) {
		uint16_t now = renumbering->lanes[i];

		if (now == POLICY_GONE)
			continue;
		memcpy(stats->requests[now], old->requests[i],
			sizeof(stats->requests[now]));
		memcpy(stats->duration[now], old->duration[i],
			sizeof(stats->duration[now]));
		memcpy(stats->upstream[now], old->upstream[i],
			sizeof(stats->upstream[now]));
		stats->duration_sum[now] = old->duration_sum[i];
		stats->upstream_sum[now] = old->upstream_sum[i];
	}
	free(old);
}

/* Those that policy is done with are still to be recorded by their names. */
static void renumber_exchanges(
	struct server *server, const struct renumbering *renumbering)
{
	LIST_EACH (node, &server->exchanges) {
		struct exchange *ex =
			CONTAINER_OF(node, struct exchange, node);

		if (ex->submitted_at && ex->rq.state == REQUEST_IDLE)
			policy_renumber(server->policy, renumbering, &ex->rq);
	}
}

/* This server's part of the whole ones. */
static struct policy_settings *settings_of(const struct server *server)
{
	const struct policy_settings *old = server->policy_settings;
	struct policy_settings *fresh = xmalloc(sizeof(*fresh));

	*fresh = *server->whole_settings;
	/* What the server itself has decided at the start. */
	fresh->endpoint_count = old->endpoint_count;
	fresh->health.are_probes_dear = old->health.are_probes_dear;
	fresh->intents.mode = old->intents.mode;
	if (server->settings.divide)
		server->settings.divide(server->settings.divide_user, fresh);
	return fresh;
}

static void use_settings(struct server *server, struct policy_settings *fresh)
{
	free(server->policy_settings);
	server->policy_settings = fresh;
	server->settings.policy = fresh;
}

static void reconfigure_policy(
	struct server *server, const struct policy_settings *settings)
{
	uint32_t lanes = server->policy_settings->lane_count;
	struct renumbering renumbering;
	struct policy_settings *fresh;

	server->whole_settings = settings;
	fresh = settings_of(server);
	policy_reconfigure(
		server->policy, fresh, &renumbering, server_now(server));
	renumber_exchanges(server, &renumbering);
	renumber_stats(server->stats, &renumbering, lanes);
	use_settings(server, fresh);
}

void server_resize(struct server *server)
{
	struct policy_settings *fresh = settings_of(server);

	policy_resize(server->policy, fresh, server_now(server));
	use_settings(server, fresh);
	server->has_news = true;
	loop_timer_set(&server->wake, server_now(server));
}

void server_reconfigure(struct server *server, const struct config *config)
{
	struct server_settings *settings = &server->settings;

	server_settings_from_config(settings, config);
	server->certified_rules.is_reviewed =
		settings->identity.reviews_impersonation;
	server->client_ca_generation++;
	reviews_set(&server->reviews, &settings->reviews);
	reconfigure_policy(server, &config->policy);
	upstream_reconfigure(server->upstream, &settings->upstream);
	wire_set_limits(server->wire, &settings->wire);
	paces_set(&server->paces, &settings->pace, server_now(server));
	server->has_news = true;
	loop_timer_set(&server->wake, server_now(server));
}

void server_set_listen_tls(struct server *server, struct tls_context *tls)
{
	server->settings.listen_tls = tls;
	if (server->listener)
		listener_set_tls(server->listener, tls);
}

void server_set_client_ca(struct server *server, const struct client_ca *ca)
{
	CHECK(ca && server->settings.client_ca);
	server->settings.client_ca = ca;
	server->client_ca_generation++;
}

void server_set_upstream_tls(
	struct server *server, unsigned index, struct tls_context *tls)
{
	server->settings.upstream.servers[index].tls = tls;
	upstream_set_tls(server->upstream, index, tls);
	/* It comes with other credentials, perhaps. */
	server->own_principal_at = 0;
	intents_wake_own(&server->intents);
	server->has_news = true;
	loop_timer_set(&server->wake, server_now(server));
}
