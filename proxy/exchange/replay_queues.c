/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/replay_queues.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/exchange/intents.h"

enum {
	/* Replays under way at one time, reads included … */
	REPLAYS_MAX = 6,
	/* … and those of one kind. */
	REPLAYS_ALIKE_MAX = 4,
};

void replay_queues_init(struct replay_queues *queues)
{
	map_init(&queues->by_kind);
	heap_init(&queues->turns, UINT32_MAX);
	list_init(&queues->under_way);
}

void replay_queues_fini(struct replay_queues *queues)
{
	CHECK(queues->by_kind.count == 0);
	map_fini(&queues->by_kind);
	heap_fini(&queues->turns);
}

static struct pending *pending_of_due(const struct heap_node *node)
{
	return CONTAINER_OF((struct heap_node *)(uintptr_t)node,
		struct pending, due);
}

/* What waits in it or is under way has changed. */
static void update(struct replay_queues *queues, struct replay_queue *queue)
{
	const struct heap_node *first = heap_first(&queue->due);

	if (first && queue->under_way < REPLAYS_ALIKE_MAX)
		heap_set(&queues->turns, &queue->turn, first->key);
	else
		heap_remove(&queues->turns, &queue->turn);
}

/* ---- who belongs to one -------------------------------------------------- */

static struct replay_queue *find(
	const struct replay_queues *queues, uint64_t kind)
{
	struct map_node *node = map_first(&queues->by_kind, kind);

	for (; node; node = map_next(node)) {
		struct replay_queue *queue =
			CONTAINER_OF(node, struct replay_queue, by_kind);

		if (queue->kind == kind)
			return queue;
	}
	return NULL;
}

void replay_queues_join(
	struct replay_queues *queues, struct pending *pending, uint64_t kind)
{
	struct replay_queue *queue = find(queues, kind);

	if (!queue) {
		queue = xcalloc(1, sizeof(*queue));
		queue->kind = kind;
		heap_init(&queue->due, UINT32_MAX);
		map_insert(&queues->by_kind, &queue->by_kind, kind);
	}
	queue->pendings++;
	pending->queue = queue;
}

void replay_queues_leave(struct replay_queues *queues, struct pending *pending)
{
	struct replay_queue *queue = pending->queue;

	replay_queues_unwait(queues, pending);
	replay_queues_finish(queues, pending);
	pending->queue = NULL;
	if (--queue->pendings > 0)
		return;
	map_remove(&queues->by_kind, &queue->by_kind);
	heap_fini(&queue->due);
	free(queue);
}

/* ---- what they do -------------------------------------------------------- */

void replay_queues_wait(
	struct replay_queues *queues, struct pending *pending, usec_t at)
{
	heap_set(&pending->queue->due, &pending->due, at);
	update(queues, pending->queue);
}

void replay_queues_unwait(struct replay_queues *queues, struct pending *pending)
{
	heap_remove(&pending->queue->due, &pending->due);
	update(queues, pending->queue);
}

void replay_queues_start(struct replay_queues *queues, struct pending *pending)
{
	list_push_back(&queues->under_way, &pending->under_way);
	pending->queue->under_way++;
	replay_queues_unwait(queues, pending);
}

void replay_queues_finish(struct replay_queues *queues, struct pending *pending)
{
	if (!list_node_is_linked(&pending->under_way))
		return;
	list_remove(&pending->under_way);
	pending->queue->under_way--;
	update(queues, pending->queue);
}

/* ---- whose turn it is ---------------------------------------------------- */

usec_t replay_queues_at(const struct replay_queues *queues)
{
	const struct heap_node *node = heap_first(&queues->turns);

	return node && queues->under_way.count < REPLAYS_MAX ? node->key
							     : USEC_NEVER;
}

struct pending *replay_queues_next(
	const struct replay_queues *queues, usec_t now)
{
	const struct replay_queue *queue;

	if (replay_queues_at(queues) > now)
		return NULL;
	queue = CONTAINER_OF(heap_first(&queues->turns),
		struct replay_queue, turn);
	return pending_of_due(heap_first(&queue->due));
}

void replay_queues_check(const struct replay_queues *queues)
{
	map_check(&queues->by_kind);
	heap_check(&queues->turns);
	list_check(&queues->under_way);
	CHECK(queues->under_way.count <= REPLAYS_MAX);
	LIST_EACH (node, &queues->under_way) {
		const struct replay_queue *queue = CONTAINER_OF(
			node, struct pending, under_way)->queue;

		CHECK(queue->under_way > 0);
		CHECK(queue->under_way <= REPLAYS_ALIKE_MAX);
		CHECK(queue->pendings >= queue->under_way + queue->due.count);
		heap_check(&queue->due);
	}
}
