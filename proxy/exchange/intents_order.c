/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator tells about open intents. */
#include <inttypes.h>

#include "proxy/exchange/pending.h"
#include "proxy/exchange/server.h"

static struct pending *find(
	struct server *server, uint64_t id, struct err *err)
{
	struct pending *pending = pending_find(&server->intents, id);

	if (!pending)
		err_set(err,
			"no intent %" PRIu64 " is open; see fairway journal",
			id);
	return pending;
}

/* Why it is not sent again by itself, some time; NULL: it is. */
static const char *what_keeps(
	const struct intents *intents, const struct pending *pending)
{
	if (pending->holder)
		return pending_is_replayed(pending)
			? "is being sent again"
			: "has its client, whose request is under way";
	if (pending_is_foreign(intents, pending))
		return "waits for the credentials that it came with: Fairway's "
		       "own are another's now";
	if (!heap_node_is_linked(&pending->due))
		return "waits for a token of whoever asked for it";
	return NULL;
}

static void hasten(struct server *server, struct pending *pending)
{
	replay_queues_wait(
		&server->intents.queues, pending, server_now(server));
	server->has_news = true;
}

int server_replay_intent(struct server *server, uint64_t id, struct err *err)
{
	struct pending *pending = find(server, id, err);
	const char *keeper;

	if (!pending)
		return -1;
	keeper = what_keeps(&server->intents, pending);
	if (keeper)
		return err_set(err, "%" PRIu64 " %s", id, keeper);
	hasten(server, pending);
	return 0;
}

size_t server_replay_intents(struct server *server)
{
	size_t count = 0;

	LIST_EACH (node, &server->intents.all) {
		struct pending *pending =
			CONTAINER_OF(node, struct pending, node);

		if (what_keeps(&server->intents, pending))
			continue;
		hasten(server, pending);
		count++;
	}
	return count;
}

int server_discard_intent(struct server *server, uint64_t id, struct err *err)
{
	struct pending *pending = find(server, id, err);

	if (!pending)
		return -1;
	pending_end(&server->intents, pending, INTENT_DISCARDED);
	server->has_news = true;
	return 0;
}
