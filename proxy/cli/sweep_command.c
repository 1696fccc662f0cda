/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/sweep.h"

#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "conf/config.h"
#include "proxy/cli/cli.h"
#include "proxy/cli/process.h"
#include "proxy/cli/source.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log.h"
#include "proxy/sweep/report.h"

#define QUESTION_TIMEOUT (60 * USEC_PER_SEC)

struct sweep_options {
	const char *kubeconfig;
	const char *context;
	bool wants_json;
	uint32_t qps;
	struct sweep_order order;
};

enum {
	OPTION_KUBECONFIG = 256,
	OPTION_CONTEXT,
	OPTION_FINALIZER,
	OPTION_INSTANCE,
	OPTION_PROOFS,
	OPTION_SETTLED,
	OPTION_FINISHED,
	OPTION_DELETED,
	OPTION_WORKFLOW_FINALIZER,
	OPTION_REMOVALS,
	OPTION_PER_NAMESPACE,
	OPTION_SHARE,
	OPTION_QPS,
	OPTION_APPLY,
};

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "output", required_argument, NULL, 'o' },
	{ "namespace", required_argument, NULL, 'n' },
	{ "kubeconfig", required_argument, NULL, OPTION_KUBECONFIG },
	{ "context", required_argument, NULL, OPTION_CONTEXT },
	{ "finalizer", required_argument, NULL, OPTION_FINALIZER },
	{ "instance-id", required_argument, NULL, OPTION_INSTANCE },
	{ "proofs", required_argument, NULL, OPTION_PROOFS },
	{ "settled-for", required_argument, NULL, OPTION_SETTLED },
	{ "finished-for", required_argument, NULL, OPTION_FINISHED },
	{ "deleted-for", required_argument, NULL, OPTION_DELETED },
	{ "workflow-finalizer", required_argument, NULL,
		OPTION_WORKFLOW_FINALIZER },
	{ "max-removals", required_argument, NULL, OPTION_REMOVALS },
	{ "max-per-namespace", required_argument, NULL, OPTION_PER_NAMESPACE },
	{ "max-share", required_argument, NULL, OPTION_SHARE },
	{ "qps", required_argument, NULL, OPTION_QPS },
	{ "apply", no_argument, NULL, OPTION_APPLY },
	{ NULL, 0, NULL, 0 },
};

/* ---- options ------------------------------------------------------------- */

