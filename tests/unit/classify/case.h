/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One classified request for a test.  Target and body are copied into
 * allocations of their very length, so that a sanitizer sees any byte that is
 * read beyond them.
 */
#ifndef TESTS_UNIT_CLASSIFY_CASE_H
#define TESTS_UNIT_CLASSIFY_CASE_H

#include "policy/classify.h"

struct classified {
	struct class class;
	char *target, *body, *scratch;
};

struct request_case {
	struct span method, target;
	const char *content_type; /* NULL: none */
	const char *content_encoding;
	struct span body;
	bool is_cut; /* more of it would come */
};

void classified_init(struct classified *c, const struct request_case *request);
void classified_fini(struct classified *c);

#define POD_PATH "/api/v1/namespaces/argo/pods/p1"
#define MERGE "application/merge-patch+json"
#define STRATEGIC "application/strategic-merge-patch+json"
#define JSON_PATCH "application/json-patch+json"

/* A PATCH of POD_PATH. */
void patch_init(struct classified *c, const char *type, struct span body);

/* The effect of such a PATCH. */
enum effect patch_effect(const char *type, struct span body);

struct effect_row {
	struct span body;
	enum effect effect;
};

/* Fails the test, naming the body, where a row comes out otherwise. */
void check_effects(
	const char *type, const struct effect_row *rows, size_t count);

#endif
