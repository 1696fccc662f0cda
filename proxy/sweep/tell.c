/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_quote.h"
#include "base/timestamp.h"
#include "proxy/identity/random.h"
#include "proxy/observe/audit_event.h"
#include "proxy/observe/log.h"
#include "proxy/sweep/file.h"
#include "proxy/sweep/progress.h"

#define USER_AGENT "fairway-sweep"
#define DEPTH_MAX 32u

/* What happened to a finalizer; all is borrowed, and text is never NULL. */
struct news {
	const struct sweep_kind *kind;
	const char *namespace, *name, *uid;
	struct span finalizer;
	const char *result;
	const char *reason; /* of the Event, as the next two */
	const char *what;
	const char *why;
	const char *rule, *proof, *owner;
};

/* A version 4 UUID (RFC 9562 section 5.4). */
void sweep_audit_id(char ret_id[SWEEP_AUDIT_ID_CAP])
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(ret_id, SWEEP_AUDIT_ID_CAP,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		"%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		b[10], b[11], b[12], b[13], b[14], b[15]);
}

static void append_member(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "\"%s\":", key);
	json_append_quoted(out, span_str(value), SIZE_MAX);
	buf_append_str(out, ",");
}

static void append_last(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "\"%s\":", key);
	json_append_quoted(out, span_str(value), SIZE_MAX);
}

/* ---- the record ---------------------------------------------------------- */

static int add_to_record(struct sweep_run *run,
	const struct sweep_candidate *candidate, const char *result,
	struct err *err)
{
	struct buf line = BUF_INIT;
	int failed;

	if (!run->order->record)
		return 0;
	sweep_record_write(candidate, run->order->wall(), result, &line);
	failed = sweep_file_add(run->order->record, buf_span(&line), err);
	buf_fini(&line);
	return failed;
}

int sweep_tell_begun(struct sweep_run *run,
	const struct sweep_candidate *candidate, struct err *err)
{
	return add_to_record(run, candidate, NULL, err);
}

/* ---- the log ------------------------------------------------------------- */

static void log_change(const struct sweep_run *run, const char *message,
	const struct news *news)
{
	bool is_proven = *news->rule != '\0';

	sweep_progress_hide(run->order->progress);
	log_event(run->log, LOG_LEVEL_INFO, message,
		(const struct log_field[]){
			LOG_STR("namespace", news->namespace),
			LOG_STR("kind", news->kind->name),
			LOG_STR("name", news->name),
			LOG_STR("uid", news->uid),
			LOG_SPAN("finalizer", news->finalizer),
			/* Of what is given back nothing is proven. */
			{ is_proven ? LOG_FIELD_SPAN : LOG_FIELD_END, "rule",
				span_str(news->rule), 0 },
			LOG_STR("proof", news->proof),
			LOG_STR("owner", news->owner),
			LOG_FIELDS_END,
		});
}

/* ---- audit --------------------------------------------------------------- */

int sweep_ask_who(struct sweep_run *run, struct err *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	struct json json;
	bool is_user = false;

	buf_append_str(
		&path, "/apis/authentication.k8s.io/v1/selfsubjectreviews");
	buf_append_str(&body,
		"{\"kind\":\"SelfSubjectReview\","
		"\"apiVersion\":\"authentication.k8s.io/v1\"}");
	if (sweep_send(run, "POST", &path, SPAN("application/json"), &body,
		    NULL, err))
		return -1;
	/* Where that may not be asked the name stays unknown. */
	if (run->answer.status != 201)
		return 0;
	json_init(&json, buf_span(&run->answer.body).ptr,
		buf_len(&run->answer.body), DEPTH_MAX);
	while (json_next(&json) != JSON_END && json.token != JSON_ERROR) {
		if (json.token != JSON_KEY)
			continue;
		is_user |= json_text_is(&json, SPAN("userInfo"));
		if (!is_user || !json_text_is(&json, SPAN("username")))
			continue;
		if (json_next(&json) == JSON_STRING && !json.has_escape &&
			!run->user_name)
			run->user_name = span_dup(json.text);
	}
	return 0;
}

/* "example.com/v1", "v1" */
static void split_version(const char *api_version, struct audit_object *object)
{
	struct span version = span_str(api_version);
	struct span group = span_cut(&version, '/');

	object->version = span_is_absent(version) ? group : version;
	object->group = span_is_absent(version) ? SPAN_NONE : group;
}

static void append_audit_event(const struct sweep_run *run,
	const struct news *news, unsigned status, const char *audit_id,
	struct buf *out)
{
	usec_t wall = (usec_t)run->order->wall() * USEC_PER_SEC;
	const struct audit_note notes[] = {
		{ "event", SPAN("sweep") },
		{ "outcome", span_str(news->result) },
		{ "finalizers", news->finalizer },
		{ "sweep-rule", span_str(news->rule) },
		{ "sweep-proof", span_str(news->proof) },
		{ "sweep-owner", span_str(news->owner) },
		{ NULL, SPAN_NONE },
	};
	struct audit_event event = {
		.audit_id = span_str(audit_id),
		.verb = "patch",
		.user = span_str(run->user_name),
		.user_agent = SPAN(USER_AGENT),
		.object = {
			.resource = span_str(news->kind->resource),
			.namespace = span_str(news->namespace),
			.name = span_str(news->name),
			.uid = span_str(news->uid),
		},
		.status = status,
		.began_at = wall,
		.ended_at = wall,
		.notes = notes,
	};
	struct buf uri = BUF_INIT;

