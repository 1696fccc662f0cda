/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tap: looks at an answer that passes, for objects that are being deleted.
 * What passes is neither changed nor held up.
 *
 *	bytes --> pieces --> objects or events, whole --> a glance --> read
 *
 * An object, or a watch's event, that comes as one piece is looked at where it
 * stands; of one in several pieces the beginning is kept until it is whole,
 * TAP_HELD_MAX bytes at most: an object's metadata stands at its beginning.
 * All taps together keep no more than their pool has; what finds no room is
 * passed over and counted.
 *
 * A tap owns what it keeps: tap_close() frees it.
 */
#ifndef PROXY_EXCHANGE_TAP_H
#define PROXY_EXCHANGE_TAP_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"
#include "policy/object_seen.h"

#define TAP_HELD_MAX ((uint32_t)64 * 1024)

enum tap_kind {
	TAP_NONE,
	TAP_OBJECT_JSON,
	TAP_OBJECT_PROTOBUF,
	TAP_EVENTS_JSON,     /* a line each */
	TAP_EVENTS_PROTOBUF, /* four bytes of length before each */
};

struct tap_pool {
	size_t max;
	size_t held;
	uint64_t unread; /* objects that were looked at and not understood */
};

/* `seen` is borrowed and valid during the call; NULL: one that lives. */
typedef void tap_fn(void *user, const struct object_seen *seen);

struct tap {
	enum tap_kind kind;
	struct tap_pool *pool; /* borrowed */
	tap_fn *fn;
	void *user;
	char *held; /* owned; NULL: nothing */
	uint32_t held_len, held_cap;
	bool is_skipping;    /* what is missing of this one is not kept */
	uint8_t length_have; /* EVENTS_PROTOBUF: as in boundary.h */
	uint32_t length;
};

/* By the answer's content type; `is_watch` tells events from one object. */
enum tap_kind tap_kind_of(struct span content_type, bool is_watch);

/*
 * Of objects that live only a single one is told, not those of events.  A tap
 * that is all zeros is closed.
 */
void tap_open(struct tap *tap, enum tap_kind kind, struct tap_pool *pool,
	tap_fn *fn, void *user);

static inline bool tap_is_open(const struct tap *tap)
{
	return tap->kind != TAP_NONE;
}

/* `is_last`: they are known to be the answer's last ones. */
void tap_feed(struct tap *tap, struct span bytes, bool is_last);
/* The answer came to its end. */
void tap_end(struct tap *tap);
void tap_close(struct tap *tap);

#endif
