/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1's lines, read as strictly as RFC 9112 allows and no less (threat
 * H7): what one reader on the way could take for another thing is refused
 * before the parser sees it.
 *
 *	line	ends with CR LF; neither byte stands anywhere else
 *	name	a token, its colon right behind it; no line is folded
 *	value	no control byte but tab
 *	target	begins with a slash; printable ASCII without a space
 *
 * Pure: bytes in, a verdict out.
 */
#ifndef PROXY_WIRE_H1_SYNTAX_H
#define PROXY_WIRE_H1_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "proxy/wire/refusal.h"

enum h1_lines {
	H1_LINES_MORE, /* the empty line is not here yet */
	H1_LINES_WHOLE,
	H1_LINES_BAD, /* a line feed without its carriage return */
};

/*
 * Looks for the empty line that ends a head or trailers.  `*scanned` bytes
 * were looked at before; behind WHOLE it is the length up to its end.
 */
enum h1_lines h1_find_end(struct span bytes, size_t *scanned);

/* The first line of `head`, without its end; all of it if there is none. */
struct span h1_first_line(struct span head);

/* NULL: it is fine. */
const struct refusal *h1_check_request_line(
	struct span line, uint32_t target_bytes_max);
const struct refusal *h1_check_status_line(
	struct span line, unsigned *ret_status);
/* Field lines and the empty one behind them.  Makes names lower case. */
const struct refusal *h1_check_fields(
	char *lines, size_t len, uint32_t fields_max);

bool h1_is_token(struct span s);
/* Without control bytes but tab: what may be written as a field's value. */
bool h1_is_value(struct span s);

#endif
