/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <string.h>

#include "proxy/cli/apf.h"
#include "proxy/cli/cli.h"

/* Behind exempt (1) and probes (2), before all for service accounts. */
#define PRECEDENCE_DEFAULT 60
#define PRECEDENCE_MIN 3
#define PRECEDENCE_MAX 9990

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "service-account", required_argument, NULL, 's' },
	{ "resource", required_argument, NULL, 'r' },
	{ "name-prefix", required_argument, NULL, 'n' },
	{ "matching-precedence", required_argument, NULL, 'm' },
	{ NULL, 0, NULL, 0 },
};

static int add_account(
	struct apf_settings *settings, const char *text, struct err *err)
{
	if (settings->account_count == APF_ACCOUNTS_MAX)
		return err_set(
			err, "at most %d are possible", APF_ACCOUNTS_MAX);
	if (apf_account_parse(span_str(text),
		    &settings->accounts[settings->account_count], err))
		return -1;
	settings->account_count++;
	return 0;
}

static int add_resource(
	struct apf_settings *settings, const char *text, struct err *err)
{
	if (settings->resource_count == APF_RESOURCES_MAX)
		return err_set(
			err, "at most %d are possible", APF_RESOURCES_MAX);
	if (apf_resource_parse(span_str(text),
		    &settings->resources[settings->resource_count], err))
		return -1;
	settings->resource_count++;
	return 0;
}

/* As the first of three that follow each other. */
static int set_precedence(
	struct apf_settings *settings, const char *text, struct err *err)
{
	uint64_t value;

	if (span_to_u64(span_str(text), &value) || value < PRECEDENCE_MIN ||
		value > PRECEDENCE_MAX)
		return err_set(err, "must be %d to %d, is '%s'", PRECEDENCE_MIN,
			PRECEDENCE_MAX, text);
	settings->precedence = (unsigned)value;
	return 0;
}

static int set_prefix(
	struct apf_settings *settings, const char *text, struct err *err)
{
	struct apf_resource name;

	/* What a name of a resource may be made of is right here as well. */
	if (apf_resource_parse(span_str(text), &name, err) || name.group.len)
		return err_set(err,
			"must be of lower-case letters, digits and inner "
			"dashes, is '%s'",
			text);
	settings->prefix = text;
	return 0;
}

static int take_option(struct apf_settings *settings, int key, const char *text,
	struct err *err)
{
	switch (key) {
	case 's':
		return add_account(settings, text, err)
			? err_prefix(err, "--service-account")
			: 0;
	case 'r':
		return add_resource(settings, text, err)
			? err_prefix(err, "--resource")
			: 0;
	case 'n':
		return set_prefix(settings, text, err)
			? err_prefix(err, "--name-prefix")
			: 0;
	default:
		return set_precedence(settings, text, err)
			? err_prefix(err, "--matching-precedence")
			: 0;
	}
}

enum cli_status command_apf(
	const struct command *command, int argc, char **argv)
{
	struct apf_settings settings = { .prefix = "fairway",
		.precedence = PRECEDENCE_DEFAULT };
	struct buf yaml = BUF_INIT;
	enum cli_status status;
	struct err err;
	int key;

	while ((key = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1) {
		if (key == 'h')
			return cli_help(command);
		if (key == '?')
			return cli_usage(command);
		if (take_option(&settings, key, optarg, &err))
			return cli_misused(command, "%s", err.text);
	}
	if (optind != argc)
		return cli_misused(command, "what is '%s' for?", argv[optind]);
	if (!settings.account_count)
		return cli_misused(command,
			"say whose requests: --service-account "
			"NAMESPACE:NAME");
	apf_write(&settings, &yaml);
	status = cli_print(command, buf_span(&yaml));
	buf_fini(&yaml);
	return status;
}
