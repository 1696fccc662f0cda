/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/sweep/discovery.h"
#include "proxy/sweep/ask.h"

enum {
	PAGE = 250,
	WORKFLOW_PAGE = 50, /* they are large */
};

/* ---- paths --------------------------------------------------------------- */

void sweep_append_base(struct buf *path, const char *api_version)
{
	buf_append_str(path, strchr(api_version, '/') ? "/apis/" : "/api/");
	buf_append_str(path, api_version);
}

void sweep_kind_append_path(const struct sweep_kind *kind,
	const char *namespace, struct buf *path)
{
	sweep_append_base(path, kind->api_version);
	if (kind->is_namespaced && *namespace)
		buf_printf(path, "/namespaces/%s", namespace);
	buf_printf(path, "/%s", kind->resource);
}

void sweep_kind_append_object(const struct sweep_kind *kind,
	const char *namespace, const char *name, struct buf *path)
{
	sweep_kind_append_path(kind, namespace, path);
	buf_append_str(path, "/");
	/* Names of some kinds may have colons and such. */
	sweep_append_escaped(path, name);
}

void sweep_append_escaped(struct buf *path, const char *text)
{
	static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (; *text; text++) {
		if (strchr(PLAIN, *text))
			buf_append(path, text, 1);
		else
			buf_printf(path, "%%%02X", (unsigned char)*text);
	}
}

/* ---- kinds --------------------------------------------------------------- */

static struct sweep_kind *kind_new(const char *api_version,
	const char *resource, const char *name, bool is_namespaced)
{
	struct sweep_kind *kind = xcalloc(1, sizeof(*kind));

	kind->api_version = xstrdup(api_version);
	kind->resource = xstrdup(resource);
	kind->name = xstrdup(name);
	kind->asked_for = xstrdup(name);
	kind->is_namespaced = is_namespaced;
	return kind;
}

/* It is asked for once. */
static struct sweep_kind *kind_unserved(
	const char *api_version, const char *resource, const char *name)
{
	struct sweep_kind *kind = kind_new(api_version,
		resource ? resource : "", name ? name : "", false);

	*kind->name = '\0';
	return kind;
}

void sweep_kinds_forget(struct list *kinds)
{
	struct list_node *node;

	while ((node = list_pop_front(kinds))) {
		struct sweep_kind *kind =
			CONTAINER_OF(node, struct sweep_kind, node);

		free(kind->api_version);
		free(kind->resource);
		free(kind->name);
		free(kind->asked_for);
		free(kind);
	}
}

/* By the one of both names that there is. */
static bool is_called(const struct sweep_kind *kind, const char *resource,
	const char *name)
{
	if (resource)
		return !strcmp(kind->resource, resource);
	return name && !strcmp(kind->asked_for, name);
}

static const struct sweep_kind *find_known(const struct sweep_report *report,
	const char *api_version, const char *resource, const char *name)
{
	LIST_EACH (node, &report->kinds) {
		const struct sweep_kind *kind =
			CONTAINER_OF(node, struct sweep_kind, node);

		if (!strcmp(kind->api_version, api_version) &&
			is_called(kind, resource, name))
			return kind;
	}
	return NULL;
}

/* What is served of it, by the answer; NULL: it is no proper one. */
static struct sweep_kind *kind_of_answer(const struct sweep_run *run,
	const char *api_version, const char *resource, const char *name)
{
	struct sweep_served served;
	int found = 0;
	char *is, *called;
	struct sweep_kind *kind;

	if (run->answer.status == 200)
		found = sweep_discovery_find(buf_span(&run->answer.body),
			span_str(resource), span_str(name), &served);
	/*
	 * An owner may name any group, also one whose own API server is away:
	 * that is no reason to end.  A target is what was asked for.
	 */
	else if (run->answer.status != 404 &&
		(resource || run->answer.status < 500))
		found = -1;
	if (found < 0)
		return NULL;
	if (!found)
		return kind_unserved(api_version, resource, name);
	is = span_dup(served.resource);
	called = span_dup(served.kind);
	kind = kind_new(api_version, is, called, served.is_namespaced);
	free(is);
	free(called);
	return kind;
}

