/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "did you mean": the word that a mistyped one was meant to be.
 */
#ifndef CONF_SUGGEST_H
#define CONF_SUGGEST_H

#include "base/span.h"

struct suggest {
	struct span wrong; /* borrowed */
	const char *best;  /* borrowed; NULL: nothing comes near */
	unsigned best_distance;
};

void suggest_init(struct suggest *suggest, struct span wrong);
/* Offers a word that would be right. */
void suggest_offer(struct suggest *suggest, const char *word);

/*
 * How many insertions, deletions, replacements and swaps of neighbours turn
 * one into the other; letters of either case are the same.  `limit` + 1 or
 * more where it is above `limit`.
 */
unsigned suggest_distance(struct span a, struct span b, unsigned limit);

#endif
