/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/kubeconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/span.h"
#include "conf/base64.h"
#include "conf/kubeconfig_files.h"
#include "conf/text_file.h"
#include "conf/yaml_doc.h"

#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* ---- PEM -------------------------------------------------------------- */

static int read_pem_file(const char *path, char **ret_pem, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc = text_file_read(path, YAML_DOC_BYTES_MAX, &text, err);

	if (!rc && !strstr(buf_cstr(&text), "-----BEGIN "))
		rc = err_set(err, "holds no PEM text");
	if (rc)
		err_prefix(err, "%s", path);
	else
		*ret_pem = xstrdup(buf_cstr(&text));
	kube_wipe(&text);
	return rc;
}

static int decode_pem(const char *data, char **ret_pem, struct err *err)
{
	struct buf bytes = BUF_INIT;
	int rc = base64_decode(span_str(data), &bytes);

	if (rc)
		err_set(err, "is not base64");
	else if (memchr(buf_cstr(&bytes), '\0', buf_len(&bytes)) ||
		!strstr(buf_cstr(&bytes), "-----BEGIN "))
		rc = err_set(err, "holds no PEM text");
	else
		*ret_pem = xstrdup(buf_cstr(&bytes));
	kube_wipe(&bytes);
	return rc;
}

/*
 * The PEM text of KEY-data or, without that, of the file that KEY names
 * (client-go, rest.LoadTLSFiles: data goes before files).
 */
static int read_pem(const struct kube_entry *entry, const char *key, char **pem,
	char **file, struct err *err)
{
	const char *data, *name = kube_entry_text(entry, key);
	char data_key[64];
	char *found = NULL;

	snprintf(data_key, sizeof(data_key), "%s-data", key);
	data = kube_entry_text(entry, data_key);
	if (!*data && !*name)
		return 0;
	if (*data) {
		if (decode_pem(data, &found, err))
			return err_prefix(
				err, "%s: %s", entry->file->path, data_key);
	} else {
		free(*file);
		*file = text_file_resolve(entry->file->path, name);
		if (read_pem_file(*file, &found, err))
			return err_prefix(
				err, "%s: %s", entry->file->path, key);
	}
	free(*pem);
	*pem = found;
	return 0;
}

/* ---- cluster and user ------------------------------------------------- */

static void replace(char **text, const char *with)
{
	free(*text);
	*text = xstrdup(with);
}

static int read_cluster(struct kubeconfig *kubeconfig,
	const struct kube_entry *cluster, struct err *err)
{
	const char *server = kube_entry_text(cluster, "server");
	const char *path = cluster->file->path;

	if (!*server)
		return err_set(err, "%s: the cluster has no server", path);
	if (server_url_parse(span_str(server), &kubeconfig->server, err))
		return err_prefix(err, "%s: server: %s", path, server);
	if (*kube_entry_text(cluster, "proxy-url"))
		return err_set(err,
			"%s: proxy-url is not supported; Fairway connects to "
			"the API server directly",
			path);
	replace(&kubeconfig->tls_server_name,
		kube_entry_text(cluster, "tls-server-name"));
	kubeconfig->insecure_skip_tls_verify = !strcmp(
		kube_entry_text(cluster, "insecure-skip-tls-verify"), "true");
	if (read_pem(cluster, "certificate-authority", &kubeconfig->ca_pem,
		    &kubeconfig->ca_file, err))
		return -1;
	if (kubeconfig->insecure_skip_tls_verify && *kubeconfig->ca_pem)
		return err_set(err,
			"%s: insecure-skip-tls-verify makes no sense with a "
			"certificate-authority; remove one of them",
			path);
	return 0;
}

/* What would change as whom requests are sent, and is not done here. */
static int refuse_unsupported(const struct kube_entry *user, struct err *err)
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
		if (kube_entry_has(user, KEYS[i].key))
			return err_set(err, "%s: %s is not supported; %s",
				user->file->path, KEYS[i].key, KEYS[i].why);
	return 0;
}

/*
 * The plugin's node.  Its command, where it is a relative path, is relative
 * to the file (clientcmd, ResolveLocalPaths); the written kubeconfig stands
 * elsewhere.
 */
static void read_exec(
	struct kubeconfig *kubeconfig, const struct kube_entry *user)
{
	struct yaml_doc *doc = user->file->doc;
	const struct node *exec = node_member(doc, user->node, "exec");
	struct node *command;
	struct buf text = BUF_INIT;

	if (!exec || node_is_null(exec))
		return;
	command = node_member(doc, exec, "command");
	if (command && command->kind == NODE_SCALAR &&
		strchr(command->text.ptr, '/')) {
		char *path =
			text_file_resolve(user->file->path, command->text.ptr);

		command->text = span_str(arena_dup(doc->arena, span_str(path)));
		free(path);
	}
	node_write_flow(exec, &text);
	replace(&kubeconfig->exec_yaml, buf_cstr(&text));
	buf_fini(&text);
}

