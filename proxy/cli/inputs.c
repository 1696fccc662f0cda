/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/reload.h"
#include "proxy/cli/paths.h"
#include "proxy/exchange/server.h"
#include "proxy/loop/file_watch.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log.h"

/* What is read, in the words of orders. */
static const char CONFIGURATION[] = "configuration";
static const char CERTIFICATE[] = "certificate";
static const char UPSTREAM[] = "upstream";

/* ---- what is watched ---------------------------------------------------- */

static void add_named(struct paths *paths, const struct config *config)
{
	paths_add_listen(paths, config);
	paths_add(paths, config->upstream.certificate_authority);
}

static void add_of_source(struct paths *paths, const struct inputs *inputs)
{
	const struct kubeconfig *found = &inputs->source.kubeconfig;

	paths_add_kubeconfigs(paths,
		*inputs->options->kubeconfig
			? inputs->options->kubeconfig
			: inputs->config->upstream.kubeconfig);
	if (!inputs->source.has_kubeconfig)
		return;
	paths_add(paths, found->ca_file);
	paths_add(paths, found->client_cert_file);
	paths_add(paths, found->client_key_file);
}

static void collect(const struct inputs *inputs, struct paths *ret_paths)
{
	paths_add(ret_paths, inputs->config->file);
	add_named(ret_paths, inputs->config);
	if (inputs->refused)
		add_named(ret_paths, inputs->refused);
	add_of_source(ret_paths, inputs);
}

static void watch_files(struct inputs *inputs)
{
	struct paths paths = { .count = 0 };

	if (!inputs->watch)
		return;
	collect(inputs, &paths);
	file_watch_set(inputs->watch, (const char *const *)paths.items,
		paths.count);
	paths_fini(&paths);
}

void inputs_each_file(const struct inputs *inputs,
	void (*fn)(void *user, const char *path), void *user)
{
	struct paths paths = { .count = 0 };

	collect(inputs, &paths);
	if (inputs->source.token.file)
		paths_add(&paths, inputs->source.token.file);
	for (size_t i = 0; i < paths.count; i++)
		fn(user, paths.items[i]);
	paths_fini(&paths);
}

/* ---- what is said ------------------------------------------------------- */

static void replace(char **text, const char *with)
{
	free(*text);
	*text = xstrdup(with);
}

/* What looks like a matter of modes may be one of our own making. */
static void explain(const struct inputs *inputs, struct err *err)
{
	size_t len = strlen(err->text);

	if (inputs->is_confined && strstr(err->text, strerror(EACCES)))
		snprintf(err->text + len, sizeof(err->text) - len,
			"; a folder that was not named or not there at the "
			"start needs a restart");
}

/* Who asked for it is told as a whole. */
static void tell(struct inputs *inputs, const char *what, const char *why)
{
	if (!inputs->is_asked)
		inputs->on_file(what, why, inputs->user);
}

/* Of a file that is being written there are many wrong states. */
static void note_failure(struct inputs *inputs, const char *what, char **why,
	uint64_t *count, const char *message, const struct err *err)
{
	bool is_news = strcmp(*why, err->text) != 0;

	++*count;
	replace(why, err->text);
	if (!is_news)
		return;
	log_event(inputs->log, LOG_LEVEL_WARN, message,
		LOG_FIELDS(LOG_STR("why", err->text)));
	tell(inputs, what, err->text);
}

static void log_problems(struct inputs *inputs, const struct problems *problems)
{
	struct buf text = BUF_INIT;
	struct span rest;

	problems_print(problems, &text);
	rest = buf_span(&text);
	while (!span_is_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		if (line.len)
			log_event(inputs->log,
				problems_has_errors(problems)
					? LOG_LEVEL_ERROR
					: LOG_LEVEL_WARN,
				"configuration",
				LOG_FIELDS(LOG_SPAN("problem", line)));
	}
	buf_fini(&text);
}

static void config_failed(struct inputs *inputs, const char *why)
{
	struct view_reload *reload = &inputs->reload;
	bool is_news = strcmp(inputs->why, why) != 0;

	reload->is_good = false;
	reload->bad++;
	replace(&inputs->why, why);
	if (!is_news)
		return;
	log_event(inputs->log, LOG_LEVEL_ERROR,
		"the configuration is wrong: the one that runs stays",
		LOG_FIELDS(LOG_STR("file", inputs->config->file),
			LOG_STR("why", why)));
	tell(inputs, CONFIGURATION, why);
}

