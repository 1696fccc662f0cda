/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/intents.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/endian.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/principal.h"
#include "proxy/exchange/replay.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/journal/writer.h"
#include "proxy/observe/log.h"

enum {
	/* Replays under way at one time, reads included. */
	REPLAYS_MAX = 4,
	/* The journal's thread tries again after it went OFF. */
	JOURNAL_RETRY_MS = 2000,
	ID_CAP = 17,
};

/* A client that was told 429 or 503 comes again by itself, mostly. */
#define REPLAY_AFTER (3 * USEC_PER_SEC)
#define REPLAY_PAUSE (500 * USEC_PER_MSEC)
#define REPLAY_PAUSE_MAX (30 * USEC_PER_SEC)
/* Another replay of the same object is under way. */
#define REPLAY_ORDER_PAUSE (100 * USEC_PER_MSEC)

static usec_t now_of(const struct intents *intents)
{
	return server_now(intents->server);
}

static uint64_t identity_of(const struct pending *pending)
{
	return le_get(pending->intent.identity, 8);
}

static struct pending *pending_of_id(struct map_node *node)
{
	return CONTAINER_OF(node, struct pending, by_id);
}

struct span pending_path(const struct pending *pending)
{
	struct span rest = pending->intent.target;

	return span_cut(&rest, '?');
}

/* ---- tokens --------------------------------------------------------------- */

static struct intent_token *token_find(
	const struct intents *intents, uint64_t identity)
{
	struct map_node *node = map_first(&intents->tokens, identity);

	for (; node; node = map_next(node)) {
		struct intent_token *token =
			CONTAINER_OF(node, struct intent_token, by_identity);

		if (token->identity == identity)
			return token;
	}
	return NULL;
}

static void token_clear(struct intent_token *token)
{
	if (token->authorization)
		explicit_bzero(token->authorization, token->len);
	free(token->authorization);
	token->authorization = NULL;
	token->len = 0;
}

static void token_join(struct intents *intents, struct pending *pending)
{
	uint64_t identity = identity_of(pending);
	struct intent_token *token = token_find(intents, identity);

	if (!token) {
		token = xcalloc(1, sizeof(*token));
		token->identity = identity;
		list_init(&token->pendings);
		map_insert(&intents->tokens, &token->by_identity, identity);
	}
	list_push_back(&token->pendings, &pending->token_node);
	pending->token = token;
}

static void token_leave(struct intents *intents, struct pending *pending)
{
	struct intent_token *token = pending->token;

	if (!token)
		return;
	list_remove(&pending->token_node);
	pending->token = NULL;
	if (!list_is_empty(&token->pendings))
		return;
	map_remove(&intents->tokens, &token->by_identity);
	token_clear(token);
	free(token);
}

/* The newest that is known of its principal. */
static void token_set(struct intents *intents, struct intent_token *token,
	struct span authorization)
{
	if (span_is_empty(authorization) ||
		span_eq(span_of(token->authorization, token->len),
			authorization))
		return;
	token_clear(token);
	token->authorization = span_dup(authorization);
	token->len = authorization.len;
	LIST_EACH (node, &token->pendings) {
		struct pending *pending =
			CONTAINER_OF(node, struct pending, token_node);

		if (!pending->holder)
			heap_set(&intents->due, &pending->due, now_of(intents));
	}
}

/* The API server does not take it any more. */
static void token_spoil(struct intents *intents, struct intent_token *token)
{
	token_clear(token);
	LIST_EACH (node, &token->pendings) {
		heap_remove(&intents->due,
			&CONTAINER_OF(node, struct pending, token_node)->due);
	}
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
	token = token_find(intents,
		principal_of(&intents->server->settings.key, authorization));
	if (token)
		token_set(intents, token, authorization);
}

/* ---- one intent ----------------------------------------------------------- */

static uint64_t object_hash(const struct intents *intents, struct span target)
{
	struct span path = span_cut(&target, '?');

	return hash_span(&intents->server->settings.key, 11, path);
}

