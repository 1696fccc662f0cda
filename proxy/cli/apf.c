/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/apf.h"

/* ---- names ------------------------------------------------------------ */

/* RFC 1123: lower-case letters, digits, inner dashes; with dots a subdomain. */
static bool is_dns_name(struct span name, size_t max, bool with_dots)
{
	if (!name.len || name.len > max)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool is_edge = i == 0 || i + 1 == name.len;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			continue;
		if (is_edge || (c != '-' && !(with_dots && c == '.')))
			return false;
	}
	return true;
}

int apf_account_parse(
	struct span text, struct apf_account *ret_account, struct err *err)
{
	static const struct span PREFIX = SPAN_INIT("system:serviceaccount:");
	struct apf_account account;
	struct span rest = text;

	if (span_starts_with(rest, PREFIX))
		rest = span_skip(rest, PREFIX.len);
	account.namespace = span_cut(&rest, ':');
	account.name = rest;
	if (!is_dns_name(account.namespace, 63, false) ||
		!is_dns_name(account.name, 253, true))
		return err_set(err,
			"must be NAMESPACE:NAME, as argo:argo, is '%.*s'",
			SPAN_ARG(text));
	*ret_account = account;
	return 0;
}

int apf_resource_parse(
	struct span text, struct apf_resource *ret_resource, struct err *err)
{
	struct apf_resource resource = { .group = text };

	resource.resource = span_cut(&resource.group, '.');
	if (span_is_absent(resource.group))
		resource.group = SPAN("");
	if (!is_dns_name(resource.resource, 63, false) ||
		(resource.group.len && !is_dns_name(resource.group, 253, true)))
		return err_set(err,
			"must be a resource in plural, as pods or "
			"workflows.argoproj.io, is '%.*s'",
			SPAN_ARG(text));
	*ret_resource = resource;
	return 0;
}

/* ---- levels ----------------------------------------------------------- */

/* A FlowSchema's resourceRule. */
struct rule {
	const char *verbs;
	const char *group;
	const char *resources;
};

/* One level and the FlowSchema that leads to it. */
struct level {
	const char *name;
	const char *why; /* a comment; each of its lines begins with "# " */
	unsigned shares;
	unsigned lendable; /* per cent */
	const char *distinguisher;
	bool takes_resources; /* apf_settings' own are its rules */
	struct rule rules[3];
};

/*
 * Shares: the API server's own levels have 245 together, 100 of them for all
 * service accounts.  What is lent comes back after ten seconds only, so leases
 * and removals lend nothing.
 */
static const struct level LEVELS[] = {
	{
		.name = "leader-election",
		.why = "# Leases: a controller that cannot renew its lease is "
		       "gone.\n",
		.shares = 5,
		.distinguisher = "ByUser",
		.rules = { { "get, create, update, patch",
			"coordination.k8s.io", "leases" } },
	},
	{
		.name = "finalizers",
		.why = "# Finalizer removals. The API server does not see "
		       "bodies: every PATCH of\n"
		       "# these resources by these accounts is taken for one. "
		       "Removals inside a PUT\n"
		       "# (workflows, claims) are not.\n",
		.shares = 15,
		.distinguisher = "ByNamespace",
		.takes_resources = true,
	},
	{
		.name = "workflow-status",
		.why = "# Status of workflows, and the results of their "
		       "tasks.\n",
		.shares = 15,
		.lendable = 50,
		.distinguisher = "ByNamespace",
		.rules = { { "update, patch", "argoproj.io",
				   "workflows, workflows/status, "
				   "workflowtaskresults, workflowtasksets, "
				   "workflowtasksets/status" },
			{ "create", "argoproj.io", "workflowtaskresults" } },
	},
};

static void write_head(const struct apf_settings *settings, const char *kind,
	const struct level *level, struct buf *out)
{
	buf_printf(out,
		"apiVersion: flowcontrol.apiserver.k8s.io/v1\n"
		"kind: %s\n"
		"metadata:\n"
		"  name: %s-%s\n"
		"  labels: {app.kubernetes.io/managed-by: fairway}\n"
		"spec:\n",
		kind, settings->prefix, level->name);
}

static void write_level(const struct apf_settings *settings,
	const struct level *level, struct buf *out)
{
	buf_printf(out, "---\n%s", level->why);
	write_head(settings, "PriorityLevelConfiguration", level, out);
	buf_printf(out,
		"  type: Limited\n"
		"  limited:\n"
		"    nominalConcurrencyShares: %u\n"
		"    lendablePercent: %u\n"
		"    limitResponse:\n"
		"      type: Queue\n"
		"      queuing: {queues: 16, handSize: 4, "
		"queueLengthLimit: 50}\n",
		level->shares, level->lendable);
}

static void write_rule(
	struct buf *out, const char *verbs, struct span group, struct span name)
{
	buf_printf(out,
		"    - verbs: [%s]\n"
		"      apiGroups: [\"%.*s\"]\n"
		"      resources: [%.*s]\n"
		"      namespaces: [\"*\"]\n",
		verbs, SPAN_ARG(group), SPAN_ARG(name));
}

/* Also what is in no namespace: namespaces themselves, nodes. */
static void write_own_rules(
	const struct apf_settings *settings, struct buf *out)
{
	static const struct apf_resource PODS = { SPAN_INIT(""),
		SPAN_INIT("pods") };
	const struct apf_resource *list = settings->resources;
	size_t count = settings->resource_count;

	if (!count) {
		list = &PODS;
		count = 1;
	}
	for (size_t i = 0; i < count; i++) {
		write_rule(out, "patch", list[i].group, list[i].resource);
		buf_append_str(out, "      clusterScope: true\n");
	}
}

static void write_schema(const struct apf_settings *settings,
	const struct level *level, unsigned precedence, struct buf *out)
{
	buf_append_str(out, "---\n");
	write_head(settings, "FlowSchema", level, out);
	buf_printf(out,
		"  matchingPrecedence: %u\n"
		"  priorityLevelConfiguration: {name: %s-%s}\n"
		"  distinguisherMethod: {type: %s}\n"
		"  rules:\n"
		"  - subjects:\n",
		precedence, settings->prefix, level->name,
		level->distinguisher);
	for (size_t i = 0; i < settings->account_count; i++) {
		const struct apf_account *account = &settings->accounts[i];

		buf_printf(out,
			"    - kind: ServiceAccount\n"
			"      serviceAccount: {namespace: \"%.*s\", "
			"name: \"%.*s\"}\n",
			SPAN_ARG(account->namespace), SPAN_ARG(account->name));
	}
	buf_append_str(out, "    resourceRules:\n");
	if (level->takes_resources)
		write_own_rules(settings, out);
	for (size_t i = 0;
		i < ARRAY_SIZE(level->rules) && level->rules[i].verbs; i++)
		write_rule(out, level->rules[i].verbs,
			span_str(level->rules[i].group),
			span_str(level->rules[i].resources));
}

void apf_write(const struct apf_settings *settings, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(LEVELS); i++) {
		write_level(settings, &LEVELS[i], out);
		write_schema(settings, &LEVELS[i],
			settings->precedence + (unsigned)i, out);
	}
}
