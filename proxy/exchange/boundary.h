/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boundary: whether the bytes of a watch that have passed end where an event
 * ends, so that a watch that breaks off upstream can end cleanly, and the
 * client resumes instead of listing again.
 *
 *	application/json		each event ends with a newline, and no
 *					other one is in it
 *	application/vnd.kubernetes.protobuf;stream=watch
 *					four bytes of length, then the event
 *
 * O(1) for a piece of JSON, O(events) for one of protobuf.  Any other framing
 * is not known: such a stream is at a boundary only before its first byte.
 */
#ifndef PROXY_EXCHANGE_BOUNDARY_H
#define PROXY_EXCHANGE_BOUNDARY_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

enum boundary_kind {
	BOUNDARY_UNKNOWN,
	BOUNDARY_NEWLINE,
	BOUNDARY_LENGTH,
};

struct boundary {
	enum boundary_kind kind;
	bool is_at_one;      /* of UNKNOWN and NEWLINE */
	uint8_t length_have; /* bytes of the length that have come: 0 to 3 */
	uint32_t length;     /* … so far; then what is missing of the event */
};

void boundary_init(struct boundary *boundary, struct span content_type);
void boundary_feed(struct boundary *boundary, struct span bytes);
bool boundary_is_at_one(const struct boundary *boundary);

/*
 * The bookmark that ends the initial events of a watch carries an annotation
 * of this name, in JSON and in protobuf alike
 * (apimachinery/pkg/apis/meta/v1, InitialEventsAnnotationKey).
 */
#define INITIAL_EVENTS_END "k8s.io/initial-events-end"

/* Looks for it in a body that comes in pieces. */
struct initial_events {
	uint8_t matched; /* of the name, at the end of what has passed */
};

/* True once it has passed as a whole. */
bool initial_events_feed(struct initial_events *events, struct span bytes);

#endif
