/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/endian.h"
#include "policy/removal.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/replay.h"
#include "proxy/journal/writer.h"
#include "proxy/observe/log.h"

enum {
	OWN = 12, /* beside 11, which is objects */
};

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

/* ---- tokens -------------------------------------------------------------- */

struct intent_token *intent_token_find(
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
	struct intent_token *token = intent_token_find(intents, identity);

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

void intent_token_set(struct intents *intents, struct intent_token *token,
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

		/* One that has a time waits for that, whoever is heard of. */
		if (!pending->holder && !heap_node_is_linked(&pending->due))
			replay_queues_wait(&intents->queues, pending,
				intents_now(intents));
	}
}

void intent_token_spoil(struct intents *intents, struct intent_token *token,
	struct span authorization)
{
	if (!span_eq(span_of(token->authorization, token->len), authorization))
		return;
	token_clear(token);
	LIST_EACH (node, &token->pendings) {
		replay_queues_unwait(&intents->queues,
			CONTAINER_OF(node, struct pending, token_node));
	}
}

/* ---- one intent ---------------------------------------------------------- */

static uint64_t object_hash(const struct intents *intents, struct span target)
{
	struct span path = span_cut(&target, '?');

	return hash_span(&intents->server->settings.key, 11, path);
}

uint64_t pending_own_owner(const struct intents *intents)
{
	uint64_t parts[2] = { OWN, server_own_principal(intents->server) };

	return hash_bytes(&intents->server->settings.key, parts, sizeof(parts));
}

bool pending_is_foreign(
	const struct intents *intents, const struct pending *pending)
{
	return pending->intent.is_own &&
		identity_of(pending) != pending_own_owner(intents);
}

uint64_t pending_removal_hash(const struct intents *intents,
	const struct class *class, const struct intent *intent)
{
	const struct hash_key *key = &intents->server->settings.key;
	uint64_t parts[4] = { object_hash(intents, intent->target),
		le_get(intent->identity, 8), intent->is_own,
		class->finalizer_count };
	uint64_t hash = hash_bytes(key, parts, sizeof(parts));

	for (unsigned i = 0; i < class->finalizer_count; i++)
		hash = hash_span(key, hash, class->finalizers[i]);
	return hash;
}

/* Of an owner, in one collection: what a webhook keeps, it keeps of these. */
static uint64_t kind_hash(const struct intents *intents,
	const struct class *class, const struct intent *intent)
{
	const struct hash_key *key = &intents->server->settings.key;
	uint64_t hash = le_get(intent->identity, 8) + intent->is_own;

	hash = hash_span(key, hash, class->group);
	hash = hash_span(key, hash, class->resource);
	return hash_span(key, hash, class->namespace);
}

static struct span path_of(struct span target)
{
	return span_cut(&target, '?');
}

static bool names_are_same(const struct class *a, const struct class *b)
{
	if (a->finalizer_count != b->finalizer_count)
		return false;
	for (unsigned i = 0; i < a->finalizer_count; i++) {
		if (!span_eq(a->finalizers[i], b->finalizers[i]))
			return false;
	}
	return true;
}

/* What has no name in its class may be anything. */
static bool are_named(const struct class *a, const struct intent *of_a,
	const struct class *b, const struct intent *of_b)
{
	return removal_names_all(a, of_a->body) &&
		removal_names_all(b, of_b->body);
}

