/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/proof.h"

#include "base/timestamp.h"
#include "policy/sweep/document.h"

#define MINUTES(n) (60 * (n))

void sweep_settings_default(struct sweep_settings *ret_settings)
{
	*ret_settings = (struct sweep_settings){
		.finalizer = SPAN(SWEEP_FINALIZER),
		.instance = SPAN(""),
		.with_labelled = true,
		.with_gone = true,
		.with_finished = true,
		.settled_for = MINUTES(10),
		.finished_for = MINUTES(30),
		.deleted_for = MINUTES(5),
		.workflow_finalizer = SPAN(SWEEP_WORKFLOW_FINALIZER),
	};
}

static const struct {
	const char *name, *text;
} VERDICTS[SWEEP_VERDICT_COUNT] = {
	[SWEEP_LABELLED] = { "labelled",
		"its controller labelled it completed" },
	[SWEEP_GONE] = { "gone", "its Workflow is not found" },
	[SWEEP_RECREATED] = { "recreated",
		"its Workflow is gone, another has its name" },
	[SWEEP_FINISHED] = { "finished",
		"its Workflow was completed long ago" },
	[SWEEP_DELETED] = { "deleted",
		"its Workflow is being deleted, and asks for it" },
	[SWEEP_RECORDED] = { "recorded",
		"its node in the Workflow's status is over" },
	[SWEEP_BY_RULE] = { "rule", "it is as its rule demands" },
	[SWEEP_ORPHANED] = { "orphaned", "its owner is not found" },
	[SWEEP_ASK_OWNER] = { "ask-owner", "its owner has to be asked for" },
	[SWEEP_HAS_NONE] = { "has-none", "it has no such finalizer" },
	[SWEEP_OPTED_OUT] = { "opted-out",
		"its annotation " SWEEP_OPT_OUT " says so" },
	[SWEEP_OTHER_INSTANCE] = { "other-instance",
		"it is another controller's" },
	[SWEEP_RUNNING] = { "running", "it has not come to its end" },
	[SWEEP_UNSETTLED] = { "unsettled", "it changed not long ago" },
	[SWEEP_NO_OWNER] = { "no-owner", "it has no owner that could be gone" },
	[SWEEP_OWNER_LIVES] = { "owner-lives",
		"its owner is there, and that proves nothing here" },
	[SWEEP_UNMET] = { "unmet", "it is not as its rule demands" },
	[SWEEP_OWNER_UNSETTLED] = { "owner-unsettled",
		"its Workflow was completed not long ago" },
	[SWEEP_OWNER_UNSERVED] = { "owner-unserved",
		"its owner is of a kind that is not served" },
	[SWEEP_OWNER_FORBIDDEN] = { "owner-forbidden",
		"its owner may not be read" },
	[SWEEP_UNREADABLE] = { "unreadable",
		"what was read proves nothing" },
};

const char *sweep_verdict_name(enum sweep_verdict verdict)
{
	return VERDICTS[verdict].name;
}

const char *sweep_verdict_text(enum sweep_verdict verdict)
{
	return VERDICTS[verdict].text;
}

/* ---- the pod ------------------------------------------------------------- */

static bool is_at_its_end(const struct sweep_object *pod, int64_t wall)
{
	return pod->is_terminal ||
		(pod->is_deleting && pod->deleted_at <= wall);
}

/* Without any time nothing is known of it. */
static bool is_settled(const struct sweep_settings *settings,
	const struct sweep_object *pod, int64_t wall)
{
	int64_t last = pod->last_change;

	if (pod->is_deleting && pod->deleted_at > last)
		last = pod->deleted_at;
	return last > 0 && wall - last >= settings->settled_for;
}

static bool is_of_workflow(const struct sweep_object *pod)
{
	return pod->is_controlled && pod->owner_uid.len &&
		sweep_is_object_name(pod->owner) &&
		span_eq(pod->owner_kind, SPAN("Workflow")) &&
		span_starts_with(pod->owner_version, SPAN("argoproj.io/"));
}

