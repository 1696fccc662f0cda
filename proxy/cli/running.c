/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "conf/config.h"
#include "conf/places.h"
#include "proxy/observe/act.h"
#include "proxy/observe/admin_socket.h"

bool running_take(struct running *running, int key)
{
	/* A variable that is not set: not another fairway than was meant. */
	if (optarg && !*optarg)
		return false;
	switch (key) {
	case 'o':
		running->output = optarg;
		return true;
	case 'd':
		running->state_dir = optarg;
		return true;
	case 'c':
		running->config = optarg;
		return true;
	case 's':
		running->socket = optarg;
		return true;
	}
	return false;
}

enum cli_status running_check(const struct command *command,
	const struct running *running, int argc, char **argv)
{
	if (optind != argc)
		return cli_misused(command, "what is '%s' for?", argv[optind]);
	if (strcmp(running->output, "table") != 0 &&
		strcmp(running->output, "json") != 0)
		return cli_misused(command, "-o is table or json, not %s",
			running->output);
	return CLI_OK;
}

/* Where a fairway with these options listens; NULL: what is wrong was said. */
static char *socket_path(const struct running *running)
{
	struct places places = places_from_environment();
	struct problems problems = PROBLEMS_INIT;
	struct config *config = NULL;
	struct buf path = BUF_INIT;
	char *result = NULL;

	if (*running->socket)
		return xstrdup(running->socket);
	if (*running->config) {
		config = config_load(running->config, &problems);
		problems_print(&problems, &path);
		problems_fini(&problems);
		fputs(buf_cstr(&path), stderr);
		buf_clear(&path);
		if (!config)
			goto out;
	}
	if (config && *config->admin.socket) {
		buf_append_str(&path, config->admin.socket);
	} else if (*running->state_dir || (config && *config->state_dir)) {
		buf_printf(&path, "%s/admin.sock",
			*running->state_dir ? running->state_dir
					    : config->state_dir);
	} else {
		result = places_admin_socket(&places);
		goto out;
	}
	result = xstrdup(buf_cstr(&path));
out:
	config_unref(config);
	buf_fini(&path);
	return result;
}

enum cli_status running_ask(const struct command *command,
	const struct running *running, const char *verb, const char *what,
	struct buf *ret_json)
{
	enum cli_status status = CLI_OK;
	char *path = socket_path(running);
	struct err err;

	if (!path)
		return CLI_CONFIG;
	if (admin_socket_ask(path, verb, what, ret_json, &err))
		status = cli_failed(command, CLI_FAILED, err.text);
	free(path);
	return status;
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

enum cli_status running_order(const struct command *command,
	const struct running *running, const char *verb, const char *what)
{
	struct buf json = BUF_INIT;
	enum cli_status status =
		running_ask(command, running, verb, what, &json);

	if (status == CLI_OK)
		status = tell(command, running, buf_span(&json));
	buf_fini(&json);
	return status;
}
