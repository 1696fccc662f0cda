/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/suggest.h"

#define WORD_MAX 64

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Optimal string alignment: three rows of the classic table.  Words longer
 * than WORD_MAX come near to nothing.
 */
unsigned suggest_distance(struct span a, struct span b, unsigned limit)
{
	unsigned rows[3][WORD_MAX + 1];

	if (a.len > WORD_MAX || b.len > WORD_MAX)
		return limit + 1;
	for (unsigned j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			char x = lower(a.ptr[i - 1]), y = lower(b.ptr[j - 1]);
			unsigned least = above[j - 1] + (x != y);

			least = min2(least, above[j] + 1);
			least = min2(least, row[j - 1] + 1);
			if (i > 1 && j > 1 && x == lower(b.ptr[j - 2]) &&
				y == lower(a.ptr[i - 2]))
				least = min2(least, above2[j - 2] + 1);
			row[j] = least;
		}
	}
	return rows[a.len % 3][b.len];
}

void suggest_init(struct suggest *suggest, struct span wrong)
{
	/* A third of the letters wrong, and at least one that is right. */
	*suggest = (struct suggest){
		.wrong = wrong,
		.best_distance = (unsigned)u64_min(wrong.len / 3 + 1, 4),
	};
	if (wrong.len <= 1)
		suggest->best_distance = 0;
}

void suggest_offer(struct suggest *suggest, const char *word)
{
	unsigned distance = suggest_distance(
		suggest->wrong, span_str(word), suggest->best_distance);
	bool is_nearer = suggest->best ? distance < suggest->best_distance
				       : distance <= suggest->best_distance;

	if (!is_nearer)
		return;
	suggest->best = word;
	suggest->best_distance = distance;
}
