/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/sweep/list.h"
#include "proxy/observe/log.h"

#define PAGE_ITEMS 250
#define WORKFLOWS "/apis/argoproj.io/v1alpha1"

/* A Workflow that was asked for, and what it says of the pods of that uid. */
struct owner {
	struct list_node node;
	char *namespace, *name, *uid; /* owned */
	enum sweep_verdict verdict;
};

struct run {
	struct sweep_client *client;
	const struct sweep_order *order;
	struct log *log;
	struct sweep_report *report;
	struct list owners;
	struct sweep_answer answer;
	bool are_served; /* Workflows: a LIST of them works */
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
	}
	return "";
}

/* ---- questions ----------------------------------------------------------- */

static int ask(struct run *run, struct buf *path, struct err *err)
{
	struct sweep_question question = {
		.method = "GET",
		.path = buf_span(path),
		.content_type = SPAN_NONE,
	};
	int result = sweep_client_ask(
		run->client, &question, &run->answer, err);

	buf_fini(path);
	return result;
}

/* What was answered is of no use: it ends the sweep. */
static int no_use(const struct run *run, const char *what, struct err *err)
{
	struct span body = buf_span(&run->answer.body);

	return err_set(err, "%s: the answer (%u) proves nothing: %.*s", what,
		run->answer.status, (int)u64_min(body.len, 200), body.ptr);
}

/* The path of a namespace below `base`, or of all. */
static void append_scope(
	struct buf *path, const char *base, const char *namespace)
{
	buf_append_str(path, base);
	if (*namespace)
		buf_printf(path, "/namespaces/%s", namespace);
}

/* Names are DNS names: nothing in them is to be escaped in a path. */
static int ask_for_pod(
	struct run *run, const char *namespace, const char *name,
	struct err *err)
{
	struct buf path = BUF_INIT;

	append_scope(&path, "/api/v1", namespace);
	buf_printf(&path, "/pods/%s", name);
	return ask(run, &path, err);
}

static int ask_for_owner(
	struct run *run, const struct sweep_pod *pod, struct err *err)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, WORKFLOWS "/namespaces/%.*s/workflows/%.*s",
		SPAN_ARG(pod->namespace), SPAN_ARG(pod->owner));
	return ask(run, &path, err);
}

/* Where Workflows are not served, one that is not found proves nothing. */
static int ask_whether_served(struct run *run, struct err *err)
{
	struct buf path = BUF_INIT;
	struct sweep_list list;

	append_scope(&path, WORKFLOWS, run->order->namespace);
	buf_append_str(&path, "/workflows?limit=1");
	if (ask(run, &path, err))
		return -1;
	run->are_served = run->answer.status == 200 &&
		!sweep_list_open(buf_span(&run->answer.body),
			SPAN("WorkflowList"), &list);
	if (!run->are_served && run->answer.status != 404)
		return no_use(run, "list Workflows", err);
	return 0;
}

/* ---- proof --------------------------------------------------------------- */

static struct owner *find_owner(
	const struct run *run, const struct sweep_pod *pod)
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