static int read_user(struct kubeconfig *kubeconfig,
	const struct kube_entry *user, struct err *err)
{
	const char *token_file = kube_entry_text(user, "tokenFile");

	if (refuse_unsupported(user, err))
		return -1;
	replace(&kubeconfig->token, kube_entry_text(user, "token"));
	if (*token_file) {
		free(kubeconfig->token_file);
		kubeconfig->token_file =
			text_file_resolve(user->file->path, token_file);
	}
	if (read_pem(user, "client-certificate", &kubeconfig->client_cert_pem,
		    &kubeconfig->client_cert_file, err) ||
		read_pem(user, "client-key", &kubeconfig->client_key_pem,
			&kubeconfig->client_key_file, err))
		return -1;
	if (!*kubeconfig->client_cert_pem != !*kubeconfig->client_key_pem)
		return err_set(err,
			"%s: client-certificate and client-key are needed "
			"both",
			user->file->path);
	read_exec(kubeconfig, user);
	return 0;
}

static int read_context(struct kubeconfig *kubeconfig,
	const struct kube_files *files, const char *name, struct err *err)
{
	struct kube_entry context =
		kube_files_entry(files, "contexts", "context", name);
	struct kube_entry cluster, user;
	const char *cluster_name, *user_name;
	struct buf text = BUF_INIT;

	if (!context.file) {
		const char *best = kube_files_suggest(files, "contexts", name);

		return err_set(err, "%s: there is no context \"%s\"%s%s%s",
			files->looked, name, best ? "; did you mean \"" : "",
			best ? best : "", best ? "\"?" : "");
	}
	cluster_name = kube_entry_text(&context, "cluster");
	user_name = kube_entry_text(&context, "user");
	cluster = kube_files_entry(files, "clusters", "cluster", cluster_name);
	if (!cluster.file)
		return err_set(err,
			"%s: context \"%s\" names the cluster \"%s\", which "
			"is not there",
			context.file->path, name, cluster_name);
	user = kube_files_entry(files, "users", "user", user_name);
	if (*user_name && !user.file)
		return err_set(err,
			"%s: context \"%s\" names the user \"%s\", who is not "
			"there",
			context.file->path, name, user_name);
	replace(&kubeconfig->namespace, kube_entry_text(&context, "namespace"));
	buf_printf(&text, "%s, context %s", context.file->path, name);
	replace(&kubeconfig->source, buf_cstr(&text));
	buf_fini(&text);
	if (read_cluster(kubeconfig, &cluster, err))
		return -1;
	return *user_name ? read_user(kubeconfig, &user, err) : 0;
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

/* Without the line ends and spaces around it. */
static struct span trim(struct span s)
{
	while (s.len && strchr(" \t\r\n", s.ptr[0]))
		s = span_skip(s, 1);
	while (s.len && strchr(" \t\r\n", s.ptr[s.len - 1]))
		s.len--;
	return s;
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
	if (!rc && span_is_empty(trim(buf_span(&text))))
		rc = err_set(err, "is empty");
	if (rc)
		err_prefix(err, "%s", kubeconfig->token_file);
	kube_wipe(&text);
	if (!rc) {
		free(kubeconfig->ca_pem);
		kubeconfig->ca_pem = NULL;
		rc = read_pem_file(
			kubeconfig->ca_file, &kubeconfig->ca_pem, err);
	}
	file = service_account_file(places, "namespace");
	if (!rc && !text_file_read(file, 1024, &text, &ignored)) {
		free(kubeconfig->namespace);
		kubeconfig->namespace = span_dup(trim(buf_span(&text)));
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

static int read_files(struct kubeconfig *ret_kubeconfig,
	const struct kube_files *files, const char *context, struct err *err)
{
	struct kubeconfig kubeconfig;

	if (!*context)
		context = kube_files_current_context(files);
	if (!*context)
		return err_set(err,
			"%s: no current-context; set one, or name a context",
			files->looked);
	kubeconfig_init(&kubeconfig);
	if (read_context(&kubeconfig, files, context, err)) {
		kubeconfig_fini(&kubeconfig);
		return -1;
	}
	*ret_kubeconfig = kubeconfig;
	return 0;
}

int kubeconfig_find(struct kubeconfig *ret_kubeconfig, const char *file,
	const char *context, const struct places *places, struct err *err)
{
	struct kube_files files;
	int rc = kube_files_find(&files, file, places, err);
	const char *looked = files.looked ? files.looked : "$HOME is not set";

	if (!rc && kube_files_is_empty(&files) && !*file && !*context &&
		is_in_pod(places))
		rc = kubeconfig_in_cluster(ret_kubeconfig, places, err);
	else if (!rc && !files.count && *context)
		rc = err_set(err,
			"there is no context \"%s\": there is no kubeconfig "
			"(%s)",
			context, looked);
	else if (!rc && !files.count)
		rc = err_set(err,
			"no API server is configured: there is no kubeconfig "
			"(%s), and this is not a pod",
			looked);
	else if (!rc)
		rc = read_files(ret_kubeconfig, &files, context, err);
	kube_files_fini(&files);
	return rc;
}
