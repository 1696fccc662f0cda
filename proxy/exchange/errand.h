/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errand: a request of Fairway's own, with its own credentials: an exchange
 * that has an upstream side only, as a replay is.
 *
 * It goes through policy, outside the total and first at the gates
 * (SOURCE_OWN), so that it waits for nothing that may wait for it; 429s, lost
 * connections and other endpoints are policy's matter as with any request.
 *
 *	errand_send --> answered, or not in time --> on_done, once, and freed
 *	            `-> errand_cancel: no on_done
 *
 * `on_done` is called from a turn of the loop, never from inside errand_send
 * or the exchange.  All must have ended before the server does.
 */
#ifndef PROXY_EXCHANGE_ERRAND_H
#define PROXY_EXCHANGE_ERRAND_H

#include <stddef.h>

#include "base/span.h"
#include "base/util.h"

struct errand;
struct exchange;
struct server;

struct errand_request {
	/*
	 * Not NULL: it is a review of that one's client, in the lane for that
	 * (SOURCE_REVIEW), where it stands as one of where the client is.
	 */
	const struct exchange *asker;
	struct span method;
	struct span target;       /* path and query */
	struct span content_type; /* absent: there is no body */
	struct span body;
	struct span user_agent;
	usec_t patience;
};

/*
 * `status` 0: there is no answer, or not all of it; a write may have been
 * made, and may still be.  `body` is good until it returns.
 */
typedef void errand_fn(void *user, unsigned status, struct span body);

struct errand *errand_send(struct server *server,
	const struct errand_request *request, errand_fn *on_done, void *user);
/* NULL does nothing. */
void errand_cancel(struct errand *errand);

/* Of its exchange: the head of the answer, a part of its body, the end. */
void errand_answered(struct exchange *ex, unsigned status);
void errand_body(struct exchange *ex, const void *bytes, size_t len);
void errand_over(struct exchange *ex);

#endif
