/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sweep/proof.h"

#include <stdio.h>

#include "base/json.h"
#include "base/json_quote.h"
#include "base/timestamp.h"

#define DEPTH_MAX 128u
#define MINUTES(n) (60 * (n))

void sweep_settings_default(struct sweep_settings *ret_settings)
{
	*ret_settings = (struct sweep_settings){
		.finalizer = SPAN(SWEEP_FINALIZER),
		.instance = SPAN(""),
		.with_labelled = true,
		.with_gone = true,
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
	[SWEEP_ASK_OWNER] = { "ask-owner", "its Workflow has to be asked for" },
	[SWEEP_HAS_NONE] = { "has-none", "it has no such finalizer" },
	[SWEEP_OPTED_OUT] = { "opted-out",
		"its annotation " SWEEP_OPT_OUT " says so" },
	[SWEEP_OTHER_INSTANCE] = { "other-instance",
		"it is another controller's" },
	[SWEEP_RUNNING] = { "running", "it has not come to its end" },
	[SWEEP_UNSETTLED] = { "unsettled", "it changed not long ago" },
	[SWEEP_NO_OWNER] = { "no-owner", "no Workflow controls it" },
	[SWEEP_OWNER_LIVES] = { "owner-lives",
		"its Workflow is not completed, or that proves nothing here" },
	[SWEEP_OWNER_UNSETTLED] = { "owner-unsettled",
		"its Workflow was completed not long ago" },
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

static bool is_at_its_end(const struct sweep_pod *pod, int64_t wall)
{
	return pod->is_terminal ||
		(pod->is_deleting && pod->deleted_at <= wall);
}

/* Without any time nothing is known of it. */
static bool is_settled(const struct sweep_settings *settings,
	const struct sweep_pod *pod, int64_t wall)
{
	int64_t last = pod->last_change;

	if (pod->is_deleting && pod->deleted_at > last)
		last = pod->deleted_at;
	return last > 0 && wall - last >= settings->settled_for;
}

enum sweep_verdict sweep_judge_pod(const struct sweep_settings *settings,
	const struct sweep_pod *pod, int64_t wall)
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
	if (!pod->owner.len || !pod->owner_uid.len)
		return SWEEP_NO_OWNER;
	return settings->with_gone || settings->with_finished ||
			settings->with_deleted
		? SWEEP_ASK_OWNER
		: SWEEP_OWNER_LIVES;
}

/* ---- its Workflow -------------------------------------------------------- */

/* What is looked at of a Status, or of a Workflow. */
struct document {
	struct span kind;
	struct span reason;
	struct span details_name;
	struct span details_kind;
	struct span name;
	struct span uid;
	struct span completed; /* the label */
	struct span finished_at;
};

struct place {
	const char *path; /* of keys, with a dot before each */
	size_t offset;
};

#define AT(member) offsetof(struct document, member)

static const struct place PLACES[] = {
	{ ".kind", AT(kind) },
	{ ".reason", AT(reason) },
	{ ".details.name", AT(details_name) },
	{ ".details.kind", AT(details_kind) },
	{ ".metadata.name", AT(name) },
	{ ".metadata.uid", AT(uid) },
	{ ".metadata.labels." SWEEP_LABEL_COMPLETED, AT(completed) },
	{ ".status.finishedAt", AT(finished_at) },
};

#define PATH_MAX_BYTES 64
#define PATH_DEPTH 3

/* An object's members, and below those whose paths are wanted. */
static int read_members(struct json *json, const char *prefix, size_t depth,
	struct document *document)
{
	size_t prefix_len = strlen(prefix);

	while (json_next(json) == JSON_KEY) {
		const struct place *place = NULL;
		bool is_inner = false;
		char path[PATH_MAX_BYTES];

		if (json->text.len + prefix_len + 2 > sizeof(path)) {
			if (json_skip(json))
				return -1;
			continue;
		}
		memcpy(path, prefix, prefix_len);
		path[prefix_len] = '.';
		memcpy(path + prefix_len + 1, json->text.ptr, json->text.len);
		path[prefix_len + 1 + json->text.len] = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(PLACES); i++) {
			size_t len = strlen(path);

			if (!strcmp(PLACES[i].path, path))
				place = &PLACES[i];
			is_inner |= !strncmp(PLACES[i].path, path, len) &&
				PLACES[i].path[len] == '.';
		}
		json_next(json);
		if (place && json->token == JSON_STRING && !json->has_escape) {
			memcpy((char *)document + place->offset, &json->text,
				sizeof(json->text));
		} else if (is_inner && json->token == JSON_OBJECT &&
			depth < PATH_DEPTH) {
			if (read_members(json, path, depth + 1, document))
				return -1;
		} else if (json_skip(json)) {
			return -1;
		}
	}
	return json->token == JSON_OBJECT_END ? 0 : -1;
}

