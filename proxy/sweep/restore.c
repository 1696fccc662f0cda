/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/restore.h"

#include <stdlib.h>

#include "policy/sweep/document.h"
#include "policy/sweep/patch.h"
#include "proxy/sweep/ask.h"
#include "proxy/sweep/progress.h"
#include "proxy/sweep/tell.h"

static void append_place(const struct sweep_removal *removal, struct buf *path)
{
	const struct sweep_kind kind = sweep_removal_kind(removal);

	sweep_kind_append_object(
		&kind, removal->namespace, removal->name, path);
}

/* NULL: it is of no use. */
static const char *result_of(unsigned status)
{
	switch (status) {
	case 200:
		return "restored";
	case 404:
		return "no-more";
	case 409:
	case 422:
		return "refused";
	}
	return NULL;
}

static int give_back(struct sweep_run *run, struct sweep_removal *removal,
	const struct sweep_object *object, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	char audit_id[SWEEP_AUDIT_ID_CAP];
	const char *result;

	sweep_audit_id(audit_id);
	append_place(removal, &path);
	sweep_patch_write_addition(
		object, span_str(removal->finalizer), &body);
	if (sweep_send(run, "PATCH", &path, SPAN("application/json-patch+json"),
		    &body, audit_id, err))
		return -1;
	result = result_of(run->answer.status);
	if (!result)
		return sweep_no_use(run, "patch", err);
	removal->result = result;
	return sweep_tell_restored(
		run, removal, run->answer.status, audit_id, err);
}

/* What the object says of it; NULL: it may be given back. */
static const char *reason_not_to(const struct sweep_removal *removal,
	const struct sweep_object *object)
{
	if (!span_eq_str(object->uid, removal->uid))
		return "no-more";
	if (object->has_finalizer)
		return "has-it";
	return object->is_deleting ? "deleting" : NULL;
}

static int judge(struct sweep_run *run, struct sweep_removal *removal,
	struct span text, struct err *err)
{
	const struct sweep_wanted wanted = {
		.kind = span_str(removal->kind),
		.finalizer = span_str(removal->finalizer),
	};
	struct sweep_object object;

	if (sweep_object_read(text, &wanted, &object))
		return err_set(err, "it was not understood");
	removal->result = reason_not_to(removal, &object);
	if (removal->result)
		return 0;
	removal->result = "found";
	return run->order->is_applied ? give_back(run, removal, &object, err)
				      : 0;
}

static bool is_gone(
	const struct sweep_run *run, const struct sweep_removal *removal)
{
	struct sweep_document document;

	return run->answer.status == 404 &&
		!sweep_document_read(buf_span(&run->answer.body), &document) &&
		sweep_document_says_not_found(&document,
			span_str(removal->resource), span_str(removal->name));
}

static int take_turn(
	struct sweep_run *run, struct sweep_removal *removal, struct err *err)
{
	struct buf path = BUF_INIT, text;
	int result;

	if (!removal->is_known) {
		removal->result = "unknown";
		return 0;
	}
	append_place(removal, &path);
	if (sweep_ask(run, &path, err))
		return -1;
	if (is_gone(run, removal)) {
		removal->result = "no-more";
		return 0;
	}
	if (run->answer.status != 200)
		return sweep_no_use(run, "what was removed before", err);
	text = run->answer.body;
	run->answer.body = BUF_INIT;
	result = judge(run, removal, buf_span(&text), err);
	buf_fini(&text);
	return result;
}

static int take_turns(
	struct sweep_run *run, struct sweep_restore_report *report,
	struct err *err)
{
	const struct sweep_order *order = run->order;
	size_t done = 0;

	if (order->audit && sweep_ask_who(run, err))
		return -1;
	LIST_EACH (node, &report->removals) {
		struct sweep_removal *removal =
			CONTAINER_OF(node, struct sweep_removal, node);

		sweep_progress_turn(
			order->progress, done++, report->removals.count);
		if (*order->namespace &&
			strcmp(order->namespace, removal->namespace) != 0)
			continue;
		if (take_turn(run, removal, err))
			return err_prefix(err, "%s %s/%s", removal->kind,
				removal->namespace, removal->name);
		report->refused += !strcmp(removal->result, "refused");
		if (strcmp(removal->result, "restored") != 0)
			continue;
		report->restored++;
		sweep_client_pace(run->client, order->pause);
	}
	return 0;
}

int sweep_restore(struct sweep_client *client, const struct sweep_order *order,
	struct log *log, struct sweep_restore_report *report, struct err *err)
{
	struct sweep_run run = {
		.client = client,
		.order = order,
		.log = log,
	};
	int result = take_turns(&run, report, err);

	sweep_progress_hide(order->progress);
	buf_fini(&run.answer.body);
	free(run.user_name);
	return result;
}