enum sweep_verdict sweep_judge_pod(const struct sweep_settings *settings,
	const struct sweep_object *pod, int64_t wall)
{
	if (!pod->has_finalizer)
		return SWEEP_HAS_NONE;
	if (pod->is_opted_out)
		return SWEEP_OPTED_OUT;
	if (!span_eq(pod->instance, settings->instance))
		return SWEEP_OTHER_INSTANCE;
	if (!is_at_its_end(pod, wall))
		return SWEEP_RUNNING;
	if (!is_settled(settings, pod, wall))
		return SWEEP_UNSETTLED;
	if (pod->is_completed && settings->with_labelled)
		return SWEEP_LABELLED;
	if (!is_of_workflow(pod))
		return SWEEP_NO_OWNER;
	return settings->with_gone || settings->with_finished ||
			settings->with_recorded || settings->with_deleted
		? SWEEP_ASK_OWNER
		: SWEEP_OWNER_LIVES;
}

/* ---- its Workflow -------------------------------------------------------- */

enum sweep_verdict sweep_judge_workflow(const struct sweep_settings *settings,
	const struct sweep_object *workflow, int64_t wall)
{
	if (!workflow->has_finalizer)
		return SWEEP_HAS_NONE;
	if (workflow->is_opted_out)
		return SWEEP_OPTED_OUT;
	if (!span_eq(workflow->instance, settings->instance))
		return SWEEP_OTHER_INSTANCE;
	if (!settings->with_deleted || !workflow->is_deleting)
		return SWEEP_OWNER_LIVES;
	return wall - workflow->deleted_at >= settings->deleted_for
		? SWEEP_DELETED
		: SWEEP_OWNER_UNSETTLED;
}

static bool is_being_deleted(const struct sweep_settings *settings,
	struct span body, int64_t wall)
{
	struct sweep_object workflow;

	return settings->with_deleted &&
		!sweep_workflow_read(
			body, settings->workflow_finalizer, &workflow) &&
		sweep_judge_workflow(settings, &workflow, wall) ==
			SWEEP_DELETED;
}

static enum sweep_verdict judge_finished(const struct sweep_settings *settings,
	const struct sweep_document *workflow, int64_t wall)
{
	int64_t finished_at;

	if (!settings->with_finished ||
		!span_eq(workflow->completed, SPAN("true")))
		return SWEEP_OWNER_LIVES;
	if (timestamp_parse(workflow->finished_at, &finished_at) ||
		wall - finished_at < settings->finished_for)
		return SWEEP_OWNER_UNSETTLED;
	return SWEEP_FINISHED;
}

static enum sweep_verdict judge_owner(const struct sweep_settings *settings,
	const struct sweep_object *pod, const struct sweep_document *workflow,
	struct span body, int64_t wall)
{
	enum sweep_verdict verdict;

	if (!span_eq(workflow->kind, SPAN("Workflow")) ||
		!span_eq(workflow->name, pod->owner) || !workflow->uid.len)
		return SWEEP_UNREADABLE;
	if (!span_eq(workflow->uid, pod->owner_uid))
		return settings->with_gone ? SWEEP_RECREATED
					   : SWEEP_OWNER_LIVES;
	if (is_being_deleted(settings, body, wall))
		return SWEEP_DELETED;
	verdict = judge_finished(settings, workflow, wall);
	if (verdict != SWEEP_FINISHED && settings->with_recorded &&
		sweep_node_is_recorded(body, pod->node_id))
		return SWEEP_RECORDED;
	return verdict;
}

enum sweep_verdict sweep_judge_owner(const struct sweep_settings *settings,
	const struct sweep_object *pod, unsigned status, struct span body,
	bool are_served, int64_t wall)
{
	struct sweep_document document;

	if (sweep_document_read(body, &document))
		return SWEEP_UNREADABLE;
	if (status == 200)
		return judge_owner(settings, pod, &document, body, wall);
	if (status != 404 || !are_served ||
		!sweep_document_says_not_found(
			&document, SPAN("workflows"), pod->owner))
		return SWEEP_UNREADABLE;
	return settings->with_gone ? SWEEP_GONE : SWEEP_OWNER_LIVES;
}
