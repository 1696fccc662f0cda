/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/config.h"
#include "conf/server_url.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/config_file.h"
#include "proxy/cli/instance.h"
#include "proxy/cli/process.h"
#include "proxy/observe/log.h"

struct serve_options {
	struct instance_options instance;
	const char *config;    /* "": the defaults */
	const char *log_level; /* "": the configuration's */
	const char *log_format;
};

enum option_key {
	OPTION_HELP = 'h',
	OPTION_CONFIG = 0x100, /* above all characters */
	OPTION_KUBECONFIG,
	OPTION_CONTEXT,
	OPTION_LISTEN,
	OPTION_ADMIN_LISTEN,
	OPTION_STATE_DIR,
	OPTION_LOG_LEVEL,
	OPTION_LOG_FORMAT,
};

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "kubeconfig", required_argument, NULL, OPTION_KUBECONFIG },
	{ "context", required_argument, NULL, OPTION_CONTEXT },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "admin-listen", required_argument, NULL, OPTION_ADMIN_LISTEN },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "log-level", required_argument, NULL, OPTION_LOG_LEVEL },
	{ "log-format", required_argument, NULL, OPTION_LOG_FORMAT },
	{ NULL, 0, NULL, 0 },
};

static const char *const LEVELS[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static const char *const FORMATS[] = {
	[LOG_FORMAT_TEXT] = "text",
	[LOG_FORMAT_JSON] = "json",
};

/* The place of `word`; `count` if it is none of them. */
static size_t place_of(const char *word, const char *const *words, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(word, words[i]) != 0)
		i++;
	return i;
}

/* Where an option's argument goes; NULL: not an option that has one. */
static const char **slot_of(struct serve_options *options, int key)
{
	switch (key) {
	case OPTION_CONFIG:
		return &options->config;
	case OPTION_KUBECONFIG:
		return &options->instance.kubeconfig;
	case OPTION_CONTEXT:
		return &options->instance.context;
	case OPTION_LISTEN:
		return &options->instance.listen;
	case OPTION_ADMIN_LISTEN:
		return &options->instance.admin_listen;
	case OPTION_STATE_DIR:
		return &options->instance.state_dir;
	case OPTION_LOG_LEVEL:
		return &options->log_level;
	case OPTION_LOG_FORMAT:
		return &options->log_format;
	}
	return NULL;
}

static bool is_address(const char *text, struct err *err)
{
	struct span host;
	uint16_t port;

	return !*text || !host_port_split(span_str(text), &host, &port, err);
}

/* True: go on; false: return `*ret_status`. */
static bool read_options(const struct command *command, int argc, char **argv,
	struct serve_options *options, enum cli_status *ret_status)
{
	struct err err;
	int key;

	while ((key = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1) {
		const char **slot = slot_of(options, key);

		if (!slot) {
			*ret_status = key == OPTION_HELP ? cli_help(command)
							 : cli_usage(command);
			return false;
		}
		if (!*optarg) {
			*ret_status = cli_misused(
				command, "an option's argument is empty");
			return false;
		}
		*slot = optarg;
	}
	if (optind != argc)
		*ret_status =
			cli_misused(command, "what is '%s' for?", argv[optind]);
	else if (!is_address(options->instance.listen, &err))
		*ret_status = cli_misused(command, "--listen %s: %s",
			options->instance.listen, err.text);
	else if (!is_address(options->instance.admin_listen, &err))
		*ret_status = cli_misused(command, "--admin-listen %s: %s",
			options->instance.admin_listen, err.text);
	else if (*options->log_level &&
		place_of(options->log_level, LEVELS, ARRAY_SIZE(LEVELS)) ==
			ARRAY_SIZE(LEVELS))
		*ret_status = cli_misused(command,
			"--log-level is error, warn, info or debug, not %s",
			options->log_level);
	else if (*options->log_format &&
		place_of(options->log_format, FORMATS, ARRAY_SIZE(FORMATS)) ==
			ARRAY_SIZE(FORMATS))
		*ret_status = cli_misused(command,
			"--log-format is text or json, not %s",
			options->log_format);
	else
		return true;
	return false;
}

/* NULL: what is wrong was said. */
static struct config *read_config(
	const char *path, char ret_digest[DIGEST_CAP])
{
	struct problems problems = PROBLEMS_INIT;
	struct buf text = BUF_INIT;
	struct config *config = config_file_load(path, ret_digest, &problems);

	problems_print(&problems, &text);
	fputs(buf_cstr(&text), stderr);
	problems_fini(&problems);
	buf_fini(&text);
	return config;
}

static void start_log(struct log *log, const struct serve_options *options,
	const struct config *config)
{
	enum log_level level = config->log.level;
	enum log_format format = config->log.format;

	if (*options->log_level)
		level = (enum log_level)place_of(
			options->log_level, LEVELS, ARRAY_SIZE(LEVELS));
	if (*options->log_format)
		format = (enum log_format)place_of(
			options->log_format, FORMATS, ARRAY_SIZE(FORMATS));
	log_init(log, STDERR_FILENO, level, format);
}

/* For a person a line to read, for a collector of logs an event. */
static enum cli_status say_why(const struct command *command, struct log *log,
	enum cli_status status, const struct err *err)
{
	if (log->format == LOG_FORMAT_TEXT)
		return cli_failed(command, status, err->text);
	log_event(log, LOG_LEVEL_ERROR, "cannot start",
		LOG_FIELDS(LOG_STR("error", err->text)));
	return status;
}

enum cli_status command_serve(
	const struct command *command, int argc, char **argv)
{
	struct serve_options options = {
		.instance = { "", "", "", "", "", "", false, false },
		.config = "",
		.log_level = "",
		.log_format = "",
	};
	enum cli_status status = CLI_CONFIG;
	char digest[DIGEST_CAP];
	struct instance *instance;
	struct config *config;
	struct err err;
	struct log log;

	if (!read_options(command, argc, argv, &options, &status))
		return status;
	config = read_config(options.config, digest);
	if (!config)
		return CLI_CONFIG;
	options.instance.config_digest = digest;
	options.instance.has_log_level = *options.log_level;
	options.instance.has_log_format = *options.log_format;
	start_log(&log, &options, config);
	process_prepare(&log, config->process.is_debuggable);
	instance = instance_new(&options.instance, config, &log, &status, &err);
	if (instance) {
		instance_run(instance);
		instance_free(instance);
		status = CLI_OK;
	} else {
		say_why(command, &log, status, &err);
	}
	log_fini(&log);
	config_unref(config);
	return status;
}
