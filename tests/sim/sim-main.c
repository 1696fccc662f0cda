/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim: plays stories in virtual time.
 *
 * usage: sim [--short] [--quiet] [--seed N] [--total N] [--wide N] STORY ...
 *
 * --total and --wide: other numbers than the default ones, in milli-seats, to
 * see what they would do.
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
	struct policy_settings settings;
};

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static void set_wide(struct policy_settings *settings, uint32_t seats)
{
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		struct lane_settings *lane = &settings->lanes[i];

		if (lane->wide_list_seats)
			lane->wide_list_seats = seats;
	}
}

static int play_one(const char *path, const struct options *options)
{
	struct story story;
	struct play play;
	unsigned missed;

	if (story_read(path, &story))
		return 2;
	play_init(&play, &story, &options->settings, options->seed);
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

	policy_settings_default(&options.settings);
	for (int i = 1; i < argc; i++) {
		int one = 0;

		if (!strcmp(argv[i], "--short"))
			options.is_short = true;
		else if (!strcmp(argv[i], "--quiet"))
			options.is_quiet = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			options.seed = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--total") && i + 1 < argc)
			options.settings.total.initial = number(argv[++i]);
		else if (!strcmp(argv[i], "--wide") && i + 1 < argc)
			set_wide(&options.settings, number(argv[++i]));
		else
			one = play_one(argv[i], &options);
		status = one > status ? one : status;
	}
	return status;
}
