/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in text: the URL of an API server, and HOST:PORT.
 */
#ifndef CONF_SERVER_URL_H
#define CONF_SERVER_URL_H

#include "base/err.h"
#include "base/span.h"
#include "base/util.h"

/* An https URL of an API server, taken apart (RFC 3986, section 3). */
struct server_url {
	char *host;    /* owned: a name or an address, without brackets */
	uint16_t port; /* 443 where the URL has none */
	char *prefix;  /* owned: "" or "/k8s/clusters/x", no slash at its end */
};

/*
 * A host without a scheme is taken as https too.  Returns 0 or -1; what is
 * returned is to be given to server_url_fini().
 */
int server_url_parse(
	struct span text, struct server_url *ret_url, struct err *err);
void server_url_fini(struct server_url *url);

/*
 * "127.0.0.1:7443", "[::1]:7443", "localhost:0".  Both parts are needed; the
 * host borrows from `text`.
 */
int host_port_split(struct span text, struct span *ret_host, uint16_t *ret_port,
	struct err *err);
/* The other way round; free() it. */
char *host_port_join(struct span host, unsigned port);

#endif
