/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths: files that are read at the start and again when they change.
 *
 * A pipe cannot be read again: that would wait for somebody to write, and the
 * loop with it.
 */
#ifndef PROXY_CLI_PATHS_H
#define PROXY_CLI_PATHS_H

#include "base/err.h"
#include "conf/config.h"

enum {
	PATHS_MAX = 32,
};

struct paths {
	char *items[PATHS_MAX]; /* owned; absolute */
	size_t count;
};

/* "" is none. */
void paths_add(struct paths *paths, const char *path);
/* Certificate and key of Fairway, and the authority of its clients. */
void paths_add_listen(struct paths *paths, const struct config *config);
/* As kubectl finds them, whether they are there or not; `given`: that one. */
void paths_add_kubeconfigs(struct paths *paths, const char *given);
void paths_fini(struct paths *paths);

/* Whether it can be read again; one that is not there may come. */
int path_check(const char *path, struct err *err);
int paths_check(const struct paths *paths, struct err *err);

#endif
