/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/remove.h"

#include <stdlib.h>
#include <string.h>

#include "policy/sweep/document.h"
#include "policy/sweep/patch.h"
#include "proxy/sweep/find.h"
#include "proxy/sweep/progress.h"
#include "proxy/sweep/prove.h"
#include "proxy/sweep/tell.h"

/* k8s.io/apimachinery/pkg/util/validation: LabelValueMaxLength */
#define LABEL_VALUE_MAX 63
#define JSON_PATCH SPAN("application/json-patch+json")

/* ---- the patch ----------------------------------------------------------- */

/* A proper answer of somebody who has it no more. */
static bool is_gone(
	const struct sweep_run *run, const struct sweep_candidate *candidate)
{
	struct sweep_document document;

	return run->answer.status == 404 &&
		!sweep_document_read(buf_span(&run->answer.body), &document) &&
		sweep_document_says_not_found(&document,
			span_str(candidate->target->kind->resource),
			span_str(candidate->name));
}

/*
 * Not of who asks: a webhook does not want this object to be written to
 * (k8s.io/apiserver/pkg/admission/plugin/webhook/errors, ToStatusErr).
 */
static bool is_denied(const struct sweep_run *run)
{
	static const char DENIED[] = "denied the request";
	struct span body = buf_span(&run->answer.body);

	return body.len && memmem(body.ptr, body.len, DENIED, strlen(DENIED));
}

static int take_answer(struct sweep_run *run, struct sweep_candidate *candidate,
	struct err *err)
{
	switch (run->answer.status) {
	case 200:
		candidate->result = SWEEP_REMOVED;
		run->report->removed++;
		return 0;
	case 404:
		if (!is_gone(run, candidate))
			break;
		candidate->result = SWEEP_NO_MORE;
		return 0;
	case 400: /* where the webhook names no other */
	case 403:
		if (!is_denied(run))
			break;
		candidate->result = SWEEP_REFUSED;
		return 0;
	case 409:
	case 422:
		candidate->result = SWEEP_REFUSED;
		return 0;
	}
	return sweep_no_use(run, "patch", err);
}

static int remove_from(struct sweep_run *run, struct sweep_candidate *candidate,
	const struct sweep_object *object, struct err *err)
{
	struct span finalizer = candidate->target->finalizer;
	struct buf path = BUF_INIT, body = BUF_INIT;
	char audit_id[SWEEP_AUDIT_ID_CAP];
	unsigned status;

	if (sweep_tell_begun(run, candidate, err))
		return -1;
	sweep_audit_id(audit_id);
	sweep_kind_append_object(candidate->target->kind, candidate->namespace,
		candidate->name, &path);
	sweep_patch_write_removal(object, finalizer, &body);
	if (sweep_send(run, "PATCH", &path, JSON_PATCH, &body, audit_id, err))
		return -1;
	status = run->answer.status;
	if (take_answer(run, candidate, err))
		return -1;
	/* One that is being deleted cannot get it back. */
	if (candidate->result == SWEEP_REMOVED && run->memory &&
		!object->is_deleting)
		sweep_memory_note_removed(run->memory, span_str(candidate->uid),
			finalizer, sweep_wall(run));
	return sweep_tell_ended(run, candidate, status, audit_id, err);
}

/* ---- a Workflow's pods --------------------------------------------------- */

/* A pod of the Workflow `run->waits_for` still has its finalizer. */
static int take_unreleased(
	struct sweep_run *run, struct span item, struct err *err)
{
	struct sweep_object pod;

	(void)err;
	/* One that is not understood may be one of them. */
	if (sweep_pod_read(item, run->order->proof.finalizer, &pod) ||
		(pod.has_finalizer &&
			span_eq_str(pod.owner_uid, run->waits_for)))
		run->is_unreleased = true;
	return 0;
}

static void begin_anew(struct sweep_run *run)
{
	run->is_unreleased = false;
}

/* Whether all of the Workflow's pods are released, in run->is_unreleased. */
static int ask_for_its_pods(struct sweep_run *run,
	const struct sweep_candidate *candidate, struct err *err)
{
	const struct sweep_target *pods = run->pods;
	struct buf selector = BUF_INIT;
	struct sweep_listing listing = {
		.kind = pods->kind,
		.list_kind = pods->list_kind,
		.namespace = candidate->namespace,
		.limit = pods->page,
		.take = take_unreleased,
		.begin_anew = begin_anew,
	};
	int result;

	buf_append_str(&selector, pods->selector);
	/*
	 * A Workflow may have a name that is too long for a label, and such a
	 * selector is 400: then it is whoever has the label at all.
	 */
	if (strlen(candidate->name) <= LABEL_VALUE_MAX)
		buf_printf(&selector, "=%s", candidate->name);
	listing.selector = buf_cstr(&selector);
	run->waits_for = candidate->uid;
	run->is_unreleased = false;
	result = sweep_each_of(run, &listing, err);
	buf_fini(&selector);
	return result;
}

/* ---- turns --------------------------------------------------------------- */

