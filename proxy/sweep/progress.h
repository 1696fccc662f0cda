/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress: a bar on a terminal, in a line of its own that comes and goes.
 * Every call takes NULL, which shows nothing.
 */
#ifndef PROXY_SWEEP_PROGRESS_H
#define PROXY_SWEEP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sweep_progress {
	int fd; /* of the terminal; borrowed */
	bool is_shown;
	size_t looked_at; /* objects */
};

/* One more object was looked at; so many candidates are among them. */
void sweep_progress_found(struct sweep_progress *progress, size_t candidates);
/* So many of all have had their turn. */
void sweep_progress_turn(
	struct sweep_progress *progress, size_t done, size_t all);
/* Makes room for a line of something else. */
void sweep_progress_hide(struct sweep_progress *progress);

#endif
