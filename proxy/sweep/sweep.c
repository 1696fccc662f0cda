/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/sweep/list.h"
#include "proxy/observe/log.h"
#include "proxy/sweep/ask.h"

#define POD_PAGE 250
#define WORKFLOW_PAGE 50
#define POD_SELECTOR "workflows.argoproj.io%2Fworkflow"

/* A Workflow that was asked for, and what it says of the pods of that uid. */
struct owner {
	struct list_node node;
	char *namespace, *name, *uid; /* owned */
	enum sweep_verdict verdict;
};

const char *sweep_result_name(enum sweep_result result)
{
	switch (result) {
	case SWEEP_FOUND:
		return "found";
	case SWEEP_REMOVED:
		return "removed";
	case SWEEP_NO_MORE:
		return "no-more";
	case SWEEP_CHANGED:
		return "changed";
	case SWEEP_REFUSED:
		return "refused";
	case SWEEP_WAITS:
		return "waits";
	}
	return "";
}

/* ---- questions ----------------------------------------------------------- */

/* Names are DNS names: nothing in them is to be escaped in a path. */
static int ask_for_owner(
	struct sweep_run *run, const struct sweep_pod *pod, struct err *err)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, WORKFLOWS "/namespaces/%.*s/workflows/%.*s",
		SPAN_ARG(pod->namespace), SPAN_ARG(pod->owner));
	return sweep_ask(run, &path, err);
}

/* Where Workflows are not served, one that is not found proves nothing. */
static int ask_whether_served(struct sweep_run *run, struct err *err)
{
	struct buf path = BUF_INIT;
	struct sweep_list list;

	sweep_append_scope(&path, WORKFLOWS, run->order->namespace);
	buf_append_str(&path, "/workflows?limit=1");
	if (sweep_ask(run, &path, err))
		return -1;
	run->are_served = run->answer.status == 200 &&
		!sweep_list_open(buf_span(&run->answer.body),
			SPAN("WorkflowList"), &list);
	if (!run->are_served && run->answer.status != 404)
		return sweep_no_use(run, "list Workflows", err);
	return 0;
}

/* ---- proof --------------------------------------------------------------- */

static struct owner *find_owner(
	const struct sweep_run *run, const struct sweep_pod *pod)
{
	LIST_EACH (node, &run->owners) {
		struct owner *owner = CONTAINER_OF(node, struct owner, node);

		if (span_eq_str(pod->owner_uid, owner->uid) &&
			span_eq_str(pod->owner, owner->name) &&
			span_eq_str(pod->namespace, owner->namespace))
			return owner;
	}
	return NULL;
}

static void remember_owner(struct sweep_run *run, const struct sweep_pod *pod,
	enum sweep_verdict verdict)
{
	struct owner *owner = xcalloc(1, sizeof(*owner));

	owner->namespace = span_dup(pod->namespace);
	owner->name = span_dup(pod->owner);
	owner->uid = span_dup(pod->owner_uid);
	owner->verdict = verdict;
	list_push_front(&run->owners, &owner->node);
}

/* `pod` must not borrow from the answer. */
static int judge_by_owner(struct sweep_run *run, const struct sweep_pod *pod,
	enum sweep_verdict *ret_verdict, struct err *err)
{
	if (ask_for_owner(run, pod, err))
		return -1;
	*ret_verdict = sweep_judge_owner(&run->order->proof, pod,
		run->answer.status, buf_span(&run->answer.body),
		run->are_served, run->order->wall());
	if (*ret_verdict == SWEEP_UNREADABLE)
		return sweep_no_use(run,
			run->are_served ? "a Workflow"
					: "a Workflow, which are not served",
			err);
	return 0;
}

/* ---- finding ------------------------------------------------------------- */

static void add_candidate(struct sweep_run *run, const struct sweep_pod *pod,
	enum sweep_verdict verdict, bool is_workflow)
{
	struct sweep_candidate *candidate = xcalloc(1, sizeof(*candidate));

