/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that ask a running Fairway over its admin socket, or tell it to do
 * something: the options that say which one, the question, the order.
 */
#ifndef PROXY_CLI_RUNNING_H
#define PROXY_CLI_RUNNING_H

#include <getopt.h>
#include <stdbool.h>

#include "base/buf.h"
#include "proxy/cli/cli.h"

struct running {
	const char *output;    /* "table" or "json" */
	const char *state_dir; /* "", as the next two: not given */
	const char *config;
	const char *socket;
};

#define RUNNING_INIT { "table", "", "", "" }

/* For getopt_long(), which also gets "ho:" and what the command has more. */
#define RUNNING_OPTIONS                                      \
	{ "help", no_argument, NULL, 'h' },                  \
		{ "output", required_argument, NULL, 'o' },  \
		{ "state-dir", required_argument, NULL, 'd' }, \
		{ "config", required_argument, NULL, 'c' },  \
		{ "socket", required_argument, NULL, 's' }

/* An option with its `optarg`; false: it is none of these. */
bool running_take(struct running *running, int key);
/* What is wrong with them, or left over behind them; CLI_OK: nothing. */
enum cli_status running_check(const struct command *command,
	const struct running *running, int argc, char **argv);

static inline bool running_wants_json(const struct running *running)
{
	return running->output[0] == 'j';
}

/* Asks; anything but CLI_OK was said to the person who asked. */
enum cli_status running_ask(const struct command *command,
	const struct running *running, const char *verb, const char *what,
	struct buf *ret_json);

/* Tells it to do something (act.h), and says what became of it. */
enum cli_status running_order(const struct command *command,
	const struct running *running, const char *verb, const char *what);

#endif
