/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim: plays stories in virtual time.
 *
 * usage: sim [--short] [--quiet] [--seed N] STORY ...
 *
 * Exit status 1 if a bar of a story is missed, 2 if one cannot be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/play.h"

struct options {
	bool is_short;
	bool is_quiet;
	uint64_t seed;
};

static int play_one(const char *path, const struct options *options)
{
	struct story story;
	struct play play;
	unsigned missed;

	if (story_read(path, &story))
		return 2;
	play_init(&play, &story, NULL, options->seed);
	play_run(&play, options->is_short ? story.lasts_short : story.lasts);
	play_report(&play, options->is_quiet);
	missed = play_judge(&play, options->is_quiet);
	play_fini(&play);
	story_fini(&story);
	return missed > 0;
}

int main(int argc, char **argv)
{
	struct options options = { .seed = 1 };
	int status = 0;

	for (int i = 1; i < argc; i++) {
		int one = 0;

		if (!strcmp(argv[i], "--short"))
			options.is_short = true;
		else if (!strcmp(argv[i], "--quiet"))
			options.is_quiet = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			options.seed = strtoull(argv[++i], NULL, 10);
		else
			one = play_one(argv[i], &options);
		status = one > status ? one : status;
	}
	return status;
}