/* ---- the certificate for clients ---------------------------------------- */

static void use_listen(struct inputs *inputs, struct listen_tls *fresh)
{
	struct listen_tls old = inputs->listen;

	inputs->listen = *fresh;
	server_set_listen_tls(inputs->server, inputs->listen.context);
	if (inputs->listen.client_ca)
		server_set_client_ca(inputs->server, inputs->listen.client_ca);
	listen_tls_close(&old);
	inputs->reload.listen_good++;
	log_event(inputs->log, LOG_LEVEL_INFO,
		"a new certificate for clients, or of theirs",
		LOG_FIELDS(LOG_STR("file",
				   inputs->config->listen.tls_cert_file),
			LOG_STR("client_ca_file",
				inputs->config->identity.client_ca_file)));
	tell(inputs, CERTIFICATE, NULL);
}

static int open_listen(struct inputs *inputs, const struct config *config,
	struct listen_tls *ret_tls, struct err *err)
{
	return listen_tls_open(ret_tls, config, inputs->pki,
		inputs->source.has_client_cert, err);
}

/* As at the start, but never waiting for a pipe. */
static int reopen_listen(struct inputs *inputs, const struct config *config,
	struct listen_tls *ret_tls, struct err *err)
{
	struct paths paths = { .count = 0 };
	int result;

	paths_add_listen(&paths, config);
	result = paths_check(&paths, err);
	paths_fini(&paths);
	return result ? -1 : open_listen(inputs, config, ret_tls, err);
}

static bool refresh_listen(struct inputs *inputs)
{
	struct listen_tls fresh;
	struct err err;

	if (reopen_listen(inputs, inputs->config, &fresh, &err)) {
		explain(inputs, &err);
		note_failure(inputs, CERTIFICATE, &inputs->why_listen,
			&inputs->reload.listen_bad,
			"the certificate for clients cannot be used: the one "
			"that is used stays",
			&err);
		return false;
	}
	replace(&inputs->why_listen, "");
	if (listen_tls_is_same(&inputs->listen, &fresh)) {
		listen_tls_close(&fresh);
		return false;
	}
	use_listen(inputs, &fresh);
	return true;
}

/* ---- the API server ----------------------------------------------------- */

static int reopen_source(struct inputs *inputs, const struct config *config,
	struct source *ret_source, struct err *err)
{
	struct paths paths = { .count = 0 };
	int result;

	paths_add(&paths, config->upstream.certificate_authority);
	add_of_source(&paths, inputs);
	result = paths_check(&paths, err);
	paths_fini(&paths);
	if (result)
		return -1;
	return source_open(ret_source, config, inputs->options->kubeconfig,
		inputs->options->context, NULL, err);
}

static void use_source(struct inputs *inputs, struct source *fresh)
{
	struct source *source = &inputs->source;

	source_swap(source, fresh);
	for (unsigned i = 0; i < source->count; i++)
		server_set_upstream_tls(inputs->server, i, source->tls[i]);
	inputs->reload.upstream_good++;
	log_event(inputs->log, LOG_LEVEL_INFO,
		"new trust or credentials for the API server",
		LOG_FIELDS(LOG_STR("kubeconfig",
			source->has_kubeconfig ? source->kubeconfig.source
					       : "none")));
	tell(inputs, UPSTREAM, NULL);
}

static void source_failed(struct inputs *inputs, const struct err *err)
{
	note_failure(inputs, UPSTREAM, &inputs->why_source,
		&inputs->reload.upstream_bad,
		"what is trusted of the API server cannot be used: what is "
		"used stays",
		err);
}

static bool refresh_source(struct inputs *inputs)
{
	bool is_new = false;
	struct source fresh;
	struct err err;

	if (reopen_source(inputs, inputs->config, &fresh, &err)) {
		explain(inputs, &err);
		source_failed(inputs, &err);
		return false;
	}
	switch (source_compare(&inputs->source, &fresh)) {
	case SOURCE_IS_SAME:
		replace(&inputs->why_source, "");
		break;
	case SOURCE_IS_RENEWED:
		replace(&inputs->why_source, "");
		use_source(inputs, &fresh);
		is_new = true;
		break;
	case SOURCE_IS_ANOTHER:
		err_set(&err, "the kubeconfig names another API server, or "
			      "has a client certificate where there was none, "
			      "or none where there was one: that needs a "
			      "restart");
		source_failed(inputs, &err);
		break;
	}
	source_close(&fresh);
	return is_new;
}

