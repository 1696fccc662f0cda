/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/endpoint.h"

#include <netdb.h>
#include <stdio.h>

#include "base/check.h"
#include "proxy/wire/session.h"

/* IPv6 addresses stand in brackets before a port (RFC 3986, 3.2.2). */
static void write_authority(
	struct buf *ret_authority, const char *host, uint16_t port)
{
	bool is_ipv6 = strchr(host, ':') != NULL;

	buf_printf(ret_authority, is_ipv6 ? "[%s]:%u" : "%s:%u", host, port);
}

static int look_up(struct endpoint *endpoint, struct err *err)
{
	const struct endpoint_settings *settings = endpoint->settings;
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *found;
	char port[8];
	int rc;

	snprintf(port, sizeof(port), "%u", settings->port);
	rc = getaddrinfo(settings->host, port, &hints, &found);
	if (rc != 0)
		return err_set(err, "cannot look up API server %s: %s",
			settings->host, gai_strerror(rc));
	for (struct addrinfo *ai = found; ai; ai = ai->ai_next) {
		struct endpoint_address *address =
			&endpoint->addresses[endpoint->address_count];

		if (endpoint->address_count == ENDPOINT_ADDRESSES_MAX ||
			ai->ai_addrlen > sizeof(address->addr))
			break;
		memcpy(&address->addr, ai->ai_addr, ai->ai_addrlen);
		address->len = ai->ai_addrlen;
		endpoint->address_count++;
	}
	freeaddrinfo(found);
	if (endpoint->address_count == 0)
		return err_set(
			err, "API server %s has no address", settings->host);
	return 0;
}

int endpoint_init(struct endpoint *endpoint, struct upstream *upstream,
	unsigned index, const struct upstream_settings *settings,
	struct err *err)
{
	*endpoint = (struct endpoint){
		.upstream = upstream,
		.settings = &settings->endpoints[index],
		.index = index,
		.authority = BUF_INIT,
	};
	write_authority(&endpoint->authority, endpoint->settings->host,
		endpoint->settings->port);
	for (unsigned i = 0; i < CONN_CLASS_COUNT; i++)
		pool_init(&endpoint->pools[i], endpoint, (enum conn_class)i,
			settings->connections_max[i]);
	return look_up(endpoint, err);
}

void endpoint_fini(struct endpoint *endpoint)
{
	for (unsigned i = 0; i < CONN_CLASS_COUNT; i++)
		pool_fini(&endpoint->pools[i]);
	buf_fini(&endpoint->authority);
}

struct session *endpoint_connect(struct endpoint *endpoint,
	enum session_protocol protocol, const struct session_events *events,
	void *user)
{
	const struct endpoint_address *address =
		&endpoint->addresses[endpoint->address_at];

	return session_connect(upstream_wire(endpoint->upstream),
		(const struct sockaddr *)&address->addr, address->len,
		endpoint->settings->tls, protocol, events, user);
}

void endpoint_next_address(struct endpoint *endpoint)
{
	endpoint->address_at =
		(endpoint->address_at + 1) % endpoint->address_count;
}
