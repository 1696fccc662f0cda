/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/sweep_config.h"

#include <string.h>

#include "base/span.h"

/* ---- items --------------------------------------------------------------- */

void sweep_config_default(struct sweep_config *sweep)
{
	sweep->proofs = 1u << SWEEP_PROOF_LABELLED | 1u << SWEEP_PROOF_GONE |
		1u << SWEEP_PROOF_FINISHED;
}

void sweep_rule_blank(struct sweep_rule_config *ret_rule, struct arena *arena)
{
	*ret_rule = (struct sweep_rule_config){
		.name = "",
		.api_version = "",
		.resource = "",
		.finalizer = "",
	};
	schema_set_defaults("sweep.rules[]", ret_rule, arena);
}

struct schema_item sweep_rule_item(struct sweep_config *sweep,
	struct arena *arena, struct problems *problems, const struct node *node)
{
	struct sweep_rule_config *rule;

	if (sweep->rule_count == SWEEP_RULES_MAX) {
		schema_complain(problems, PROBLEM_ERROR, node,
			"too many; at most %d are possible", SWEEP_RULES_MAX);
		return (struct schema_item){ NULL, false };
	}
	rule = &sweep->rules[sweep->rule_count++];
	sweep_rule_blank(rule, arena);
	rule->node = node;
	return (struct schema_item){ rule, true };
}

/* ---- checks -------------------------------------------------------------- */

bool sweep_config_is_protected(const char *finalizer)
{
	static const char OURS[] = "kubernetes.io";
	struct span name = span_str(finalizer);
	struct span owner;

	if (!strcmp(finalizer, "foregroundDeletion") ||
		!strcmp(finalizer, "orphan") ||
		!strcmp(finalizer, "kubernetes"))
		return true;
	owner = span_cut(&name, '/');
	if (!span_ends_with(owner, SPAN("kubernetes.io")))
		return false;
	return owner.len == sizeof(OURS) - 1 ||
		owner.ptr[owner.len - sizeof(OURS)] == '.';
}

/* One check: what its parts share. */
struct checker {
	const struct yaml_doc *doc; /* borrowed */
	struct problems *problems;  /* borrowed */
};

/* At a key of `object`, or where it would be. */
static void complain(const struct checker *checker, enum problem_kind kind,
	const struct node *object, const char *key, const char *text)
{
	const struct node *member = node_member(checker->doc, object, key);

	schema_complain(checker->problems, kind, member ? member : object, "%s",
		text);
}

static bool is_qualified(const char *text)
{
	static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._/";

	return *text && strspn(text, PLAIN) == strlen(text);
}

/* "a=b": both parts; empty: nothing is asked for. */
static bool is_pair(const char *text)
{
	const char *equals = strchr(text, '=');

	return !*text || (equals && equals > text);
}

static void check_rule(
	const struct checker *checker, const struct sweep_rule_config *rule)
{
	const struct node *node = rule->node;

	/* One that is missing has been told. */
	if (!is_qualified(rule->finalizer) &&
		node_member(checker->doc, node, "finalizer"))
		complain(checker, PROBLEM_ERROR, node, "finalizer",
			"must be the name of a finalizer, as "
			"example.com/cleanup");
	if (sweep_config_is_protected(rule->finalizer) &&
		!rule->is_protected_meant)
		complain(checker, PROBLEM_ERROR, node, "finalizer",
			"is the garbage collector's or Kubernetes' own; with "
			"evenIfProtected: true it is removed all the same");
	if (!is_qualified(rule->api_version) &&
		node_member(checker->doc, node, "apiVersion"))
		complain(checker, PROBLEM_ERROR, node, "apiVersion",
			"must be as in a manifest: v1, example.com/v1");
	if (node_member(checker->doc, node, "resource") &&
		(!*rule->resource ||
			strspn(rule->resource,
				"abcdefghijklmnopqrstuvwxyz0123456789-.") !=
				strlen(rule->resource)))
		complain(checker, PROBLEM_ERROR, node, "resource",
			"must be as in paths, in the plural: widgets");
	if (!is_pair(rule->label))
		complain(checker, PROBLEM_ERROR, node, "label",
			"must be key=value");
	if (!is_pair(rule->condition))
		complain(checker, PROBLEM_ERROR, node, "condition",
			"must be type=status, as Complete=True");
	if (rule->with_orphans || *rule->label || *rule->condition)
		return;
	if (!rule->deleted_for)
		complain(checker, PROBLEM_ERROR, node, "name",
			"demands nothing; set orphans, label, condition or "
			"deletedFor");
	else
		complain(checker, PROBLEM_WARNING, node, "deletedFor",
			"alone proves little: a controller may be down for "
			"longer, and do then what the finalizer waits for");
}

