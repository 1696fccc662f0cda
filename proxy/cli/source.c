/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/source.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/places.h"
#include "conf/text_file.h"
#include "proxy/observe/log.h"
#include "proxy/wire/session.h"

#define PEM_MAX ((size_t)1 << 20)

static const char *first_given(const char *a, const char *b)
{
	return *a ? a : b;
}

/* The kubeconfig; none is fine if the configuration names the servers. */
static int find_kubeconfig(struct source *source, const struct config *config,
	const char *file, const char *context, struct log *log, struct err *err)
{
	struct places places = places_from_environment();

	file = first_given(file, config->upstream.kubeconfig);
	context = first_given(context, config->upstream.context);
	if (!kubeconfig_find(
		    &source->kubeconfig, file, context, &places, err)) {
		source->has_kubeconfig = true;
		return 0;
	}
	if (*file || *context || *places.kubeconfig)
		return -1;
	if (!config->upstream.servers.count)
		return err_prefix(err,
			"give --kubeconfig FILE, or set "
			"upstream.servers");
	if (log)
		log_event(log, LOG_LEVEL_INFO,
			"no kubeconfig, and none is needed",
			LOG_FIELDS(LOG_STR("why", err->text)));
	return 0;
}

static int take_servers(
	struct source *source, const struct config *config, struct err *err)
{
	const struct strings *servers = &config->upstream.servers;

	CHECK(servers->count <= POLICY_ENDPOINTS_MAX);
	for (size_t i = 0; i < servers->count; i++) {
		if (server_url_parse(span_str(servers->items[i]),
			    &source->servers[source->count], err))
			return err_prefix(
				err, "upstream.servers: %s", servers->items[i]);
		source->count++;
	}
	if (!source->count) {
		const struct server_url *url = &source->kubeconfig.server;

		source->servers[0].host = xstrdup(url->host);
		source->servers[0].port = url->port;
		source->servers[0].prefix = xstrdup(url->prefix);
		source->count = 1;
	}
	return 0;
}

static int make_tls(struct source *source, const struct config *config,
	struct span ca_pem, struct log *log, struct err *err)
{
	const struct kubeconfig *found =
		source->has_kubeconfig ? &source->kubeconfig : NULL;
	const char *server_name = config->upstream.tls_server_name;
	struct tls_client_settings settings = {
		.ca_pem = ca_pem,
		.insecure_skip_verify =
			config->upstream.insecure_skip_tls_verify,
	};

	if (found) {
		server_name = first_given(server_name, found->tls_server_name);
		settings.insecure_skip_verify |=
			found->insecure_skip_tls_verify;
	}
	if (source->has_client_cert) {
		settings.cert_pem = span_str(found->client_cert_pem);
		settings.key_pem = span_str(found->client_key_pem);
	}
	if (settings.insecure_skip_verify && log)
		log_event(log, LOG_LEVEL_WARN,
			"THE API SERVER'S CERTIFICATE IS NOT VERIFIED: anybody "
			"on the way can read and change everything, tokens "
			"included; give certificate-authority instead of "
			"insecure-skip-tls-verify",
			LOG_FIELDS(LOG_STR("server", source->servers[0].host)));
	for (unsigned i = 0; i < source->count; i++) {
		settings.server_name =
			first_given(server_name, source->servers[i].host);
		source->tls[i] = tls_client_new(&settings, err);
		if (!source->tls[i])
			return err_prefix(err, "TLS to the API server %s",
				source->servers[i].host);
	}
	return 0;
}

/* Whether what clients in cleartext are to have is there, and wanted. */
static int check_lending(const struct source *source,
	const struct config *config, struct err *err)
{
	const struct cleartext_config *cleartext = &config->cleartext;
	bool is_own = cleartext->credentials == CREDENTIALS_OWN;

	if (!*cleartext->address)
		return 0;
	if (source->has_client_cert && !is_own)
		return err_set(err,
			"cleartext.address: whoever connects there would have "
			"the rights of the kubeconfig's client certificate: "
			"set cleartext.credentials to Own if that is wanted");
	if (!is_own || source->has_client_cert ||
		buf_len(&source->token.authorization) > 0)
		return 0;
	return err_set(err,
		"cleartext.credentials: Own needs a token, a token file or a "
		"client certificate; %s has none%s",
		source->has_kubeconfig ? source->kubeconfig.source
				       : "without a kubeconfig Fairway",
		source->has_kubeconfig && *source->kubeconfig.exec_yaml
			? ", and its exec plugin is for the clients only"
			: "");
}

/* Whether there is what clients with certificates are impersonated with. */
static int check_impersonating(const struct source *source,
	const struct config *config, struct err *err)
{
	if (!*config->identity.client_ca_file)
		return 0;
	if (source->has_client_cert)
		return err_set(err,
			"identity.clientCAFile: %s has a client certificate; "
			"to impersonate clients Fairway needs a token of a "
			"service account that may do that and no more",
			source->kubeconfig.source);
	if (buf_len(&source->token.authorization) == 0)
		return err_set(err,
			"identity.clientCAFile: to impersonate clients Fairway "
			"needs a token or a token file; %s has none",
			source->has_kubeconfig ? source->kubeconfig.source
					       : "without a kubeconfig it");
	return 0;
}

static int check_reviewing(const struct source *source,
	const struct config *config, struct err *err)
{
	if (config->identity.tokens == TOKENS_PASS_THROUGH ||
		buf_len(&source->token.authorization) > 0)
		return 0;
	return err_set(err,
		"identity.tokens: to ask whose a token is Fairway needs a "
		"token or a token file of its own; %s has none",
		source->has_kubeconfig ? source->kubeconfig.source
				       : "without a kubeconfig it");
}

