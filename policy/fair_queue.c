/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fair_queue.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

static struct request *request_of(struct list_node *node)
{
	return node ? CONTAINER_OF(node, struct request, node) : NULL;
}

static struct flow *flow_of_heap(struct heap_node *node)
{
	return CONTAINER_OF(node, struct flow, heap_node);
}

/* ---- flows ------------------------------------------------------------ */

void flow_table_init(struct flow_table *table, uint32_t usual, uint32_t users)
{
	*table = (struct flow_table){ .usual = usual };
	table->max = (uint32_t)u64_max(usual, users);
	table->flows = xcalloc(table->max, sizeof(*table->flows));
	map_init_fixed(&table->map, usual);
	list_init(&table->idle);
}

void flow_table_fini(struct flow_table *table)
{
	free(table->flows);
	map_fini(&table->map);
	*table = (struct flow_table){ 0 };
}

uint32_t flow_table_count(const struct flow_table *table)
{
	return table->made - (uint32_t)table->idle.count;
}

static struct flow *flow_find(const struct flow_table *table,
	const struct fair_queue *queue, uint64_t hash)
{
	struct map_node *node = map_first(&table->map, hash);

	for (; node; node = map_next(node)) {
		struct flow *flow = CONTAINER_OF(node, struct flow, map_node);

		if (flow->queue == queue)
			return flow;
	}
	return NULL;
}

/*
 * One that was never used, else the one that is idle for the longest; more
 * than usual only while they are in use, so that their memory is not touched.
 */
static struct flow *flow_make(
	struct flow_table *table, struct fair_queue *queue, uint64_t hash)
{
	struct flow *flow;

	if (table->made < table->usual ||
		(list_is_empty(&table->idle) && table->made < table->max)) {
		flow = &table->flows[table->made++];
	} else {
		struct list_node *node = list_pop_front(&table->idle);

		CHECK(node);
		flow = CONTAINER_OF(node, struct flow, idle_node);
		map_remove(&table->map, &flow->map_node);
	}
	*flow = (struct flow){ .queue = queue };
	list_init(&flow->requests);
	map_insert(&table->map, &flow->map_node, hash);
	return flow;
}

struct flow *flow_take(
	struct flow_table *table, struct fair_queue *queue, uint64_t hash)
{
	struct flow *flow = flow_find(table, queue, hash);

	if (!flow)
		flow = flow_make(table, queue, hash);
	list_remove(&flow->idle_node);
	flow->users++;
	return flow;
}

void flow_release(struct flow_table *table, struct flow *flow)
{
	CHECK(flow->users > 0);
	flow->users--;
	if (flow->users)
		return;
	CHECK(list_is_empty(&flow->requests));
	list_push_back(&table->idle, &flow->idle_node);
}

static bool is_of(const struct flow *flow, const struct fair_queue *queues,
	size_t count)
{
	return flow->queue >= queues && flow->queue < queues + count;
}

void flow_table_resettle(struct flow_table *table,
	const struct fair_queue *queues, size_t count,
	const struct bucket_settings *from, const struct bucket_settings *to,
	usec_t now)
{
	for (uint32_t i = 0; i < table->made; i++) {
		if (is_of(&table->flows[i], queues, count))
			token_bucket_resettle(
				&table->flows[i].bucket, from, to, now);
	}
}

void flow_table_forget(struct flow_table *table,
	const struct fair_queue *queues, size_t count)
{
	for (uint32_t i = 0; i < table->made; i++) {
		struct flow *flow = &table->flows[i];

		if (!is_of(flow, queues, count))
			continue;
		CHECK(!flow->users);
		flow->queue = NULL; /* nobody finds it, and it is idle */
	}
}

/* ---- the queue -------------------------------------------------------- */

void fair_queue_init(
	struct fair_queue *queue, struct level *level, enum queue_kind kind)
{
	*queue = (struct fair_queue){ .level = level, .kind = kind };
	heap_init(&queue->flows, UINT32_MAX);
}

static uint64_t cost_of(const struct request *rq)
{
	return FAIR_COST_SEAT * rq->width / SEAT;
}

/* The start tag of a flow is that of its head. */
static void flow_place(struct fair_queue *queue, struct flow *flow)
{
	struct request *head = request_of(list_first(&flow->requests));

	if (!head) {
		heap_remove(&queue->flows, &flow->heap_node);
		return;
	}
	if (!head->is_charged)
		head->tag = u64_max(queue->vtime, flow->finish);
	heap_set(&queue->flows, &flow->heap_node, head->tag);
}

void fair_queue_push(struct fair_queue *queue, struct request *rq)
{
	struct flow *flow = rq->flow;

	CHECK(flow->queue == queue);
	list_push_back(&flow->requests, &rq->node);
	queue->count++;
	if (list_first(&flow->requests) == &rq->node)
		flow_place(queue, flow);
}

/* Of several that come back the one that was served first stays first. */
static void push_in_order(struct list *requests, struct request *rq)
{
	struct list_node *at = list_first(requests);

	while (at && rq->is_charged && request_of(at)->is_charged &&
		request_of(at)->tag < rq->tag)
		at = list_next(at);
	if (at)
		list_insert_before(at, &rq->node);
	else
		list_push_back(requests, &rq->node);
}

void fair_queue_push_back(struct fair_queue *queue, struct request *rq)
{
	struct flow *flow = rq->flow;

	CHECK(flow->queue == queue);
	push_in_order(&flow->requests, rq);
	queue->count++;
	flow_place(queue, flow);
}

struct request *fair_queue_first(const struct fair_queue *queue)
{
	struct heap_node *node = heap_first(&queue->flows);

	return node ? request_of(list_first(&flow_of_heap(node)->requests))
		    : NULL;
}

static void take_out(struct fair_queue *queue, struct request *rq)
{
	list_remove(&rq->node);
	queue->count--;
}

void fair_queue_serve(struct fair_queue *queue, struct request *rq)
{
	struct flow *flow = rq->flow;

	CHECK(rq == fair_queue_first(queue));
	queue->vtime = u64_max(queue->vtime, rq->tag);
	if (!rq->is_charged) {
		rq->is_charged = true;
		flow->finish = rq->tag + cost_of(rq);
	}
	take_out(queue, rq);
	flow_place(queue, flow);
}

void fair_queue_remove(struct fair_queue *queue, struct request *rq)
{
	struct flow *flow = rq->flow;
	bool was_head = list_first(&flow->requests) == &rq->node;

	take_out(queue, rq);
	if (was_head)
		flow_place(queue, flow);
}

uint64_t fair_queue_cost(
	const struct fair_queue *queue, const struct request *rq)
{
	return cost_of(rq) / u64_max(1, queue->flows.count);
}

void fair_queue_check(const struct fair_queue *queue)
{
	struct heap_node *first = heap_first(&queue->flows);
	const struct request *next = fair_queue_first(queue);

	heap_check(&queue->flows);
	CHECK((queue->count == 0) == (first == NULL));
	CHECK(queue->count >= queue->flows.count);
	CHECK(!first == !next);
	if (first && next) {
		struct flow *flow = flow_of_heap(first);

		list_check(&flow->requests);
		CHECK(first->key >= queue->vtime || next->is_charged);
		CHECK(next->tag == first->key);
		CHECK(flow->queue == queue);
		CHECK(flow->users >= flow->requests.count);
	}
}
