/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segment: one file of the journal, as bytes:
 *
 *	 0  "fairwayJ"
 *	 8  u32  version of the format: 1
 *	12  u32  1: keyed (record.h)
 *	16       the journal's id, 16 random bytes from its first start
 *	32  u64  number of the segment, as in its file's name
 *	40  u64  lsn of its first record
 *	48       eight zero bytes
 *	56  u32  CRC-32C of the bytes 0 to 55
 *	60  u32  zero
 *	64       records, then zeros to the end of the file
 *
 * A segment stands alone: it begins with every intent that was open when it
 * was made, then a record SNAPSHOT.  It gets its name when all of that is
 * synced, so of several the one with the highest number counts, and what it
 * does not say is not so.
 *
 * The end of the records is where no valid one begins.  If all behind it is
 * zero, it is as it was left.  If it is not, but no valid record follows
 * anywhere, the last write was torn: what was not synced was promised to
 * nobody, and is dropped.  If valid records follow, bytes in the middle were
 * damaged: the valid ones count, and the file is kept aside for people.
 */
#ifndef PROXY_JOURNAL_SEGMENT_H
#define PROXY_JOURNAL_SEGMENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "proxy/journal/record.h"

enum {
	SEGMENT_HEAD_LEN = 64,
	SEGMENT_VERSION = 1,
	JOURNAL_ID_LEN = 16,
};

struct segment_head {
	uint8_t journal_id[JOURNAL_ID_LEN];
	uint64_t number;
	uint64_t first_lsn;
	bool is_keyed;
};

enum segment_validity {
	SEGMENT_VALID,
	SEGMENT_DAMAGED, /* no head, or one that is not right */
	SEGMENT_NEWER,   /* of a version that is not known here */
};

void segment_head_append(const struct segment_head *head, struct buf *buf);
enum segment_validity segment_head_read(
	struct span bytes, struct segment_head *ret_head);
/* For the records of the segment that begins with this head. */
struct record_seal segment_seal(const struct segment_head *head,
	const uint8_t key[RECORD_KEY_LEN] /* NULL: not keyed */);

/* Reads the records of a segment one after the other. */
struct segment_reader {
	struct record_seal seal;
	struct span bytes; /* the whole file, borrowed */
	size_t at;
	uint64_t next_lsn;
	bool is_torn;    /* the end is not where it was left */
	bool is_damaged; /* something in the middle was skipped */
};

void segment_reader_init(struct segment_reader *reader,
	const struct record_seal *seal, struct span bytes, uint64_t first_lsn);
/* False: there are no more; is_torn and is_damaged are final then. */
bool segment_reader_next(
	struct segment_reader *reader, struct record *ret_record);

#endif