/* ---- the configuration -------------------------------------------------- */

static bool names_other_files(
	const struct config *config, const struct config *other)
{
	return strcmp(config->listen.tls_cert_file,
		       other->listen.tls_cert_file) ||
		strcmp(config->listen.tls_key_file,
			other->listen.tls_key_file) ||
		strcmp(config->upstream.certificate_authority,
			other->upstream.certificate_authority);
}

/* What it names has to be there; it is read for good behind the swap. */
static int try_files(struct inputs *inputs, const struct config *fresh,
	struct err *err)
{
	struct listen_tls listen;
	struct source source;

	if (!names_other_files(fresh, inputs->config))
		return 0;
	if (reopen_listen(inputs, fresh, &listen, err))
		return -1;
	listen_tls_close(&listen);
	if (reopen_source(inputs, fresh, &source, err))
		return -1;
	source_close(&source);
	return 0;
}

static void use_config(struct inputs *inputs, struct config *fresh)
{
	const struct instance_options *options = inputs->options;
	struct config *old = inputs->config;

	server_reconfigure(inputs->server, fresh);
	if (!options->has_log_level)
		inputs->log->level = fresh->log.level;
	if (!options->has_log_format)
		inputs->log->format = fresh->log.format;
	inputs->config = fresh;
	config_unref(old);
}

static void config_is_good(struct inputs *inputs)
{
	struct view_reload *reload = &inputs->reload;

	reload->is_good = true;
	reload->good++;
	reload->good_at = loop_wall_clock();
	replace(&inputs->why, "");
	memcpy(inputs->digest, inputs->seen, sizeof(inputs->digest));
	log_event(inputs->log, LOG_LEVEL_INFO, "a new configuration",
		LOG_FIELDS(LOG_STR("file", inputs->config->file),
			LOG_STR("sha256", inputs->digest)));
	tell(inputs, CONFIGURATION, NULL);
}

static void note_kept(struct inputs *inputs, const struct buf *keys)
{
	if (buf_len(keys))
		log_event(inputs->log, LOG_LEVEL_WARN,
			"this of the configuration needs a restart",
			LOG_FIELDS(LOG_SPAN("keys", buf_span(keys))));
}

/* Takes the reference. */
static bool try_config(struct inputs *inputs, struct config *fresh)
{
	struct buf keys = BUF_INIT;
	struct err err;

	config_keep_fixed(fresh, inputs->config, &keys);
	if (config_check_kept(fresh, &err)) {
		note_kept(inputs, &keys);
		config_failed(inputs, err.text);
		config_unref(fresh);
		buf_fini(&keys);
		return false;
	}
	if (try_files(inputs, fresh, &err)) {
		explain(inputs, &err);
		config_failed(inputs, err.text);
		/* They may come later: it is tried again at each change. */
		inputs->seen[0] = '\0';
		inputs->refused = fresh;
		buf_fini(&keys);
		return false;
	}
	note_kept(inputs, &keys);
	buf_fini(&keys);
	use_config(inputs, fresh);
	config_is_good(inputs);
	return true;
}

/* "2 errors; line 7: lanes: unknown key" */
static void sum_up(const struct problems *problems, struct buf *ret_text)
{
	size_t i = 0;

	CHECK(problems_has_errors(problems));
	while (i + 1 < problems->count &&
		problems->items[i].kind != PROBLEM_ERROR)
		i++;
	buf_printf(ret_text, "%zu %s; ", problems->errors,
		problems->errors == 1 ? "error" : "errors");
	if (problems->items[i].line) /* not of the file as a whole */
		buf_printf(ret_text, "line %u: ", problems->items[i].line);
	buf_append_str(ret_text, problems->items[i].text);
}

static bool parse_config(struct inputs *inputs, const struct buf *text)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *fresh = config_load_text(
		inputs->config->file, buf_span(text), &problems);
	struct buf first = BUF_INIT;
	bool is_new = false;

	log_problems(inputs, &problems);
	if (fresh) {
		is_new = try_config(inputs, fresh);
	} else {
		sum_up(&problems, &first);
		config_failed(inputs, buf_cstr(&first));
	}
	buf_fini(&first);
	problems_fini(&problems);
	return is_new;
}

static int read_file(const char *path, struct buf *ret_text,
	char ret_digest[DIGEST_CAP], struct err *err)
{
	if (path_check(path, err))
		return -1;
	return config_file_read(path, ret_text, ret_digest, err);
}

