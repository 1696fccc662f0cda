/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "conf/suggest.h"
#include "proxy/cli/process.h"

static enum cli_status help_all(void)
{
	struct buf text = BUF_INIT;

	buf_append_str(&text,
		"Fairway keeps a lane clear between Kubernetes controllers and "
		"the API server.\n\n"
		"usage: fairway [COMMAND] [OPTION...]\n\n");
	for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
		if (CLI_COMMANDS[i].summary)
			buf_printf(&text, "  %-10s %s\n", CLI_COMMANDS[i].name,
				CLI_COMMANDS[i].summary);
	buf_append_str(&text,
		"\nWithout a command it serves. `fairway COMMAND --help` tells "
		"more, with examples.\n");
	enum cli_status status = cli_print(NULL, buf_span(&text));

	buf_fini(&text);
	return status;
}

static const struct command *command_by_name(const char *name)
{
	for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
		if (!strcmp(CLI_COMMANDS[i].name, name))
			return &CLI_COMMANDS[i];
	return NULL;
}

static enum cli_status unknown_command(const char *name)
{
	struct suggest suggest;

	suggest_init(&suggest, span_str(name));
	for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
		if (CLI_COMMANDS[i].summary)
			suggest_offer(&suggest, CLI_COMMANDS[i].name);
	fprintf(stderr, "fairway: no command '%s'", name);
	if (suggest.best)
		fprintf(stderr, "; did you mean '%s'?", suggest.best);
	fputs("\nTry 'fairway --help'.\n", stderr);
	return CLI_USAGE;
}

static enum cli_status run(const struct command *command, int argc, char **argv)
{
	char title[64];

	CHECK(command);
	/* What getopt_long() puts before its messages. */
	snprintf(title, sizeof(title), "%s", command->title);
	argv[0] = title;
	return command->run(command, argc, argv);
}

enum cli_status cli_main(int argc, char **argv)
{
	const char *first = argc > 1 ? argv[1] : "";
	const struct command *command;

	process_keep_standard_files();
	if (!strcmp(first, "help") && argc > 2) {
		command = command_by_name(argv[2]);
		return command ? cli_help(command) : unknown_command(argv[2]);
	}
	if (!strcmp(first, "--help") || !strcmp(first, "-h") ||
		!strcmp(first, "help"))
		return help_all();
	if (!strcmp(first, "--version"))
		return run(command_by_name("version"), 1, argv);
	if (argc < 2 || *first == '-')
		return run(command_by_name("serve"), argc, argv);
	command = command_by_name(first);
	if (!command)
		return unknown_command(first);
	return run(command, argc - 1, argv + 1);
}

enum cli_status cli_help(const struct command *command)
{
	struct buf text = BUF_INIT;
	enum cli_status status;

	buf_printf(&text, "usage: %s\n\n%s", command->usage, command->help);
	status = cli_print(command, buf_span(&text));
	buf_fini(&text);
	return status;
}

enum cli_status cli_usage(const struct command *command)
{
	fprintf(stderr, "usage: %s\nTry '%s --help'.\n", command->usage,
		command->title);
	return CLI_USAGE;
}

enum cli_status cli_misused(const struct command *command, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", command->title);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return cli_usage(command);
}

enum cli_status cli_failed(
	const struct command *command, enum cli_status status, const char *why)
{
	fprintf(stderr, "%s: %s\n", command ? command->title : "fairway", why);
	return status;
}

bool cli_no_options(const struct command *command, int argc, char **argv,
	enum cli_status *ret_status)
{
	static const struct option OPTIONS[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option = getopt_long(argc, argv, "h", OPTIONS, NULL);

	if (option == -1)
		return true;
	*ret_status = option == 'h' ? cli_help(command) : cli_usage(command);
	return false;
}

enum cli_status cli_print(const struct command *command, struct span text)
{
	if (fwrite(text.ptr, 1, text.len, stdout) == text.len &&
		!fflush(stdout))
		return CLI_OK;
	return cli_failed(command, CLI_FAILED, strerror(errno));
}
