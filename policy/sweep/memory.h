/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: what sweeps know of earlier ones, as a document of their own that is
 * kept somewhere: which candidates were seen in how many sweeps in a row, and
 * from which objects a finalizer was removed.
 *
 *	{"seen":{"<uid> <finalizer>":[2,1796050800]},
 *	 "removed":{"<uid> <finalizer>":[1,1796050800]}}
 *
 * with the number of times, and when it was counted last (seconds since 1970).
 *
 * An entry of "seen" lives from one sweep to the next: what the next one does
 * not see begins anew.  One of "removed" is given up after a week.  Of fixed
 * size, in entries and (for the ConfigMap) in bytes: what finds no place is not
 * known, and is seen for the first time each time.
 */
#ifndef POLICY_SWEEP_MEMORY_H
#define POLICY_SWEEP_MEMORY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

struct sweep_memory;

struct sweep_memory *sweep_memory_new(size_t entries_max);
void sweep_memory_free(struct sweep_memory *memory);

/*
 * What an earlier sweep wrote; empty text: nothing.  Returns 0, or -1 if it is
 * no such document.
 */
int sweep_memory_read(struct sweep_memory *memory, struct span text);
/* … for the next: what was not seen since is left out. */
void sweep_memory_write(
	const struct sweep_memory *memory, int64_t wall, struct buf *ret_text);

/*
 * It is a candidate now: in how many sweeps in a row, this one included.  One
 * that was counted less than `interval` seconds ago is not counted again.
 */
uint32_t sweep_memory_see(struct sweep_memory *memory, struct span uid,
	struct span finalizer, int64_t wall, int64_t interval);
/* Its finalizer was removed: who has it again has got it back. */
void sweep_memory_note_removed(struct sweep_memory *memory, struct span uid,
	struct span finalizer, int64_t wall);
bool sweep_memory_was_removed(const struct sweep_memory *memory,
	struct span uid, struct span finalizer);

#endif
