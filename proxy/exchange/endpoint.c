/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/endpoint.h"

#include <stdio.h>

#include "base/check.h"
#include "proxy/wire/session.h"

void endpoint_init(struct endpoint *endpoint, struct upstream *upstream,
	unsigned index, const struct upstream_settings *settings)
{
	*endpoint = (struct endpoint){
		.upstream = upstream,
		.index = index,
	};
	for (unsigned i = 0; i < CONN_CLASS_COUNT; i++)
		pool_init(&endpoint->pools[i], endpoint, (enum conn_class)i,
			settings->connections_max[i]);
}

void endpoint_fini(struct endpoint *endpoint)
{
	for (unsigned i = 0; i < CONN_CLASS_COUNT; i++)
		pool_fini(&endpoint->pools[i]);
}

void endpoint_occupy(struct endpoint *endpoint,
	const struct upstream_server *server,
	const struct resolver_address *address)
{
	bool is_v6 = address->addr.ss_family == AF_INET6;
	char text[ADDRESS_TEXT_CAP];

	CHECK(!endpoint->server);
	endpoint->server = server;
	endpoint->address = *address;
	address_write(address, text);
	snprintf(endpoint->name, sizeof(endpoint->name),
		is_v6 ? "[%s]:%u" : "%s:%u", text, server->port);
	for (unsigned i = 0; i < CONN_CLASS_COUNT; i++)
		pool_start(&endpoint->pools[i]);
}

void endpoint_vacate(struct endpoint *endpoint)
{
	CHECK(endpoint->server);
	endpoint->server = NULL;
	for (unsigned i = 0; i < CONN_CLASS_COUNT; i++)
		pool_stop(&endpoint->pools[i]);
}

struct session *endpoint_connect(struct endpoint *endpoint,
	enum session_protocol protocol, const struct session_events *events,
	void *user)
{
	const struct resolver_address *address = &endpoint->address;

	CHECK(endpoint->server);
	return session_connect(upstream_wire(endpoint->upstream),
		(const struct sockaddr *)&address->addr, address->len,
		endpoint->server->tls, protocol, events, user);
}
