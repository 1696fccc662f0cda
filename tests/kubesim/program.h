/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program as remote.h runs it: bytes go in, bytes come out, and in the end
 * there is an exit code.
 */
#ifndef TESTS_KUBESIM_PROGRAM_H
#define TESTS_KUBESIM_PROGRAM_H

#include "base/buf.h"
#include "tests/kubesim/json.h"

struct program_kind;

struct program {
	const struct program_kind *kind; /* NULL: there is no such program */
	char **argv;                     /* owned, and what it points to */
	size_t argc;
	bool has_stdin;
	struct buf out; /* what was written; the caller takes it */
	uint64_t left;  /* bytes that are still to be written */
	void *digest;   /* EVP_MD_CTX, owned */
	bool has_ended;
	unsigned code;
};

/* Takes the arguments. */
void program_init(
	struct program *program, char **argv, size_t argc, bool has_stdin);
void program_fini(struct program *program);

void program_start(struct program *program);
void program_input(struct program *program, struct span bytes);
void program_input_end(struct program *program);
/* Writes some of what comes unasked; returns whether it did. */
bool program_pump(struct program *program);

/* What is said of its end: the Status of v4, and the text before v4. */
cJSON *program_status(const struct program *program);
char *program_message(const struct program *program); /* free() it */

#endif
