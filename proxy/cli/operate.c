/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that tell a running Fairway to do something. */
#include <string.h>

#include "base/check.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/running.h"
#include "proxy/observe/act.h"

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

/* Takes them; false: there are too few. */
static bool take_words(
	const struct command *command, int argc, char **argv, struct buf *ret)
{
	size_t i = 0;
	int count = 0;

	while (strcmp(WORDS[i].name, command->name) != 0) {
		i++;
		CHECK(i < ARRAY_SIZE(WORDS));
	}
	for (; optind < argc && count < WORDS[i].max; count++)
		buf_printf(ret, "%s%s", count ? " " : "", argv[optind++]);
	return count >= WORDS[i].min;
}

/* What became of it, for people: "reads: paused". */
static enum cli_status tell(const struct command *command,
	const struct running *running, struct span json)
{
	struct buf line = BUF_INIT;
	enum cli_status status;
	struct err err;

	if (act_read_answer(json, &line, &err) != 0) {
		status = cli_failed(command, CLI_FAILED, err.text);
	} else if (running_wants_json(running)) {
		status = cli_print(command, json);
	} else {
		buf_append_str(&line, "\n");
		status = cli_print(command, buf_span(&line));
	}
	buf_fini(&line);
	return status;
}

enum cli_status command_operate(
	const struct command *command, int argc, char **argv)
{
	struct running running = RUNNING_INIT;
	struct buf json = BUF_INIT, what = BUF_INIT;
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
		status = running_ask(
			command, &running, command->name,
			buf_cstr(&what), &json);
	if (status == CLI_OK)
		status = tell(command, &running, buf_span(&json));
	buf_fini(&json);
	buf_fini(&what);
	return status;
}
