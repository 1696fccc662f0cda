/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confinement: what an instance takes from itself, so that who breaks into it
 * by a request has little: files first (harden/file_access.h), when it knows
 * which ones it reads and before it starts a thread; system calls last
 * (harden/system_calls.h), when everything is open.
 *
 * What the kernel does not have, or a container keeps back, is said and is no
 * reason to stop.
 */
#ifndef PROXY_CLI_CONFINEMENT_H
#define PROXY_CLI_CONFINEMENT_H

#include "base/err.h"
#include "proxy/observe/view.h"

struct inputs;
struct log;

struct confinement {
	bool is_wanted;
	struct view_confinement seen;
	struct err why_files, why_calls; /* … not */
};

void confinement_init(struct confinement *confinement, bool is_wanted);
/*
 * Read: what `inputs` reads, names, time zones, /proc.  Kept: `folders`, and
 * those that `files` are in; "" is none, NULL the end.
 */
void confinement_take_files(struct confinement *confinement,
	const struct inputs *inputs, const char *const *folders,
	const char *const *files);
void confinement_take_calls(struct confinement *confinement);
/* One line. */
void confinement_say(const struct confinement *confinement, struct log *log);

#endif