/* What makes two requests the same removal. */
static uint64_t removal_hash(const struct intents *intents,
	const struct class *class, struct span target, uint64_t owner)
{
	const struct hash_key *key = &intents->server->settings.key;
	uint64_t parts[3] = { object_hash(intents, target), owner,
		class->finalizer_count };
	uint64_t hash = hash_bytes(key, parts, sizeof(parts));

	for (unsigned i = 0; i < class->finalizer_count; i++)
		hash = hash_span(key, hash, class->finalizers[i]);
	return hash;
}

static struct span keep(char **at, struct span s)
{
	struct span kept = span_of(*at, s.len);

	if (span_is_absent(s))
		return SPAN_NONE;
	memcpy(*at, s.ptr, s.len);
	*at += s.len;
	return kept;
}

static size_t texts_len(const struct intent *intent)
{
	return intent->target.len + intent->content_type.len +
		intent->body.len + intent->uid.len;
}

/* The intent with texts of its own. */
static void pending_keep(struct intents *intents, struct pending *pending,
	const struct intent *intent)
{
	char *text = xmalloc(texts_len(intent) + 1), *at = text;

	intents->bytes -= pending->text ? texts_len(&pending->intent) : 0;
	pending->intent = *intent;
	pending->intent.target = keep(&at, intent->target);
	pending->intent.content_type = keep(&at, intent->content_type);
	pending->intent.body = keep(&at, intent->body);
	pending->intent.uid = keep(&at, intent->uid);
	intents->bytes += texts_len(intent);
	free(pending->text);
	pending->text = text;
}

static struct pending *pending_new(struct intents *intents,
	const struct intent *intent, uint64_t removal, usec_t expires_at)
{
	struct pending *pending = xcalloc(1, sizeof(*pending));

	pending_keep(intents, pending, intent);
	pending->object = object_hash(intents, intent->target);
	pending->expires_at = expires_at;
	list_push_back(&intents->all, &pending->node);
	map_insert(&intents->by_id, &pending->by_id, intent->id);
	map_insert(&intents->by_removal, &pending->by_removal, removal);
	if (!intent->is_own)
		token_join(intents, pending);
	return pending;
}

static void pending_free(struct intents *intents, struct pending *pending)
{
	intents->bytes -= texts_len(&pending->intent);
	token_leave(intents, pending);
	heap_remove(&intents->due, &pending->due);
	heap_remove(&intents->expiry, &pending->expiry);
	map_remove(&intents->by_id, &pending->by_id);
	map_remove(&intents->by_removal, &pending->by_removal);
	list_remove(&pending->node);
	free(pending->text);
	free(pending);
}

static struct pending *pending_find(const struct intents *intents, uint64_t id)
{
	struct map_node *node = map_first(&intents->by_id, id);

	for (; node; node = map_next(node)) {
		if (pending_of_id(node)->intent.id == id)
			return pending_of_id(node);
	}
	return NULL;
}

static bool is_replay(const struct pending *pending)
{
	return pending->holder && pending->holder->replay;
}

/* Nobody is at it: it waits for its next replay, or for a token. */
static void pending_wait(
	struct intents *intents, struct pending *pending, usec_t at)
{
	CHECK(!pending->holder);
	heap_set(&intents->expiry, &pending->expiry, pending->expires_at);
	if (!pending->token || pending->token->authorization)
		heap_set(&intents->due, &pending->due, at);
}

static void pending_hold(struct intents *intents, struct pending *pending,
	struct exchange *holder)
{
	CHECK(!pending->holder && !holder->intent);
	heap_remove(&intents->expiry, &pending->expiry);
	heap_remove(&intents->due, &pending->due);
	pending->holder = holder;
	holder->intent = pending;
}

static void pending_drop(struct intents *intents, struct pending *pending)
{
	struct exchange *holder = pending->holder;

	if (!holder)
		return;
	intents->replays -= is_replay(pending);
	holder->intent = NULL;
	pending->holder = NULL;
}

