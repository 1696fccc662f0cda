/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/world/world.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/hash.h"
#include "policy/world/world_impl.h"

static struct call *call_of_request(struct request *rq)
{
	return CONTAINER_OF(rq, struct call, rq);
}

void world_at(struct world *world, struct event *event, usec_t when,
	void (*fire)(struct world *world, struct event *event))
{
	event->fire = fire;
	heap_set(&world->events, &event->node, when);
}

static void trace(struct world *world, uint64_t a, uint64_t b, uint64_t c)
{
	const struct hash_key key = { 1, 2 };
	uint64_t parts[5] = { world->trace, world->now, a, b, c };

	world->trace = hash_bytes(&key, parts, sizeof(parts));
}

/* ---- the pump --------------------------------------------------------- */

static void note_start(struct world *world, struct call *call)
{
	histogram_add(&world->waits[call->rq.lane], request_wait(&call->rq));
	if (world->on->on_start)
		world->on->on_start(world, call);
}

static void carry_out_start(
	struct world *world, struct call *call, const struct decision *decision)
{
	struct server *server = &world->servers[decision->endpoint];

	CHECK(call->state == CALL_WAITING);
	call->state = CALL_AT_SERVER;
	call->starts++;
	call->order = ++world->starts;
	world->fresh_tokens += decision->use_fresh_token;
	server->streams[call->rq.is_wide ? CONN_BULK : CONN_EXPRESS]++;
	server->in_flight++;
	server->most_in_flight =
		(uint32_t)u64_max(server->most_in_flight, server->in_flight);
	server->arrived++;
	if (call->starts == 1)
		note_start(world, call);
	if (server->is_refusing) {
		server_refuse(world, call);
		return;
	}
	policy_sent(world->policy, &call->rq, world->now);
	server_arrive(world, call);
}

static void carry_out(struct world *world, const struct decision *decision)
{
	static const struct outcome BROKEN = { .kind = OUTCOME_BROKEN };
	static const struct outcome LOST = { .kind = OUTCOME_LOST };
	struct call *call = decision->rq ? call_of_request(decision->rq) : NULL;

	trace(world, (uint64_t)decision->kind,
		call ? (uint64_t)(call - world->calls) : 0,
		(uint64_t)decision->verdict);
	switch (decision->kind) {
	case DECISION_START:
		carry_out_start(world, call, decision);
		break;
	case DECISION_REJECT:
		call->verdict = decision->verdict;
		call->status = verdict_info(decision->verdict)->status;
		call->retry_after = decision->retry_after;
		call->is_pending = decision->is_pending;
		CHECK(!decision->retry_after ||
			verdict_info(decision->verdict)->is_not_executed);
		call_done(world, call);
		break;
	case DECISION_JOURNAL:
		call->intents++;
		policy_journaled(world->policy, &call->rq, true, world->now);
		break;
	case DECISION_ABORT:
	case DECISION_DRAIN:
		server_end_attempt(world, call,
			call->rq.was_answered ? &BROKEN : &LOST);
		break;
	case DECISION_PROBE:
		server_probe(world, decision->endpoint);
		break;
	}
}

void world_pump(struct world *world)
{
	struct decision decision;

	for (unsigned i = 0; i < world->settings.endpoint_count; i++) {
		const struct server *server = &world->servers[i];
		uint32_t used = server->streams[CONN_BULK] +
			server->streams[CONN_EXPRESS];

		for (unsigned c = 0; c < CONN_CLASS_COUNT; c++)
			policy_capacity(world->policy, i, (enum conn_class)c,
				server->streams_max - used, world->now);
	}
	while (policy_next(world->policy, world->now, &decision))
		carry_out(world, &decision);
	CHECK(policy_wake_at(world->policy) > world->now);
	world->steps++;
	if (world->check_every && world->steps % world->check_every == 0)
		policy_check(world->policy);
}

/* All that happen at one moment are of one turn: then it is decided. */
static void fire_due(struct world *world)
{
	struct heap_node *node;

	while ((node = heap_first(&world->events)) &&
		node->key <= world->now) {
		struct event *event = CONTAINER_OF(node, struct event, node);

		heap_remove(&world->events, node);
		event->fire(world, event);
	}
}

void world_run(struct world *world, usec_t time)
{
	usec_t end = world->now + time;

	for (;;) {
		struct heap_node *node;
		uint64_t starts;
		usec_t wake_at;

		world_pump(world);
		starts = world->starts;
		wake_at = policy_wake_at(world->policy);
		node = heap_first(&world->events);
		if (u64_min(wake_at, node ? node->key : USEC_NEVER) > end)
			break;
		if (!node || wake_at < node->key) {
			world->now = wake_at;
			world_pump(world);
			world->idle_wakes += starts == world->starts;
			continue;
		}
		world->now = u64_max(world->now, node->key);
		fire_due(world);
	}
	world->now = end;
	world_pump(world);
}

/* ---- calls ------------------------------------------------------------ */

struct call *world_take(struct world *world)
{
	struct list_node *node = list_pop_front(&world->free_calls);
	struct call *call;

	CHECK(node);
	call = CONTAINER_OF(node, struct call, node);
	*call = (struct call){ 0 };
	return call;
}

void world_give_back(struct world *world, struct call *call)
{
	list_push_back(&world->free_calls, &call->node);
}

void world_enter(struct world *world, struct call *call)
{
	call->state = CALL_WAITING;
	call->starts = 0;
	policy_submit(world->policy, &call->rq, world->now);
}

void call_opened(struct world *world, struct call *call)
{
	call->state = CALL_OPEN;
	if (world->on->on_open)
		world->on->on_open(world, call);
}

void call_done(struct world *world, struct call *call)
{
	call->state = CALL_DONE;
	world->on->on_done(world, call);
}

void world_cancel(struct world *world, struct call *call)
{
	if (!policy_cancel(world->policy, &call->rq, world->now))
		return;
	call->status = 499;
	call->retry_after = 0;
	call_done(world, call);
}

/* ---- life ------------------------------------------------------------- */

struct world *world_open(const struct policy_settings *settings, uint64_t seed,
	uint32_t calls, const struct world_events *on)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->settings = *settings;
	world->on = on;
	world->now = 1000 * SECOND;
	world->check_every = 1;
	rng_init(&world->rng, seed);
	heap_init(&world->events, UINT32_MAX);
	list_init(&world->free_calls);
	world->calls = xcalloc(calls, sizeof(*world->calls));
	world->call_count = calls;
	for (uint32_t i = 0; i < calls; i++)
		list_push_back(&world->free_calls, &world->calls[i].node);
	for (unsigned i = 0; i < ARRAY_SIZE(world->servers); i++)
		server_init(&world->servers[i]);
	world->policy = policy_new(&world->settings, seed, world->now);
	return world;
}

void world_close(struct world *world)
{
	policy_free(world->policy);
	for (unsigned i = 0; i < ARRAY_SIZE(world->waits); i++)
		histogram_fini(&world->waits[i]);
	heap_fini(&world->events);
	free(world->calls);
	free(world);
}

struct policy_stats world_stats(const struct world *world)
{
	struct policy_stats stats;

	policy_read_stats(world->policy, &stats);
	return stats;
}