/* Names are in the report and in metrics. */
static void check_names(
	const struct checker *checker, const struct sweep_config *sweep)
{
	for (uint32_t i = 0; i < sweep->rule_count; i++) {
		const struct sweep_rule_config *rule = &sweep->rules[i];

		if (!strcmp(rule->name, "argo") ||
			!strcmp(rule->name, "argo-workflows"))
			complain(checker, PROBLEM_ERROR, rule->node, "name",
				"is what Argo's own are called; take another");
		for (uint32_t j = 0; j < i; j++) {
			if (*rule->name &&
				!strcmp(rule->name, sweep->rules[j].name))
				complain(checker, PROBLEM_ERROR, rule->node,
					"name", "given twice");
		}
	}
}

static void check_argo(const struct checker *checker,
	const struct sweep_config *sweep, const struct node *node)
{
	const char *slash = strchr(sweep->sightings_in, '/');

	if (!sweep->proofs)
		complain(checker, PROBLEM_ERROR, node, "proofs",
			"must name those that count; argo: false looks at none "
			"of Argo's");
	if (!is_qualified(sweep->finalizer) ||
		sweep_config_is_protected(sweep->finalizer))
		complain(checker, PROBLEM_ERROR, node, "finalizer",
			"must be the name of a controller's finalizer");
	if (!is_qualified(sweep->workflow_finalizer) ||
		sweep_config_is_protected(sweep->workflow_finalizer))
		complain(checker, PROBLEM_ERROR, node, "workflowFinalizer",
			"must be the name of a controller's finalizer");
	if (*sweep->sightings_in &&
		(!is_qualified(sweep->sightings_in) || !slash ||
			slash == sweep->sightings_in || !slash[1] ||
			strchr(slash + 1, '/')))
		complain(checker, PROBLEM_ERROR, node, "sightingsIn",
			"must be namespace/name of a ConfigMap");
}

static void check_namespaces(const struct checker *checker,
	const struct sweep_config *sweep, const struct node *node)
{
	for (size_t i = 0; i < sweep->add_in.count; i++) {
		const char *name = sweep->add_in.items[i];

		if (!is_qualified(name) || strchr(name, '/'))
			complain(checker, PROBLEM_ERROR, node,
				"addWorkflowFinalizerIn",
				"must be names of namespaces");
	}
}

void sweep_config_check(struct sweep_config *sweep, const struct yaml_doc *doc,
	struct problems *problems)
{
	const struct checker checker = { doc, problems };
	const struct node *node = doc->root && doc->root->kind == NODE_MAPPING
		? node_member(doc, doc->root, "sweep")
		: NULL;

	if (!node || node->kind != NODE_MAPPING)
		return;
	check_argo(&checker, sweep, node);
	check_namespaces(&checker, sweep, node);
	check_names(&checker, sweep);
	for (uint32_t i = 0; i < sweep->rule_count; i++) {
		check_rule(&checker, &sweep->rules[i]);
		/* The document is not kept. */
		sweep->rules[i].node = NULL;
	}
}
