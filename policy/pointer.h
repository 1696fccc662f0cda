/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON pointers of a JSON patch, as far as finalizers are concerned: which
 * part of the object one names, read as the API server's library does
 * (evanphx/json-patch, findObject): what stands before the first slash is
 * ignored, `~1` and `~0` are decoded part by part, negative indices count from
 * the end.
 */
#ifndef POLICY_POINTER_H
#define POLICY_POINTER_H

#include <stdbool.h>

#include "base/span.h"

enum pointer_target {
	POINTER_ROOT, /* "": the whole object */
	POINTER_METADATA,
	POINTER_UID,
	POINTER_RESOURCE_VERSION,
	POINTER_LABEL, /* one of them */
	POINTER_ANNOTATION,
	POINTER_LIST,    /* /metadata/finalizers */
	POINTER_ELEMENT, /* one of them, by index */
	POINTER_APPEND,  /* /metadata/finalizers/- */
	POINTER_OTHER,
	POINTER_INVALID, /* refused with every operation */
};

struct pointer {
	enum pointer_target target;
	long index;      /* of an ELEMENT */
	bool is_indexed; /* the last part could be an index, or is `-` */
};

/* `raw` is a JSON string without its quotes, escapes and all. */
struct pointer pointer_read(struct span raw);

#endif
