/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writer: the thread that writes and syncs the journal, so that the loop
 * never waits for the disk.
 *
 *	loop    writer_open()  writer_end() …  writer_hand_over()
 *	             \              |                 |   end of the turn
 *	              '-------- one batch ------------+
 *	                                              v
 *	thread   append all that was handed over, one commit for it
 *	                                              |
 *	loop    on_durable(id, true or false) <-------'   in a later turn
 *
 * Whatever comes while a sync is under way goes into the next one (group
 * commit).  The thread has the journal to itself; what the two share is two
 * lists and a copy of the figures, under one lock that nobody holds while the
 * disk works.
 *
 * While the journal is OFF the thread tries again every few seconds.  When it
 * is back, all that is open is durable, and on_durable() says so for what was
 * opened meanwhile.
 */
#ifndef PROXY_JOURNAL_WRITER_H
#define PROXY_JOURNAL_WRITER_H

#include <stdbool.h>

#include "base/err.h"
#include "proxy/journal/journal.h"

struct loop;
struct writer;

struct writer_events {
	/*
	 * An intent that was opened is durable, or not (yet): once for each
	 * writer_open(), in order; and `is_again` when the journal is back,
	 * of what it was last told that is open.
	 */
	void (*on_durable)(
		void *user, uint64_t id, bool is_durable, bool is_again);
	/* The journal went OFF, `trouble` says why, or is back: "". */
	void (*on_state)(void *user, bool is_on, const char *trouble);
	void *user;
};

struct writer_figures {
	struct journal_stats journal;
	bool is_on;
	uint64_t queued; /* records that were not committed yet */
	usec_t commit_time; /* of all commits */
	usec_t commit_longest;
};

/* Takes the journal, and tries again `retry_ms` after it went OFF. */
struct writer *writer_new(struct loop *loop, struct journal *journal,
	unsigned retry_ms, const struct writer_events *events, struct err *err);
/* Commits what was handed over, ends the thread, closes the journal. */
void writer_free(struct writer *writer);

/*
 * Opens one, or opens it anew with other content; the texts are copied.
 * intent->id 0: gets one, which is returned.  0: it is too large, or too many
 * wait for the disk.
 */
uint64_t writer_open(struct writer *writer, const struct intent *intent);
void writer_end(struct writer *writer, uint64_t id, enum intent_end end);
/* The end of the turn. */
void writer_hand_over(struct writer *writer);

void writer_read_figures(
	struct writer *writer, struct writer_figures *ret_figures);

#endif
