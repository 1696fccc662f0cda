/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reviews: what Fairway asks the API server about its clients, and remembers
 * for a short time.
 *
 *	TokenReview		whose a bearer token is, so that rules know it
 *	SubjectAccessReview	whether a certificate's user may be somebody
 *				else
 *
 *	           asked                    answered
 *	(none) ------------> ASKING --------------------------> KNOWN
 *	   ^                  |  no answer, none in time          |
 *	   `------------------'  who waits is refused             |
 *	   ^------------------------ too old, or pushed out ------'
 *
 * A question is asked once for all who wait for its answer.  Whoever waits is
 * RECEIVING: policy does not know the request yet, it holds no seat and no
 * place in a queue, so no review can wait for one that waits for it.  A review
 * is a request of Fairway's own (errand.h) in the lane `reviews`, outside the
 * total.
 *
 * Everything fails closed: no answer is a no.  There is one exception, which
 * gives nobody a right: whose a token was may decide on its lane for STALE
 * longer, while it is asked again; the API server still authenticates it.
 *
 * Tokens are not kept, but for as long as they are asked about: what is
 * remembered goes by a keyed hash of 128 bits.
 */
#ifndef PROXY_EXCHANGE_REVIEWS_H
#define PROXY_EXCHANGE_REVIEWS_H

#include <stdbool.h>

#include "base/list.h"
#include "base/map.h"
#include "base/span.h"
#include "base/util.h"
#include "proxy/exchange/review_stats.h"
#include "proxy/observe/log_pace.h"

struct access;
struct errand;
struct exchange;
struct server;
struct user_info;

enum {
	/* Under way or waiting for their turn; more are refused … */
	REVIEWS_ASKING_MAX = 1024,
	/* … and so that one source does not have them all: */
	REVIEWS_OF_PEER_MAX = 256,
};

struct review_settings {
	usec_t timeout;
	usec_t ttl;       /* of a yes; of a no two seconds at most */
	uint32_t entries_max;
};

enum review_result {
	REVIEW_YES,
	REVIEW_NO,
	REVIEW_FAILED, /* nobody knows */
	REVIEW_FULL,   /* too many are asked already */
	REVIEW_WAIT,   /* `waiter` is told later */
};

enum review_state {
	REVIEW_ASKING,
	REVIEW_KNOWN,
};

struct review {
	struct map_node by_key;
	uint64_t key[2];
	/* In reviews->asking, the oldest first, or reviews->known, the one
	 * that was not asked for the longest time first. */
	struct list_node node;
	struct reviews *reviews;   /* borrowed */
	enum review_kind kind;
	enum review_state state;
	struct list waiters; /* struct review_waiter, borrowed */

	/* While it is asked. */
	struct errand *errand; /* borrowed */
	uint64_t peer;         /* where who asked comes from */
	usec_t asked_at;

	/* What is known; while it is asked again, what was. */
	bool is_yes;
	bool has_been_known;
	struct user_info *user; /* reference: whose the token is; or NULL */
	usec_t known_at;
	usec_t until;
};

/* In who waits. */
struct review_waiter {
	struct list_node node;
	/* Not from within reviews_token() or reviews_access(). */
	void (*on_result)(struct review_waiter *waiter,
		enum review_result result, struct user_info *user);
};

struct reviews {
	struct server *server; /* borrowed */
	struct review_settings settings;
	struct map by_key;
	struct list asking;
	struct list known;
	struct review_stats stats;
	struct log_pace failures_said;
};

void reviews_init(struct reviews *reviews, struct server *server,
	const struct review_settings *settings);
/* Nothing more is asked, and nobody is told: at the end of the server. */
void reviews_close(struct reviews *reviews);
/* Nobody waits any more. */
void reviews_fini(struct reviews *reviews);
/* The entries stay; what is remembered is shorter, or longer, from now on. */
void reviews_set(
	struct reviews *reviews, const struct review_settings *settings);

/*
 * Whose a token is.  On YES `ret_user` is a reference of the caller's.
 * `asker` is the exchange for which it is asked: its place among others.
 */
enum review_result reviews_token(struct reviews *reviews, struct span token,
	const struct exchange *asker, struct review_waiter *waiter,
	struct user_info **ret_user);
/* Whether `who`, known by a certificate, may do that. */
enum review_result reviews_access(struct reviews *reviews,
	const struct user_info *who, const struct access *access,
	const struct exchange *asker, struct review_waiter *waiter);
/* It waits no more; does nothing if it does not wait. */
void review_unwait(struct review_waiter *waiter);

const struct review_stats *reviews_stats(struct reviews *reviews);
void reviews_check(const struct reviews *reviews);

#endif
