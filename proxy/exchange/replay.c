/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/replay.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/endian.h"
#include "policy/removal.h"
#include "proxy/exchange/decimal.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/intents.h"
#include "proxy/exchange/rebase.h"
#include "proxy/exchange/request_head.h"
#include "proxy/exchange/server_impl.h"

enum {
	/* No object is larger (etcd takes 1.5 MiB), and no Status. */
	BODY_MAX = 4 << 20,
};

bool replay_classify(const struct server *server, const struct intent *intent,
	char *scratch, struct class *ret_class)
{
	struct head head = {
		.method = SPAN("PATCH"),
		.target = intent->target,
		.content_type = intent->content_type,
		.content_encoding = SPAN_NONE,
	};

	if (!classify_head(&head, scratch, ret_class))
		return false;
	classify_body(server->settings.classifier, &head, intent->body.ptr,
		intent->body.len, true, ret_class);
	return removal_may_be_replayed(ret_class, intent->body,
		&server->settings.policy->intents.labels);
}

/* ---- the request --------------------------------------------------------- */

static void add_length(struct fields *fields, uint64_t length)
{
	char digits[DECIMAL_CAP];
	size_t len = decimal_write(length, digits);

	fields_add(fields, SPAN("content-length"), span_of(digits, len));
}

static void write_head(struct exchange *ex, const struct pending *pending)
{
	const struct intent *intent = &pending->intent;
	const struct intent_token *token = pending->token;
	struct fields *fields = &ex->down.head;
	bool is_read = ex->replay->is_read;

	fields_add_static(
		fields, SPAN(":method"), is_read ? SPAN("GET") : SPAN("PATCH"));
	fields_add(fields, SPAN(":path"),
		is_read ? pending_path(pending) : intent->target);
	fields_add_static(fields, SPAN("accept"), SPAN("application/json"));
	fields_add_static(fields, SPAN("user-agent"), SPAN("fairway-replay"));
	if (token)
		fields_add(fields, SPAN("authorization"),
			span_of(token->authorization, token->len));
	if (is_read)
		return;
	fields_add(fields, SPAN("content-type"), intent->content_type);
	add_length(fields, intent->body.len);
}

static void read_head(struct exchange *ex, bool is_lent)
{
	const struct fields *fields = &ex->down.head;
	struct request_head head = {
		.method = fields_value(fields, FIELD_METHOD),
		.path = fields_value(fields, FIELD_PATH),
		.content_type = fields_value(fields, FIELD_CONTENT_TYPE),
		.content_encoding = SPAN_NONE,
		.user_agent = fields_value(fields, FIELD_USER_AGENT),
		/* Whose it is was found when it first came. */
		.authorization = SPAN_NONE,
		.content_length = CONTENT_LENGTH_NONE,
		.is_lent = is_lent,
	};

	intake_read_head(ex, &head);
}

struct exchange *replay_new(struct intents *intents, struct pending *pending)
{
	struct server *server = intents->server;
	const struct intent *intent = &pending->intent;
	bool has_certificate = server->settings.has_own_credentials;
	struct exchange *ex;

	if (intent->is_own && !has_certificate &&
		span_is_empty(server_own_authorization(server)))
		return NULL;
	CHECK(intent->is_own || pending->token->authorization);
	ex = exchange_new_without_client(server, SOURCE_REPLAY);
	ex->replay = xcalloc(1, sizeof(*ex->replay));
	ex->replay->intents = intents;
	ex->replay->is_read = pending->is_to_read;
	ex->rq.identity = le_get(intent->identity, 8);
	write_head(ex, pending);
	read_head(ex, intent->is_own && !has_certificate);
	if (!ex->replay->is_read)
		relay_add(&ex->request_body, intent->body.ptr,
			intent->body.len);
	relay_end(&ex->request_body);
	return ex;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	buf_fini(&replay->body);
	free(replay);
}

/* ---- the answer ---------------------------------------------------------- */

void replay_answered(struct exchange *ex, unsigned status)
{
	ex->replay->status = status;
}

/* The object, or what is said of one that is not there. */
static bool has_body_of_interest(const struct replay *replay)
{
	return replay->status == 404 ||
		(replay->is_read && replay->status == 200);
}

void replay_body(struct exchange *ex, const void *bytes, size_t len)
{
	struct replay *replay = ex->replay;

	if (!has_body_of_interest(replay))
		return;
	if (buf_len(&replay->body) + len > BODY_MAX)
		replay->is_too_long = true;
	else
		buf_append(&replay->body, bytes, len);
}

/* The removal is to be made for the object as it is now, if that is wanted. */
static bool rebase(const struct replay *replay, struct pending *pending,
	const struct class *class)
{
	struct intents *intents = replay->intents;
	struct buf body = BUF_INIT;
	bool is_written = intents->settings.on_conflict == CONFLICT_REBASE &&
		rebase_write(class, pending->intent.uid,
			buf_span(&replay->body), &body);

	if (is_written)
		intents_replace(intents, pending, SPAN(REBASE_CONTENT_TYPE),
			buf_span(&body));
	buf_fini(&body);
	return is_written;
}

static enum removal_fate fate_by_object(
	const struct replay *replay, struct pending *pending)
{
	const struct intent *intent = &pending->intent;
	char *scratch = xmalloc(intent->target.len + 1);
	enum removal_fate fate = REMOVAL_CONFLICT;
	struct class class;

	if (!replay_classify(replay->intents->server, intent, scratch, &class))
		goto out;
	/* That some are gone does not say that the others are. */
	if (!removal_names_all(&class, intent->body))
		class.finalizer_count = 0;
	fate = removal_fate_by_object(
		&class, intent->uid, buf_span(&replay->body));
	if (fate == REMOVAL_CONFLICT && rebase(replay, pending, &class))
		fate = REMOVAL_OPEN;
out:
	free(scratch);
	return fate;
}

static enum removal_fate fate_of_answer(const struct exchange *ex)
{
	return removal_fate_of_answer(&ex->class, ex->replay->status,
		buf_span(&ex->replay->body));
}

static enum removal_fate fate_of_read(
	const struct exchange *ex, struct pending *pending)
{
	const struct replay *replay = ex->replay;

	switch (replay->status) {
	case 200:
		if (replay->is_too_long)
			return REMOVAL_CONFLICT;
		return ex->is_broken ? REMOVAL_OPEN
				     : fate_by_object(replay, pending);
	case 401:
	case 403:
	case 404:
		return fate_of_answer(ex);
	}
	return REMOVAL_OPEN;
}

void replay_over(struct exchange *ex)
{
	struct replay *replay = ex->replay;
	struct pending *pending = ex->intent;

	/* A client took it over, or it was ended otherwise. */
	if (!pending)
		return;
	intents_replayed(replay->intents, pending,
		replay->is_read ? fate_of_read(ex, pending)
				: fate_of_answer(ex));
}
