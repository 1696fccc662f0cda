/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/audit.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/endian.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/act.h"
#include "proxy/observe/audit_event.h"
#include "proxy/observe/log.h"

enum {
	UUID_CAP = 37,
	USER_CAP = 48,
	NUMBER_CAP = 32,
};

#define TELL_EVERY (60 * USEC_PER_SEC)
#define OWN_USER "fairway:own-credentials"

/* ---- the sink ------------------------------------------------------------ */

static void log_state(
	const struct audit *audit, bool is_failing, const char *trouble)
{
	log_event(audit->log, is_failing ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
		is_failing ? "audit: events cannot be written, and wait"
			   : "audit: events are written again",
		LOG_FIELDS(LOG_STR("trouble", trouble)));
}

static void on_state(void *user, bool is_failing, const char *trouble)
{
	log_state(user, is_failing, trouble);
}

void audit_init(
	struct audit *audit, struct loop *loop, struct log *log, uint64_t seed)
{
	*audit = (struct audit){ .loop = loop, .log = log };
	rng_init(&audit->rng, seed);
}

int audit_open(struct audit *audit, const struct audit_sink_settings *settings,
	struct err *err)
{
	audit->sink =
		audit_sink_new(audit->loop, settings, on_state, audit, err);
	return audit->sink ? 0 : err_prefix(err, "audit");
}

void audit_close(struct audit *audit)
{
	audit_sink_free(audit->sink);
	audit->sink = NULL;
	buf_fini(&audit->line);
}

const struct audit_figures *audit_figures(struct audit *audit)
{
	if (audit->sink)
		audit_sink_read_figures(audit->sink, &audit->figures);
	return &audit->figures;
}

static void tell_dropped(struct audit *audit)
{
	usec_t now = loop_now(audit->loop);

	audit->dropped_untold++;
	if (audit->told_at && usec_since(now, audit->told_at) < TELL_EVERY)
		return;
	log_event(audit->log, LOG_LEVEL_ERROR, "audit: events were dropped",
		LOG_FIELDS(LOG_UINT("events", audit->dropped_untold)));
	audit->dropped_untold = 0;
	audit->told_at = now;
}

static void put(struct audit *audit, const struct audit_event *event)
{
	buf_clear(&audit->line);
	audit_event_write(event, &audit->line);
	if (!audit_sink_put(audit->sink, buf_span(&audit->line)))
		tell_dropped(audit);
}

/* ---- names --------------------------------------------------------------- */

/* RFC 9562, version 4. */
static struct span make_id(struct audit *audit, char ret_text[UUID_CAP])
{
	unsigned char bytes[16];
	int len = 0;

	le_put(bytes, rng_next(&audit->rng), 8);
	le_put(bytes + 8, rng_next(&audit->rng), 8);
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		len += snprintf(ret_text + len, (size_t)(UUID_CAP - len),
			i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x"
							      : "%02x",
			bytes[i]);
	return span_of(ret_text, (size_t)len);
}

static struct span id_or_new(
	struct audit *audit, struct span id, char text[UUID_CAP])
{
	return id.len ? id : make_id(audit, text);
}

/* Nobody else has a name that begins so: the API server knows none. */
static struct span name_of_hash(uint64_t hash, char ret_text[USER_CAP])
{
	int len = hash ? snprintf(ret_text, USER_CAP,
				 "fairway:unverified:%016" PRIx64, hash)
		       : snprintf(ret_text, USER_CAP, "fairway:no-credential");

	return span_of(ret_text, (size_t)len);
}

static struct span number(uint64_t value, char ret_text[NUMBER_CAP])
{
	int len = snprintf(ret_text, NUMBER_CAP, "%" PRIu64, value);

	return span_of(ret_text, (size_t)len);
}

static struct span seconds(usec_t time, char ret_text[NUMBER_CAP])
{
	int len = snprintf(ret_text, NUMBER_CAP, "%" PRIu64 ".%06" PRIu64,
		time / USEC_PER_SEC, time % USEC_PER_SEC);

	return span_of(ret_text, (size_t)len);
}

static struct span without_query(struct span target)
{
	return span_cut(&target, '?');
}