static bool is_worth_a_warning(enum intent_end end)
{
	return end == INTENT_CONFLICT || end == INTENT_REFUSED ||
		end == INTENT_EXPIRED;
}

static void log_end(const struct intents *intents,
	const struct pending *pending, enum intent_end end)
{
	bool has_client = pending->holder && !is_replay(pending);
	enum log_level level = has_client ? LOG_LEVEL_DEBUG
		: is_worth_a_warning(end) ? LOG_LEVEL_WARN
					  : LOG_LEVEL_INFO;
	usec_t wall = loop_wall_clock();

	log_event(intents->server->log, level, "removal ended",
		LOG_FIELDS(LOG_UINT("intent", pending->intent.id),
			LOG_STR("end", intent_end_name(end)),
			LOG_SPAN("path", pending_path(pending)),
			LOG_DURATION("age",
				usec_since(wall, pending->intent.opened_at)),
			LOG_UINT("replays", pending->tries)));
}

static void pending_end(struct intents *intents, struct pending *pending,
	enum intent_end end)
{
	intents->stats.ends[end]++;
	log_end(intents, pending, end);
	if (intents->writer)
		writer_end(intents->writer, pending->intent.id, end);
	pending_drop(intents, pending);
	pending_free(intents, pending);
}

/* ---- of a client's request ------------------------------------------------- */

/* Fairway's own tokens change: all of them are one owner. */
static uint64_t owner_of(
	const struct intents *intents, const struct exchange *ex)
{
	if (ex->rq.credential == CREDENTIAL_OWN)
		return 0;
	return principal_of(&intents->server->settings.key,
		fields_value(&ex->down.head, FIELD_AUTHORIZATION));
}

static uint64_t removal_of(
	const struct intents *intents, const struct exchange *ex)
{
	return removal_hash(
		intents, &ex->class, ex->target, owner_of(intents, ex));
}

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

void intents_adopt(struct intents *intents, struct exchange *ex)
{
	struct map_node *node;
	uint64_t removal;

	/* An unproven one only says whom its token names. */
	if (intents->all.count == 0 || !ex->rq.is_replayable ||
		ex->rq.credential == CREDENTIAL_OTHER ||
		!policy_is_proven(intents->server->policy, &ex->rq))
		return;
	removal = removal_of(intents, ex);
	node = map_first(&intents->by_removal, removal);
	for (; node; node = map_next(node)) {
		struct pending *pending =
			CONTAINER_OF(node, struct pending, by_removal);

		if (node->hash != removal || !gives_way(intents, pending))
			continue;
		pending_hold(intents, pending, ex);
		pending->is_to_read = false;
		ex->rq.has_intent = pending->is_durable;
		intents->stats.adopted++;
		return;
	}
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
		.body = relay_prefix(&ex->request_body, ex->server->scratch,
			CLASSIFY_BODY_MAX),
	};

	le_put(intent.identity, owner_of(intents, ex), 8);
	intent.uid = removal_uid(intent.body);
	return intent;
}

void intents_open(struct intents *intents, struct exchange *ex)
{
	struct intent intent = intent_of(intents, ex);
	struct pending *pending = ex->intent;
	usec_t expires_at = usec_add(
		now_of(intents), intents->settings.expire_after);

	CHECK(intents->writer);
	if (intents->bytes + texts_len(&intent) > intents->settings.bytes_max)
		return;
	intent.id = writer_open(intents->writer, &intent);
	if (!intent.id)
		return;
	intents->stats.opened++;
	if (pending) {
		/* Adopted: what its client wants now is what counts. */
		pending_keep(intents, pending, &intent);
		pending->expires_at = expires_at;
		list_remove(&pending->node);
		list_push_back(&intents->all, &pending->node);
	} else {
		pending = pending_new(intents, &intent,
			removal_of(intents, ex), expires_at);
		pending_hold(intents, pending, ex);
	}
	if (pending->token)
		token_set(intents, pending->token,
			fields_value(&ex->down.head, FIELD_AUTHORIZATION));
}

