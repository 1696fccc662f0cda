/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is shown of intents: counts for metrics, status and health; and each
 * that is open, for `fairway journal`.
 */
#ifndef PROXY_EXCHANGE_INTENT_STATS_H
#define PROXY_EXCHANGE_INTENT_STATS_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"
#include "proxy/journal/intent.h"

struct intent_stats {
	bool is_wanted;      /* journal.mode is not Off */
	bool is_on;          /* what is opened becomes durable */
	const char *trouble; /* why it is not on; "": it is, or is not wanted */
	uint64_t opened;     /* since the start */
	uint64_t found;      /* open at the start */
	uint64_t adopted;    /* by a later request for the same removal */
	uint64_t named;      /* clients that were told of one */
	uint64_t replays;    /* attempts of our own, reads included */
	uint64_t ends[INTENT_END_COUNT];
	uint64_t commits;
	usec_t commit_time; /* of all */
	usec_t commit_longest;
	uint64_t failures; /* of writes and syncs */
	uint64_t torn;     /* ends that were cut at the start */
	uint64_t damaged;  /* segments that were kept aside at the start */
	/* gauges */
	uint64_t open;
	uint64_t durable; /* of them: on the disk */
	uint64_t parked; /* of them: wait for credentials of their identity */
	usec_t oldest;   /* age of the oldest; 0: none is open */
	uint64_t bytes;  /* of the journal's file that are used */
};

struct intents;

/* One that is open; borrowed, as long as nothing else happens. */
struct intent_row {
	uint64_t id;
	usec_t opened_at;  /* wall clock, since 1970 */
	usec_t expires_at; /* the loop's clock */
	struct span path;  /* of its object */
	struct span uid;   /* of that, where it was known */
	/*
	 * At it are "client" or "replay", or it waits: "due", for a "token",
	 * or for the "credentials" that were Fairway's own.
	 */
	const char *state;
	bool is_durable;
	bool is_own; /* goes with Fairway's own credentials */
	bool was_sent; /* it may have taken effect */
	unsigned replays;
	const void *cursor; /* of intents_next_row(); NULL: at the first */
};

/* From the oldest to the newest; false: there are no more. */
bool intents_next_row(const struct intents *intents, struct intent_row *row);

#endif
