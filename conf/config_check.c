/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_check.h"

#include <string.h>

#include "base/check.h"
#include "conf/schema.h"

/* One check of a configuration: what its rules share. */
struct checker {
	const struct yaml_doc *doc; /* borrowed */
	struct problems *problems;  /* borrowed */
};

/*
 * The node at a dotted path, or the deepest one above it that is there: the
 * place to point at.
 */
static const struct node *node_at(
	const struct yaml_doc *doc, const struct node *from, const char *path)
{
	struct span rest = span_str(path);
	const struct node *node = from;

	while (!span_is_empty(rest)) {
		char name[64];
		struct span part = span_cut(&rest, '.');
		const struct node *member;

		CHECK(part.len < sizeof(name));
		memcpy(name, part.ptr, part.len);
		name[part.len] = '\0';
		member = node_member(doc, node, name);
		if (!member)
			break;
		node = member;
	}
	return node;
}

static void complain(
	const struct checker *checker, const char *path, const char *text)
{
	const struct node *node =
		node_at(checker->doc, checker->doc->root, path);

	if (node)
		schema_complain(
			checker->problems, PROBLEM_ERROR, node, "%s", text);
}

static void warn(
	const struct checker *checker, const char *path, const char *text)
{
	const struct node *node =
		node_at(checker->doc, checker->doc->root, path);

	if (node)
		schema_complain(
			checker->problems, PROBLEM_WARNING, node, "%s", text);
}

/* `low_path` must not be above `high_path`. */
static void check_order(const struct checker *checker, uint64_t low,
	const char *low_path, uint64_t high, const char *high_path)
{
	const struct node *root = checker->doc->root;
	const struct node *low_node = node_at(checker->doc, root, low_path);
	const struct node *high_node = node_at(checker->doc, root, high_path);
	struct buf path = BUF_INIT;

	if (low <= high || !low_node || !high_node)
		return;
	/* Point at the one that the file gives; of two at the later one. */
	node_path(high_node, &path);
	if (!strcmp(buf_cstr(&path), high_path))
		schema_complain(checker->problems, PROBLEM_ERROR, high_node,
			"must not be below %s", low_path);
	else
		schema_complain(checker->problems, PROBLEM_ERROR, low_node,
			"must not be above %s", high_path);
	buf_fini(&path);
}

static void check_listen(
	const struct checker *checker, const struct config *config)
{
	const struct listen_config *listen = &config->listen;
	const struct admin_config *admin = &config->admin;

	if (*listen->tls_cert_file && !*listen->tls_key_file)
		complain(checker, "listen.tlsCertFile",
			"needs tlsPrivateKeyFile; set both or neither");
	if (*listen->tls_key_file && !*listen->tls_cert_file)
		complain(checker, "listen.tlsPrivateKeyFile",
			"needs tlsCertFile; set both or neither");
	if (admin->is_enabled && admin->address.port &&
		admin->address.port == listen->address.port &&
		!strcmp(admin->address.host, listen->address.host))
		complain(checker, "admin.address",
			"is the same as listen.address; choose another port");
}

static void check_upstream(
	const struct checker *checker, const struct config *config)
{
	const struct upstream_config *upstream = &config->upstream;

	if (upstream->servers.count > POLICY_ENDPOINTS_MAX)
		schema_complain(checker->problems, PROBLEM_ERROR,
			node_at(checker->doc, checker->doc->root,
				"upstream.servers"),
			"must have at most %d items, has %zu",
			POLICY_ENDPOINTS_MAX, upstream->servers.count);
	if (upstream->insecure_skip_tls_verify &&
		*upstream->certificate_authority)
		complain(checker, "upstream.insecureSkipTLSVerify",
			"makes no sense with certificateAuthority; remove one "
			"of them");
	else if (upstream->insecure_skip_tls_verify)
		warn(checker, "upstream.insecureSkipTLSVerify",
			"anybody on the way to the API server can read and "
			"change everything, tokens included");
	check_order(checker, upstream->reconnect_min,
		"upstream.reconnectBackoff.min", upstream->reconnect_max,
		"upstream.reconnectBackoff.max");
}

static void check_policy(
	const struct checker *checker, const struct policy_settings *policy)
{
	check_order(checker, policy->total.min, "total.min",
		policy->total.initial, "total.initial");
	check_order(checker, policy->total.initial, "total.initial",
		policy->total.max, "total.max");
	check_order(checker, policy->gate.closed_min_usec, "gate.closedMin",
		policy->gate.closed_max_usec, "gate.closedMax");
	check_order(checker, policy->gate.raise_min_usec, "gate.raiseMin",
		policy->gate.raise_max_usec, "gate.raiseMax");
	check_order(checker, policy->retry.backoff_min, "retry.backoffMin",
		policy->retry.backoff_max, "retry.backoffMax");
	check_order(checker, policy->held_bytes_small, "hold.maxSmallBytes",
		policy->held_bytes_max, "hold.maxBytes");
}

void config_check_fields(const struct config *config,
	const struct yaml_doc *doc, struct problems *problems)
{
	const struct checker checker = { doc, problems };

	check_listen(&checker, config);
	check_upstream(&checker, config);
	check_policy(&checker, &config->policy);
}
