/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is to be sent again.  Intents that wait for their time stand
 * in a queue for each kind: an owner's removals in one collection.  The one
 * that is due first goes first, but of no kind may more than a part of the
 * replays be under way: where each hangs, as behind a webhook that does not
 * answer, the others do not stand behind it (decision 0023).
 *
 * A queue is there as long as an intent of its kind is; what waits and what is
 * under way is borrowed.
 */
#ifndef PROXY_EXCHANGE_REPLAY_QUEUES_H
#define PROXY_EXCHANGE_REPLAY_QUEUES_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"

struct pending;

struct replay_queue {
	struct map_node by_kind;
	struct heap_node turn; /* one may start: its key is that one's */
	struct heap due;       /* pending->due: those that wait */
	uint64_t kind;
	unsigned pendings;  /* of its kind, whatever they do */
	unsigned under_way;
};

struct replay_queues {
	struct map by_kind; /* owned */
	struct heap turns;
	struct list under_way; /* pending->under_way; few */
};

void replay_queues_init(struct replay_queues *queues);
void replay_queues_fini(struct replay_queues *queues);
void replay_queues_check(const struct replay_queues *queues);

/* `kind` is a hash of it. */
void replay_queues_join(
	struct replay_queues *queues, struct pending *pending, uint64_t kind);
/* It may wait, or be under way. */
void replay_queues_leave(struct replay_queues *queues, struct pending *pending);

/* It waits for that time, if it did not yet or for another one. */
void replay_queues_wait(
	struct replay_queues *queues, struct pending *pending, usec_t at);
/* It does not wait any more; did not: does nothing. */
void replay_queues_unwait(
	struct replay_queues *queues, struct pending *pending);
/* It does not wait, and is under way. */
void replay_queues_start(struct replay_queues *queues, struct pending *pending);
void replay_queues_finish(
	struct replay_queues *queues, struct pending *pending);

/* One that is due and may start; NULL: there is none. */
struct pending *replay_queues_next(
	const struct replay_queues *queues, usec_t now);
/* When one may be, if nothing happens before: USEC_NEVER if none. */
usec_t replay_queues_at(const struct replay_queues *queues);

#endif
