/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that tell a running Fairway to do something. */
#include <string.h>

#include "base/check.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/running.h"

static const struct option OPTIONS[] = {
	RUNNING_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* "flow 4711" of as many words as an order has; at least what it needs. */
static const struct {
	const char *name;
	int min, max;
} WORDS[] = {
	{ "pause", 0, 1 },
	{ "resume", 0, 2 },
	{ "drain", 1, 2 },
	{ "kill", 2, 2 },
	{ "log-level", 0, 1 },
	{ "reload", 0, 0 },
};

/*
 * Takes them; false: there are too few, or one is empty.  A variable that is
 * not set does not stand for all lanes.
 */
static bool take_words(
	const struct command *command, int argc, char **argv, struct buf *ret)
{
	size_t i = 0;
	int count = 0;

	while (strcmp(WORDS[i].name, command->name) != 0) {
		i++;
		CHECK(i < ARRAY_SIZE(WORDS));
	}
	for (; optind < argc && count < WORDS[i].max; count++) {
		if (!*argv[optind])
			return false;
		buf_printf(ret, "%s%s", count ? " " : "", argv[optind++]);
	}
	return count >= WORDS[i].min;
}

enum cli_status command_operate(
	const struct command *command, int argc, char **argv)
{
	struct running running = RUNNING_INIT;
	struct buf what = BUF_INIT;
	enum cli_status status = CLI_USAGE;
	int key;

	while ((key = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1) {
		if (!running_take(&running, key))
			return key == 'h' ? cli_help(command)
					  : cli_usage(command);
	}
	if (!take_words(command, argc, argv, &what))
		cli_misused(command, "say what to %s", command->name);
	else
		status = running_check(command, &running, argc, argv);
	if (status == CLI_OK)
		status = running_order(command, &running, command->name,
			buf_cstr(&what));
	buf_fini(&what);
	return status;
}
