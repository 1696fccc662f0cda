/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal: which intents are open, kept so that it survives the process.
 *
 *	journal_open ----> ON <---------- journal_retry ------.
 *	   (folder)        |                                   |
 *	                   +-- a write or sync failed, and no -+-> OFF
 *	                       new segment could be begun
 *
 * Blocking, and used by one thread (journal/writer.h): it tells the disk
 * first and remembers what it told.  What was appended is durable when
 * journal_commit() says so, and not before.
 *
 * A descriptor whose write or sync failed is never used again: what a second
 * sync says of it means nothing (threat J9).  Instead a new segment is begun
 * with all that is open; if that fails too the journal is OFF: it goes on
 * remembering, promises nothing, and journal_retry() begins a new segment
 * when the disk is well again.
 *
 * A segment is as large as `segment_bytes` and allocated as a whole, and the
 * next one with it, so that a full disk is noticed one segment ahead, and
 * what is open can always be closed (J10).
 */
#ifndef PROXY_JOURNAL_JOURNAL_H
#define PROXY_JOURNAL_JOURNAL_H

#include <stdbool.h>

#include "base/err.h"
#include "proxy/journal/disk.h"
#include "proxy/journal/intent.h"
#include "proxy/journal/segment.h"

struct journal;

struct journal_settings {
	const struct disk_ops *ops;
	void *disk; /* borrowed, for `ops` */
	uint64_t segment_bytes;
	uint64_t open_bytes_max; /* of open intents; at most half a segment */
	bool is_keyed;           /* records carry an HMAC with `key` (J6) */
	uint8_t key[RECORD_KEY_LEN];
	/* A new journal's; of an existing one the disk has it. */
	uint8_t fresh_id[JOURNAL_ID_LEN];
};

struct journal_stats {
	uint64_t opened, closed, commits, segments;
	uint64_t failures; /* of writes, syncs and new segments */
	uint64_t torn;     /* ends that were cut, at the start */
	uint64_t damaged;  /* segments that were kept aside, at the start */
	uint64_t open, open_bytes;
	uint64_t bytes; /* of the segment that are used */
};

/*
 * Reads what is there and begins a new segment.  Fails where the folder
 * cannot be read, or was written by a newer version, or with another key.
 * A disk that takes no new segment is no failure: the journal is OFF then,
 * with `err` saying why.
 */
struct journal *journal_open(
	const struct journal_settings *settings, struct err *err);
/* Without a last commit; NULL is fine. */
void journal_close(struct journal *journal);

bool journal_is_on(const struct journal *journal);
/* Why it is OFF; "" if it is on. */
const char *journal_trouble(const struct journal *journal);
const struct journal_stats *journal_stats(const struct journal *journal);

/* From the oldest to the newest; the intent is borrowed during the call. */
void journal_each(const struct journal *journal,
	void (*each)(void *user, const struct intent *intent), void *user);
/*
 * What ids of this start begin with, in their upper half: never 0, and never
 * that of another start.
 */
uint64_t journal_id_base(const struct journal *journal);

/*
 * False: a text is too long or there are too many: it is not journaled.  An
 * id that is open is replaced: as when it is sent after all.
 */
bool journal_append_open(struct journal *journal, const struct intent *intent);
/* Of an id that is not open: does nothing. */
void journal_append_close(
	struct journal *journal, uint64_t id, enum intent_end end);
/* Writes and syncs what was appended.  True: it is durable. */
bool journal_commit(struct journal *journal);
/* While OFF: tries to begin a new segment.  True: all is durable again. */
bool journal_retry(struct journal *journal);

void journal_check(const struct journal *journal);

#endif