void intents_answered(
	struct intents *intents, struct exchange *ex, unsigned status)
{
	struct pending *pending = ex->intent;

	if (!pending)
		return;
	switch (removal_fate_of_answer(status)) {
	case REMOVAL_DONE:
		pending_end(intents, pending, INTENT_DONE);
		return;
	case REMOVAL_GONE:
		pending_end(intents, pending, INTENT_GONE);
		return;
	case REMOVAL_REFUSED:
		pending_end(intents, pending, INTENT_REFUSED);
		return;
	case REMOVAL_UNDECIDED:
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
			token_spoil(intents, pending->token);
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
	if (verdict_info(verdict)->is_not_executed)
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
		usec_add(now_of(intents),
			ex->is_left ? REPLAY_PAUSE : REPLAY_AFTER));
}

/* ---- of replays ------------------------------------------------------------ */

static usec_t pause_of(const struct pending *pending)
{
	unsigned doublings = (unsigned)u64_min(pending->tries, 8);

	return u64_min(REPLAY_PAUSE_MAX, REPLAY_PAUSE << doublings);
}

void intents_replayed(struct intents *intents, struct pending *pending,
	enum removal_fate fate)
{
	usec_t now = now_of(intents);

	/* The next one may go in this turn. */
	intents->server->has_news = true;
	switch (fate) {
	case REMOVAL_DONE:
		pending_end(intents, pending, INTENT_DONE);
		return;
	case REMOVAL_GONE:
		pending_end(intents, pending, INTENT_GONE);
		return;
	case REMOVAL_ABSENT:
		pending_end(intents, pending, INTENT_REMOVED);
		return;
	case REMOVAL_RECREATED:
		pending_end(intents, pending, INTENT_RECREATED);
		return;
	case REMOVAL_CONFLICT:
		pending_end(intents, pending, INTENT_CONFLICT);
		return;
	case REMOVAL_REFUSED:
		pending_end(intents, pending, INTENT_REFUSED);
		return;
	case REMOVAL_UNDECIDED:
		pending_drop(intents, pending);
		pending->is_to_read = true;
		pending_wait(intents, pending, now);
		return;
	case REMOVAL_UNAUTHORIZED:
		pending_drop(intents, pending);
		if (pending->token)
			token_spoil(intents, pending->token);
		pending_wait(
			intents, pending, usec_add(now, REPLAY_PAUSE_MAX));
		return;
	case REMOVAL_OPEN:
		pending_drop(intents, pending);
		pending_wait(
			intents, pending, usec_add(now, pause_of(pending)));
		return;
	}
}

void intents_replace(struct intents *intents, struct pending *pending,
	struct span content_type, struct span body)
{
	struct intent intent = pending->intent;

	intent.content_type = content_type;
	intent.body = body;
	if (!intents->writer || !writer_open(intents->writer, &intent))
		return;
	pending_keep(intents, pending, &intent);
	pending->is_to_read = false;
}

/* ---- turns ----------------------------------------------------------------- */

static void expire(struct intents *intents, usec_t now)
{
	struct heap_node *node;

	while ((node = heap_first(&intents->expiry)) && node->key <= now)
		pending_end(intents,
			CONTAINER_OF(node, struct pending, expiry),
			INTENT_EXPIRED);
}

/* Order for each object: one replay of it at a time. */
static bool is_under_way(const struct intents *intents, uint64_t object)
{
	unsigned seen = 0;

	LIST_EACH (node, &intents->all) {
		const struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		if (seen == intents->replays)
			break;
		if (!is_replay(pending))
			continue;
		seen++;
		if (pending->object == object)
			return true;
	}
	return false;
}

static void replay(struct intents *intents, struct pending *pending, usec_t now)
{
	struct exchange *ex;

	if (is_under_way(intents, pending->object)) {
		pending_wait(
			intents, pending, usec_add(now, REPLAY_ORDER_PAUSE));
		return;
	}
	pending->tries++;
	ex = replay_new(intents, pending);
	if (!ex) {
		/* Without credentials of our own, for now. */
		pending_wait(
			intents, pending, usec_add(now, pause_of(pending)));
		return;
	}
	intents->replays++;
	intents->stats.replays++;
	pending_hold(intents, pending, ex);
	intake_submit(ex);
}