static int take_credentials(struct source *source, const struct config *config,
	struct log *log, struct err *err)
{
	const struct kubeconfig *found = &source->kubeconfig;

	if (source->has_kubeconfig &&
		own_token_open(
			&source->token, found->token_file, found->token, err)) {
		if (config->cleartext.credentials == CREDENTIALS_OWN ||
			*config->identity.client_ca_file ||
			config->identity.tokens != TOKENS_PASS_THROUGH)
			return err_prefix(
				err, "the token of %s", found->source);
		/* Clients bring their own, and that is all they need. */
		if (*found->token_file)
			own_token_await(&source->token, found->token_file);
		if (log)
			log_event(log, LOG_LEVEL_WARN, "no token of our own",
				LOG_FIELDS(LOG_STR("why", err->text)));
	}
	if (check_impersonating(source, config, err) ||
		check_reviewing(source, config, err))
		return -1;
	return check_lending(source, config, err);
}

int source_open(struct source *ret_source, const struct config *config,
	const char *file, const char *context, struct log *log, struct err *err)
{
	struct source source = { .ca_file = BUF_INIT };
	struct span ca_pem = SPAN_NONE;
	int result = -1;

	if (find_kubeconfig(&source, config, file, context, log, err))
		goto out;
	source.has_client_cert =
		source.has_kubeconfig && *source.kubeconfig.client_cert_pem;
	if (source.has_kubeconfig && *source.kubeconfig.ca_pem)
		ca_pem = span_str(source.kubeconfig.ca_pem);
	if (*config->upstream.certificate_authority) {
		if (text_file_read(config->upstream.certificate_authority,
			    PEM_MAX, &source.ca_file, err)) {
			err_prefix(err, "upstream.certificateAuthority: %s",
				config->upstream.certificate_authority);
			goto out;
		}
		ca_pem = buf_span(&source.ca_file);
	}
	if (take_credentials(&source, config, log, err) ||
		take_servers(&source, config, err) ||
		make_tls(&source, config, ca_pem, log, err))
		goto out;
	result = 0;
out:
	if (result)
		source_close(&source);
	else
		*ret_source = source;
	return result;
}

void source_close(struct source *source)
{
	for (unsigned i = 0; i < source->count; i++) {
		if (source->tls[i])
			tls_context_unref(source->tls[i]);
		server_url_fini(&source->servers[i]);
	}
	own_token_close(&source->token);
	buf_fini(&source->ca_file);
	if (source->has_kubeconfig)
		kubeconfig_fini(&source->kubeconfig);
	*source = (struct source){ 0 };
}

static bool is_same_text(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool is_same_place(const struct source *a, const struct source *b)
{
	if (a->count != b->count || a->has_kubeconfig != b->has_kubeconfig ||
		a->has_client_cert != b->has_client_cert)
		return false;
	for (unsigned i = 0; i < a->count; i++) {
		if (!is_same_text(a->servers[i].host, b->servers[i].host) ||
			a->servers[i].port != b->servers[i].port ||
			!is_same_text(
				a->servers[i].prefix, b->servers[i].prefix))
			return false;
	}
	return true;
}

static bool is_same_kubeconfig(
	const struct kubeconfig *a, const struct kubeconfig *b)
{
	return is_same_text(a->ca_pem, b->ca_pem) &&
		is_same_text(a->client_cert_pem, b->client_cert_pem) &&
		is_same_text(a->client_key_pem, b->client_key_pem) &&
		is_same_text(a->tls_server_name, b->tls_server_name) &&
		a->insecure_skip_tls_verify == b->insecure_skip_tls_verify &&
		is_same_text(a->token, b->token) &&
		is_same_text(a->token_file, b->token_file) &&
		is_same_text(a->exec_yaml, b->exec_yaml) &&
		is_same_text(a->namespace, b->namespace);
}

enum source_change source_compare(
	const struct source *running, const struct source *fresh)
{
	if (!is_same_place(running, fresh))
		return SOURCE_IS_ANOTHER;
	if (!span_eq(buf_span(&running->ca_file), buf_span(&fresh->ca_file)))
		return SOURCE_IS_RENEWED;
	if (!running->has_kubeconfig ||
		is_same_kubeconfig(&running->kubeconfig, &fresh->kubeconfig))
		return SOURCE_IS_SAME;
	return SOURCE_IS_RENEWED;
}

void source_swap(struct source *running, struct source *fresh)
{
	struct source old = *running;

	running->kubeconfig = fresh->kubeconfig;
	fresh->kubeconfig = old.kubeconfig;
	running->ca_file = fresh->ca_file;
	fresh->ca_file = old.ca_file;
	for (unsigned i = 0; i < running->count; i++) {
		running->tls[i] = fresh->tls[i];
		fresh->tls[i] = old.tls[i];
	}
	own_token_succeed(&running->token, &fresh->token);
}

struct span source_client_name(const struct source *source)
{
	return source->has_client_cert
		? span_str(tls_context_own_name(source->tls[0]))
		: SPAN_NONE;
}

void source_servers(
	const struct source *source, struct upstream_settings *upstream)
{
	for (unsigned i = 0; i < source->count; i++)
		upstream->servers[i] = (struct upstream_server){
			.host = source->servers[i].host,
			.port = source->servers[i].port,
			.prefix = source->servers[i].prefix,
			.tls = source->tls[i],
		};
	upstream->server_count = source->count;
	upstream->files = (struct resolver_files){
		.resolv_conf = "/etc/resolv.conf",
		.hosts = "/etc/hosts",
	};
}
