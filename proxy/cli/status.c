/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "conf/config.h"
#include "conf/places.h"
#include "proxy/cli/cli.h"
#include "proxy/observe/admin_socket.h"
#include "proxy/observe/status.h"

struct status_options {
	const char *output;
	const char *state_dir; /* "", as the next two: not given */
	const char *config;
	const char *socket;
};

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "output", required_argument, NULL, 'o' },
	{ "state-dir", required_argument, NULL, 'd' },
	{ "config", required_argument, NULL, 'c' },
	{ "socket", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

static bool read_options(const struct command *command, int argc, char **argv,
	struct status_options *options, enum cli_status *ret_status)
{
	int key;

	while ((key = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1) {
		switch (key) {
		case 'o':
			options->output = optarg;
			break;
		case 'd':
			options->state_dir = optarg;
			break;
		case 'c':
			options->config = optarg;
			break;
		case 's':
			options->socket = optarg;
			break;
		default:
			*ret_status = key == 'h' ? cli_help(command)
						 : cli_usage(command);
			return false;
		}
	}
	if (optind != argc)
		*ret_status =
			cli_misused(command, "what is '%s' for?", argv[optind]);
	else if (strcmp(options->output, "table") != 0 &&
		strcmp(options->output, "json") != 0)
		*ret_status = cli_misused(command,
			"-o is table or json, not %s", options->output);
	else
		return true;
	return false;
}

/* Where a fairway with these options listens; NULL: what is wrong was said. */
static char *socket_path(const struct status_options *options)
{
	struct places places = places_from_environment();
	struct problems problems = PROBLEMS_INIT;
	struct config *config = NULL;
	struct buf path = BUF_INIT;
	char *result = NULL;

	if (*options->socket)
		return xstrdup(options->socket);
	if (*options->config) {
		config = config_load(options->config, &problems);
		problems_print(&problems, &path);
		problems_fini(&problems);
		fputs(buf_cstr(&path), stderr);
		buf_clear(&path);
		if (!config)
			goto out;
	}
	if (config && *config->admin.socket) {
		buf_append_str(&path, config->admin.socket);
	} else if (*options->state_dir || (config && *config->state_dir)) {
		buf_printf(&path, "%s/admin.sock",
			*options->state_dir ? options->state_dir
					    : config->state_dir);
	} else {
		char *state_dir = places_state_dir(&places);

		buf_printf(&path, "%s/admin.sock", state_dir);
		free(state_dir);
	}
	result = xstrdup(buf_cstr(&path));
out:
	config_unref(config);
	buf_fini(&path);
	return result;
}

enum cli_status command_status(
	const struct command *command, int argc, char **argv)
{
	struct status_options options = { "table", "", "", "" };
	enum cli_status status = CLI_CONFIG;
	struct buf json = BUF_INIT, table = BUF_INIT;
	struct err err;
	char *path;

	if (!read_options(command, argc, argv, &options, &status))
		return status;
	path = socket_path(&options);
	if (!path)
		return CLI_CONFIG;
	if (admin_socket_ask(path, "status", &json, &err))
		status = cli_failed(command, CLI_FAILED, err.text);
	else if (!strcmp(options.output, "json"))
		status = cli_print(command, buf_span(&json));
	else if (status_write_table(buf_span(&json), &table, &err))
		status = cli_failed(command, CLI_FAILED, err.text);
	else
		status = cli_print(command, buf_span(&table));
	free(path);
	buf_fini(&json);
	buf_fini(&table);
	return status;
}