usec_t intents_run(struct intents *intents)
{
	usec_t now = now_of(intents), at = USEC_NEVER;
	struct heap_node *node;

	if (intents->all.count == 0)
		return USEC_NEVER;
	expire(intents, now);
	if (intents->server->drain.state != DRAIN_SERVING)
		return USEC_NEVER;
	while ((node = heap_first(&intents->due)) && node->key <= now &&
		intents->replays < REPLAYS_MAX)
		replay(intents, CONTAINER_OF(node, struct pending, due), now);
	if (node && intents->replays < REPLAYS_MAX)
		at = node->key;
	node = heap_first(&intents->expiry);
	return node ? u64_min(at, node->key) : at;
}

void intents_hand_over(struct intents *intents)
{
	if (intents->writer)
		writer_hand_over(intents->writer);
}

/* ---- the journal ----------------------------------------------------------- */

static void durable(struct intents *intents, uint64_t id, bool is_durable)
{
	struct pending *pending = pending_find(intents, id);
	struct exchange *ex;

	if (!pending)
		return;
	pending->is_durable |= is_durable;
	ex = pending->holder;
	if (ex && !ex->replay && ex->is_in_policy)
		policy_journaled(intents->server->policy, &ex->rq, is_durable,
			now_of(intents));
}

static void on_durable(void *user, uint64_t id, bool is_durable)
{
	durable(user, id, is_durable);
}

static void log_state(
	const struct intents *intents, bool is_on, const char *trouble)
{
	log_event(intents->server->log,
		is_on ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		is_on ? "journal: on again"
		      : "journal: off; removals are not kept over a restart",
		LOG_FIELDS(LOG_STR("trouble", trouble)));
}

static void on_state(void *user, bool is_on, const char *trouble)
{
	struct intents *intents = user;

	err_set(&intents->trouble, "%s", trouble);
	log_state(intents, is_on, trouble);
}

/* One that was open when the journal was opened. */
static void load(struct intents *intents, const struct intent *intent)
{
	usec_t now = now_of(intents);
	usec_t age = usec_since(loop_wall_clock(), intent->opened_at);
	usec_t left = usec_since(intents->settings.expire_after, age);
	char *scratch = xmalloc(intent->target.len + 1);
	struct class class;
	struct pending *pending;
	bool is_sound =
		replay_classify(intents->server, intent, scratch, &class);

	pending = pending_new(intents, intent,
		removal_hash(intents, &class, intent->target,
			intent->is_own ? 0 : le_get(intent->identity, 8)),
		usec_add(now, left));
	free(scratch);
	intents->stats.found++;
	pending->is_durable = true;
	pending->is_unsound = !is_sound;
	pending_wait(intents, pending, now);
}

static void on_found(void *user, const struct intent *intent)
{
	load(user, intent);
}

static void discard_unsound(struct intents *intents)
{
	LIST_EACH (node, &intents->all) {
		struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		if (pending->is_unsound)
			pending_end(intents, pending, INTENT_DISCARDED);
	}
}

void intents_init(struct intents *intents, struct server *server,
	const struct intents_settings *settings)
{
	*intents = (struct intents){ .server = server, .settings = *settings };
	list_init(&intents->all);
	map_init(&intents->by_id);
	map_init(&intents->by_removal);
	map_init(&intents->tokens);
	heap_init(&intents->due, UINT32_MAX);
	heap_init(&intents->expiry, UINT32_MAX);
}

int intents_take_journal(
	struct intents *intents, struct journal *journal, struct err *err)
{
	struct writer_events events = {
		.on_durable = on_durable,
		.on_state = on_state,
		.user = intents,
	};

