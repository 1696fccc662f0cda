/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of intents, for the files that make them up:
 *
 *	pending.c	  one open intent, and the tokens that they wait for
 *	intents_client.c  what a client's request does to one
 *	intents_order.c	  what an operator tells about one
 *	intents.c	  replays, turns, the journal
 */
#ifndef PROXY_EXCHANGE_PENDING_H
#define PROXY_EXCHANGE_PENDING_H

#include "proxy/exchange/intents.h"
#include "proxy/exchange/server_impl.h"

static inline usec_t intents_now(const struct intents *intents)
{
	return server_now(intents->server);
}

/* ---- tokens -------------------------------------------------------------- */

/* Of that principal; NULL: no open intent is of it. */
struct intent_token *intent_token_find(
	const struct intents *intents, uint64_t identity);
/* The newest that is known; who waited for one is due. */
void intent_token_set(struct intents *intents, struct intent_token *token,
	struct span authorization);
/* The API server does not take it any more; a newer one may be known. */
void intent_token_spoil(struct intents *intents, struct intent_token *token,
	struct span authorization);

/* ---- one intent ---------------------------------------------------------- */

/* Whose Fairway's own are now; not what principal_of() says of anybody. */
uint64_t pending_own_owner(const struct intents *intents);
/* Fairway's own, of credentials that are not its own now. */
bool pending_is_foreign(
	const struct intents *intents, const struct pending *pending);
/* The same hash have, most probably, only … */
uint64_t pending_removal_hash(const struct intents *intents,
	const struct class *class, const struct intent *intent);
/* … removals of the same owner and finalizers, of which one is enough. */
bool pending_is_removal(const struct intents *intents,
	const struct pending *pending, const struct class *class,
	const struct intent *intent);
size_t intent_texts_len(const struct intent *intent);

struct pending *pending_new(struct intents *intents,
	const struct intent *intent, const struct class *class,
	usec_t expires_at);
void pending_free(struct intents *intents, struct pending *pending);
/* It gets texts of its own; those that it had go. */
void pending_keep(struct intents *intents, struct pending *pending,
	const struct intent *intent);
/* … that the writer was given: it is durable when that says so. */
void pending_replace(struct intents *intents, struct pending *pending,
	const struct intent *intent);
struct pending *pending_find(const struct intents *intents, uint64_t id);
bool pending_is_replayed(const struct pending *pending);
/*
 * One that waits and goes first: its owner wanted it of the same object, and
 * earlier.  NULL: there is none.
 */
struct pending *pending_before(
	const struct intents *intents, const struct pending *pending);

/* Nobody is at it: it waits for its next replay, or for a token. */
void pending_wait(
	struct intents *intents, struct pending *pending, usec_t at);
void pending_hold(struct intents *intents, struct pending *pending,
	struct exchange *holder);
/* Its holder has left it; pending_wait() or pending_end() comes next. */
void pending_drop(struct intents *intents, struct pending *pending);
/* It is over: the journal, the log and the counters are told. */
void pending_end(struct intents *intents, struct pending *pending,
	enum intent_end end);

#endif
