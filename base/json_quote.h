/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON strings of any bytes: what is no UTF-8 becomes U+FFFD.
 */
#ifndef BASE_JSON_QUOTE_H
#define BASE_JSON_QUOTE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

/*
 * Appends the string with its quotes; from about `max` bytes on it is cut and
 * ends in "...".  SIZE_MAX: never.
 */
void json_append_quoted(struct buf *text, struct span s, size_t max);
/* All of it is UTF-8: quoted, it is still the same text. */
bool json_is_utf8(struct span s);

#endif
