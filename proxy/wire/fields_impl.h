/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carriers do with fields beyond fields.h.
 */
#ifndef PROXY_WIRE_FIELDS_IMPL_H
#define PROXY_WIRE_FIELDS_IMPL_H

#include <nghttp2/nghttp2.h>

#include "proxy/wire/fields.h"

/* Takes a reference of its own to both. */
void fields_add_received(struct fields *fields, nghttp2_rcbuf *name,
	nghttp2_rcbuf *value, bool never_index);

#endif