/* "a,b"; nothing where the body does not name them. */
static struct span finalizers_of(const struct class *class, struct buf *text)
{
	for (unsigned i = 0; i < class->finalizer_count; i++) {
		buf_append_str(text, i ? "," : "");
		buf_append_span(text, class->finalizers[i]);
	}
	return buf_span(text);
}

static struct audit_object object_of(const struct class *class, struct span uid)
{
	return (struct audit_object){
		.group = class->group,
		.version = class->version,
		.resource = class->resource,
		.subresource = class->subresource,
		.namespace = class->namespace,
		.name = class->name,
		.uid = uid,
	};
}

/* ---- removals ------------------------------------------------------------ */

/* In one word; where the API server answered, responseStatus says more. */
static const char *outcome_of(const struct exchange_record *record)
{
	unsigned status = record->answered;

	if (status >= 200 && status < 300)
		return "removed";
	if (status == 404)
		return "gone";
	if (record->is_intent_open)
		return "pending"; /* it is sent again */
	if (status)
		return "refused";
	if (record->verdict != VERDICT_NONE &&
		verdict_info(record->verdict)->is_not_executed)
		return "rejected";
	/* Its client left, or was told that nobody knows. */
	return record->attempts ? "unknown" : "withdrawn";
}

static struct span user_of(
	const struct exchange_record *record, char text[USER_CAP])
{
	const struct removal_note *removal = record->removal;

	if (record->user.len)
		return record->user;
	if (removal->is_own)
		return SPAN(OWN_USER);
	return name_of_hash(
		removal->principal ? removal->principal : record->identity,
		text);
}

static void put_removal(
	struct audit *audit, const struct exchange_record *record)
{
	const struct verdict_info *verdict = verdict_info(record->verdict);
	bool is_ours = record->verdict != VERDICT_NONE;
	const struct removal_note *removal = record->removal;
	const struct subject *subject = record->subject;
	usec_t wall = loop_wall_clock();
	char id[UUID_CAP], user[USER_CAP], wait[NUMBER_CAP];
	char attempts[NUMBER_CAP], intent[NUMBER_CAP];
	struct buf finalizers = BUF_INIT;
	struct audit_note notes[] = {
		{ "event", SPAN("removal") },
		{ "outcome", span_str(outcome_of(record)) },
		{ "reason", is_ours ? span_str(verdict->word) : SPAN_NONE },
		{ "effect", span_str(effect_name(record->class->effect)) },
		{ "finalizers", finalizers_of(record->class, &finalizers) },
		{ "lane", span_str(record->lane) },
		{ "rule", span_str(record->rule) },
		{ "wait-seconds", seconds(record->wait, wait) },
		{ "attempts", number(record->attempts, attempts) },
		{ "endpoint",
			record->attempts && audit->endpoints
				? span_str(audit->endpoints[record->endpoint])
				: SPAN_NONE },
		{ "intent",
			record->intent ? number(record->intent, intent)
				       : SPAN_NONE },
		{ "replay", record->is_replay ? SPAN("true") : SPAN_NONE },
		{ "own-credentials",
			removal->is_own ? SPAN("true") : SPAN_NONE },
		{ "unverified-subject", removal->subject },
		{ "unverified-impersonation", removal->impersonated },
		{ "traceparent", record->traceparent },
		{ NULL, SPAN_NONE },
	};
	struct audit_event event = {
		.audit_id = id_or_new(audit, record->audit_id, id),
		.uri = without_query(record->target),
		.verb = verb_name(record->class->verb),
		.user = user_of(record, user),
		.groups = subject ? subject->groups : NULL,
		.group_count = subject ? subject->group_count : 0,
		.peer = span_str(record->peer),
		.user_agent = record->user_agent,
		.object = object_of(record->class, removal->uid),
		.status = record->answered ? record->answered : record->status,
		.reason = is_ours ? verdict->reason : NULL,
		.message = is_ours ? verdict->message : NULL,
		.began_at = usec_since(wall, record->duration),
		.ended_at = wall,
		.notes = notes,
	};

	put(audit, &event);
	buf_fini(&finalizers);
}