	candidate->verdict = verdict;
	candidate->is_workflow = is_workflow;
	candidate->namespace = span_dup(pod->namespace);
	candidate->name = span_dup(pod->name);
	candidate->uid = span_dup(pod->uid);
	candidate->owner = verdict == SWEEP_LABELLED || is_workflow
		? xstrdup("")
		: span_dup(pod->owner);
	list_push_back(&run->report->candidates, &candidate->node);
}

static int judge(struct sweep_run *run, const struct sweep_pod *pod,
	enum sweep_verdict *ret_verdict, struct err *err)
{
	const struct owner *owner;

	*ret_verdict = sweep_judge_pod(
		&run->order->proof, pod, run->order->wall());
	if (*ret_verdict != SWEEP_ASK_OWNER)
		return 0;
	owner = find_owner(run, pod);
	if (owner) {
		*ret_verdict = owner->verdict;
		return 0;
	}
	if (judge_by_owner(run, pod, ret_verdict, err))
		return -1;
	remember_owner(run, pod, *ret_verdict);
	return 0;
}

static int take_pod(struct sweep_run *run, struct span item, struct err *err)
{
	struct sweep_report *report = run->report;
	enum sweep_verdict verdict;
	struct sweep_pod pod;

	if (sweep_pod_read(item, run->order->proof.finalizer, &pod)) {
		report->unread++;
		return 0;
	}
	report->tally.pods += pod.has_finalizer;
	if (judge(run, &pod, &verdict, err))
		return err_prefix(err, "pod %.*s/%.*s", SPAN_ARG(pod.namespace),
			SPAN_ARG(pod.name));
	if (sweep_may_remove(verdict))
		add_candidate(run, &pod, verdict, false);
	else
		report->kept[verdict]++;
	return 0;
}

static int take_workflow(
	struct sweep_run *run, struct span item, struct err *err)
{
	const struct sweep_settings *proof = &run->order->proof;
	struct sweep_pod workflow;

	(void)err;
	if (sweep_workflow_read(item, proof->workflow_finalizer, &workflow))
		run->report->unread++;
	else if (sweep_judge_workflow(proof, &workflow, run->order->wall()) ==
		SWEEP_DELETED)
		add_candidate(run, &workflow, SWEEP_DELETED, true);
	return 0;
}

static int find_pods(struct sweep_run *run, struct err *err)
{
	struct buf path = BUF_INIT;
	struct sweep_listing listing = {
		.kind = SPAN("PodList"),
		.limit = POD_PAGE,
		.take = take_pod,
	};
	int result;

	sweep_append_scope(&path, "/api/v1", run->order->namespace);
	buf_append_str(&path, "/pods?labelSelector=" POD_SELECTOR);
	listing.path = buf_span(&path);
	result = sweep_each_of(run, &listing, err);
	buf_fini(&path);
	return result;
}

/* Workflows are large: few to a page. */
static int find_workflows(struct sweep_run *run, struct err *err)
{
	struct buf path = BUF_INIT;
	struct sweep_listing listing = {
		.kind = SPAN("WorkflowList"),
		.limit = WORKFLOW_PAGE,
		.take = take_workflow,
	};
	int result;

	sweep_append_scope(&path, WORKFLOWS, run->order->namespace);
	buf_append_str(&path, "/workflows");
	listing.path = buf_span(&path);
	result = sweep_each_of(run, &listing, err);
	buf_fini(&path);
	return result;
}

static int find_candidates(struct sweep_run *run, struct err *err)
{
	if (find_pods(run, err))
		return -1;
	return run->order->proof.with_deleted && run->are_served
		? find_workflows(run, err)
		: 0;
}

/* ---- caps ---------------------------------------------------------------- */

/* The LIST is in the order of namespaces. */
static void count_candidates(struct sweep_report *report)
{
	struct sweep_tally *tally = &report->tally;
	const char *namespace = "";
	bool was_workflow = false;
	uint32_t count = 0;

	tally->removals = (uint32_t)report->candidates.count;
	LIST_EACH (node, &report->candidates) {
		const struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		tally->of_pods += !candidate->is_workflow;
		if (strcmp(namespace, candidate->namespace) != 0 ||
			was_workflow != candidate->is_workflow)
			count = 0;
		was_workflow = candidate->is_workflow;
		namespace = candidate->namespace;
		count++;
		if (count > tally->in_namespace)
			tally->in_namespace = count;
	}
}