const struct sweep_kind *sweep_kind_find(struct sweep_run *run,
	const char *api_version, const char *resource, const char *name,
	struct err *err)
{
	const struct sweep_kind *known =
		find_known(run->report, api_version, resource, name);
	struct buf path = BUF_INIT;
	struct sweep_kind *kind;

	if (known)
		return known;
	sweep_append_base(&path, api_version);
	if (sweep_ask(run, &path, err))
		return NULL;
	kind = kind_of_answer(run, api_version, resource, name);
	if (kind)
		list_push_back(&run->report->kinds, &kind->node);
	else
		sweep_no_use(run, api_version, err);
	return kind;
}

/* ---- targets ------------------------------------------------------------- */

static struct sweep_target *add_target(struct sweep_run *run,
	enum sweep_target_type type, const char *rule_name,
	const struct sweep_kind *kind, struct span finalizer)
{
	struct sweep_target *target = xcalloc(1, sizeof(*target));

	target->type = type;
	target->rule_name = rule_name;
	target->kind = kind;
	target->finalizer = finalizer;
	target->selector = "";
	target->page = PAGE;
	list_push_back(&run->report->targets, &target->node);
	return target;
}

static void add_pods(struct sweep_run *run)
{
	struct sweep_kind *kind = kind_new("v1", "pods", "Pod", true);
	struct sweep_target *target;

	list_push_back(&run->report->kinds, &kind->node);
	target = add_target(run, SWEEP_PODS, "argo", kind,
		run->order->proof.finalizer);
	target->selector = SWEEP_LABEL_WORKFLOW;
	target->list_kind = SPAN("PodList");
	run->pods = target;
}

static void add_workflows(struct sweep_run *run)
{
	struct sweep_target *target = add_target(run, SWEEP_WORKFLOWS,
		"argo-workflows", run->workflows,
		run->order->proof.workflow_finalizer);

	target->page = WORKFLOW_PAGE;
	target->list_kind = SPAN("WorkflowList");
}

static int add_ruled(struct sweep_run *run,
	const struct sweep_rule_order *rule, struct err *err)
{
	const struct sweep_kind *kind = sweep_kind_find(
		run, rule->api_version, rule->resource, NULL, err);
	struct sweep_target *target;

	if (!kind)
		return err_prefix(err, "rule %s", rule->name);
	if (!*kind->name)
		return err_set(err, "rule %s: there are no %s of %s",
			rule->name, rule->resource, rule->api_version);
	target = add_target(
		run, SWEEP_RULED, rule->name, kind, rule->rule.finalizer);
	target->selector = rule->selector;
	target->rule = rule;
	return 0;
}

int sweep_targets_make(struct sweep_run *run, struct err *err)
{
	const struct sweep_order *order = run->order;
	struct sweep_kind *workflows =
		kind_new(ARGO_VERSION, "workflows", "Workflow", true);

	list_push_back(&run->report->kinds, &workflows->node);
	run->workflows = workflows;
	if (order->with_argo)
		add_pods(run);
	for (size_t i = 0; i < order->rule_count; i++) {
		if (add_ruled(run, &order->rules[i], err))
			return -1;
	}
	if (order->with_argo && order->proof.with_deleted)
		add_workflows(run);
	return 0;
}

int sweep_target_read(const struct sweep_target *target, struct span text,
	struct sweep_object *ret_object)
{
	struct sweep_wanted wanted = {
		.kind = span_str(target->kind->name),
		.finalizer = target->finalizer,
	};
	struct sweep_object object;

	if (target->rule) {
		wanted.label = target->rule->rule.label_key;
		wanted.condition = target->rule->rule.condition_type;
	}
	if (sweep_object_read(text, &wanted, &object) ||
		target->kind->is_namespaced != (object.namespace.len > 0))
		return -1;
	*ret_object = object;
	return 0;
}