static bool refresh_config(struct inputs *inputs, bool is_forced)
{
	char digest[DIGEST_CAP];
	struct buf text = BUF_INIT;
	bool is_new = false;
	struct err err;

	if (!*inputs->config->file)
		return false;
	if (read_file(inputs->config->file, &text, digest, &err)) {
		inputs->seen[0] = '\0';
		err_prefix(&err, "%s", inputs->config->file);
		config_failed(inputs, err.text);
	} else if (is_forced || strcmp(digest, inputs->seen) != 0) {
		memcpy(inputs->seen, digest, sizeof(inputs->seen));
		config_unref(inputs->refused);
		inputs->refused = NULL;
		is_new = parse_config(inputs, &text);
	}
	buf_fini(&text);
	return is_new;
}

/* ---- as a whole --------------------------------------------------------- */

static void refresh(struct inputs *inputs, bool is_forced)
{
	bool is_new;

	inputs->is_asked = is_forced;
	is_new = refresh_config(inputs, is_forced);
	/* Watched before they are read: no change falls in between. */
	watch_files(inputs);
	is_new |= refresh_listen(inputs);
	if (refresh_source(inputs)) {
		watch_files(inputs);
		is_new = true;
	}
	if (is_new)
		inputs->on_change(inputs->user);
}

static void on_files(void *user)
{
	refresh(user, false);
}

int inputs_reload(struct inputs *inputs, struct err *err)
{
	if (!inputs->server)
		return err_set(err, "it is ending: nothing is read any more");
	refresh(inputs, true);
	if (*inputs->why)
		return err_set(err, "%s: %s", CONFIGURATION, inputs->why);
	if (*inputs->why_listen)
		return err_set(err, "%s: %s", CERTIFICATE, inputs->why_listen);
	if (*inputs->why_source)
		return err_set(err, "%s: %s", UPSTREAM, inputs->why_source);
	return 0;
}

int inputs_open(struct inputs *inputs, const struct instance_options *options,
	struct config *config, struct log *log, struct err *err)
{
	*inputs = (struct inputs){
		.options = options,
		.log = log,
		.config = config_ref(config),
		.why = xstrdup(""),
		.why_listen = xstrdup(""),
		.why_source = xstrdup(""),
	};
	memcpy(inputs->digest, options->config_digest, sizeof(inputs->digest));
	memcpy(inputs->seen, inputs->digest, sizeof(inputs->seen));
	inputs->reload.is_good = true;
	inputs->reload.good_at = loop_wall_clock();
	return source_open(&inputs->source, config, options->kubeconfig,
		options->context, log, err);
}

int inputs_open_listen(
	struct inputs *inputs, const struct pki *pki, struct err *err)
{
	inputs->pki = pki;
	return open_listen(inputs, inputs->config, &inputs->listen, err);
}

void inputs_start(struct inputs *inputs, struct loop *loop,
	struct server *server, void (*on_change)(void *user),
	inputs_file_fn *on_file, void *user)
{
	struct err err;

	inputs->server = server;
	inputs->on_change = on_change;
	inputs->on_file = on_file;
	inputs->user = user;
	inputs->watch = file_watch_new(loop, on_files, inputs, &err);
	if (!inputs->watch)
		log_event(inputs->log, LOG_LEVEL_WARN,
			"files are not watched: SIGHUP reads them again",
			LOG_FIELDS(LOG_STR("why", err.text)));
	/* As above: they were read before they were watched. */
	refresh(inputs, false);
}

void inputs_stop(struct inputs *inputs)
{
	file_watch_free(inputs->watch);
	inputs->watch = NULL;
	inputs->server = NULL;
}

void inputs_close(struct inputs *inputs)
{
	inputs_stop(inputs);
	listen_tls_close(&inputs->listen);
	source_close(&inputs->source);
	config_unref(inputs->refused);
	config_unref(inputs->config);
	free(inputs->why);
	free(inputs->why_listen);
	free(inputs->why_source);
	*inputs = (struct inputs){ 0 };
}

const struct view_reload *inputs_look(struct inputs *inputs)
{
	struct view_reload *reload = &inputs->reload;

	reload->file = inputs->config->file;
	reload->digest = inputs->digest;
	reload->listen_expires_at =
		tls_context_expires_at(inputs->listen.context);
	reload->upstream_expires_at =
		tls_context_expires_at(inputs->source.tls[0]);
	reload->why = inputs->why;
	reload->why_listen = inputs->why_listen;
	reload->why_upstream = inputs->why_source;
	return reload;
}