/* ---- removing ------------------------------------------------------------ */

/* "/api/v1/namespaces/argo/pods/p" */
static void append_place(
	struct buf *path, const struct sweep_candidate *candidate)
{
	sweep_append_scope(path, candidate->is_workflow ? WORKFLOWS : "/api/v1",
		candidate->namespace);
	buf_printf(path, "/%s/%s",
		candidate->is_workflow ? "workflows" : "pods",
		candidate->name);
}

static struct span finalizer_of(
	const struct sweep_run *run, const struct sweep_candidate *candidate)
{
	const struct sweep_settings *proof = &run->order->proof;

	return candidate->is_workflow ? proof->workflow_finalizer
				      : proof->finalizer;
}

static int patch(struct sweep_run *run, const struct sweep_candidate *candidate,
	const struct sweep_pod *object, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	struct sweep_question question = {
		.method = "PATCH",
		.content_type = SPAN("application/json-patch+json"),
	};
	int result;

	append_place(&path, candidate);
	sweep_patch_write(object, finalizer_of(run, candidate), &body);
	question.path = buf_span(&path);
	question.body = buf_span(&body);
	result = sweep_client_ask(run->client, &question, &run->answer, err);
	buf_fini(&path);
	buf_fini(&body);
	return result;
}

static void log_removal(
	const struct sweep_run *run, const struct sweep_candidate *candidate)
{
	log_event(run->log, LOG_LEVEL_INFO, "finalizer removed",
		LOG_FIELDS(LOG_STR("namespace", candidate->namespace),
			LOG_STR("kind",
				candidate->is_workflow ? "Workflow" : "Pod"),
			LOG_STR("name", candidate->name),
			LOG_STR("uid", candidate->uid),
			LOG_STR("class",
				sweep_verdict_name(candidate->verdict)),
			LOG_STR("workflow", candidate->owner)));
}

static int remove_from(struct sweep_run *run, struct sweep_candidate *candidate,
	const struct sweep_pod *pod, struct err *err)
{
	if (patch(run, candidate, pod, err))
		return -1;
	switch (run->answer.status) {
	case 200:
		candidate->result = SWEEP_REMOVED;
		run->report->removed++;
		log_removal(run, candidate);
		return 0;
	case 404:
		candidate->result = SWEEP_NO_MORE;
		return 0;
	case 409:
	case 422:
		candidate->result = SWEEP_REFUSED;
		return 0;
	}
	return sweep_no_use(run, "patch", err);
}

/* A pod of the Workflow `run->waits_for` still has its finalizer. */
static int take_unreleased(
	struct sweep_run *run, struct span item, struct err *err)
{
	struct sweep_pod pod;

	if (sweep_pod_read(item, run->order->proof.finalizer, &pod))
		return err_set(err, "a pod of it was not understood");
	if (pod.has_finalizer && span_eq_str(pod.owner_uid, run->waits_for))
		run->is_unreleased = true;
	return 0;
}

/* Whether all of the Workflow's pods are released, in run->is_unreleased. */
static int ask_for_its_pods(struct sweep_run *run,
	const struct sweep_candidate *candidate, struct err *err)
{
	struct buf path = BUF_INIT;
	struct sweep_listing listing = {
		.kind = SPAN("PodList"),
		.limit = POD_PAGE,
		.take = take_unreleased,
	};
	int result;

	sweep_append_scope(&path, "/api/v1", candidate->namespace);
	buf_append_str(&path, "/pods?labelSelector=" POD_SELECTOR "%3D");
	buf_append_str(&path, candidate->name);
	listing.path = buf_span(&path);
	run->waits_for = candidate->uid;
	run->is_unreleased = false;
	result = sweep_each_of(run, &listing, err);
	buf_fini(&path);
	return result;
}