void audit_record(const struct exchange_record *record, void *user)
{
	struct audit *audit = user;

	if (!audit->sink || !record->removal)
		return;
	/* A replay that nobody answered is one of many: its intent tells. */
	if (record->is_replay && !record->answered)
		return;
	put_removal(audit, record);
}

/* ---- intents ------------------------------------------------------------- */

static struct span user_of_intent(
	const struct intent_record *record, char text[USER_CAP])
{
	if (record->user.len)
		return record->user;
	if (record->intent->is_own)
		return SPAN(OWN_USER);
	return name_of_hash(le_get(record->intent->identity, 8), text);
}

void audit_intent_end(const struct intent_record *record, void *user)
{
	struct audit *audit = user;
	const struct intent *intent = record->intent;
	usec_t wall = loop_wall_clock();
	char id[UUID_CAP], name[USER_CAP], number_text[NUMBER_CAP];
	char replays[NUMBER_CAP], age[NUMBER_CAP];
	struct buf finalizers = BUF_INIT;
	struct audit_note notes[] = {
		{ "event", SPAN("intent") },
		{ "outcome", span_str(intent_end_name(record->end)) },
		{ "finalizers", finalizers_of(record->class, &finalizers) },
		{ "intent", number(intent->id, number_text) },
		{ "durable", record->is_durable ? SPAN("true") : SPAN_NONE },
		{ "replays", number(record->replays, replays) },
		{ "age-seconds",
			seconds(usec_since(wall, intent->opened_at), age) },
		{ "own-credentials",
			intent->is_own ? SPAN("true") : SPAN_NONE },
		{ NULL, SPAN_NONE },
	};
	struct audit_event event = {
		.audit_id = id_or_new(audit, record->audit_id, id),
		.uri = without_query(intent->target),
		.verb = "patch",
		.user = user_of_intent(record, name),
		.object = object_of(record->class, intent->uid),
		.status = record->answered,
		.began_at = intent->opened_at,
		.ended_at = wall,
		.notes = notes,
	};

	if (audit->sink)
		put(audit, &event);
	buf_fini(&finalizers);
}

/* ---- orders -------------------------------------------------------------- */

/* "/orders/kill/flow/4711" */
static void put_uri(const struct act *act, struct buf *uri)
{
	struct span rest = span_str(act->what);

	buf_printf(uri, "/orders/%s", act_name(act->kind));
	while (rest.len > 0) {
		buf_append_str(uri, "/");
		buf_append_span(uri, span_cut(&rest, ' '));
	}
}

static struct span user_of_order(const struct act *act, char text[USER_CAP])
{
	int len;

	switch (act->by) {
	case ACT_BY_SOCKET:
		len = snprintf(text, USER_CAP, "unix:%u", (unsigned)act->uid);
		return span_of(text, (size_t)len);
	case ACT_BY_SIGNAL:
		return SPAN("fairway:sighup");
	case ACT_BY_FILE:
		return SPAN("fairway:changed-file");
	}
	CHECK_UNREACHABLE();
}

void audit_order(
	struct audit *audit, const struct act *act, const char *refused)
{
	usec_t wall = loop_wall_clock();
	char id[UUID_CAP], user[USER_CAP], uid[NUMBER_CAP], pid[NUMBER_CAP];
	bool has_uid = act->by == ACT_BY_SOCKET;
	struct buf uri = BUF_INIT;
	struct audit_note notes[] = {
		{ "event", SPAN("order") },
		{ "outcome", refused ? SPAN("refused") : SPAN("done") },
		{ NULL, SPAN_NONE },
	};
	struct audit_event event = {
		.verb = act_name(act->kind),
		.user = user_of_order(act, user),
		.user_uid = has_uid ? number(act->uid, uid) : SPAN_NONE,
		.user_pid = has_uid ? number((uint64_t)act->pid, pid)
				    : SPAN_NONE,
		.status = refused ? 422 : 200,
		.reason = refused ? "Invalid" : NULL,
		.message = refused,
		.began_at = wall,
		.ended_at = wall,
		.notes = notes,
	};

	if (!audit->sink || !act_is_change(act))
		return;
	event.audit_id = make_id(audit, id);
	put_uri(act, &uri);
	event.uri = buf_span(&uri);
	put(audit, &event);
	buf_fini(&uri);
}
