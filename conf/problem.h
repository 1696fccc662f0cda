/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Problems: everything that is wrong with a file, each with its place, so
 * that a person can mend all of it at once.
 *
 *	fairway.yaml:14:12: lanes[2].seats: must be 1 to 10000, is 0
 *
 * Bounded: what does not fit is counted.
 */
#ifndef CONF_PROBLEM_H
#define CONF_PROBLEM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/util.h"

enum problem_kind {
	PROBLEM_ERROR,   /* the configuration is refused */
	PROBLEM_WARNING, /* legal and unwise */
};

struct problem {
	enum problem_kind kind;
	unsigned line;   /* from 1; 0: the file as a whole */
	unsigned column; /* from 1 */
	char *text;      /* owned: "path: what is wrong; what is right" */
};

#define PROBLEMS_MAX 100

struct problems {
	char *file; /* owned; NULL: not known yet */
	struct problem items[PROBLEMS_MAX];
	size_t count;
	size_t dropped; /* errors that found no room */
	size_t errors;  /* all of them, dropped ones included */
};

#define PROBLEMS_INIT ((struct problems){ 0 })

void problems_fini(struct problems *problems);

/* Names the file that the next problems are in. */
void problems_set_file(struct problems *problems, const char *file);

void problems_add(struct problems *problems, enum problem_kind kind,
	unsigned line, unsigned column, const char *fmt, ...) ATTR_PRINTF(5, 6);

/* In the order of the file; problems of one place stay as they came. */
void problems_sort(struct problems *problems);

/* One line each, "file:line:column: text"; warnings are marked as such. */
void problems_print(const struct problems *problems, struct buf *ret_text);

static inline bool problems_has_errors(const struct problems *problems)
{
	return problems->errors > 0;
}

#endif
