/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/intents.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/endian.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/pending.h"
#include "proxy/exchange/replay.h"
#include "proxy/journal/writer.h"
#include "proxy/observe/log.h"

enum {
	/*
	 * So many times in a row a replay is answered 403 until that is
	 * believed: an API server that has just begun does not know its roles
	 * yet, and that is when replays come.  With their pauses, seconds.
	 */
	FORBIDDEN_MAX = 4,
	/* The journal's thread tries again after it went OFF. */
	JOURNAL_RETRY_MS = 2000,
};

#define REPLAY_PAUSE (500 * USEC_PER_MSEC)
#define REPLAY_PAUSE_MAX (30 * USEC_PER_SEC)
/* Another one of the same object is under way, or goes before. */
#define REPLAY_ORDER_PAUSE (100 * USEC_PER_MSEC)

/* ---- of replays ---------------------------------------------------------- */

static usec_t pause_of(const struct pending *pending)
{
	unsigned doublings = (unsigned)u64_min(pending->tries, 8);

	return u64_min(REPLAY_PAUSE_MAX, REPLAY_PAUSE << doublings);
}

static void unauthorized(
	struct intents *intents, struct pending *pending, usec_t now)
{
	const struct fields *sent = &pending->holder->down.head;
	usec_t pause = REPLAY_PAUSE_MAX;

	if (pending->token) {
		intent_token_spoil(intents, pending->token,
			fields_value(sent, FIELD_AUTHORIZATION));
		/* If there is a newer one, it may be that. */
		pause = pause_of(pending);
	}
	pending_drop(intents, pending);
	pending_wait(intents, pending, usec_add(now, pause));
}

void intents_replayed(struct intents *intents, struct pending *pending,
	enum removal_fate fate)
{
	usec_t now = intents_now(intents);

	if (fate != REMOVAL_FORBIDDEN)
		pending->forbidden = 0;
	else if (++pending->forbidden == FORBIDDEN_MAX)
		/* Who may remove and not read: nobody can say more. */
		fate = pending->is_to_read ? REMOVAL_CONFLICT
					   : REMOVAL_REFUSED;

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
		unauthorized(intents, pending, now);
		return;
	case REMOVAL_FORBIDDEN:
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
	pending_replace(intents, pending, &intent);
	pending->is_to_read = false;
}

/* ---- turns --------------------------------------------------------------- */

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
	LIST_EACH (node, &intents->queues.under_way) {
		if (CONTAINER_OF(node, struct pending, under_way)->object ==
			object)
			return true;
	}
	return false;
}

/* It came with our credentials, and they are another's now. */
static bool is_foreign(struct intents *intents, struct pending *pending)
{
	bool was_foreign = pending->is_foreign;

	pending->is_foreign = pending_is_foreign(intents, pending);
	if (pending->is_foreign && !was_foreign)
		log_event(intents->server->log, LOG_LEVEL_WARN,
			"a removal waits for the credentials that it came "
			"with: Fairway's own are another's now",
			LOG_FIELDS(LOG_UINT("intent", pending->intent.id),
				LOG_SPAN("path", pending_path(pending))));
	return pending->is_foreign;
}

bool intents_may_send(
	const struct intents *intents, const struct pending *pending)
{
	return !pending_is_foreign(intents, pending);
}

void intents_wake_own(struct intents *intents)
{
	LIST_EACH (node, &intents->all) {
		struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		if (pending->is_foreign && heap_node_is_linked(&pending->due))
			replay_queues_wait(&intents->queues, pending,
				intents_now(intents));
	}
}

static void replay(struct intents *intents, struct pending *pending, usec_t now)
{
	struct pending *first;
	struct exchange *ex;

	if (is_foreign(intents, pending)) {
		pending_wait(
			intents, pending, usec_add(now, REPLAY_PAUSE_MAX));
		return;
	}
	first = pending_before(intents, pending);
	if (first) {
		pending_wait(intents, pending,
			usec_add(u64_max(now, first->due.key),
				REPLAY_ORDER_PAUSE));
		return;
	}
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
	intents->stats.replays++;
	pending_hold(intents, pending, ex);
	replay_queues_start(&intents->queues, pending);
	intake_submit(ex);
}