static bool take_number(uint64_t least, uint64_t most, uint32_t *ret_number)
{
	uint64_t number;

	if (span_to_u64(span_str(optarg), &number) || number < least ||
		number > most)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static bool take_seconds(int64_t *ret_seconds)
{
	usec_t duration;

	if (units_parse_duration(span_str(optarg), &duration))
		return false;
	*ret_seconds = (int64_t)(duration / USEC_PER_SEC);
	return true;
}

/* "labelled,gone,finished,deleted" */
static bool take_proofs(struct sweep_settings *proof)
{
	struct span rest = span_str(optarg);

	proof->with_labelled = proof->with_gone = false;
	proof->with_finished = proof->with_deleted = false;
	while (!span_is_absent(rest)) {
		struct span word = span_cut(&rest, ',');

		if (span_eq_str(word, "labelled"))
			proof->with_labelled = true;
		else if (span_eq_str(word, "gone"))
			proof->with_gone = true;
		else if (span_eq_str(word, "finished"))
			proof->with_finished = true;
		else if (span_eq_str(word, "deleted"))
			proof->with_deleted = true;
		else
			return false;
	}
	return true;
}

/* Thousandths, from a whole number of percent. */
static bool take_share(uint32_t *ret_share)
{
	uint32_t percent;

	if (!take_number(0, 100, &percent))
		return false;
	*ret_share = percent * 10;
	return true;
}

static bool take_output(struct sweep_options *options)
{
	options->wants_json = !strcmp(optarg, "json");
	return options->wants_json || !strcmp(optarg, "table");
}

/* Names that are put into a path, or compared with one. */
static bool take_name(const char **ret_name)
{
	*ret_name = optarg;
	return *optarg && strspn(optarg, "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-._/") == strlen(optarg);
}

/* Those that are the garbage collector's or Kubernetes' own. */
static bool take_finalizer(struct span *ret_finalizer)
{
	const char *name;

	if (!take_name(&name))
		return false;
	*ret_finalizer = span_str(name);
	return strcmp(name, "foregroundDeletion") != 0 &&
		strcmp(name, "orphan") != 0 &&
		strncmp(name, "kubernetes.io/", strlen("kubernetes.io/")) != 0;
}

static bool take_instance(struct span *ret_instance)
{
	*ret_instance = span_str(optarg);
	return true;
}

/* False: its argument is wrong, or it is none. */
static bool take_option(struct sweep_options *options, int key)
{
	struct sweep_order *order = &options->order;

	switch (key) {
	case 'o':
		return take_output(options);
	case 'n':
		return take_name(&order->namespace);
	case OPTION_KUBECONFIG:
		options->kubeconfig = optarg;
		return true;
	case OPTION_CONTEXT:
		options->context = optarg;
		return true;
	case OPTION_FINALIZER:
		return take_finalizer(&order->proof.finalizer);
	case OPTION_INSTANCE:
		return take_instance(&order->proof.instance);
	case OPTION_PROOFS:
		return take_proofs(&order->proof);
	case OPTION_SETTLED:
		return take_seconds(&order->proof.settled_for);
	case OPTION_FINISHED:
		return take_seconds(&order->proof.finished_for);
	case OPTION_DELETED:
		return take_seconds(&order->proof.deleted_for);
	case OPTION_WORKFLOW_FINALIZER:
		return take_finalizer(&order->proof.workflow_finalizer);
	case OPTION_REMOVALS:
		return take_number(0, UINT32_MAX, &order->caps.removals);
	case OPTION_PER_NAMESPACE:
		return take_number(0, UINT32_MAX, &order->caps.per_namespace);
	case OPTION_SHARE:
		return take_share(&order->caps.share);
	case OPTION_QPS:
		return take_number(1, 1000, &options->qps);
	case OPTION_APPLY:
		order->is_applied = true;
		return true;
	}
	return false;
}

static bool read_options(const struct command *command, int argc, char **argv,
	struct sweep_options *options, enum cli_status *ret_status)
{
	int key, at = 0;

	while ((key = getopt_long(argc, argv, "ho:n:", OPTIONS, &at)) != -1) {
		if (key != 'h' && key != '?' && take_option(options, key))
			continue;
		if (key == 'h')
			*ret_status = cli_help(command);
		else if (key == '?')
			*ret_status = cli_usage(command);
		else
			*ret_status = cli_misused(command,
				"'%s' cannot be the argument of its option",
				optarg);
		return false;
	}
	if (optind == argc) {
		options->order.pause = USEC_PER_SEC / options->qps;
		return true;
	}
	*ret_status = cli_misused(command, "what is '%s' for?", argv[optind]);
	return false;
}

/* ---- the API server ------------------------------------------------------ */

static struct span authorization(void *user, usec_t now)
{
	struct source *source = user;

	return own_token_authorization(&source->token, now);
}

/* The first of its addresses. */
static int find_address(const struct server_url *server,
	struct sweep_client_settings *settings, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char port[8];
	int result;

	snprintf(port, sizeof(port), "%u", (unsigned)server->port);
	result = getaddrinfo(server->host, port, &hints, &found);
	if (result)
		return err_set(err, "look up %s: %s", server->host,
			gai_strerror(result));
	memcpy(&settings->address, found->ai_addr, found->ai_addrlen);
	settings->address_len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int64_t wall(void)
{
	return (int64_t)(loop_wall_clock() / USEC_PER_SEC);
}

static int sweep(const struct sweep_options *options, struct source *source,
	struct log *log, struct sweep_report *report, struct err *err)
{
	struct buf authority = BUF_INIT;
	struct sweep_client_settings settings = {
		.tls = source->tls[0],
		.prefix = source->servers[0].prefix,
		.authorization = authorization,
		.user = source,
		.timeout = QUESTION_TIMEOUT,
	};
	struct sweep_client *client;
	struct loop *loop;
	int result = -1;

	buf_printf(&authority,
		strchr(source->servers[0].host, ':') ? "[%s]:%u" : "%s:%u",
		source->servers[0].host, (unsigned)source->servers[0].port);
	settings.authority = buf_cstr(&authority);
	loop = loop_new(err);
	if (loop && !find_address(&source->servers[0], &settings, err)) {
		client = sweep_client_new(loop, &settings);
		result = sweep_run(client, &options->order, log, report, err);
		sweep_client_free(client);
	}
	if (loop)
		loop_free(loop);
	buf_fini(&authority);
	return result;
}

/* ---- the command --------------------------------------------------------- */

static enum cli_status write_report(const struct command *command,
	const struct sweep_options *options, const struct sweep_report *report,
	const char *error)
{
	struct buf text = BUF_INIT;
	enum cli_status status;

	if (options->wants_json)
		sweep_report_write_json(report, options->order.is_applied,
			error, &text);
	else
		sweep_report_write_table(
			report, options->order.is_applied, &text);
	status = cli_print(command, buf_span(&text));
	buf_fini(&text);
	return error ? cli_failed(command, CLI_FAILED, error) : status;
}

static enum cli_status sweep_and_report(const struct command *command,
	const struct sweep_options *options, struct log *log)
{
	struct config *config = config_default();
	struct sweep_report report;
	enum cli_status status;
	struct source source;
	struct err err;

	if (source_open(&source, config, options->kubeconfig, options->context,
		    log, &err)) {
		config_unref(config);
		return cli_failed(command, CLI_CONFIG, err.text);
	}
	sweep_report_init(&report);
	if (sweep(options, &source, log, &report, &err))
		status = write_report(command, options, &report, err.text);
	else
		status = write_report(command, options, &report, NULL);
	sweep_report_fini(&report);
	source_close(&source);
	config_unref(config);
	return status;
}

enum cli_status command_sweep(
	const struct command *command, int argc, char **argv)
{
	struct sweep_options options = {
		.kubeconfig = "",
		.context = "",
		.qps = 5,
		.order = { .namespace = "", .wall = wall },
	};
	enum cli_status status;
	struct log log;

	sweep_settings_default(&options.order.proof);
	sweep_caps_default(&options.order.caps);
	if (!read_options(command, argc, argv, &options, &status))
		return status;
	log_init(&log, STDERR_FILENO, LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	process_prepare(&log, false);
	status = sweep_and_report(command, &options, &log);
	log_fini(&log);
	return status;
}
