/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/check.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/running.h"
#include "proxy/observe/requests.h"
#include "proxy/observe/status.h"

static const struct option OPTIONS[] = {
	RUNNING_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* What is asked, and how it is shown; by the command's name. */
static const struct shown {
	const char *name;
	int (*write_table)(
		struct span json, struct buf *ret_table, struct err *err);
} SHOWN[] = {
	{ "status", status_write_table },
	{ "lanes", lanes_write_table },
	{ "flows", flows_write_table },
	{ "upstream", upstream_write_table },
};

static const struct shown *shown_by_name(const char *name)
{
	size_t i = 0;

	while (strcmp(SHOWN[i].name, name)) {
		i++;
		CHECK(i < ARRAY_SIZE(SHOWN));
	}
	return &SHOWN[i];
}

enum cli_status command_show(
	const struct command *command, int argc, char **argv)
{
	const struct shown *shown = shown_by_name(command->name);
	struct running running = RUNNING_INIT;
	struct buf json = BUF_INIT, table = BUF_INIT;
	enum cli_status status;
	struct err err;
	int key;

	while ((key = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1) {
		if (!running_take(&running, key))
			return key == 'h' ? cli_help(command)
					  : cli_usage(command);
	}
	status = running_check(command, &running, argc, argv);
	if (status == CLI_OK)
		status = running_ask(command, &running, shown->name, "", &json);
	if (status != CLI_OK)
		goto out;
	if (running_wants_json(&running))
		status = cli_print(command, buf_span(&json));
	else if (shown->write_table(buf_span(&json), &table, &err))
		status = cli_failed(command, CLI_FAILED, err.text);
	else
		status = cli_print(command, buf_span(&table));
out:
	buf_fini(&json);
	buf_fini(&table);
	return status;
}
