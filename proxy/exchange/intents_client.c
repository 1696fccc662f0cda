/* SPDX-License-Identifier: Apache-2.0 */
/* What a client's request does to an intent: opens, adopts, ends, leaves it. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/endian.h"
#include "policy/removal.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/pending.h"
#include "proxy/exchange/principal.h"
#include "proxy/exchange/replay.h"
#include "proxy/journal/writer.h"

/* A client that was told 429 or 503 comes again by itself, mostly. */
#define REPLAY_AFTER (3 * USEC_PER_SEC)
/* Who is gone does not. */
#define REPLAY_AFTER_LEFT (500 * USEC_PER_MSEC)

static uint64_t owner_of(
	const struct intents *intents, const struct exchange *ex)
{
	if (ex->rq.credential == CREDENTIAL_OWN)
		return pending_own_owner(intents);
	return principal_of(&intents->server->settings.key,
		fields_value(&ex->down.head, FIELD_AUTHORIZATION));
}

/* As it is journaled. */
static struct span body_of(const struct exchange *ex)
{
	if (ex->guarded)
		return span_str(ex->guarded);
	return relay_prefix(&ex->request_body, ex->server->scratch,
		CLASSIFY_BODY_MAX);
}

static struct intent intent_of(
	const struct intents *intents, const struct exchange *ex)
{
	struct intent intent = {
		.id = ex->intent ? ex->intent->intent.id : 0,
		.opened_at = loop_wall_clock(),
		.is_own = ex->rq.credential == CREDENTIAL_OWN,
		.was_sent = ex->rq.may_have_acted,
		.target = ex->target,
		.content_type =
			fields_value(&ex->down.head, FIELD_CONTENT_TYPE),
		.body = body_of(ex),
	};

	le_put(intent.identity, owner_of(intents, ex), 8);
	intent.uid = removal_uid(intent.body);
	return intent;
}

/* ---- adopting ------------------------------------------------------------ */

/* A replay that has not started gives way to the client itself. */
static bool gives_way(struct intents *intents, struct pending *pending)
{
	struct exchange *ex = pending->holder;
	struct server *server = intents->server;

	if (!ex)
		return true;
	if (!ex->replay || !ex->is_in_policy || ex->state != EXCHANGE_WAITING ||
		!policy_cancel(server->policy, &ex->rq, server_now(server)))
		return false;
	pending_drop(intents, pending);
	ex->is_in_policy = false;
	server->in_policy--;
	exchange_settle(ex);
	return true;
}

/* Of the same removal, and nobody is at it who does not give way. */
static struct pending *find_adoptable(struct intents *intents,
	const struct intent *intent, const struct class *class)
{
	uint64_t removal = pending_removal_hash(intents, class, intent);
	struct map_node *node = map_first(&intents->by_removal, removal);

	for (; node; node = map_next(node)) {
		struct pending *pending =
			CONTAINER_OF(node, struct pending, by_removal);

		if (node->hash == removal &&
			pending_is_removal(intents, pending, class, intent) &&
			gives_way(intents, pending))
			return pending;
	}
	return NULL;
}

static void adopt(
	struct intents *intents, struct exchange *ex, struct pending *pending)
{
	pending_hold(intents, pending, ex);
	pending->is_to_read = false;
	ex->rq.has_intent = pending->is_durable || pending->was_durable;
	intents->stats.adopted++;
}

void intents_adopt(struct intents *intents, struct exchange *ex)
{
	struct pending *pending = NULL;
	struct intent intent;
	struct class class;
	char *scratch;

	/* An unproven one only says whom its token names. */
	if (intents->all.count == 0 || !ex->rq.is_replayable ||
		ex->rq.credential == CREDENTIAL_OTHER ||
		!policy_is_proven(intents->server->policy, &ex->rq))
		return;
	intent = intent_of(intents, ex);
	scratch = xmalloc(intent.target.len + 1);
	/* By its body: of long names ex->class has a part only. */
	if (replay_classify(intents->server, &intent, scratch, &class))
		pending = find_adoptable(intents, &intent, &class);
	if (pending)
		adopt(intents, ex, pending);
	free(scratch);
}

/* ---- opening ------------------------------------------------------------- */

/* False: it cannot be journaled now. */
static bool write_down(struct intents *intents, struct intent *intent)
{
	/* Without a journal policy is told to ask for none. */
	if (!intents->writer ||
		intents->bytes + intent_texts_len(intent) >
			intents->settings.bytes_max)
		return false;
	intent->id = writer_open(intents->writer, intent);
	intents->stats.opened += intent->id != 0;
	return intent->id != 0;
}

/*
 * Its client comes late, and with a token as old: what is journaled is newer,
 * and stays.
 */
static bool is_stale(
	const struct pending *pending, const struct intent *intent)
{
	return removal_is_older(intent->body, pending->intent.body);
}

/* Adopted: what its client wants now is what counts. */
static void open_anew(struct intents *intents, struct pending *pending,
	const struct intent *intent, usec_t expires_at)
{
	pending_replace(intents, pending, intent);
	pending->expires_at = expires_at;
	pending->turn = intents->turns++;
	list_remove(&pending->node);
	list_push_back(&intents->all, &pending->node);
}

