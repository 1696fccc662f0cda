/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery: what a folder says when the journal is opened.  Only reads it.
 *
 * Of the segments that are whole the one with the highest number counts
 * (journal/segment.h).  One that is damaged gives what is valid in it; when
 * a new segment is begun it is renamed to NAME.corrupt and never removed.
 */
#ifndef PROXY_JOURNAL_RECOVERY_H
#define PROXY_JOURNAL_RECOVERY_H

#include "base/err.h"
#include "proxy/journal/journal.h"

enum {
	SEGMENT_NAME_CAP = 40,
	SEGMENT_NUMBER_MAX = INT32_MAX, /* ids hold it in 32 bits */
	/* Larger than any that was ever written. */
	SEGMENT_BYTES_MAX = 256 << 20,
};

/* "00000001.journal" */
void segment_name(uint64_t number, char ret_name[SEGMENT_NAME_CAP]);
/* "00000001.journal.corrupt" */
void segment_aside_name(uint64_t number, char ret_name[SEGMENT_NAME_CAP]);

/* A segment that counts no more as soon as a new one is begun. */
struct superseded {
	uint64_t number;
	bool is_damaged;
};

struct recovered {
	struct segment_head head;    /* number: the highest that was taken */
	struct superseded *segments; /* owned: free() it; all that are there */
	size_t count;
	uint64_t torn, damaged;
};

/* Calls `each` for the valid records of the segment that counts, in order. */
int recover(const struct journal_settings *settings,
	void (*each)(void *user, const struct record *record), void *user,
	struct recovered *ret_found, struct err *err);

#endif
