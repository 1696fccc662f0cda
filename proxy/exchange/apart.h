/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apart: a connection to one endpoint outside of its pools, opened for one
 * upgrade and closed behind it.  It speaks HTTP/1.1, since the API server
 * upgrades nothing else.  See upstream.h.
 *
 *	CONNECTING --ready--> (its waiter's) --> (gone)
 *	     |                    ^
 *	     +-- cannot connect --+-- the waiter has left
 */
#ifndef PROXY_EXCHANGE_APART_H
#define PROXY_EXCHANGE_APART_H

#include "base/list.h"
#include "proxy/exchange/upstream.h"

/*
 * Opens one, linked in `aparts`; on_session or on_failed of the upstream's
 * events follows.
 */
void apart_open(struct list *aparts, struct upstream *upstream,
	unsigned endpoint, struct upstream_waiter *waiter);
/* Closes them: nothing of them comes back. */
void apart_close_all(struct list *aparts);

#endif
