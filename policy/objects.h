/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects: memory of those that are being deleted and kept by a finalizer, as
 * they passed by (DESIGN.md section 10).  A table of fixed size: where it is
 * full, the one that was not seen for the longest time is given up.
 *
 * What is here was so when it was seen.  An object that went while nobody
 * watched it stays here until it is given up, or somebody is told that it is
 * not found.  So it may be shown, may decide an order and name a uid, and is
 * no proof of anything.
 *
 * Entries own copies of their texts, as far as these fit; allocates nothing
 * after _init.
 */
#ifndef POLICY_OBJECTS_H
#define POLICY_OBJECTS_H

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "policy/class.h"
#include "policy/object_seen.h"

/* Names of all parts together; those of any real object are a third of it. */
#define OBJECT_TEXT_MAX 512

struct object_kept {
	struct map_node node;
	struct list_node used; /* in objects->seen or ->free */
	/* Texts are its own; finalizers are all there. */
	struct object_seen seen;
	usec_t first_seen;
	usec_t last_seen;
	char text[OBJECT_TEXT_MAX];
};

struct objects {
	struct object_kept *entries; /* owned */
	uint32_t max;
	uint32_t fresh; /* of the entries, those never used begin here */
	struct list free;
	struct list seen; /* the longest unseen first */
	struct map by_place;
	struct hash_key key;
	uint64_t given_up; /* … while they were remembered, for others */
	uint64_t too_long; /* not remembered: names too long or too many */
};

/* The object that a request names. */
struct object_place object_place_of(const struct class *class);

/* At most `max`; 0: nothing is remembered. */
void objects_init(
	struct objects *objects, uint32_t max, const struct hash_key *key);
void objects_fini(struct objects *objects);

static inline bool objects_are_wanted(const struct objects *objects)
{
	return objects->max > 0;
}

static inline uint32_t objects_count(const struct objects *objects)
{
	return (uint32_t)objects->seen.count;
}

/* Remembers it if it is kept by a finalizer, else forgets it. */
void objects_note(struct objects *objects, const struct object_seen *seen,
	usec_t now);
void objects_forget(struct objects *objects, const struct object_place *place);
/* NULL: not known.  Valid until the next change. */
const struct object_kept *objects_find(
	const struct objects *objects, const struct object_place *place);

/* Each of them: `after` is NULL at first. */
const struct object_kept *objects_next(
	const struct objects *objects, const struct object_kept *after);

/*
 * How many there are, by resource and finalizer: those deleted at least
 * `stuck_after` seconds ago.  Pairs that find no room are counted in the last
 * row, whose names are absent.
 */
#define OBJECTS_TALLY_ROWS 33

struct objects_tally_row {
	struct span group, resource, finalizer; /* borrowed from entries */
	uint32_t count;
};

struct objects_tally {
	struct objects_tally_row rows[OBJECTS_TALLY_ROWS];
	uint32_t row_count; /* that have a name */
	uint32_t stuck;	    /* objects */
	int64_t oldest;	    /* seconds since the first deletion; 0: none */
};

void objects_tally(const struct objects *objects, int64_t wall,
	int64_t stuck_after, struct objects_tally *ret_tally);

void objects_check(const struct objects *objects);

#endif
