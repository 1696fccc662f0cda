/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/restore.h"

#include "policy/sweep/document.h"
#include "policy/sweep/patch.h"
#include "proxy/observe/log.h"
#include "proxy/sweep/ask.h"
#include "proxy/sweep/progress.h"

static void append_place(const struct sweep_removal *removal, struct buf *path)
{
	const struct sweep_kind kind = {
		.api_version = removal->api_version,
		.resource = removal->resource,
		.is_namespaced = *removal->namespace != '\0',
	};

	sweep_kind_append_object(
		&kind, removal->namespace, removal->name, path);
}

static void log_addition(
	const struct sweep_run *run, const struct sweep_removal *removal)
{
	sweep_progress_hide(run->order->progress);
	log_event(run->log, LOG_LEVEL_INFO, "finalizer given back",
		LOG_FIELDS(LOG_STR("namespace", removal->namespace),
			LOG_STR("kind", removal->kind),
			LOG_STR("name", removal->name),
			LOG_STR("uid", removal->uid),
			LOG_STR("finalizer", removal->finalizer)));
}

static int give_back(struct sweep_run *run, struct sweep_removal *removal,
	const struct sweep_object *object, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;

	append_place(removal, &path);
	sweep_patch_write_addition(
		object, span_str(removal->finalizer), &body);
	if (sweep_send(run, "PATCH", &path, SPAN("application/json-patch+json"),
		    &body, NULL, err))
		return -1;
	switch (run->answer.status) {
	case 200:
		removal->result = "restored";
		log_addition(run, removal);
		return 0;
	case 404:
		removal->result = "no-more";
		return 0;
	case 409:
	case 422:
		removal->result = "refused";
		return 0;
	}
	return sweep_no_use(run, "patch", err);
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

int sweep_restore(struct sweep_client *client, const struct sweep_order *order,
	struct log *log, struct sweep_restore_report *report, struct err *err)
{
	struct sweep_run run = {
		.client = client,
		.order = order,
		.log = log,
	};
	size_t done = 0;
	int result = 0;

	LIST_EACH (node, &report->removals) {
		struct sweep_removal *removal =
			CONTAINER_OF(node, struct sweep_removal, node);

		sweep_progress_turn(
			order->progress, done++, report->removals.count);
		if (take_turn(&run, removal, err)) {
			result = err_prefix(err, "%s %s/%s", removal->kind,
				removal->namespace, removal->name);
			break;
		}
		if (strcmp(removal->result, "restored") != 0)
			continue;
		report->restored++;
		sweep_client_pace(client, order->pause);
	}
	sweep_progress_hide(order->progress);
	buf_fini(&run.answer.body);
	return result;
}
