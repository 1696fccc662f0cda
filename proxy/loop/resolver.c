/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/resolver.h"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/span.h"
#include "proxy/loop/loop.h"

/*
 * libevent tells of each question's end, of a cancelled one too, and that may
 * be later than the resolver lives.
 */
struct resolver_query {
	struct resolver *resolver; /* borrowed; NULL: nobody asks any more */
};

/* ---- addresses ----------------------------------------------------------- */

/* Of the address without its port. */
static struct span ip_of(const struct resolver_address *address)
{
	if (address->addr.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&address->addr;

		return span_of(
			(const char *)&in->sin_addr, sizeof(in->sin_addr));
	}
	if (address->addr.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)&address->addr;

		return span_of(
			(const char *)&in->sin6_addr, sizeof(in->sin6_addr));
	}
	return SPAN_NONE;
}

bool address_eq(
	const struct resolver_address *a, const struct resolver_address *b)
{
	return a->addr.ss_family == b->addr.ss_family &&
		span_eq(ip_of(a), ip_of(b));
}

void address_write(
	const struct resolver_address *address, char ret_text[ADDRESS_TEXT_CAP])
{
	struct span ip = ip_of(address);

	if (ip.len == 0 ||
		!inet_ntop(address->addr.ss_family, ip.ptr, ret_text,
			ADDRESS_TEXT_CAP))
		strcpy(ret_text, "?");
}

bool address_read(const char *text, struct resolver_address *ret_address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	*ret_address = (struct resolver_address){ 0 };
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(&ret_address->addr, &in, sizeof(in));
		ret_address->len = sizeof(in);
		return true;
	}
	if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
		memcpy(&ret_address->addr, &in6, sizeof(in6));
		ret_address->len = sizeof(in6);
		return true;
	}
	return false;
}

void address_set_port(struct resolver_address *address, uint16_t port)
{
	if (address->addr.ss_family == AF_INET)
		((struct sockaddr_in *)&address->addr)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&address->addr)->sin6_port =
			htons(port);
}

/* ---- questions ----------------------------------------------------------- */

static bool is_known(const struct resolver_address *addresses, unsigned count,
	const struct resolver_address *address)
{
	for (unsigned i = 0; i < count; i++) {
		if (address_eq(&addresses[i], address))
			return true;
	}
	return false;
}

static unsigned take_addresses(
	const struct addrinfo *found, struct resolver_address *ret_addresses)
{
	unsigned count = 0;

	for (; found && count < RESOLVER_ADDRESSES_MAX;
		found = found->ai_next) {
		struct resolver_address address = { .len = found->ai_addrlen };

		if (found->ai_addrlen > sizeof(address.addr))
			continue;
		memcpy(&address.addr, found->ai_addr, found->ai_addrlen);
		if (!is_known(ret_addresses, count, &address))
			ret_addresses[count++] = address;
	}
	return count;
}

static void query_done(
	struct resolver_query *query, int error, struct addrinfo *found)
{
	struct resolver_address addresses[RESOLVER_ADDRESSES_MAX];
	struct resolver *resolver = query->resolver;
	unsigned count = error ? 0 : take_addresses(found, addresses);

	free(query);
	if (found)
		evutil_freeaddrinfo(found);
	if (!resolver)
		return;
	resolver->query = NULL;
	if (count > 0)
		resolver->on_done(resolver->user, addresses, count, NULL);
	else
		resolver->on_done(resolver->user, NULL, 0,
			error ? evutil_gai_strerror(error) : "no address");
}

static void on_query_done(int error, struct evutil_addrinfo *found, void *user)
{
	query_done(user, error, found);
}

/* What is wrong with a question is said with its end. */
static void on_dns_says(int is_warning, const char *text)
{
	(void)is_warning;
	(void)text;
}

static struct evdns_base *open_dns(const struct resolver *resolver)
{
	struct evdns_base *dns = evdns_base_new(
		loop_base(resolver->loop), EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	CHECK(dns);
	evdns_set_log_fn(on_dns_says);
	/* Failing, they leave what they could not read at its defaults. */
	(void)evdns_base_resolv_conf_parse(dns,
		DNS_OPTION_SEARCH | DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC,
		resolver->files.resolv_conf);
	(void)evdns_base_load_hosts(dns, resolver->files.hosts);
	/* TLS says who answers; some name servers do not keep the case. */
	(void)evdns_base_set_option(dns, "randomize-case:", "0");
	return dns;
}

void resolver_start(struct resolver *resolver, const char *host)
{
	struct evutil_addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = EVUTIL_AI_ADDRCONFIG,
	};
	struct resolver_query *query;

	if (resolver->query)
		return;
	query = xcalloc(1, sizeof(*query));
	query->resolver = resolver;
	resolver->query = query;
	if (resolver->dns)
		evdns_base_free(resolver->dns, 1);
	resolver->dns = open_dns(resolver);
	(void)evdns_getaddrinfo(
		resolver->dns, host, NULL, &hints, on_query_done, query);
}

void resolver_init(struct resolver *resolver, struct loop *loop,
	const struct resolver_files *files, resolver_fn *on_done, void *user)
{
	*resolver = (struct resolver){
		.loop = loop,
		.files = *files,
		.on_done = on_done,
		.user = user,
	};
}

void resolver_fini(struct resolver *resolver)
{
	if (resolver->query)
		resolver->query->resolver = NULL;
	resolver->query = NULL;
	if (resolver->dns)
		evdns_base_free(resolver->dns, 1);
	resolver->dns = NULL;
}
