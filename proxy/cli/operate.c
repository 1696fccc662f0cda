/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that tell a running Fairway to do something. */
#include <string.h>

#include "proxy/cli/cli.h"
#include "proxy/cli/running.h"
#include "proxy/observe/act.h"

static const struct option OPTIONS[] = {
	RUNNING_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

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
	struct buf json = BUF_INIT;
	const char *what = "";
	enum cli_status status;
	int key;

	while ((key = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1) {
		if (!running_take(&running, key))
			return key == 'h' ? cli_help(command)
					  : cli_usage(command);
	}
	/* A reload is of everything. */
	if (optind < argc && strcmp(command->name, "reload") != 0)
		what = argv[optind++];
	status = running_check(command, &running, argc, argv);
	if (status == CLI_OK)
		status = running_ask(
			command, &running, command->name, what, &json);
	if (status == CLI_OK)
		status = tell(command, &running, buf_span(&json));
	buf_fini(&json);
	return status;
}
