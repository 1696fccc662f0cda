/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/kubeconfig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/span.h"
#include "conf/base64.h"
#include "conf/problem.h"
#include "conf/text_file.h"
#include "conf/yaml_doc.h"

#define FILES_MAX 32
#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* One file of the list. */
struct source {
	char *path;           /* owned */
	struct yaml_doc *doc; /* owned */
};

/* The files that were found, the first before the others. */
struct sources {
	struct source items[FILES_MAX];
	size_t count;
	char *looked; /* owned: where, for people; NULL: nowhere */
};

/* A named entry of clusters, users or contexts, and where it stands. */
struct entry {
	const struct source *source; /* borrowed; NULL: not found */
	const struct node *node;     /* its "cluster", "user" or "context" */
};

/* Leaves no copy of a secret behind. */
static void wipe(struct buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	buf_fini(buf);
}

/* ---- finding and reading files ---------------------------------------- */

static int parse_file(struct source *source, const char *path, struct err *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf text = BUF_INIT, lines = BUF_INIT;
	struct span rest;
	int rc = -1;

	if (text_file_read(path, YAML_DOC_BYTES_MAX, &text, err)) {
		err_prefix(err, "%s", path);
		goto out;
	}
	problems_set_file(&problems, path);
	source->doc = yaml_doc_parse(buf_span(&text), &problems);
	if (problems_has_errors(&problems)) {
		yaml_doc_free(source->doc);
		source->doc = NULL;
		problems_print(&problems, &lines);
		rest = buf_span(&lines);
		err_set(err, "%.*s", SPAN_ARG(span_cut(&rest, '\n')));
		goto out;
	}
	source->path = xstrdup(path);
	rc = 0;
out:
	wipe(&text);
	buf_fini(&lines);
	problems_fini(&problems);
	return rc;
}

static void sources_fini(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		yaml_doc_free(sources->items[i].doc);
		free(sources->items[i].path);
	}
	free(sources->looked);
	*sources = (struct sources){ 0 };
}

static int add_file(struct sources *sources, const char *path, struct err *err)
{
	if (sources->count == FILES_MAX)
		return err_set(err, "more than %d kubeconfig files", FILES_MAX);
	if (parse_file(&sources->items[sources->count], path, err))
		return -1;
	sources->count++;
	return 0;
}

/* $KUBECONFIG: files that are not there are passed over, as kubectl does. */
static int add_list(struct sources *sources, const char *list, struct err *err)
{
	struct span rest = span_str(list);
	int rc = 0;

	while (!rc && !span_is_absent(rest)) {
		struct span part = span_cut(&rest, ':');
		char *path = span_dup(part);

		if (*path && (access(path, F_OK) == 0 || errno != ENOENT))
			rc = add_file(sources, path, err);
		free(path);
	}
	return rc;
}

static int find_files(struct sources *sources, const char *file,
	const struct places *places, struct err *err)
{
	struct buf path = BUF_INIT;
	int rc = 0;

	if (*file) {
		sources->looked = xstrdup(file);
		return add_file(sources, file, err);
	}
	if (*places->kubeconfig) {
		sources->looked = xstrdup(places->kubeconfig);
		return add_list(sources, places->kubeconfig, err);
	}
	if (!*places->home)
		return 0;
	buf_printf(&path, "%s/.kube/config", places->home);
	sources->looked = xstrdup(buf_cstr(&path));
	buf_fini(&path);
	if (access(sources->looked, F_OK) == 0 || errno != ENOENT)
		rc = add_file(sources, sources->looked, err);
	return rc;
}

/* ---- looking things up ------------------------------------------------ */

/* The text of a member, "" if it has none. */
static const char *text_of(
	const struct source *source, const struct node *node, const char *key)
{
	const struct node *member = node_member(source->doc, node, key);

	if (!member || member->kind != NODE_SCALAR || node_is_null(member))
		return "";
	return member->text.ptr;
}

static bool has(
	const struct source *source, const struct node *node, const char *key)
{
	const struct node *member = node_member(source->doc, node, key);

	return member && !node_is_null(member);
}

static bool is_true(
	const struct source *source, const struct node *node, const char *key)
{
	return !strcmp(text_of(source, node, key), "true");
}

/* The first file that has the name in `list` decides. */
static struct entry find_entry(const struct sources *sources, const char *list,
	const char *inner, const char *name)
{
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->items[i];
		const struct node *items =
			node_member(source->doc, source->doc->root, list);

		if (!items || items->kind != NODE_SEQUENCE)
			continue;
		for (const struct node *at = items->first; at; at = at->next)
			if (!strcmp(text_of(source, at, "name"), name))
				return (struct entry){ source,
					node_member(source->doc, at, inner) };
	}
	return (struct entry){ NULL, NULL };
}

