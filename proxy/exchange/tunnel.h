/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnel: an exchange whose two sides changed the protocol: exec, attach,
 * port-forward and WebSockets, of HTTP/1.1 clients.
 *
 * The request starts at once and goes over an upstream connection of its own
 * (apart.h).  An answer of 101 opens the tunnel: the exchange is STREAMING, and
 * its relays are the two directions, each with the bounds and back-pressure of
 * a body.  They end each by itself; when a stream is gone, the other one goes,
 * too, behind what it still has to send.
 */
#ifndef PROXY_EXCHANGE_TUNNEL_H
#define PROXY_EXCHANGE_TUNNEL_H

#include <stdbool.h>

#include "policy/class.h"
#include "proxy/exchange/exchange.h"

/*
 * Whether a request of that class may ask for one.  For others `upgrade` is a
 * hop-by-hop field like any, or it would be a way around all queues
 * (docs/decisions/0011-what-may-be-a-tunnel.md).
 */
bool tunnel_may_begin(const struct class *class);

static inline bool tunnel_is_open(const struct exchange *ex)
{
	return ex->status == 101;
}

/* Closes the client's side, if upstream is gone and all that came is out. */
void tunnel_end(struct exchange *ex);

#endif