	err_set(&intents->trouble, "%s", journal_trouble(journal));
	if (!journal_is_on(journal))
		log_state(intents, false, journal_trouble(journal));
	journal_each(journal, on_found, intents);
	intents->writer = writer_new(intents->server->loop, journal,
		JOURNAL_RETRY_MS, &events, err);
	if (!intents->writer) {
		journal_close(journal);
		return -1;
	}
	discard_unsound(intents);
	if (intents->stats.found)
		log_event(intents->server->log, LOG_LEVEL_INFO,
			"journal: removals of before are sent again",
			LOG_FIELDS(LOG_UINT("count", intents->all.count)));
	return 0;
}

void intents_fini(struct intents *intents)
{
	struct list_node *node;

	writer_free(intents->writer);
	intents->writer = NULL;
	while ((node = list_first(&intents->all)))
		pending_free(
			intents, CONTAINER_OF(node, struct pending, node));
	map_fini(&intents->by_id);
	map_fini(&intents->by_removal);
	map_fini(&intents->tokens);
	heap_fini(&intents->due);
	heap_fini(&intents->expiry);
}

/* ---- to look at ------------------------------------------------------------ */

static void count_open(const struct intents *intents, struct intent_stats *stats)
{
	stats->open = intents->all.count;
	stats->durable = stats->parked = 0;
	LIST_EACH (node, &intents->all) {
		const struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		stats->durable += pending->is_durable;
		stats->parked += !pending->holder &&
			!heap_node_is_linked(&pending->due);
	}
}

const struct intent_stats *intents_stats(struct intents *intents)
{
	struct intent_stats *stats = &intents->stats;
	struct list_node *first = list_first(&intents->all);
	struct writer_figures figures;

	stats->is_wanted = intents->writer != NULL;
	stats->trouble = intents->trouble.text;
	count_open(intents, stats);
	stats->oldest = 0;
	if (first)
		stats->oldest = usec_since(loop_wall_clock(),
			CONTAINER_OF(first, struct pending, node)
				->intent.opened_at);
	if (!intents->writer)
		return stats;
	writer_read_figures(intents->writer, &figures);
	stats->is_on = figures.is_on;
	stats->commits = figures.journal.commits;
	stats->commit_time = figures.commit_time;
	stats->commit_longest = figures.commit_longest;
	stats->failures = figures.journal.failures;
	stats->torn = figures.journal.torn;
	stats->damaged = figures.journal.damaged;
	stats->bytes = figures.journal.bytes;
	return stats;
}

static const char *state_of(const struct pending *pending)
{
	if (pending->holder)
		return is_replay(pending) ? "replay" : "client";
	return heap_node_is_linked(&pending->due) ? "due" : "token";
}

bool intents_next_row(const struct intents *intents, struct intent_row *row)
{
	const struct pending *last = row->cursor, *pending;
	const struct list_node *node =
		last ? list_next(&last->node) : list_first(&intents->all);

	if (!node)
		return false;
	pending = CONTAINER_OF((struct list_node *)(uintptr_t)node,
		struct pending, node);
	*row = (struct intent_row){
		.id = pending->intent.id,
		.opened_at = pending->intent.opened_at,
		.path = pending_path(pending),
		.state = state_of(pending),
		.is_durable = pending->is_durable,
		.is_own = pending->intent.is_own,
		.replays = pending->tries,
		.cursor = pending,
	};
	return true;
}

void intents_check(const struct intents *intents)
{
	uint64_t bytes = 0;
	unsigned replays = 0;

	list_check(&intents->all);
	map_check(&intents->by_id);
	map_check(&intents->by_removal);
	heap_check(&intents->due);
	heap_check(&intents->expiry);
	LIST_EACH (node, &intents->all) {
		const struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		CHECK(pending_find(intents, pending->intent.id) == pending);
		CHECK(!pending->holder || pending->holder->intent == pending);
		CHECK(heap_node_is_linked(&pending->expiry) ==
			!pending->holder);
		bytes += texts_len(&pending->intent);
		replays += is_replay(pending);
	}
	CHECK(bytes == intents->bytes && replays == intents->replays);
}