static const char *current_context(const struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->items[i];
		const char *name =
			text_of(source, source->doc->root, "current-context");

		if (*name)
			return name;
	}
	return "";
}

static bool is_empty(const struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->items[i];

		if (has(source, source->doc->root, "clusters") ||
			has(source, source->doc->root, "contexts") ||
			has(source, source->doc->root, "current-context"))
			return false;
	}
	return true;
}

/* ---- PEM -------------------------------------------------------------- */

static int read_pem_file(const char *path, char **ret_pem, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc = text_file_read(path, YAML_DOC_BYTES_MAX, &text, err);

	if (!rc && !strstr(buf_cstr(&text), "-----BEGIN "))
		rc = err_set(err, "holds no PEM text");
	if (rc)
		err_prefix(err, "%s", path);
	if (!rc)
		*ret_pem = xstrdup(buf_cstr(&text));
	wipe(&text);
	return rc;
}

static int decode_pem(const struct source *source, const char *key,
	const char *data, char **ret_pem, struct err *err)
{
	struct buf bytes = BUF_INIT;
	int rc = base64_decode(span_str(data), &bytes);

	if (rc)
		err_set(err, "%s: %s is not base64", source->path, key);
	else if (memchr(buf_cstr(&bytes), '\0', buf_len(&bytes)) ||
		!strstr(buf_cstr(&bytes), "-----BEGIN "))
		rc = err_set(
			err, "%s: %s holds no PEM text", source->path, key);
	else
		*ret_pem = xstrdup(buf_cstr(&bytes));
	wipe(&bytes);
	return rc;
}

/*
 * The PEM text of KEY-data or, without that, of the file that KEY names
 * (client-go, rest.LoadTLSFiles: data goes before files).
 */
static int read_pem(const struct source *source, const struct node *node,
	const char *key, char **pem, char **file, struct err *err)
{
	char data_key[64];
	const char *data, *name = text_of(source, node, key);

	snprintf(data_key, sizeof(data_key), "%s-data", key);
	data = text_of(source, node, data_key);
	if (*data) {
		free(*pem);
		*pem = NULL;
		if (decode_pem(source, data_key, data, pem, err)) {
			*pem = xstrdup("");
			return -1;
		}
		return 0;
	}
	if (!*name)
		return 0;
	free(*file);
	*file = text_file_resolve(source->path, name);
	free(*pem);
	*pem = NULL;
	if (read_pem_file(*file, pem, err)) {
		*pem = xstrdup("");
		return err_prefix(err, "%s: %s", source->path, key);
	}
	return 0;
}

/* ---- cluster and user ------------------------------------------------- */

static void replace(char **text, const char *with)
{
	free(*text);
	*text = xstrdup(with);
}

static int read_cluster(struct kubeconfig *kubeconfig,
	const struct entry *cluster, struct err *err)
{
	const struct source *source = cluster->source;
	const struct node *node = cluster->node;
	const char *server = text_of(source, node, "server");

	if (!*server)
		return err_set(
			err, "%s: the cluster has no server", source->path);
	if (server_url_parse(span_str(server), &kubeconfig->server, err))
		return err_prefix(err, "%s: server: %s", source->path, server);
	if (*text_of(source, node, "proxy-url"))
		return err_set(err,
			"%s: proxy-url is not supported; Fairway connects to "
			"the API server directly",
			source->path);
	replace(&kubeconfig->tls_server_name,
		text_of(source, node, "tls-server-name"));
	kubeconfig->insecure_skip_tls_verify =
		is_true(source, node, "insecure-skip-tls-verify");
	if (read_pem(source, node, "certificate-authority", &kubeconfig->ca_pem,
		    &kubeconfig->ca_file, err))
		return -1;
	if (kubeconfig->insecure_skip_tls_verify && *kubeconfig->ca_pem)
		return err_set(err,
			"%s: insecure-skip-tls-verify makes no sense with a "
			"certificate-authority; remove one of them",
			source->path);
	return 0;
}

