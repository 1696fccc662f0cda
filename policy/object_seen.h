/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object that passed by, as far as its end is concerned: whether it is
 * being deleted, and which finalizers keep it.
 *
 * Two steps, so that what is not being deleted, nearly all, costs next to
 * nothing: object_glance_...() looks for the deletionTimestamp where the API
 * server puts it; only where it is there the metadata is read.
 *
 * Both are content with the beginning of an object, as long as its metadata is
 * whole: what stands behind that is not looked at.  An answer is the API
 * server's, so what is read decides no right; it may be wrong, and then only
 * an order is.
 */
#ifndef POLICY_OBJECT_SEEN_H
#define POLICY_OBJECT_SEEN_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

/* An object's place: of the request, or of the object itself. */
struct object_place {
	struct span group; /* "" is the core group */
	struct span resource;
	struct span namespace; /* "": it is in none */
	struct span name;
};

/* More of them are counted and not named. */
#define OBJECT_FINALIZERS_MAX 4

/* All borrowed. */
struct object_seen {
	struct object_place place; /* group and resource are the reader's own */
	struct span uid;
	struct span resource_version;
	struct span finalizers[OBJECT_FINALIZERS_MAX];
	unsigned finalizer_count; /* may exceed the above */
	bool is_deleting;         /* it has a deletionTimestamp */
	int64_t deleted_at;       /* … which is that; seconds since 1970 */
	bool is_gone;             /* a watch says so */
};

/* It is kept from going by a finalizer. */
static inline bool object_seen_is_kept(const struct object_seen *seen)
{
	return seen->is_deleting && seen->finalizer_count > 0 && !seen->is_gone;
}

enum object_glance {
	OBJECT_GLANCE_NONE,     /* no object's metadata was found */
	OBJECT_GLANCE_LIVING,   /* an object that is not being deleted */
	OBJECT_GLANCE_DELETING, /* one that seems to be: read it */
};

/* Of one object, or of one event of a watch. */
enum object_glance object_glance_json(struct span text);
enum object_glance object_glance_protobuf(struct span object);
enum object_glance object_glance_protobuf_event(struct span event);

/*
 * Reads what was glanced at; sets all but the group and the resource.
 * Returns 0, or -1 if it is no object (a Status, a Table, a bookmark), or its
 * metadata is not whole or not as the API server writes it.
 */
int object_seen_read_json(struct span text, struct object_seen *ret_seen);
int object_seen_read_json_event(struct span text, struct object_seen *ret_seen);
int object_seen_read_protobuf(struct span object, struct object_seen *ret_seen);
int object_seen_read_protobuf_event(
	struct span event, struct object_seen *ret_seen);

#endif
