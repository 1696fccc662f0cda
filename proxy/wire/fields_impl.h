/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carriers do with fields beyond fields.h.
 */
#ifndef PROXY_WIRE_FIELDS_IMPL_H
#define PROXY_WIRE_FIELDS_IMPL_H

#include <nghttp2/nghttp2.h>

#include "proxy/wire/fields.h"

/* As nghttp2 tells of it; the buffers hold the bytes of both. */
struct received_field {
	struct span name;
	struct span value;
	nghttp2_rcbuf *name_ref; /* borrowed, as the next */
	nghttp2_rcbuf *value_ref;
	bool never_index;
};

/* Takes a reference of its own to both buffers. */
void fields_add_received(
	struct fields *fields, const struct received_field *received);

/*
 * A counted copy of bytes that several fields lie in, such as a head.  Its
 * bytes may be changed until the first field refers to them.
 */
struct fields_text;

struct fields_text *fields_text_new(struct span bytes);
char *fields_text_bytes(struct fields_text *text);
void fields_text_unref(struct fields_text *text);
/* `name` and `value` lie in `text`, which the field holds from now on. */
void fields_add_text(struct fields *fields, struct fields_text *text,
	struct span name, struct span value);

#endif