/* What would change as whom requests are sent, and is not done here. */
static int refuse_unsupported(const struct entry *user, struct err *err)
{
	static const struct {
		const char *key;
		const char *why;
	} KEYS[] = {
		{ "username", "API servers have no password login any more" },
		{ "password", "API servers have no password login any more" },
		{ "auth-provider", "use an exec plugin instead" },
		{ "as", "impersonate in the client instead" },
		{ "as-uid", "impersonate in the client instead" },
		{ "as-groups", "impersonate in the client instead" },
		{ "as-user-extra", "impersonate in the client instead" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
		if (has(user->source, user->node, KEYS[i].key))
			return err_set(err, "%s: %s is not supported; %s",
				user->source->path, KEYS[i].key, KEYS[i].why);
	return 0;
}

/*
 * The plugin's node.  Its command, where it is a relative path, is relative
 * to the file (clientcmd, ResolveLocalPaths); the written kubeconfig stands
 * elsewhere.
 */
static void read_exec(struct kubeconfig *kubeconfig, const struct entry *user)
{
	struct node *exec = node_member(user->source->doc, user->node, "exec");
	struct node *command;
	struct buf text = BUF_INIT;

	if (!exec || node_is_null(exec))
		return;
	command = node_member(user->source->doc, exec, "command");
	if (command && command->kind == NODE_SCALAR &&
		strchr(command->text.ptr, '/')) {
		char *path = text_file_resolve(
			user->source->path, command->text.ptr);

		command->text.ptr =
			arena_dup(user->source->doc->arena, span_str(path));
		command->text.len = strlen(path);
		free(path);
	}
	node_write_flow(exec, &text);
	replace(&kubeconfig->exec_yaml, buf_cstr(&text));
	buf_fini(&text);
}

static int read_user(struct kubeconfig *kubeconfig, const struct entry *user,
	struct err *err)
{
	const struct source *source = user->source;
	const char *token_file = text_of(source, user->node, "tokenFile");

	if (refuse_unsupported(user, err))
		return -1;
	replace(&kubeconfig->token, text_of(source, user->node, "token"));
	if (*token_file) {
		free(kubeconfig->token_file);
		kubeconfig->token_file =
			text_file_resolve(source->path, token_file);
	}
	if (read_pem(source, user->node, "client-certificate",
		    &kubeconfig->client_cert_pem, &kubeconfig->client_cert_file,
		    err) ||
		read_pem(source, user->node, "client-key",
			&kubeconfig->client_key_pem,
			&kubeconfig->client_key_file, err))
		return -1;
	if (!*kubeconfig->client_cert_pem != !*kubeconfig->client_key_pem)
		return err_set(err,
			"%s: client-certificate and client-key are needed "
			"both",
			source->path);
	read_exec(kubeconfig, user);
	return 0;
}

static int read_context(struct kubeconfig *kubeconfig,
	const struct sources *sources, const char *name, struct err *err)
{
	struct entry context = find_entry(sources, "contexts", "context", name);
	struct entry cluster, user;
	const char *cluster_name, *user_name;
	struct buf text = BUF_INIT;

	if (!context.source)
		return err_set(err, "%s: there is no context \"%s\"",
			sources->looked, name);
	cluster_name = text_of(context.source, context.node, "cluster");
	user_name = text_of(context.source, context.node, "user");
	cluster = find_entry(sources, "clusters", "cluster", cluster_name);
	if (!cluster.source)
		return err_set(err,
			"%s: context \"%s\" names the cluster \"%s\", which "
			"is not there",
			context.source->path, name, cluster_name);
	user = find_entry(sources, "users", "user", user_name);
	if (*user_name && !user.source)
		return err_set(err,
			"%s: context \"%s\" names the user \"%s\", who is not "
			"there",
			context.source->path, name, user_name);
	replace(&kubeconfig->namespace,
		text_of(context.source, context.node, "namespace"));
	buf_printf(&text, "%s, context %s", context.source->path, name);
	replace(&kubeconfig->source, buf_cstr(&text));
	buf_fini(&text);
	if (read_cluster(kubeconfig, &cluster, err))
		return -1;
	return user.source ? read_user(kubeconfig, &user, err) : 0;
}

/* ---- the door --------------------------------------------------------- */

static void kubeconfig_init(struct kubeconfig *kubeconfig)
{
	*kubeconfig = (struct kubeconfig){
		.source = xstrdup(""),
		.tls_server_name = xstrdup(""),
		.ca_pem = xstrdup(""),
		.client_cert_pem = xstrdup(""),
		.client_key_pem = xstrdup(""),
		.token = xstrdup(""),
		.token_file = xstrdup(""),
		.exec_yaml = xstrdup(""),
		.ca_file = xstrdup(""),
		.client_cert_file = xstrdup(""),
		.client_key_file = xstrdup(""),
		.namespace = xstrdup(""),
	};
}

static void free_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void kubeconfig_fini(struct kubeconfig *kubeconfig)
{
	server_url_fini(&kubeconfig->server);
	free(kubeconfig->source);
	free(kubeconfig->tls_server_name);
	free(kubeconfig->ca_pem);
	free(kubeconfig->client_cert_pem);
	free_secret(kubeconfig->client_key_pem);
	free_secret(kubeconfig->token);
	free(kubeconfig->token_file);
	free_secret(kubeconfig->exec_yaml);
	free(kubeconfig->ca_file);
	free(kubeconfig->client_cert_file);
	free(kubeconfig->client_key_file);
	free(kubeconfig->namespace);
	*kubeconfig = (struct kubeconfig){ 0 };
}

static bool is_in_pod(const struct places *places)
{
	return *places->service_host && *places->service_port;
}

static char *service_account_file(const struct places *places, const char *name)
{
	struct buf path = BUF_INIT;
	char *copy;

	buf_printf(&path, "%s" SERVICE_ACCOUNT "/%s", places->root, name);
	copy = xstrdup(buf_cstr(&path));
	buf_fini(&path);
	return copy;
}

static int read_service_address(
	struct server_url *server, const struct places *places, struct err *err)
{
	bool is_v6 = strchr(places->service_host, ':') != NULL;
	struct buf url = BUF_INIT;
	int rc;

	buf_printf(&url, is_v6 ? "https://[%s]:%s" : "https://%s:%s",
		places->service_host, places->service_port);
	rc = server_url_parse(buf_span(&url), server, err);
	if (rc)
		err_prefix(err, "$KUBERNETES_SERVICE_HOST and _PORT");
	buf_fini(&url);
	return rc;
}

/* rest.InClusterConfig: the token must be there, the namespace may be. */
static int read_service_account(struct kubeconfig *kubeconfig,
	const struct places *places, struct err *err)
{
	struct buf text = BUF_INIT;
	struct err ignored;
	char *file;
	int rc;

	free(kubeconfig->token_file);
	kubeconfig->token_file = service_account_file(places, "token");
	free(kubeconfig->ca_file);
	kubeconfig->ca_file = service_account_file(places, "ca.crt");
	rc = text_file_read(
		kubeconfig->token_file, YAML_DOC_BYTES_MAX, &text, err);
	if (!rc && span_is_empty(span_trim(buf_span(&text))))
		rc = err_set(err, "is empty");
	if (rc)
		err_prefix(err, "%s", kubeconfig->token_file);
	wipe(&text);
	if (!rc) {
		free(kubeconfig->ca_pem);
		kubeconfig->ca_pem = NULL;
		rc = read_pem_file(
			kubeconfig->ca_file, &kubeconfig->ca_pem, err);
	}
	file = service_account_file(places, "namespace");
	if (!rc && !text_file_read(file, 1024, &text, &ignored)) {
		free(kubeconfig->namespace);
		kubeconfig->namespace = span_dup(span_trim(buf_span(&text)));
	}
	free(file);
	buf_fini(&text);
	return rc;
}

int kubeconfig_in_cluster(struct kubeconfig *ret_kubeconfig,
	const struct places *places, struct err *err)
{
	struct kubeconfig kubeconfig;

	if (!is_in_pod(places))
		return err_set(err,
			"not in a pod: $KUBERNETES_SERVICE_HOST and "
			"$KUBERNETES_SERVICE_PORT are not set");
	kubeconfig_init(&kubeconfig);
	kubeconfig.is_in_cluster = true;
	replace(&kubeconfig.source, "the pod's service account");
	if (read_service_address(&kubeconfig.server, places, err) ||
		read_service_account(&kubeconfig, places, err)) {
		kubeconfig_fini(&kubeconfig);
		return -1;
	}
	*ret_kubeconfig = kubeconfig;
	return 0;
}

static int read_sources(struct kubeconfig *ret_kubeconfig,
	const struct sources *sources, const char *context, struct err *err)
{
	struct kubeconfig kubeconfig;

	if (!*context)
		context = current_context(sources);
	if (!*context)
		return err_set(err,
			"%s: no current-context; set one, or name a context",
			sources->looked);
	kubeconfig_init(&kubeconfig);
	if (read_context(&kubeconfig, sources, context, err)) {
		kubeconfig_fini(&kubeconfig);
		return -1;
	}
	*ret_kubeconfig = kubeconfig;
	return 0;
}

int kubeconfig_find(struct kubeconfig *ret_kubeconfig, const char *file,
	const char *context, const struct places *places, struct err *err)
{
	struct sources sources = { 0 };
	int rc = find_files(&sources, file, places, err);

	if (!rc && is_empty(&sources) && !*file && is_in_pod(places))
		rc = kubeconfig_in_cluster(ret_kubeconfig, places, err);
	else if (!rc && !sources.count)
		rc = err_set(err,
			"no API server is configured: there is no kubeconfig "
			"(%s), and this is not a pod",
			sources.looked ? sources.looked : "$HOME is not set");
	else if (!rc)
		rc = read_sources(ret_kubeconfig, &sources, context, err);
	sources_fini(&sources);
	return rc;
}
