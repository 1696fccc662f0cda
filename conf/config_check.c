/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_check.h"

#include <string.h>

#include "base/check.h"
#include "conf/number.h"
#include "conf/schema.h"
#include "conf/server_url.h"
#include "conf/value.h"

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

/* A key, its value, and where to point at. */
struct operand {
	const struct schema_key *key;
	uint64_t number;
	const struct node *node; /* NULL: the file does not give it */
};

static struct operand operand_at(const struct checker *checker,
	const struct config *config, const char *path)
{
	const struct schema_key *key = schema_find(path);
	const struct node *node =
		node_at(checker->doc, checker->doc->root, path);
	struct buf found = BUF_INIT;
	struct operand operand;

	CHECK(key && number_is_type(key->type));
	if (node)
		node_path(node, &found);
	operand.key = key;
	operand.number = number_value(key, (const char *)config + key->offset);
	operand.node = strcmp(buf_cstr(&found), path) ? NULL : node;
	buf_fini(&found);
	return operand;
}

/* The number at `low_path` must not be above the one at `high_path`. */
static void check_order(const struct checker *checker,
	const struct config *config, const char *low_path,
	const char *high_path)
{
	struct operand low = operand_at(checker, config, low_path);
	struct operand high = operand_at(checker, config, high_path);
	const struct operand *blamed = high.node ? &high : &low;
	const struct operand *other = high.node ? &low : &high;
	struct buf value = BUF_INIT;

	/* Neither is given: defaults are right. */
	if (low.number <= high.number || !blamed->node)
		return;
	value_format(
		other->key, (const char *)config + other->key->offset, &value);
	schema_complain(checker->problems, PROBLEM_ERROR, blamed->node,
		"must not be %s %s, which is %s",
		blamed == &high ? "below" : "above", other->key->path,
		buf_cstr(&value));
	buf_fini(&value);
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

/* Whether `address` is that host and port, which is not "any". */
static bool is_same_place(const struct host_port *place, const char *address)
{
	struct span host;
	struct err err;
	uint16_t port;

	return !host_port_split(span_str(address), &host, &port, &err) &&
		port && port == place->port && span_eq_str(host, place->host);
}

static void check_cleartext(
	const struct checker *checker, const struct config *config)
{
	const struct cleartext_config *cleartext = &config->cleartext;

	if (cleartext->credentials == CREDENTIALS_OWN && !*cleartext->address)
		complain(checker, "cleartext.credentials",
			"is for requests in cleartext: set address, too, such "
			"as unix:/run/fairway/api.sock");
	if (is_same_place(&config->listen.address, cleartext->address))
		complain(checker, "cleartext.address",
			"is the same as listen.address; choose another port");
	if (config->admin.is_enabled &&
		is_same_place(&config->admin.address, cleartext->address))
		complain(checker, "cleartext.address",
			"is the same as admin.address; choose another port");
}

static void check_identity(
	const struct checker *checker, const struct config *config)
{
	if (*config->identity.client_ca_file &&
		config->cleartext.credentials == CREDENTIALS_OWN)
		complain(checker, "cleartext.credentials",
			"Own would lend the credentials that impersonate "
			"clients with certificates; remove one of cleartext "
			"and identity.clientCAFile");
	if (config->identity.impersonation == IMPERSONATION_REVIEW &&
		!*config->identity.client_ca_file)
		complain(checker, "identity.impersonation",
			"is for clients with certificates: set clientCAFile, "
			"too; with tokens the API server decides itself");
}

/* Clients find another name or address in the certificate than they went to. */
static void check_certificate(
	const struct checker *checker, const struct listen_config *listen)
{
	static const char *const LOCAL[] = { "localhost", "::1" };
	const char *host = listen->address.host;

	if (*listen->tls_cert_file || !strncmp(host, "127.", 4))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(LOCAL); i++) {
		if (!strcmp(host, LOCAL[i]))
			return;
	}
	warn(checker, "listen.address",
		"the certificate that is made without tlsCertFile is for "
		"clients on this machine only");
}