	split_version(news->kind->api_version, &event.object);
	sweep_kind_append_object(
		news->kind, news->namespace, news->name, &uri);
	event.uri = buf_span(&uri);
	audit_event_write(&event, out);
	buf_fini(&uri);
}

static int add_to_audit(struct sweep_run *run, const struct news *news,
	unsigned status, const char *audit_id, struct err *err)
{
	struct buf line = BUF_INIT;
	int failed;

	if (!run->order->audit)
		return 0;
	append_audit_event(run, news, status, audit_id, &line);
	failed = sweep_file_add(run->order->audit, buf_span(&line), err);
	buf_fini(&line);
	return failed;
}

/* ---- Events -------------------------------------------------------------- */

static void append_involved(const struct news *news, struct buf *out)
{
	buf_append_str(out, "\"involvedObject\":{");
	append_member(out, "apiVersion", news->kind->api_version);
	append_member(out, "kind", news->kind->name);
	if (*news->namespace)
		append_member(out, "namespace", news->namespace);
	append_member(out, "name", news->name);
	append_last(out, "uid", news->uid);
	buf_append_str(out, "},");
}

static void append_event(const struct sweep_run *run, const struct news *news,
	const char *namespace, struct buf *out)
{
	struct buf name = BUF_INIT, message = BUF_INIT;
	char time[TIMESTAMP_CAP];

	timestamp_format(run->order->wall(), time);
	buf_printf(&name, "%.200s.%016llx", news->name,
		(unsigned long long)random_u64());
	buf_printf(&message, "Finalizer %.*s %s", SPAN_ARG(news->finalizer),
		news->what);
	if (*news->why)
		buf_printf(&message, ": %s", news->why);
	buf_append_str(out, "{");
	append_member(out, "apiVersion", "v1");
	append_member(out, "kind", "Event");
	buf_append_str(out, "\"metadata\":{");
	append_member(out, "namespace", namespace);
	append_last(out, "name", buf_cstr(&name));
	buf_append_str(out, "},");
	append_involved(news, out);
	append_member(out, "reason", news->reason);
	append_member(out, "message", buf_cstr(&message));
	append_member(out, "type", "Normal");
	append_member(out, "firstTimestamp", time);
	append_member(out, "lastTimestamp", time);
	buf_append_str(out, "\"count\":1,\"source\":{");
	append_last(out, "component", USER_AGENT);
	buf_append_str(out, "}}");
	buf_fini(&name);
	buf_fini(&message);
}

/*
 * A namespace that is being deleted takes none, and an object may have a name
 * that no Event can begin with (422); others may.
 */
static bool is_of_this_object(const struct sweep_run *run)
{
	static const char CAUSE[] = "NamespaceTerminating";
	struct span body = buf_span(&run->answer.body);

	return run->answer.status == 404 || run->answer.status == 422 ||
		(run->answer.status == 403 && body.len &&
			memmem(body.ptr, body.len, CAUSE, strlen(CAUSE)));
}

/* One that is refused, or gets no answer, is the last that is tried. */
static void make_event(struct sweep_run *run, const struct news *news)
{
	const char *namespace = *news->namespace ? news->namespace : "default";
	struct buf path = BUF_INIT, body = BUF_INIT;
	struct err err;

	if (!run->order->with_events || run->is_mute)
		return;
	buf_printf(&path, "/api/v1/namespaces/%s/events", namespace);
	append_event(run, news, namespace, &body);
	if (!sweep_send(run, "POST", &path, SPAN("application/json"), &body,
		    NULL, &err)) {
		if (run->answer.status < 300)
			return;
		if (is_of_this_object(run))
			return;
		sweep_no_use(run, "make an Event", &err);
	}
	run->is_mute = true;
	sweep_progress_hide(run->order->progress);
	log_event(run->log, LOG_LEVEL_WARN, "no more Events are made",
		LOG_FIELDS(LOG_STR("reason", err.text)));
}

/* ---- the end ------------------------------------------------------------- */

int sweep_tell_ended(struct sweep_run *run,
	const struct sweep_candidate *candidate, unsigned status,
	const char *audit_id, struct err *err)
{
	const struct sweep_target *target = candidate->target;
	const struct news news = {
		.kind = target->kind,
		.namespace = candidate->namespace,
		.name = candidate->name,
		.uid = candidate->uid,
		.finalizer = target->finalizer,
		.result = sweep_result_name(candidate->result),
		.reason = "FinalizerRemoved",
		.what = "removed",
		.why = sweep_verdict_text(candidate->verdict),
		.rule = target->rule_name,
		.proof = sweep_verdict_name(candidate->verdict),
		.owner = candidate->owner,
	};

	if (add_to_record(run, candidate, news.result, err) ||
		add_to_audit(run, &news, status, audit_id, err))
		return -1;
	if (candidate->result != SWEEP_REMOVED)
		return 0;
	log_change(run, "finalizer removed", &news);
	make_event(run, &news);
	return 0;
}

int sweep_tell_restored(struct sweep_run *run,
	const struct sweep_removal *removal, unsigned status,
	const char *audit_id, struct err *err)
{
	const struct sweep_kind kind = sweep_removal_kind(removal);
	const struct news news = {
		.kind = &kind,
		.namespace = removal->namespace,
		.name = removal->name,
		.uid = removal->uid,
		.finalizer = span_str(removal->finalizer),
		.result = removal->result,
		.reason = "FinalizerRestored",
		.what = "given back",
		.why = "",
		.rule = "",
		.proof = "",
		.owner = "",
	};

	if (add_to_audit(run, &news, status, audit_id, err))
		return -1;
	if (status != 200)
		return 0;
	log_change(run, "finalizer given back", &news);
	make_event(run, &news);
	return 0;
}
