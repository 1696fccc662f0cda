/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/1.1 request, read as Go's net/http reads it: what it
 * accepts (a bare LF, folded lines, absolute-form) and what it refuses, with
 * its words.  Knows no connection.
 *
 * A parser of its own rather than the proxy's: who tests must not share the
 * mistakes of what is tested.
 */
#ifndef TESTS_KUBESIM_H1_HEAD_H
#define TESTS_KUBESIM_H1_HEAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/span.h"

/* MaxHeaderBytes of the API server, and what Go allows above it. */
enum { H1_MAX_HEAD = (1 << 20) + 4096 };

struct h1_field {
	char *name; /* in lower case; points into the head's text */
	char *value;
};

struct h1_head {
	char *text; /* owned: what all pointers point into */
	const char *method;
	const char *target; /* path and query, without scheme and host */
	bool is_11;         /* HTTP/1.1 at least */

	struct h1_field *fields; /* owned */
	size_t count;

	bool is_chunked;
	uint64_t length; /* of the body, unless it is chunked */
	bool wants_close;
	bool wants_keep_alive;
	bool expects_continue;
	bool expects_other;
};

/* Why a request is none: the status line is "CODE reason[: text]". */
struct h1_refusal {
	int code;
	const char *text; /* NULL: the reason alone */
};

/*
 * Reads a head from the beginning of `bytes`.  Returns its length; 0: more
 * bytes are needed; -1: refused.  Only with a length is there something to
 * be given to h1_head_fini().
 */
ssize_t h1_head_read(struct h1_head *head, struct span bytes,
	struct h1_refusal *ret_refusal);
void h1_head_fini(struct h1_head *head);

/* NULL when there is no such field; of several the first. */
const char *h1_head_field(const struct h1_head *head, const char *name);
/* Whether one of the fields of that name has the token in its list. */
bool h1_head_has_token(
	const struct h1_head *head, const char *name, const char *token);
/* The same of one field's value. */
bool h1_list_has(const char *list, const char *token);

#endif
