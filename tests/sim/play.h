/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Play: a story as it goes in a world, and what came of it.
 */
#ifndef TESTS_SIM_PLAY_H
#define TESTS_SIM_PLAY_H

#include "tests/sim/story.h"

struct play {
	const struct story *story; /* borrowed */
	struct world *world;
	struct argo *argo;    /* NULL: there is none */
	struct scene *scenes; /* owned: one for each deed */
	usec_t lasted;
};

/* `settings` NULL: the default ones. */
void play_init(struct play *play, const struct story *story,
	const struct policy_settings *settings, uint64_t seed);
void play_run(struct play *play, usec_t lasts);
void play_fini(struct play *play);

/* The table.  With `is_quiet` only bars that are missed. */
void play_report(const struct play *play, bool is_quiet);
/* How many of its bars are missed; prints each as report does. */
unsigned play_judge(const struct play *play, bool is_quiet);

#endif
