/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "conf/config.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/config_file.h"
#include "proxy/cli/running.h"
#include "proxy/observe/status.h"

static const struct option OPTIONS[] = {
	RUNNING_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static const struct {
	const char *name;
	void (*print)(struct buf *ret_text);
} PRINTS[] = {
	{ "defaults", config_print_defaults },
	{ "schema", config_write_json_schema },
};

/* ---- show ---------------------------------------------------------------- */

static enum cli_status show_file(const struct command *command,
	const struct running *running, const char *path)
{
	struct config *config = config_file_use(path);
	struct buf text = BUF_INIT;
	enum cli_status status;

	if (!config)
		return CLI_CONFIG;
	if (running_wants_json(running))
		configuration_write(config, &text);
	else
		config_print(config, &text);
	status = cli_print(command, buf_span(&text));
	buf_fini(&text);
	config_unref(config);
	return status;
}

static enum cli_status show_running(
	const struct command *command, const struct running *running)
{
	struct buf json = BUF_INIT, text = BUF_INIT;
	enum cli_status status =
		running_ask(command, running, "config", "", &json);
	struct err err;

	if (status != CLI_OK)
		goto out;
	if (running_wants_json(running))
		status = cli_print(command, buf_span(&json));
	else if (configuration_read(buf_span(&json), &text, &err))
		status = cli_failed(command, CLI_FAILED, err.text);
	else
		status = cli_print(command, buf_span(&text));
out:
	buf_fini(&json);
	buf_fini(&text);
	return status;
}

/* ---- the command --------------------------------------------------------- */

static enum cli_status print_whole(
	const struct command *command, const char *name)
{
	struct buf text = BUF_INIT;
	enum cli_status status;

	for (size_t i = 0; i < ARRAY_SIZE(PRINTS); i++) {
		if (strcmp(name, PRINTS[i].name) != 0)
			continue;
		PRINTS[i].print(&text);
		status = cli_print(command, buf_span(&text));
		buf_fini(&text);
		return status;
	}
	return cli_misused(command,
		"there is no '%s' to print, but defaults, schema and show",
		name);
}

enum cli_status command_config(
	const struct command *command, int argc, char **argv)
{
	struct running running = RUNNING_INIT;
	const char *name, *path;
	enum cli_status status;
	int key;

	while ((key = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1) {
		if (!running_take(&running, key))
			return key == 'h' ? cli_help(command)
					  : cli_usage(command);
	}
	if (optind == argc)
		return cli_misused(command,
			"say what to print: defaults, schema or show");
	name = argv[optind++];
	if (strcmp(name, "show") != 0 && optind == argc)
		return print_whole(command, name);
	path = optind < argc && !strcmp(name, "show") ? argv[optind++] : NULL;
	if (path && !*path)
		return cli_misused(command, "the name of FILE is empty");
	status = running_check(command, &running, argc, argv);
	if (status != CLI_OK)
		return status;
	return path ? show_file(command, &running, path)
		    : show_running(command, &running);
}
