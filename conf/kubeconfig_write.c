/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/kubeconfig.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "conf/base64.h"
#include "conf/text_file.h"
#include "conf/yaml_doc.h"

/* `"key": "text",` in JSON, which is YAML. */
static void append_text(struct buf *yaml, const char *key, const char *text)
{
	struct node node = {
		.kind = NODE_SCALAR,
		.text = span_str(text),
	};

	buf_printf(yaml, "    %s: ", key);
	node_write_flow(&node, yaml);
	buf_append_str(yaml, "\n");
}

static void append_data(struct buf *yaml, const char *key, const char *pem)
{
	buf_printf(yaml, "    %s: ", key);
	base64_encode(span_str(pem), yaml);
	buf_append_str(yaml, "\n");
}

static void append_user(struct buf *yaml, const struct client_kubeconfig *parts)
{
	size_t before = buf_len(yaml);

	if (*parts->token)
		append_text(yaml, "token", parts->token);
	if (*parts->token_file)
		append_text(yaml, "tokenFile", parts->token_file);
	if (*parts->exec_yaml)
		buf_printf(yaml, "    exec: %s\n", parts->exec_yaml);
	if (*parts->client_cert_pem) {
		append_data(yaml, "client-certificate-data",
			parts->client_cert_pem);
		append_data(yaml, "client-key-data", parts->client_key_pem);
	}
	if (buf_len(yaml) == before)
		buf_append_str(yaml, "    {}\n");
}

int kubeconfig_write(const char *path, const struct client_kubeconfig *parts,
	struct err *err)
{
	struct buf yaml = BUF_INIT;
	int rc;

	CHECK(!*parts->client_cert_pem == !*parts->client_key_pem);
	buf_append_str(&yaml,
		"# For the clients of Fairway.  Written by Fairway at each "
		"start.\n"
		"apiVersion: v1\n"
		"kind: Config\n"
		"clusters:\n"
		"- name: fairway\n"
		"  cluster:\n");
	append_text(&yaml, "server", parts->server);
	append_data(&yaml, "certificate-authority-data", parts->ca_pem);
	buf_append_str(&yaml, "users:\n- name: fairway\n  user:\n");
	append_user(&yaml, parts);
	buf_append_str(&yaml,
		"contexts:\n"
		"- name: fairway\n"
		"  context:\n"
		"    cluster: fairway\n"
		"    user: fairway\n");
	if (*parts->namespace)
		append_text(&yaml, "namespace", parts->namespace);
	buf_append_str(&yaml, "current-context: fairway\n");
	rc = text_file_write(path, buf_span(&yaml), err);
	explicit_bzero(yaml.data, yaml.cap);
	buf_fini(&yaml);
	return rc;
}