static void remember_owner(struct run *run, const struct sweep_pod *pod,
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
static int judge_by_owner(struct run *run, const struct sweep_pod *pod,
	enum sweep_verdict *ret_verdict, struct err *err)
{
	if (ask_for_owner(run, pod, err))
		return -1;
	*ret_verdict = sweep_judge_owner(&run->order->proof, pod,
		run->answer.status, buf_span(&run->answer.body),
		run->are_served, run->order->wall());
	if (*ret_verdict == SWEEP_UNREADABLE)
		return no_use(run,
			run->are_served ? "a Workflow"
					: "a Workflow, which are not served",
			err);
	return 0;
}

/* ---- finding ------------------------------------------------------------- */

static void add_candidate(struct run *run, const struct sweep_pod *pod,
	enum sweep_verdict verdict)
{
	struct sweep_candidate *candidate = xcalloc(1, sizeof(*candidate));

	candidate->verdict = verdict;
	candidate->namespace = span_dup(pod->namespace);
	candidate->name = span_dup(pod->name);
	candidate->uid = span_dup(pod->uid);
	candidate->owner = verdict == SWEEP_LABELLED
		? xstrdup("")
		: span_dup(pod->owner);
	list_push_back(&run->report->candidates, &candidate->node);
}

static int judge(struct run *run, const struct sweep_pod *pod,
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

/* `page` is not the run's answer, which is needed for Workflows. */
static int take_page(struct run *run, struct sweep_list *page, struct err *err)
{
	struct sweep_report *report = run->report;
	struct span item;

	while (sweep_list_next(page, &item)) {
		enum sweep_verdict verdict;
		struct sweep_pod pod;

		if (sweep_pod_read(item, run->order->proof.finalizer, &pod)) {
			report->unread++;
			continue;
		}
		report->tally.pods += pod.has_finalizer;
		if (judge(run, &pod, &verdict, err))
			return err_prefix(err, "pod %.*s/%.*s",
				SPAN_ARG(pod.namespace), SPAN_ARG(pod.name));
		if (sweep_may_remove(verdict))
			add_candidate(run, &pod, verdict);
		else
			report->kept[verdict]++;
	}
	return 0;
}

static int ask_for_page(struct run *run, const char *token, struct err *err)
{
	struct buf path = BUF_INIT;

	append_scope(&path, "/api/v1", run->order->namespace);
	buf_printf(&path, "/pods?labelSelector=%s&limit=%d%s%s",
		"workflows.argoproj.io%2Fworkflow", PAGE_ITEMS,
		*token ? "&continue=" : "", token);
	return ask(run, &path, err);
}

/* A token is base64, which has characters that a query gives a meaning. */
static char *escape_token(struct span token)
{
	struct buf text = BUF_INIT;
	char *copy;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.ptr[i];

		if (c == '+' || c == '/' || c == '=' || c == '&' || c == '%')
			buf_printf(&text, "%%%02X", (unsigned char)c);
		else
			buf_append(&text, &c, 1);
	}
	copy = xstrdup(buf_cstr(&text));
	buf_fini(&text);
	return copy;
}

static int find_candidates(struct run *run, struct err *err)
{
	struct buf page = BUF_INIT;
	char *token = xstrdup("");
	int result = -1;

	do {
		struct sweep_list list;

		if (ask_for_page(run, token, err))
			goto out;
		if (run->answer.status != 200 ||
			sweep_list_open(buf_span(&run->answer.body),
				SPAN("PodList"), &list)) {
			no_use(run, "list pods", err);
			goto out;
		}
		/* The page is kept while Workflows are asked for. */
		buf_fini(&page);
		page = run->answer.body;
		run->answer.body = BUF_INIT;
		free(token);
		token = escape_token(list.continue_token);
		if (take_page(run, &list, err))
			goto out;
	} while (*token);
	result = 0;
out:
	buf_fini(&page);
	free(token);
	return result;
}

/* ---- caps ---------------------------------------------------------------- */

/* The LIST is in the order of namespaces. */
static void count_candidates(struct sweep_report *report)
{
	struct sweep_tally *tally = &report->tally;
	const char *namespace = "";
	uint32_t count = 0;

	tally->removals = (uint32_t)report->candidates.count;
	LIST_EACH (node, &report->candidates) {
		const struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		if (strcmp(namespace, candidate->namespace) != 0)
			count = 0;
		namespace = candidate->namespace;
		count++;
		if (count > tally->in_namespace)
			tally->in_namespace = count;
	}
}

/* ---- removing ------------------------------------------------------------ */

static int patch(struct run *run, const struct sweep_pod *pod, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	struct sweep_question question = {
		.method = "PATCH",
		.content_type = SPAN("application/json-patch+json"),
	};
	int result;

	buf_printf(&path, "/api/v1/namespaces/%.*s/pods/%.*s",
		SPAN_ARG(pod->namespace), SPAN_ARG(pod->name));
	sweep_patch_write(pod, run->order->proof.finalizer, &body);
	question.path = buf_span(&path);
	question.body = buf_span(&body);
	result = sweep_client_ask(run->client, &question, &run->answer, err);
	buf_fini(&path);
	buf_fini(&body);
	return result;
}

static void log_removal(
	const struct run *run, const struct sweep_candidate *candidate)
{
	log_event(run->log, LOG_LEVEL_INFO, "finalizer removed",
		LOG_FIELDS(LOG_STR("namespace", candidate->namespace),
			LOG_STR("pod", candidate->name),
			LOG_STR("uid", candidate->uid),
			LOG_STR("class",
				sweep_verdict_name(candidate->verdict)),
			LOG_STR("workflow", candidate->owner)));
}

static int remove_from(struct run *run, struct sweep_candidate *candidate,
	const struct sweep_pod *pod, struct err *err)
{
	if (patch(run, pod, err))
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
	return no_use(run, "patch", err);
}

/*
 * Read again, and proven again: between the LIST and its turn the controller
 * may be back, or `argo retry` under way.
 */
static int take_turn(
	struct run *run, struct sweep_candidate *candidate, struct err *err)
{
	enum sweep_verdict verdict;
	struct buf text = BUF_INIT;
	struct sweep_pod pod;
	int result = -1;

	if (ask_for_pod(run, candidate->namespace, candidate->name, err))
		return -1;
	if (run->answer.status == 404) {
		candidate->result = SWEEP_NO_MORE;
		return 0;
	}
	text = run->answer.body;
	run->answer.body = BUF_INIT;
	if (run->answer.status != 200 ||
		sweep_pod_read(
			buf_span(&text), run->order->proof.finalizer, &pod)) {
		no_use(run, "a pod", err);
		goto out;
	}
	result = 0;
	if (!span_eq_str(pod.uid, candidate->uid) || !pod.has_finalizer) {
		candidate->result = SWEEP_NO_MORE;
		goto out;
	}
	verdict = sweep_judge_pod(
		&run->order->proof, &pod, run->order->wall());
	if (verdict == SWEEP_ASK_OWNER)
		result = judge_by_owner(run, &pod, &verdict, err);
	if (result)
		goto out;
	candidate->result = SWEEP_CHANGED;
	if (sweep_may_remove(verdict)) {
		candidate->verdict = verdict;
		result = remove_from(run, candidate, &pod, err);
	}
out:
	buf_fini(&text);
	return result;
}

static int remove_all(struct run *run, struct err *err)
{
	bool is_first = true;

	LIST_EACH (node, &run->report->candidates) {
		struct sweep_candidate *candidate =
			CONTAINER_OF(node, struct sweep_candidate, node);

		if (!is_first)
			sweep_client_wait(run->client, run->order->pause);
		is_first = false;
		if (take_turn(run, candidate, err))
			return err_prefix(err, "pod %s/%s",
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

static void forget_owners(struct run *run)
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

static int check_caps(struct run *run, struct err *err)
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
	struct run run = {
		.client = client,
		.order = order,
		.log = log,
		.report = report,
	};
	int result = -1;

	list_init(&run.owners);
	if ((order->proof.with_gone || order->proof.with_finished) &&
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
