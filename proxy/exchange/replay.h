/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replay: an intent is sent again without its client: an exchange that has an
 * upstream side only.
 *
 *	PATCH as it was sent ---> 2xx, 404, 403 …      ended
 *	   |                 `--> 429, 5xx, no answer  again, later; and a 404
 *	   |                                           that is not of the object
 *	   v 409, 422
 *	GET of the object ------> what it says         ended; or `conflict`,
 *	                                               or again by rebase.h
 *
 * It goes with the credentials that intents.h says, in the lane that the
 * request would have, behind the clients' (policy/pick.c).
 */
#ifndef PROXY_EXCHANGE_REPLAY_H
#define PROXY_EXCHANGE_REPLAY_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/policy.h"

struct exchange;
struct intent;
struct intents;
struct pending;
struct server;

struct replay {
	struct intents *intents; /* borrowed */
	bool is_read;            /* asks for the object */
	bool is_too_long;
	unsigned status; /* of the answer; 0: none came */
	struct buf body; /* the object, or why it is not there */
};

/*
 * The class of the request that the intent is; `scratch` has room for its
 * target.  False: it is no removal that may be sent again.
 */
bool replay_classify(const struct server *server, const struct intent *intent,
	char *scratch, struct class *ret_class);

/* Ready to be submitted; NULL: Fairway has no credentials now. */
struct exchange *replay_new(struct intents *intents, struct pending *pending);
void replay_free(struct replay *replay);

/* Of its exchange: the head of the answer, a part of its body, the end. */
void replay_answered(struct exchange *ex, unsigned status);
void replay_body(struct exchange *ex, const void *bytes, size_t len);
void replay_over(struct exchange *ex);

#endif
