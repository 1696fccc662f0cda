/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	BAR_WIDTH = 30,
	LINE_CAP = 128,
	SHOWN_EVERY = 50, /* objects that are looked at */
};

/* ECMA-48: to the begin of the line, and all of it away. */
#define CLEAR "\r\033[K"

/* A terminal that does not take it gets the next one. */
static void show(struct sweep_progress *progress, const char *line)
{
	ssize_t n = write(progress->fd, line, strlen(line));

	(void)n;
	progress->is_shown = true;
}

void sweep_progress_found(struct sweep_progress *progress, size_t candidates)
{
	char line[LINE_CAP];

	if (!progress || progress->looked_at++ % SHOWN_EVERY)
		return;
	snprintf(line, sizeof(line), CLEAR "looking: %zu objects, %zu found",
		progress->looked_at, candidates);
	show(progress, line);
}

void sweep_progress_turn(
	struct sweep_progress *progress, size_t done, size_t all)
{
	char bar[BAR_WIDTH + 1], line[LINE_CAP];

	if (!progress || !all)
		return;
	for (size_t i = 0; i < BAR_WIDTH; i++)
		bar[i] = i * all < done * BAR_WIDTH ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	snprintf(line, sizeof(line), CLEAR "[%s] %zu of %zu", bar,
		done, all);
	show(progress, line);
}

void sweep_progress_hide(struct sweep_progress *progress)
{
	if (!progress || !progress->is_shown)
		return;
	show(progress, CLEAR);
	progress->is_shown = false;
}
