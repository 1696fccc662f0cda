/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fields of a head say about the message and the connection: how its
 * body ends, and what becomes of the connection behind it.
 *
 * There is one way to say each thing (threat H7): one content-length of
 * digits, or one transfer-encoding that is `chunked`, never both; one host.
 */
#ifndef PROXY_WIRE_H1_FRAMING_H
#define PROXY_WIRE_H1_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "proxy/wire/fields.h"
#include "proxy/wire/refusal.h"

struct h1_framing {
	bool is_chunked;
	bool has_length;
	uint64_t length; /* 0: no length */
	bool says_close; /* "connection: close" … */
	bool says_keep_alive;
	bool says_upgrade; /* with an "upgrade" field, not to HTTP/2 */
	unsigned connection_names;
};

/* NULL: `ret_framing` is set. */
const struct refusal *h1_framing_read(const struct fields *fields,
	bool is_request, bool is_http10, struct h1_framing *ret_framing);

/*
 * Whether the field is the connection's own and stays behind: hop-by-hop, or
 * named by a "connection" field (RFC 9110, 7.6.1).
 */
bool h1_field_stays(const struct fields *fields, const struct field *field);

#endif