static struct pending *open_new(struct intents *intents, struct exchange *ex,
	const struct intent *intent, const struct class *class,
	usec_t expires_at)
{
	struct pending *pending =
		pending_new(intents, intent, class, expires_at);

	pending->unsynced = 1;
	pending_hold(intents, pending, ex);
	return pending;
}

static void take_token(struct intents *intents, const struct exchange *ex,
	struct pending *pending)
{
	if (pending->token)
		intent_token_set(intents, pending->token,
			fields_value(&ex->down.head, FIELD_AUTHORIZATION));
}

static void open_intent(struct intents *intents, struct exchange *ex,
	struct intent *intent, const struct class *class)
{
	struct pending *pending = ex->intent;
	usec_t expires_at = usec_add(
		intents_now(intents), intents->settings.expire_after);

	if (pending && is_stale(pending, intent)) {
		if (pending->token && !pending->token->authorization)
			take_token(intents, ex, pending);
		return;
	}
	if (!write_down(intents, intent))
		return;
	if (pending)
		open_anew(intents, pending, intent, expires_at);
	else
		pending = open_new(intents, ex, intent, class, expires_at);
	take_token(intents, ex, pending);
}

void intents_open(struct intents *intents, struct exchange *ex)
{
	struct intent intent = intent_of(intents, ex);
	char *scratch = xmalloc(intent.target.len + 1);
	struct class class;

	if (replay_classify(intents->server, &intent, scratch, &class))
		open_intent(intents, ex, &intent, &class);
	free(scratch);
}

/* ---- what becomes of its request ----------------------------------------- */

/* Not that of another version, or uid, which says nothing of this one. */
static bool is_as_journaled(
	const struct exchange *ex, const struct pending *pending)
{
	return span_eq(body_of(ex), pending->intent.body);
}

bool intents_want_body(const struct exchange *ex, unsigned status)
{
	return ex->intent && !ex->replay && status == 404;
}

void intents_answered(struct intents *intents, struct exchange *ex,
	unsigned status, struct span body)
{
	struct pending *pending = ex->intent;

	if (!pending)
		return;
	switch (removal_fate_of_answer(&ex->class, status, body)) {
	case REMOVAL_DONE:
		pending_end(intents, pending, INTENT_DONE);
		return;
	case REMOVAL_GONE:
		pending_end(intents, pending, INTENT_GONE);
		return;
	case REMOVAL_FORBIDDEN:
		/* Where nobody hears of it, a replay asks once more. */
		if (ex->has_downstream)
			pending_end(intents, pending, INTENT_REFUSED);
		return;
	case REMOVAL_REFUSED:
		if (is_as_journaled(ex, pending))
			pending_end(intents, pending, INTENT_REFUSED);
		return;
	case REMOVAL_UNDECIDED:
		if (!is_as_journaled(ex, pending))
			return;
		/*
		 * The client knows, and it is its own to decide; unless it was
		 * an earlier attempt of us that took the finalizer away.
		 */
		if (ex->has_downstream && !ex->rq.may_have_acted)
			pending_end(intents, pending, INTENT_CONFLICT);
		else
			pending->is_to_read = true;
		return;
	case REMOVAL_UNAUTHORIZED:
		if (pending->token)
			intent_token_spoil(intents, pending->token,
				fields_value(&ex->down.head,
					FIELD_AUTHORIZATION));
		return;
	case REMOVAL_OPEN:
	case REMOVAL_ABSENT:
	case REMOVAL_RECREATED:
	case REMOVAL_CONFLICT:
		return;
	}
}

uint64_t intents_rejected(struct intents *intents, struct exchange *ex,
	enum verdict verdict, bool is_pending)
{
	struct pending *pending = ex->intent;

	if (!pending || ex->replay)
		return 0;
	if (is_pending && pending->is_durable) {
		intents->stats.named++;
		return pending->intent.id;
	}
	/* It was not sent, its client was told so, and nobody was promised. */
	if (verdict_info(verdict)->is_not_executed && !pending->was_durable)
		pending_end(intents, pending, INTENT_WITHDRAWN);
	return 0;
}

void intents_release(struct intents *intents, struct exchange *ex)
{
	struct pending *pending = ex->intent;

	if (!pending)
		return;
	pending_drop(intents, pending);
	pending_wait(intents, pending,
		usec_add(intents_now(intents),
			ex->is_left ? REPLAY_AFTER_LEFT : REPLAY_AFTER));
}

void intents_note_token(struct intents *intents, const struct exchange *ex)
{
	struct span authorization =
		fields_value(&ex->down.head, FIELD_AUTHORIZATION);
	struct intent_token *token;

	if (intents->tokens.count == 0 || ex->is_impersonated || ex->replay ||
		span_is_empty(authorization))
		return;
	/* A preflight is answered to anybody (policy.c, proves_identity). */
	if (ex->class.verb == VERB_OPTIONS || ex->class.verb == VERB_OTHER)
		return;
	/* Whatever the token is, it was our certificate that was accepted. */
	if (intents->server->settings.has_own_credentials)
		return;
	token = intent_token_find(intents,
		principal_of(&intents->server->settings.key, authorization));
	if (token)
		intent_token_set(intents, token, authorization);
}
