/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_parser, and all that is seen of it.
 *
 * It is given whole heads, bodies as they come, and whole trailers, never a
 * byte beyond the end of a message; and only what h1_syntax and h1_chunks let
 * pass, since Debian's build of it is the lenient one.  What it makes of a
 * head must be what h1_framing makes of it (h1_parser_agrees).
 */
#ifndef PROXY_WIRE_H1_PARSER_H
#define PROXY_WIRE_H1_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "proxy/wire/fields_impl.h"

struct h1_framing;
struct h1_parser;
struct refusal;

/* The first line, in the text that was parsed. */
struct h1_first {
	struct span method; /* of a request … */
	struct span target;
	unsigned status; /* … or of a response */
	bool is_http10;
};

typedef void h1_body_fn(void *user, const void *bytes, size_t len);

/* "OK"; "" if nobody knows it. */
const char *h1_status_reason(unsigned status);

/* Reads requests, or responses. */
struct h1_parser *h1_parser_new(
	bool is_request, h1_body_fn *on_body, void *user);
void h1_parser_free(struct h1_parser *parser);

/*
 * Begins a message with its whole head, of `len` bytes in `text`; the fields
 * are added to `ret_fields` as they are.  `is_bare`: a response without a
 * body, whatever its fields say.  NULL: it could be read.
 */
const struct refusal *h1_parser_head(struct h1_parser *parser,
	struct fields_text *text, size_t len, bool is_bare,
	struct h1_first *ret_first, struct fields *ret_fields);
/* Behind the head: whether the body's framing was read alike. */
bool h1_parser_agrees(
	const struct h1_parser *parser, const struct h1_framing *framing);
/* Bytes of the body as they are on the connection, to on_body. */
int h1_parser_body(struct h1_parser *parser, struct span bytes);
/* The whole trailers, with the empty line. */
int h1_parser_trailers(struct h1_parser *parser, struct fields_text *text,
	size_t len, struct fields *ret_fields);

#endif