bool pending_is_removal(const struct intents *intents,
	const struct pending *pending, const struct class *class,
	const struct intent *intent)
{
	const struct intent *own = &pending->intent;
	char *scratch = xmalloc(own->target.len + 1);
	struct class of_pending;
	bool result = own->is_own == intent->is_own &&
		le_get(own->identity, 8) == le_get(intent->identity, 8) &&
		span_eq(path_of(own->target), path_of(intent->target)) &&
		replay_classify(intents->server, own, scratch, &of_pending) &&
		names_are_same(&of_pending, class);

	if (result)
		result = are_named(&of_pending, own, class, intent)
			? removal_is_one_with(own->body, intent->body)
			: span_eq(own->body, intent->body);
	free(scratch);
	return result;
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

size_t intent_texts_len(const struct intent *intent)
{
	return intent->target.len + intent->content_type.len +
		intent->body.len + intent->uid.len;
}

void pending_keep(struct intents *intents, struct pending *pending,
	const struct intent *intent)
{
	char *text = xmalloc(intent_texts_len(intent) + 1), *at = text;

	if (pending->text)
		intents->bytes -= intent_texts_len(&pending->intent);
	pending->intent = *intent;
	pending->intent.target = keep(&at, intent->target);
	pending->intent.content_type = keep(&at, intent->content_type);
	pending->intent.body = keep(&at, intent->body);
	pending->intent.uid = keep(&at, intent->uid);
	intents->bytes += intent_texts_len(intent);
	free(pending->text);
	pending->text = text;
}

void pending_replace(struct intents *intents, struct pending *pending,
	const struct intent *intent)
{
	pending_keep(intents, pending, intent);
	pending->was_durable |= pending->is_durable;
	pending->is_durable = false;
	pending->unsynced++;
}

struct pending *pending_new(struct intents *intents,
	const struct intent *intent, const struct class *class,
	usec_t expires_at)
{
	struct pending *pending = xcalloc(1, sizeof(*pending));

	pending_keep(intents, pending, intent);
	pending->object = object_hash(intents, intent->target);
	pending->turn = intents->turns++;
	pending->expires_at = expires_at;
	list_push_back(&intents->all, &pending->node);
	map_insert(&intents->by_id, &pending->by_id, intent->id);
	map_insert(&intents->by_removal, &pending->by_removal,
		pending_removal_hash(intents, class, intent));
	map_insert(
		&intents->by_object, &pending->by_object, pending->object);
	replay_queues_join(&intents->queues, pending,
		kind_hash(intents, class, intent));
	if (!intent->is_own)
		token_join(intents, pending);
	return pending;
}

void pending_free(struct intents *intents, struct pending *pending)
{
	intents->bytes -= intent_texts_len(&pending->intent);
	token_leave(intents, pending);
	replay_queues_leave(&intents->queues, pending);
	heap_remove(&intents->expiry, &pending->expiry);
	map_remove(&intents->by_id, &pending->by_id);
	map_remove(&intents->by_removal, &pending->by_removal);
	map_remove(&intents->by_object, &pending->by_object);
	list_remove(&pending->node);
	free(pending->text);
	free(pending);
}

struct pending *pending_find(const struct intents *intents, uint64_t id)
{
	struct map_node *node = map_first(&intents->by_id, id);

	for (; node; node = map_next(node)) {
		if (pending_of_id(node)->intent.id == id)
			return pending_of_id(node);
	}
	return NULL;
}

static struct pending *pending_of_object(struct map_node *node)
{
	return CONTAINER_OF(node, struct pending, by_object);
}

struct pending *pending_before(
	const struct intents *intents, const struct pending *pending)
{
	struct map_node *node = map_first(&intents->by_object, pending->object);

	for (; node; node = map_next(node)) {
		struct pending *other = pending_of_object(node);

		if (other->object == pending->object &&
			other->turn < pending->turn &&
			identity_of(other) == identity_of(pending) &&
			heap_node_is_linked(&other->due))
			return other;
	}
	return NULL;
}

bool pending_is_replayed(const struct pending *pending)
{
	return pending->holder && pending->holder->replay;
}

void pending_wait(
	struct intents *intents, struct pending *pending, usec_t at)
{
	CHECK(!pending->holder);
	heap_set(&intents->expiry, &pending->expiry, pending->expires_at);
	if (!pending->token || pending->token->authorization)
		replay_queues_wait(&intents->queues, pending, at);
}

void pending_hold(struct intents *intents, struct pending *pending,
	struct exchange *holder)
{
	CHECK(!pending->holder && !holder->intent);
	heap_remove(&intents->expiry, &pending->expiry);
	replay_queues_unwait(&intents->queues, pending);
	pending->holder = holder;
	holder->intent = pending;
	holder->intent_id = pending->intent.id;
}

void pending_drop(struct intents *intents, struct pending *pending)
{
	struct exchange *holder = pending->holder;

	if (!holder)
		return;
	CHECK(pending_is_replayed(pending) ==
		list_node_is_linked(&pending->under_way));
	replay_queues_finish(&intents->queues, pending);
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
	bool has_client = pending->holder && !pending_is_replayed(pending);
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

/* Who was at it is told too: it got the answer that ended it. */
static void record_end(const struct intents *intents,
	const struct pending *pending, enum intent_end end)
{
	const struct server *server = intents->server;
	const struct exchange *holder = pending->holder;
	char *scratch = xmalloc(pending->intent.target.len + 1);
	struct class class;
	struct intent_record record = {
		.intent = &pending->intent,
		.class = &class,
		.end = end,
		.user = pending->intent.is_own ? server_own_name(server)
					       : SPAN_NONE,
		.is_durable = pending->is_durable,
		.replays = pending->tries,
		.answered = holder ? holder->answered : 0,
		.audit_id = holder ? exchange_audit_id(holder) : SPAN_NONE,
	};

	replay_classify(server, &pending->intent, scratch, &class);
	server->settings.on_intent_end(
		&record, server->settings.on_intent_end_user);
	free(scratch);
}

void pending_end(struct intents *intents, struct pending *pending,
	enum intent_end end)
{
	intents->stats.ends[end]++;
	log_end(intents, pending, end);
	if (intents->server->settings.on_intent_end)
		record_end(intents, pending, end);
	if (intents->writer)
		writer_end(intents->writer, pending->intent.id, end);
	pending_drop(intents, pending);
	pending_free(intents, pending);
}