static void check_limits(
	const struct checker *checker, const struct limits_config *limits)
{
	if (limits->streams_max < 1000)
		warn(checker, "limits.maxStreamsPerConnection",
			"below 1000, clients open more connections while "
			"requests wait");
}

static void check_audit(
	const struct checker *checker, const struct audit_config *audit)
{
	if (*audit->path && audit->output != AUDIT_FILE)
		warn(checker, "audit.path",
			"is not used: audit.output is not File");
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
	check_order(checker, config, "upstream.reconnectBackoff.min",
		"upstream.reconnectBackoff.max");
}

/* It is given, and nothing comes so far; who says "adaptive" knows. */
static void check_fixed_total(
	const struct checker *checker, const struct config *config)
{
	const struct node *total =
		node_member(checker->doc, checker->doc->root, "total");
	struct operand max = operand_at(checker, config, "total.max");

	if (max.node && !node_member(checker->doc, total, "adaptive") &&
		config->policy.total.max > config->policy.total.initial)
		schema_complain(checker->problems, PROBLEM_WARNING, max.node,
			"without total.adaptive the total does not grow above "
			"total.initial");
}

static void check_policy(
	const struct checker *checker, const struct config *config)
{
	check_order(checker, config, "total.min", "total.initial");
	check_order(checker, config, "total.initial", "total.max");
	check_fixed_total(checker, config);
	check_order(checker, config, "gate.closedMin", "gate.closedMax");
	check_order(checker, config, "gate.raiseMin", "gate.raiseMax");
	check_order(checker, config, "retry.backoffMin", "retry.backoffMax");
	check_order(checker, config, "hold.maxSmallBytes", "hold.maxBytes");
	check_order(checker, config, "hold.maxBytes", "limits.maxMemoryBytes");
}

/* Each replica needs a seat of whatever is limited in seats. */
static void check_one_each(const struct checker *checker,
	const struct config *config, uint32_t seats, const char *lane,
	const char *key)
{
	if (!seats || seats / config->replicas.max >= SEAT)
		return;
	schema_complain(checker->problems, PROBLEM_ERROR,
		node_at(checker->doc, checker->doc->root, "replicas.max"),
		"%u replicas need a seat each, and %s%s%s is %u; raise that, "
		"or lower max",
		config->replicas.max, lane, *lane ? "'s " : "", key,
		seats / SEAT);
}

static void check_replicas(
	const struct checker *checker, const struct config *config)
{
	const struct policy_settings *policy = &config->policy;
	const struct total_settings *total = &policy->total;

	if (!config->replicas.is_divided)
		return;
	check_one_each(checker, config,
		total->is_adaptive ? total->max : total->initial, "",
		total->is_adaptive ? "total.max" : "total.initial");
	for (uint32_t i = 0; i < policy->lane_count; i++) {
		const struct lane_settings *lane = &policy->lanes[i];

		check_one_each(checker, config, lane->seats_max, lane->name,
			"seats");
		check_one_each(checker, config, lane->wide_list_seats,
			lane->name, "wideListSeats");
		check_one_each(checker, config, lane->large_write_seats,
			lane->name, "largeWriteSeats");
		check_one_each(checker, config, lane->reserve, lane->name,
			"reserveSeats");
	}
}

void config_check_fields(const struct config *config,
	const struct yaml_doc *doc, struct problems *problems)
{
	const struct checker checker = { doc, problems };

	check_listen(&checker, config);
	check_certificate(&checker, &config->listen);
	check_limits(&checker, &config->limits);
	check_audit(&checker, &config->audit);
	check_cleartext(&checker, config);
	check_identity(&checker, config);
	check_upstream(&checker, config);
	check_policy(&checker, config);
	check_replicas(&checker, config);
}
