/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/journal.h"

#include "proxy/cli/cli.h"
#include "proxy/cli/running.h"

static const struct option OPTIONS[] = {
	RUNNING_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

enum cli_status command_journal(
	const struct command *command, int argc, char **argv)
{
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
		status = running_ask(command, &running, "journal", "", &json);
	if (status != CLI_OK)
		goto out;
	if (running_wants_json(&running))
		status = cli_print(command, buf_span(&json));
	else if (journal_write_table(buf_span(&json), &table, &err))
		status = cli_failed(command, CLI_FAILED, err.text);
	else
		status = cli_print(command, buf_span(&table));
out:
	buf_fini(&json);
	buf_fini(&table);
	return status;
}
