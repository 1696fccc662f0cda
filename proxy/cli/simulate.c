/* SPDX-License-Identifier: Apache-2.0 */
/* fairway simulate: what a configuration would have done to what a log has. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "conf/config.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/config_file.h"
#include "proxy/simulate/recording.h"
#include "proxy/simulate/rehearsal.h"

struct simulate_options {
	const char *config; /* "": the defaults */
	const char *output;
	uint64_t seats;
};

#define SEATS_MAX 1000000

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "config", required_argument, NULL, 'c' },
	{ "output", required_argument, NULL, 'o' },
	{ "seats", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

static bool read_seats(const char *text, uint64_t *ret_seats)
{
	return !span_to_u64(span_str(text), ret_seats) && *ret_seats > 0 &&
		*ret_seats <= SEATS_MAX;
}

static bool read_options(const struct command *command, int argc, char **argv,
	struct simulate_options *options, enum cli_status *ret_status)
{
	int key;

	while ((key = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1) {
		if (key == 'c' && *optarg) {
			options->config = optarg;
		} else if (key == 'o') {
			options->output = optarg;
		} else if (key == 's' && read_seats(optarg, &options->seats)) {
			continue;
		} else if (key == 's') {
			*ret_status = cli_misused(command,
				"--seats: must be 1 to %d, is '%s'", SEATS_MAX,
				optarg);
			return false;
		} else {
			*ret_status = key == 'h' ? cli_help(command)
						 : cli_usage(command);
			return false;
		}
	}
	*ret_status = CLI_USAGE;
	if (optind == argc)
		cli_misused(command, "give the logs; - is standard input");
	else if (strcmp(options->output, "table") != 0 &&
		strcmp(options->output, "json") != 0)
		cli_misused(command, "-o is table or json, not %s",
			options->output);
	else
		return true;
	return false;
}

static enum cli_status play(const struct command *command,
	const struct simulate_options *options, const struct config *config,
	const struct recording *recording)
{
	const struct rehearsal_settings settings = {
		.policy = &config->policy,
		.seats = (uint32_t)options->seats,
	};
	struct rehearsal *rehearsal = xcalloc(1, sizeof(*rehearsal));
	struct buf out = BUF_INIT;
	enum cli_status status;

	rehearsal_play(rehearsal, recording, &settings);
	if (!strcmp(options->output, "json"))
		rehearsal_write_json(rehearsal, recording, &out);
	else
		rehearsal_write_table(rehearsal, recording, &out);
	status = cli_print(command, buf_span(&out));
	buf_fini(&out);
	rehearsal_fini(rehearsal);
	free(rehearsal);
	return status;
}

static enum cli_status read_and_play(const struct command *command,
	const struct simulate_options *options, const struct config *config,
	char **logs)
{
	struct recording *recording = recording_new();
	enum cli_status status = CLI_OK;
	struct err err;

	for (; *logs && status == CLI_OK; logs++) {
		if (recording_read(recording, *logs, &err))
			status = cli_failed(command, CLI_FAILED, err.text);
	}
	recording_finish(recording);
	if (status == CLI_OK)
		status = play(command, options, config, recording);
	if (status == CLI_OK && !recording->count)
		status = cli_failed(command, CLI_FAILED,
			"there is no request in what was read; Fairway writes "
			"them at --log-level debug");
	recording_free(recording);
	return status;
}

enum cli_status command_simulate(
	const struct command *command, int argc, char **argv)
{
	struct simulate_options options = { "", "table", 0 };
	enum cli_status status;
	struct config *config;

	if (!read_options(command, argc, argv, &options, &status))
		return status;
	config = config_file_use(options.config);
	if (!config)
		return CLI_CONFIG;
	status = read_and_play(command, &options, config, argv + optind);
	config_unref(config);
	return status;
}
