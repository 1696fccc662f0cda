/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intents: the finalizer removals that are not decided yet, and who is at
 * each: a client's exchange, a replay, or nobody.
 *
 *	            JOURNAL decision                 the API server's answer
 *	  client ----------------------> HELD -------------------------> ended
 *	                                 |  ^
 *	        client rejected, or gone |  | a client comes again for the same
 *	                                 v  | removal: it adopts the intent
 *	  journal, at the start ------> WAITING <--------------.
 *	                                 |                     | no answer yet
 *	                     due, a token v                     |
 *	                              REPLAYED (replay.h) ------+-------> ended
 *
 * The journal's thread writes each down as it is opened and as it ends
 * (journal/writer.h).  No client learns an id that is not durable, and none
 * gets a success from here: an answer is always the API server's own, to the
 * request that got it.
 *
 * With whose rights: an intent is either Fairway's own, and goes with its
 * credentials as they are then if they are still the same one's, else waits for
 * those (proxy/cli/own_identity.h); or of a principal (principal.h), and goes with
 * the newest token of that which the API server has accepted, or waits for one.
 * Tokens are in memory only, as long as an intent of theirs is open.
 *
 * While the journal is OFF, or a removal did not fit, intents are remembered
 * and replayed as long as the process lives, and nobody is promised anything.
 */
#ifndef PROXY_EXCHANGE_INTENTS_H
#define PROXY_EXCHANGE_INTENTS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "conf/config.h"
#include "policy/policy.h"
#include "proxy/exchange/intent_stats.h"
#include "proxy/exchange/replay_queues.h"

struct exchange;
struct journal;
struct server;
struct writer;

/* The token that the intents of a principal wait for, or go with. */
struct intent_token {
	struct map_node by_identity;
	struct list pendings; /* whose it is; never empty */
	uint64_t identity;
	char *authorization; /* owned; NULL: not seen, or refused since */
	size_t len;
};

/* An open intent. */
struct pending {
	struct list_node node;      /* in intents->all */
	struct list_node token_node;
	struct list_node under_way; /* its holder is a replay: in the queues */
	struct map_node by_id;
	struct map_node by_removal; /* the same identity, object, finalizers */
	struct map_node by_object;
	struct heap_node due;       /* WAITING with a token: in its queue */
	struct heap_node expiry;    /* unless a client is at it */
	struct replay_queue *queue; /* of its kind */
	struct intent_token *token; /* NULL: Fairway's own */
	struct exchange *holder;    /* borrowed: who is at it; NULL: nobody */
	struct intent intent;       /* its texts are in `text` */
	char *text;                 /* owned */
	uint64_t object;            /* hash of what it is about */
	uint64_t turn;              /* it was wanted before those above */
	usec_t expires_at;
	unsigned tries;  /* replays so far */
	unsigned forbidden; /* of the last ones, answered with 403 */
	unsigned unsynced; /* contents that the writer has not answered for */
	bool is_durable;
	bool was_durable; /* an earlier content under its id */
	bool is_unsound; /* of the journal, and no removal that may go */
	bool is_to_read; /* 409 or 422: the object has to say */
	bool is_foreign; /* it was said that it waits for its credentials */
};

struct intents_settings {
	usec_t expire_after;
	uint64_t bytes_max; /* of open intents */
	enum conflict on_conflict;
};

struct intents {
	struct server *server; /* borrowed */
	struct intents_settings settings;
	struct writer *writer; /* owned; NULL: no journal */
	struct list all;       /* from the oldest to the newest; owned */
	struct map by_id, by_removal, by_object;
	struct map tokens; /* owned, by identity */
	struct heap expiry;
	struct replay_queues queues;
	uint64_t bytes;
	uint64_t turns;
	struct intent_stats stats;
	struct err trouble;
};

void intents_init(struct intents *intents, struct server *server,
	const struct intents_settings *settings);
/*
 * Takes the journal: what is open in it is to be replayed.  On failure the
 * journal is closed.
 */
int intents_take_journal(
	struct intents *intents, struct journal *journal, struct err *err);
/* Commits what is left; exchanges must not be asked for theirs any more. */
void intents_fini(struct intents *intents);

/* ---- of a client's request ----------------------------------------------- */

/* Before it is submitted: an open intent for the same removal is its own. */
void intents_adopt(struct intents *intents, struct exchange *ex);
/* A JOURNAL decision. */
void intents_open(struct intents *intents, struct exchange *ex);
/*
 * The API server's answer, which the client gets if it is still there; with
 * its body where that is known and wanted.
 */
void intents_answered(struct intents *intents, struct exchange *ex,
	unsigned status, struct span body);
/* Of an answer of that status. */
bool intents_want_body(const struct exchange *ex, unsigned status);
/*
 * A REJECT decision.  Returns the id that the client is told; 0: none.
 */
uint64_t intents_rejected(struct intents *intents, struct exchange *ex,
	enum verdict verdict, bool is_pending);
/* The exchange is over: whoever is left goes on without it. */
void intents_release(struct intents *intents, struct exchange *ex);
/* The API server accepted its token: intents of that may go. */
void intents_note_token(struct intents *intents, const struct exchange *ex);

/* ---- of replays ---------------------------------------------------------- */

/* What its attempt, or the object, said. */
void intents_replayed(struct intents *intents, struct pending *pending,
	enum removal_fate fate);
/* Whether its attempt may leave: its credentials are what they were. */
bool intents_may_send(
	const struct intents *intents, const struct pending *pending);
/* Fairway's own credentials may be others now. */
void intents_wake_own(struct intents *intents);
/* Another content under the same id. */
void intents_replace(struct intents *intents, struct pending *pending,
	struct span content_type, struct span body);

/* ---- turns --------------------------------------------------------------- */

/*
 * Before decisions: starts replays that are due, ends what has expired.
 * Returns when it wants to be asked again.
 */
usec_t intents_run(struct intents *intents);
/* The end of the turn: the journal's thread gets what is new. */
void intents_hand_over(struct intents *intents);

const struct intent_stats *intents_stats(struct intents *intents);
/* Of its object, for logs: the path, without the query. */
struct span pending_path(const struct pending *pending);
void intents_check(const struct intents *intents);

#endif
