/* SPDX-License-Identifier: Apache-2.0 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/text_file.h"
#include "proxy/cli/process.h"
#include "proxy/cli/source.h"
#include "proxy/cli/sweep_options.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log.h"
#include "proxy/sweep/metrics.h"
#include "proxy/sweep/progress.h"
#include "proxy/sweep/report.h"

#define QUESTION_TIMEOUT (60 * USEC_PER_SEC)
#define RECORD_MAX ((size_t)256 << 20)

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

/* What is done with the API server, once it is known where it is. */
struct work {
	const struct sweep_options *options;
	struct log *log;
	struct sweep_report *report;          /* of a sweep */
	struct sweep_restore_report *restore; /* NULL: it is a sweep */
	bool is_known; /* where the API server is, and who asks it */
	usec_t took;
};

static int work_with(
	struct work *work, struct sweep_client *client, struct err *err)
{
	const struct sweep_order *order = &work->options->order;

	return work->restore
		? sweep_restore(client, order, work->log, work->restore, err)
		: sweep_run(client, order, work->log, work->report, err);
}

static int work_at(struct work *work, struct source *source, struct err *err)
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
	usec_t begun;
	int result = -1;

	buf_printf(&authority,
		strchr(source->servers[0].host, ':') ? "[%s]:%u" : "%s:%u",
		source->servers[0].host, (unsigned)source->servers[0].port);
	settings.authority = buf_cstr(&authority);
	loop = loop_new(err);
	if (loop && !find_address(&source->servers[0], &settings, err)) {
		begun = loop_now(loop);
		client = sweep_client_new(loop, &settings);
		result = work_with(work, client, err);
		work->took = usec_since(loop_now(loop), begun);
		sweep_client_free(client);
	}
	if (loop)
		loop_free(loop);
	buf_fini(&authority);
	return result;
}

static int find_and_work(struct work *work, struct err *err)
{
	const struct sweep_options *options = work->options;
	struct source source;
	int result;

	if (source_open(&source, options->config, options->kubeconfig,
		    options->context, work->log, err))
		return -1;
	work->is_known = true;
	result = work_at(work, &source, err);
	source_close(&source);
	return result;
}

/* ---- a sweep ------------------------------------------------------------- */

static enum cli_status write_report(const struct command *command,
	const struct work *work, const char *error)
{
	bool is_applied = work->options->order.is_applied;
	struct buf text = BUF_INIT;
	enum cli_status status;

	if (error && !work->is_known)
		return cli_failed(command, CLI_CONFIG, error);
	if (work->restore && work->options->wants_json)
		sweep_restore_write_json(
			work->restore, is_applied, error, &text);
	else if (work->restore)
		sweep_restore_write_table(work->restore, is_applied, &text);
	else if (work->options->wants_json)
		sweep_report_write_json(
			work->report, is_applied, error, &text);
	else
		sweep_report_write_table(work->report, is_applied, &text);
	if (error && !work->options->wants_json)
		buf_append_str(&text,
			"It did not come to its end: this is what was seen "
			"until then.\n");
	status = cli_print(command, buf_span(&text));
	buf_fini(&text);
	return error ? cli_failed(command, CLI_FAILED, error) : status;
}

/* A sweep that did its work and cannot say so has failed all the same. */
static int write_metrics(
	const struct work *work, bool is_whole, struct err *err)
{
	const struct sweep_options *options = work->options;
	struct sweep_outcome outcome = {
		.is_applied = options->order.is_applied,
		.is_whole = is_whole,
		.ended_at = options->order.wall(),
		.took = work->took,
	};
	struct err other;

	if (!*options->metrics)
		return 0;
	return sweep_metrics_write(options->metrics, work->report, &outcome,
		is_whole ? err : &other);
}

static int open_files(const struct sweep_options *options,
	struct sweep_file *record, struct sweep_file *audit, struct err *err)
{
	if (!options->order.is_applied)
		return 0;
	if (*options->record && sweep_file_open(record, options->record, err))
		return -1;
	return *options->audit ? sweep_file_open(audit, options->audit, err)
			       : 0;
}

static enum cli_status sweep(const struct command *command,
	struct sweep_options *options, struct log *log)
{
	struct sweep_file record = { .fd = -1 }, audit = { .fd = -1 };
	struct sweep_report report;
	struct work work = {
		.options = options,
		.log = log,
		.report = &report,
	};
	enum cli_status status;
	struct err err;
	int result;

	if (open_files(options, &record, &audit, &err)) {
		status = cli_failed(command, CLI_FAILED, err.text);
		goto out;
	}
	options->order.record = record.fd < 0 ? NULL : &record;
	options->order.audit = audit.fd < 0 ? NULL : &audit;
	sweep_report_init(&report);
	result = find_and_work(&work, &err);
	if (write_metrics(&work, !result, &err))
		result = -1;
	status = write_report(command, &work, result ? err.text : NULL);
	sweep_report_fini(&report);
out:
	sweep_file_close(&record);
	sweep_file_close(&audit);
	return status;
}

/* ---- restore ------------------------------------------------------------- */

static int read_record(
	const char *path, struct list *ret_removals, struct err *err)
{
	struct buf text = BUF_INIT;
	int result = -1;

	if (!text_file_read(path, RECORD_MAX, &text, err)) {
		result = sweep_record_read(buf_span(&text), ret_removals, err);
		if (result)
			err_prefix(err, "%s", path);
	}
	buf_fini(&text);
	return result;
}

/* The record is read, not written. */
static int prepare_restore(struct sweep_options *options,
	struct sweep_file *audit, struct list *ret_removals, struct err *err)
{
	if (read_record(options->restore, ret_removals, err))
		return -1;
	if (!options->order.is_applied || !*options->audit)
		return 0;
	options->order.audit = audit;
	return sweep_file_open(audit, options->audit, err);
}

static enum cli_status restore(const struct command *command,
	struct sweep_options *options, struct log *log)
{
	struct sweep_file audit = { .fd = -1 };
	struct sweep_restore_report report = { .restored = 0 };
	struct work work = {
		.options = options,
		.log = log,
		.restore = &report,
	};
	enum cli_status status;
	struct err err;

	list_init(&report.removals);
	if (prepare_restore(options, &audit, &report.removals, &err))
		status = cli_failed(command, CLI_FAILED, err.text);
	else if (find_and_work(&work, &err))
		status = write_report(command, &work, err.text);
	else
		status = write_report(command, &work,
			report.refused
				? "some were refused: they have changed "
				  "meanwhile, and may be taken the next time"
				: NULL);
	sweep_removals_free(&report.removals);
	sweep_file_close(&audit);
	return status;
}

/* ---- the command --------------------------------------------------------- */

enum cli_status command_sweep(
	const struct command *command, int argc, char **argv)
{
	struct sweep_progress progress = { .fd = STDERR_FILENO };
	struct sweep_options options;
	enum cli_status status;
	struct log log;

	if (!sweep_options_read(command, argc, argv, &options, &status))
		return status;
	if (isatty(STDERR_FILENO))
		options.order.progress = &progress;
	log_init(&log, STDERR_FILENO, LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	process_prepare(&log, options.config->process.is_debuggable);
	status = options.restore ? restore(command, &options, &log)
				 : sweep(command, &options, &log);
	log_fini(&log);
	sweep_options_free(&options);
	return status;
}
