/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command line: one table of commands, each with its help.  `fairway` without
 * a command serves.
 *
 * Standard output is for what was asked for, standard error for everything
 * else.
 */
#ifndef PROXY_CLI_CLI_H
#define PROXY_CLI_CLI_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1, /* could not be done */
	CLI_CONFIG = 2, /* the configuration is wrong */
	CLI_USAGE = 64, /* the command line is wrong (sysexits.h, EX_USAGE) */
};

struct command {
	const char *name;
	const char *title;   /* "fairway check": argv[0] for getopt_long() */
	const char *usage;   /* behind "usage: " */
	const char *summary; /* one line; NULL: not shown */
	const char *help;    /* options and examples */
	enum cli_status (*run)(
		const struct command *command, int argc, char **argv);
};

/* All of them, in the order in which they are shown. */
extern const struct command CLI_COMMANDS[];
extern const size_t CLI_COMMAND_COUNT;

enum cli_status cli_main(int argc, char **argv);

/* For the commands. */

/* --help: what it does, options, examples. */
enum cli_status cli_help(const struct command *command);
/* getopt_long() has said what is wrong: adds the short usage. */
enum cli_status cli_usage(const struct command *command);
/* "fairway check: …", and the short usage. */
enum cli_status cli_misused(const struct command *command, const char *fmt, ...)
	ATTR_PRINTF(2, 3);
/* "fairway check: …" */
enum cli_status cli_failed(
	const struct command *command, enum cli_status status, const char *why);
/*
 * The options of a command that has none but --help.  True: go on with what
 * is behind `optind`; false: return `*ret_status`.
 */
bool cli_no_options(const struct command *command, int argc, char **argv,
	enum cli_status *ret_status);
/* Standard output, as a whole: a full disk is a failure. */
enum cli_status cli_print(const struct command *command, struct span text);

enum cli_status command_apf(
	const struct command *command, int argc, char **argv);
enum cli_status command_check(
	const struct command *command, int argc, char **argv);
enum cli_status command_config(
	const struct command *command, int argc, char **argv);
enum cli_status command_explain(
	const struct command *command, int argc, char **argv);
enum cli_status command_metrics_reference(
	const struct command *command, int argc, char **argv);
enum cli_status command_serve(
	const struct command *command, int argc, char **argv);
/* pause, resume, drain, kill, log-level, reload */
enum cli_status command_operate(
	const struct command *command, int argc, char **argv);
enum cli_status command_journal(
	const struct command *command, int argc, char **argv);
/* status, lanes, flows, upstream */
enum cli_status command_show(
	const struct command *command, int argc, char **argv);
enum cli_status command_simulate(
	const struct command *command, int argc, char **argv);
enum cli_status command_stuck(
	const struct command *command, int argc, char **argv);
enum cli_status command_sweep(
	const struct command *command, int argc, char **argv);
enum cli_status command_version(
	const struct command *command, int argc, char **argv);

#endif
