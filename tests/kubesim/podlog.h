/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers have logged: nothing, until somebody orders lines for one
 * (admin call /logs).  pods/log shows them, and those who follow see each
 * line when it is added.
 *
 * A log ends when that is ordered or when its pod is gone; followers then
 * get the end of their answer.
 */
#ifndef TESTS_KUBESIM_PODLOG_H
#define TESTS_KUBESIM_PODLOG_H

#include <stdbool.h>
#include <time.h>

#include "base/list.h"
#include "base/span.h"

struct api;
struct call;
struct answer;

struct podlog_line {
	time_t wall;
	char *text; /* owned, without a newline */
};

struct podlog {
	struct list_node node;
	char *key; /* owned: namespace/pod/container */
	struct podlog_line *lines;
	size_t count;
	bool has_ended;
};

/* Found, or made.  It stays until podlogs_fini(). */
struct podlog *podlogs_get(struct list *logs, const char *ns, const char *pod,
	const char *container);
void podlogs_fini(struct list *logs);

void podlog_add(struct podlog *log, const char *text, time_t wall);

/* Returns whether the request is one for a log. */
bool podlog_handle(
	struct api *api, const struct call *call, struct answer *answer);

#endif