static int document_read(struct span body, struct document *ret_document)
{
	struct json json;

	*ret_document = (struct document){ .kind = SPAN_NONE };
	json_init(&json, body.ptr, body.len, DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT ||
		read_members(&json, "", 0, ret_document))
		return -1;
	return json_next(&json) == JSON_END ? 0 : -1;
}

/*
 * A proper 404 names what was asked for.  One of a router, a proxy, or a kind
 * that is not served, does not.
 */
static bool says_not_found(
	const struct document *document, const struct sweep_pod *pod)
{
	return span_eq(document->kind, SPAN("Status")) &&
		span_eq(document->reason, SPAN("NotFound")) &&
		span_eq(document->details_kind, SPAN("workflows")) &&
		span_eq(document->details_name, pod->owner);
}

enum sweep_verdict sweep_judge_workflow(const struct sweep_settings *settings,
	const struct sweep_pod *workflow, int64_t wall)
{
	if (!workflow->has_finalizer)
		return SWEEP_HAS_NONE;
	if (workflow->is_opted_out)
		return SWEEP_OPTED_OUT;
	if (!settings->with_deleted || !workflow->is_deleting)
		return SWEEP_OWNER_LIVES;
	return wall - workflow->deleted_at >= settings->deleted_for
		? SWEEP_DELETED
		: SWEEP_OWNER_UNSETTLED;
}

static bool is_being_deleted(const struct sweep_settings *settings,
	struct span body, int64_t wall)
{
	struct sweep_pod workflow;

	return settings->with_deleted &&
		!sweep_workflow_read(
			body, settings->workflow_finalizer, &workflow) &&
		sweep_judge_workflow(settings, &workflow, wall) ==
			SWEEP_DELETED;
}

static enum sweep_verdict judge_owner(const struct sweep_settings *settings,
	const struct sweep_pod *pod, const struct document *document,
	struct span body, int64_t wall)
{
	int64_t finished_at;

	if (!span_eq(document->kind, SPAN("Workflow")) ||
		!span_eq(document->name, pod->owner) || !document->uid.len)
		return SWEEP_UNREADABLE;
	if (!span_eq(document->uid, pod->owner_uid))
		return settings->with_gone ? SWEEP_RECREATED
					   : SWEEP_OWNER_LIVES;
	if (is_being_deleted(settings, body, wall))
		return SWEEP_DELETED;
	if (!settings->with_finished ||
		!span_eq(document->completed, SPAN("true")))
		return SWEEP_OWNER_LIVES;
	if (timestamp_parse(document->finished_at, &finished_at) ||
		wall - finished_at < settings->finished_for)
		return SWEEP_OWNER_UNSETTLED;
	return SWEEP_FINISHED;
}

enum sweep_verdict sweep_judge_owner(const struct sweep_settings *settings,
	const struct sweep_pod *pod, unsigned status, struct span body,
	bool are_served, int64_t wall)
{
	struct document document;

	if (document_read(body, &document))
		return SWEEP_UNREADABLE;
	if (status == 200)
		return judge_owner(settings, pod, &document, body, wall);
	if (status != 404 || !are_served || !says_not_found(&document, pod))
		return SWEEP_UNREADABLE;
	return settings->with_gone ? SWEEP_GONE : SWEEP_OWNER_LIVES;
}

/* ---- the removal --------------------------------------------------------- */

static void append_test(struct buf *json, const char *path, struct span value)
{
	buf_printf(json, "{\"op\":\"test\",\"path\":\"%s\",\"value\":", path);
	json_append_quoted(json, value, SIZE_MAX);
	buf_append_str(json, "},");
}

void sweep_patch_write(const struct sweep_pod *pod, struct span finalizer,
	struct buf *ret_json)
{
	char path[48];

	snprintf(path, sizeof(path), "/metadata/finalizers/%u",
		pod->finalizer_index);
	buf_append_str(ret_json, "[");
	append_test(ret_json, "/metadata/uid", pod->uid);
	append_test(ret_json, "/metadata/resourceVersion",
		pod->resource_version);
	append_test(ret_json, path, finalizer);
	buf_printf(ret_json, "{\"op\":\"remove\",\"path\":\"%s\"}]", path);
}
