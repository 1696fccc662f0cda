/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label and field selectors of lists and watches.
 */
#ifndef TESTS_KUBESIM_SELECTOR_H
#define TESTS_KUBESIM_SELECTOR_H

#include "tests/kubesim/json.h"
#include "tests/kubesim/status.h"

enum { SELECTOR_MAX_TERMS = 16 };

enum term_op {
	TERM_IN,     /* also = and == */
	TERM_NOT_IN, /* also != */
	TERM_EXISTS,
	TERM_ABSENT,
};

struct term {
	enum term_op op;
	const char *key;
	const char *values; /* borrowed: `value_count` strings in a row */
	unsigned value_count;
};

struct selector {
	char *text; /* owned: what the terms point into */
	bool by_label;
	struct term terms[SELECTOR_MAX_TERMS];
	unsigned count;
};

/* `text` may be NULL or empty: selects everything.  400 when malformed. */
int selector_init_labels(
	struct selector *sel, const char *text, struct status *st);
int selector_init_fields(struct selector *sel, const struct resource *res,
	const char *text, struct status *st);
void selector_fini(struct selector *sel);

bool selector_matches(const struct selector *sel, const cJSON *obj);

#endif