/* What the object says now.  CHANGED unless it may still be removed. */
static int judge_again(struct sweep_run *run, struct sweep_candidate *candidate,
	const struct sweep_pod *object, struct err *err)
{
	const struct sweep_settings *proof = &run->order->proof;
	int64_t wall = run->order->wall();
	enum sweep_verdict verdict;

	candidate->result = SWEEP_CHANGED;
	if (candidate->is_workflow) {
		verdict = sweep_judge_workflow(proof, object, wall);
		if (verdict == SWEEP_DELETED &&
			ask_for_its_pods(run, candidate, err))
			return -1;
		if (verdict == SWEEP_DELETED && run->is_unreleased)
			candidate->result = SWEEP_WAITS;
		if (verdict != SWEEP_DELETED || run->is_unreleased)
			return 0;
	} else {
		verdict = sweep_judge_pod(proof, object, wall);
		if (verdict == SWEEP_ASK_OWNER &&
			judge_by_owner(run, object, &verdict, err))
			return -1;
		if (!sweep_may_remove(verdict))
			return 0;
	}
	candidate->verdict = verdict;
	return remove_from(run, candidate, object, err);
}

/*
 * Read again, and proven again: between the LIST and its turn the controller
 * may be back, or `argo retry` under way.
 */
static int take_turn(struct sweep_run *run, struct sweep_candidate *candidate,
	struct err *err)
{
	struct buf path = BUF_INIT, text;
	struct sweep_pod object;
	int result = -1;

	append_place(&path, candidate);
	if (sweep_ask(run, &path, err))
		return -1;
	if (run->answer.status == 404) {
		candidate->result = SWEEP_NO_MORE;
		return 0;
	}
	text = run->answer.body;
	run->answer.body = BUF_INIT;
	if (run->answer.status != 200 ||
		(candidate->is_workflow ? sweep_workflow_read
					: sweep_pod_read)(buf_span(&text),
			finalizer_of(run, candidate), &object)) {
		sweep_no_use(run, "what was found before", err);
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

static int remove_all(struct sweep_run *run, struct err *err)
{
	bool is_first = true;

	LIST_EACH (node, &run->report->candidates) {
		struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		if (!is_first)
			sweep_client_wait(run->client, run->order->pause);
		is_first = false;
		if (take_turn(run, candidate, err))
			return err_prefix(err, "%s %s/%s",
				candidate->is_workflow ? "Workflow" : "pod",
				candidate->namespace, candidate->name);
	}
	return 0;
}

/* ---- as a whole ---------------------------------------------------------- */

void sweep_report_init(struct sweep_report *report)
{
	*report = (struct sweep_report){ .removed = 0 };
	list_init(&report->candidates);
}

void sweep_report_fini(struct sweep_report *report)
{
	struct list_node *node;

	while ((node = list_pop_front(&report->candidates))) {
		struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		free(candidate->namespace);
		free(candidate->name);
		free(candidate->uid);
		free(candidate->owner);
		free(candidate);
	}
}

static void forget_owners(struct sweep_run *run)
{
	struct list_node *node;

	while ((node = list_pop_front(&run->owners))) {
		struct owner *owner = CONTAINER_OF(node, struct owner, node);

		free(owner->namespace);
		free(owner->name);
		free(owner->uid);
		free(owner);
	}
}

static int check_caps(struct sweep_run *run, struct err *err)
{
	enum sweep_excess excess;

	count_candidates(run->report);
	excess = sweep_check_caps(&run->order->caps, &run->report->tally);
	if (excess == SWEEP_WITHIN)
		return 0;
	return err_set(err, "nothing is removed: %s (%u of %u pods)",
		sweep_excess_text(excess), run->report->tally.removals,
		run->report->tally.pods);
}

int sweep_run(struct sweep_client *client, const struct sweep_order *order,
	struct log *log, struct sweep_report *report, struct err *err)
{
	struct sweep_run run = {
		.client = client,
		.order = order,
		.log = log,
		.report = report,
	};
	int result = -1;

	list_init(&run.owners);
	if ((order->proof.with_gone || order->proof.with_finished ||
		    order->proof.with_deleted) &&
		ask_whether_served(&run, err))
		goto out;
	if (find_candidates(&run, err) || check_caps(&run, err))
		goto out;
	result = order->is_applied ? remove_all(&run, err) : 0;
out:
	buf_fini(&run.answer.body);
	forget_owners(&run);
	return result;
}