/* What the object says now.  CHANGED unless it may still be removed. */
static int judge_again(struct sweep_run *run, struct sweep_candidate *candidate,
	const struct sweep_object *object, struct err *err)
{
	enum sweep_verdict verdict;

	candidate->result = SWEEP_CHANGED;
	if (sweep_prove(run, candidate->target, object, true, &verdict, err))
		return -1;
	if (!sweep_may_remove(verdict) ||
		!sweep_is_seen_enough(run, candidate, verdict))
		return 0;
	if (candidate->target->type == SWEEP_WORKFLOWS) {
		if (ask_for_its_pods(run, candidate, err))
			return -1;
		candidate->result = SWEEP_WAITS;
		if (run->is_unreleased)
			return 0;
	}
	candidate->verdict = verdict;
	return remove_from(run, candidate, object, err);
}

static int take_turn(struct sweep_run *run, struct sweep_candidate *candidate,
	struct err *err)
{
	struct buf path = BUF_INIT, text;
	struct sweep_object object;
	int result = -1;

	sweep_kind_append_object(candidate->target->kind, candidate->namespace,
		candidate->name, &path);
	if (sweep_ask(run, &path, err))
		return -1;
	if (is_gone(run, candidate)) {
		candidate->result = SWEEP_NO_MORE;
		return 0;
	}
	if (run->answer.status != 200)
		return sweep_no_use(run, "what was found before", err);
	/* It is kept while others are asked for. */
	text = run->answer.body;
	run->answer.body = BUF_INIT;
	if (sweep_target_read(candidate->target, buf_span(&text), &object)) {
		/* As in a LIST: it stays. */
		candidate->result = SWEEP_CHANGED;
		result = 0;
	} else if (!span_eq_str(object.uid, candidate->uid) ||
		!object.has_finalizer) {
		candidate->result = SWEEP_NO_MORE;
		result = 0;
	} else {
		result = judge_again(run, candidate, &object, err);
	}
	buf_fini(&text);
	return result;
}

static size_t count_found(const struct sweep_report *report)
{
	size_t count = 0;

	LIST_EACH (node, &report->candidates)
		count += CONTAINER_OF(node, struct sweep_candidate, node)
				 ->result == SWEEP_FOUND;
	return count;
}

int sweep_remove_all(struct sweep_run *run, struct err *err)
{
	size_t all = count_found(run->report), done = 0;

	LIST_EACH (node, &run->report->candidates) {
		struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		if (candidate->result != SWEEP_FOUND)
			continue;
		if (done)
			sweep_client_pace(run->client, run->order->pause);
		sweep_progress_turn(run->order->progress, done++, all);
		if (take_turn(run, candidate, err))
			return err_prefix(err, "%s %s/%s",
				candidate->target->kind->name,
				candidate->namespace, candidate->name);
	}
	return 0;
}

/* ---- the finalizer for deleted Workflows --------------------------------- */

/* Another controller's are for the sweep with its instance id. */
static bool lacks_finalizer(const struct sweep_settings *settings,
	const struct sweep_object *workflow)
{
	return !workflow->has_finalizer && !workflow->is_deleting &&
		!workflow->is_completed && !workflow->is_opted_out &&
		span_eq(workflow->instance, settings->instance);
}

static int add_to_workflow(
	struct sweep_run *run, struct span item, struct err *err)
{
	struct span finalizer = run->order->proof.workflow_finalizer;
	struct buf path = BUF_INIT, body = BUF_INIT;
	struct sweep_object workflow;
	char *namespace, *name;
	int result;

	if (sweep_workflow_read(item, finalizer, &workflow)) {
		run->report->unread++;
		return 0;
	}
	if (!lacks_finalizer(&run->order->proof, &workflow))
		return 0;
	run->report->added++;
	if (!run->order->is_applied)
		return 0;
	namespace = span_dup(workflow.namespace);
	name = span_dup(workflow.name);
	sweep_kind_append_object(run->workflows, namespace, name, &path);
	sweep_patch_write_addition(&workflow, finalizer, &body);
	sweep_client_pace(run->client, run->order->pause);
	result = sweep_send(run, "PATCH", &path, JSON_PATCH, &body, NULL, err);
	free(namespace);
	free(name);
	if (result)
		return -1;
	switch (run->answer.status) {
	case 200:
		return 0;
	case 404:
	case 409:
	case 422:
		/* It changed: the next sweep. */
		run->report->added--;
		return 0;
	}
	return sweep_no_use(run, "add the finalizer to a Workflow", err);
}

int sweep_add_to_workflows(struct sweep_run *run, struct err *err)
{
	const char *only = run->order->namespace;

	for (size_t i = 0; run->are_served && i < run->order->add_count; i++) {
		const char *namespace = run->order->add_in[i];
		const struct sweep_listing listing = {
			.kind = run->workflows,
			.list_kind = SPAN("WorkflowList"),
			.namespace = namespace,
			.selector = "",
			.limit = 50,
			.take = add_to_workflow,
		};

		/* One that is asked for is the only one that is touched. */
		if (*only && strcmp(only, namespace) != 0)
			continue;
		if (sweep_each_of(run, &listing, err))
			return err_prefix(err, "namespace %s", namespace);
	}
	return 0;
}
