/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolver: the addresses of one name, looked up without blocking.
 *
 *	REST -- resolver_start --> ASKING -- an answer, or none --> REST
 *	                                          `--> on_done
 *
 * Both files are read anew with each question, so that a pod's /etc/hosts and
 * a node's new name servers count from the next question on.  Addresses come
 * as their records do, IPv4 first; one that is written out needs no question.
 */
#ifndef PROXY_LOOP_RESOLVER_H
#define PROXY_LOOP_RESOLVER_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/util.h"

#define RESOLVER_ADDRESSES_MAX 16

struct loop;
struct resolver_query;
struct evdns_base;

struct resolver_address {
	struct sockaddr_storage addr; /* without a port */
	socklen_t len;
};

struct resolver_files {
	const char *resolv_conf; /* "/etc/resolv.conf" */
	const char *hosts;       /* "/etc/hosts" */
};

/*
 * `why` is NULL and `count` not 0; or there are none and `why` says why.
 * It may be called by resolver_start(), and may not start the next one.
 */
typedef void resolver_fn(void *user, const struct resolver_address *addresses,
	unsigned count, const char *why);

struct resolver {
	struct loop *loop;           /* borrowed */
	struct resolver_files files; /* borrowed strings */
	resolver_fn *on_done;
	void *user;
	struct evdns_base *dns;       /* owned; NULL: not asked yet */
	struct resolver_query *query; /* owned; NULL: REST */
};

void resolver_init(struct resolver *resolver, struct loop *loop,
	const struct resolver_files *files, resolver_fn *on_done, void *user);
/* No answer comes any more. */
void resolver_fini(struct resolver *resolver);

/* Does nothing while it is ASKING. */
void resolver_start(struct resolver *resolver, const char *host);

bool address_eq(
	const struct resolver_address *a, const struct resolver_address *b);

/* "10.0.0.1" or "2001:db8::1", for people. */
#define ADDRESS_TEXT_CAP 48
void address_write(const struct resolver_address *address,
	char ret_text[ADDRESS_TEXT_CAP]);
/* Of an address that is written out; false: it is a name. */
bool address_read(const char *text, struct resolver_address *ret_address);
void address_set_port(struct resolver_address *address, uint16_t port);

#endif
