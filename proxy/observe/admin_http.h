/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admin HTTP: what may be seen on the network, without names of objects.
 *
 *	/metrics            Prometheus
 *	/livez              the loop turns
 *	/readyz /healthz    takes requests: true even while the API server is
 *	                    away, or the kubelet would take the controller
 *	                    beside us down with it; false on the way out
 *	                    (?verbose says more; checks.h)
 *	/readyz/NAME        one check alone
 *	/version
 *	/configz            the configuration that runs, for who asks from this
 *	                    machine: names of files and namespaces are in it
 *	/debug/requests     what waits and runs; likewise
 *	/                   the live page and what it asks for (page.h), for
 *	                    this machine too; others get a list of what is here
 *
 * What is for this machine is not for what a browser on it was led to by
 * names that others own: the request's host must be an address or localhost.
 * Where the configuration says so (admin.pages), it is for everybody.
 *
 * GET and HEAD only, by the wire that clients have, with a handful of
 * connections of its own: small heads, short times, and at the limit the
 * oldest connection gives way, so that a crowd can keep neither a kubelet nor
 * a client out.
 */
#ifndef PROXY_OBSERVE_ADMIN_HTTP_H
#define PROXY_OBSERVE_ADMIN_HTTP_H

#include "base/err.h"
#include "proxy/observe/view.h"

struct admin_http;
struct loop;

/* `host` is a name or an address without brackets; port 0: any. */
struct admin_http *admin_http_new(struct loop *loop, const char *host,
	uint16_t port, view_fn *view, void *user, struct err *err);
unsigned admin_http_port(const struct admin_http *admin);
void admin_http_free(struct admin_http *admin);

#endif