usec_t intents_run(struct intents *intents)
{
	usec_t now = intents_now(intents), at;
	struct pending *pending;
	struct heap_node *node;

	if (intents->all.count == 0)
		return USEC_NEVER;
	expire(intents, now);
	if (intents->server->drain.state != DRAIN_SERVING)
		return USEC_NEVER;
	while ((pending = replay_queues_next(&intents->queues, now)))
		replay(intents, pending, now);
	at = replay_queues_at(&intents->queues);
	node = heap_first(&intents->expiry);
	return node ? u64_min(at, node->key) : at;
}

void intents_hand_over(struct intents *intents)
{
	if (intents->writer)
		writer_hand_over(intents->writer);
}

/* ---- the journal --------------------------------------------------------- */

static void durable(
	struct intents *intents, uint64_t id, bool is_durable, bool is_again)
{
	struct pending *pending = pending_find(intents, id);
	struct exchange *ex;

	if (!pending)
		return;
	if (!is_again)
		pending->unsynced--;
	/* That was said of an earlier content. */
	if (pending->unsynced > 0)
		return;
	pending->is_durable |= is_durable;
	ex = pending->holder;
	if (ex && !ex->replay && ex->is_in_policy)
		policy_journaled(intents->server->policy, &ex->rq, is_durable,
			intents_now(intents));
}

static void on_durable(
	void *user, uint64_t id, bool is_durable, bool is_again)
{
	durable(user, id, is_durable, is_again);
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
	usec_t now = intents_now(intents);
	usec_t age = usec_since(loop_wall_clock(), intent->opened_at);
	usec_t left = usec_since(intents->settings.expire_after, age);
	char *scratch = xmalloc(intent->target.len + 1);
	struct class class;
	struct pending *pending;
	bool is_sound =
		replay_classify(intents->server, intent, scratch, &class);

	pending = pending_new(intents, intent, &class, usec_add(now, left));
	free(scratch);
	intents->stats.found++;
	pending->is_durable = true;
	pending->is_unsound = !is_sound;
	/* They come from the oldest to the newest, and go so. */
	pending_wait(intents, pending, usec_add(now, intents->stats.found));
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
	map_init(&intents->by_object);
	map_init(&intents->tokens);
	replay_queues_init(&intents->queues);
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
	map_fini(&intents->by_object);
	map_fini(&intents->tokens);
	replay_queues_fini(&intents->queues);
	heap_fini(&intents->expiry);
}

/* ---- to look at ---------------------------------------------------------- */

static void count_open(
	const struct intents *intents, struct intent_stats *stats)
{
	stats->open = intents->all.count;
	stats->durable = stats->parked = 0;
	LIST_EACH (node, &intents->all) {
		const struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		stats->durable += pending->is_durable;
		stats->parked += !pending->holder &&
			(pending->is_foreign ||
				!heap_node_is_linked(&pending->due));
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
		return pending_is_replayed(pending) ? "replay" : "client";
	if (pending->is_foreign)
		return "credentials";
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
		.expires_at = pending->expires_at,
		.path = pending_path(pending),
		.uid = pending->intent.uid,
		.state = state_of(pending),
		.is_durable = pending->is_durable,
		.is_own = pending->intent.is_own,
		.was_sent = pending->intent.was_sent,
		.replays = pending->tries,
		.cursor = pending,
	};
	return true;
}

void intents_check(const struct intents *intents)
{
	uint64_t bytes = 0;
	size_t replays = 0;

	list_check(&intents->all);
	map_check(&intents->by_id);
	map_check(&intents->by_removal);
	map_check(&intents->by_object);
	replay_queues_check(&intents->queues);
	heap_check(&intents->expiry);
	LIST_EACH (node, &intents->all) {
		const struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		CHECK(pending_find(intents, pending->intent.id) == pending);
		CHECK(!pending->holder || pending->holder->intent == pending);
		CHECK(heap_node_is_linked(&pending->expiry) ==
			!pending->holder);
		bytes += intent_texts_len(&pending->intent);
		CHECK(pending_is_replayed(pending) ==
			list_node_is_linked(&pending->under_way));
		replays += pending_is_replayed(pending);
	}
	CHECK(bytes == intents->bytes);
	CHECK(replays == intents->queues.under_way.count);
}
