/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/sim/world.h"

#define CALLS 8192
#define CLIENTS 64

static struct call *call_of(struct event *event)
{
	return CONTAINER_OF(event, struct call, event);
}

/* ---- what is counted --------------------------------------------------- */

static bool met_outage(const struct world *world, const struct call *call)
{
	return world->is_outage || call->first_at < world->outage_ended_at;
}

static void note_wanted(struct world *world, struct tally *tally)
{
	if (!tally->wanting++)
		tally->wanting_since = world->now;
}

static void note_progress(struct world *world, struct tally *tally)
{
	usec_t since = u64_max(tally->wanting_since, tally->last_done_at);

	since = u64_max(since, world->outage_ended_at);
	if (!world->is_outage)
		tally->longest_pause = u64_max(
			tally->longest_pause, usec_since(world->now, since));
	tally->last_done_at = world->now;
}

static void note_answer(struct tally *tally, const struct call *call)
{
	if (call->verdict != VERDICT_NONE) {
		tally->rejected[call->verdict]++;
		tally->rejections++;
	}
	if (call->status == 429)
		tally->saw_429++;
	if (call->status >= 300)
		tally->failed += call->verdict == VERDICT_NONE;
}

static void note_done(struct world *world, const struct call *call)
{
	struct tally *tally = &call->client->tally;
	usec_t took = usec_since(world->now, call->first_at);

	if (!tally->done)
		tally->first_done_at = world->now;
	tally->done++;
	note_progress(world, tally);
	histogram_add(&tally->latencies, took);
	if (!met_outage(world, call))
		histogram_add(&tally->calm, took);
}

/* ---- sending ----------------------------------------------------------- */

static void submit_now(struct world *world, struct call *call)
{
	const struct client *client = call->client;
	const struct kind_info *info = &KIND_INFOS[client->kind];

	call->class = info->class;
	call->class.namespace = span_str(client->namespace);
	call->class.name = SPAN("the-one");
	call->rq = (struct request){
		.class = &call->class,
		.user_agent = span_str(info->user_agent),
		.source = client->source,
		.credential = client->credential,
		.is_replayable = client->is_replayable,
		.has_intent = client->has_intent,
		.identity = client->identity,
		.peer = client->peer,
		.affinity = client->peer,
		.body_len = info->body_len,
		.held_bytes = info->body_len,
		.is_body_kept = true,
		.deadline = client->timeout ? world->now + client->timeout
					    : USEC_NEVER,
	};
	call->kind = client->kind;
	call->work = info->work;
	call->opens_for = client->opens_for;
	call->tries++;
	world_enter(world, call);
}

static void on_submit(struct world *world, struct event *event)
{
	submit_now(world, call_of(event));
}

/* What is left of the limiter's wait is before `first_at` for a first try. */
static void on_first_submit(struct world *world, struct event *event)
{
	struct call *call = call_of(event);

	call->first_at = world->now;
	note_wanted(world, &call->client->tally);
	submit_now(world, call);
}

/* When the limiter lets one go that asks at `when`. */
static usec_t limiter_reserve(struct limiter *limiter, usec_t when)
{
	usec_t token, burst;

	if (!limiter || !limiter->milli_qps)
		return when;
	token = USEC_PER_SEC * 1000 / limiter->milli_qps;
	burst = token * limiter->burst;
	limiter->full_at = u64_max(limiter->full_at, when) + token;
	return limiter->full_at > when + burst ? limiter->full_at - burst
					       : when;
}

static void send_at(struct world *world, struct call *call, usec_t when,
	void (*fire)(struct world *world, struct event *event))
{
	when = limiter_reserve(call->client->limiter, when);
	if (when <= world->now)
		fire(world, &call->event);
	else
		world_at(world, &call->event, when, fire);
}

static void begin(struct world *world, struct call *call)
{
	if (call->client->left != UINT32_MAX)
		call->client->left--;
	call->tries = 0;
	call->was_opened = false;
	call->state = CALL_IDLE;
	send_at(world, call, world->now, on_first_submit);
}

static void on_begin(struct world *world, struct event *event)
{
	struct call *call = call_of(event);

	if (call->client->is_stopped)
		world_give_back(world, call);
	else if (call->client->left)
		begin(world, call);
}

static struct call *call_take(struct world *world, struct client *client)
{
	struct call *call = world_take(world);

	call->client = client;
	return call;
}

/* ---- the end of one ---------------------------------------------------- */

/* client-go repeats what says when; everybody else gives up. */
static bool try_again(struct world *world, struct call *call)
{
	const struct client *client = call->client;

	if (!call->retry_after || client->is_stopped ||
		(client->tries && call->tries >= client->tries) ||
		!(call->is_loop || client->on_done))
		return false;
	call->state = CALL_SLEEPING;
	send_at(world, call, world->now + call->retry_after * SECOND,
		on_submit);
	return true;
}

static void note_opened(struct world *world, struct call *call)
{
	if (call->is_orphan)
		return;
	call->was_opened = true;
	note_done(world, call);
	call->client->tally.wanting--;
}

static void note_end(struct world *world, struct call *call)
{
	struct client *client = call->client;

	call->done_at = world->now;
	if (call->is_orphan) {
		world_give_back(world, call);
		return;
	}
	if (!call->was_opened) {
		note_answer(&client->tally, call);
		if (call->status < 300)
			note_done(world, call);
		else if (try_again(world, call))
			return;
		client->tally.wanting--;
	}
	if (client->on_done)
		client->on_done(world, call);
	else if (call->is_loop)
		world_at(world, &call->event, world->now + client->think,
			on_begin);
	else if (client->every)
		world_give_back(world, call);
}

/* ---- kinds of clients -------------------------------------------------- */

struct client *world_client(struct world *world, enum kind kind)
{
	struct client *client;

	CHECK(world->client_count < CLIENTS);
	client = &world->clients[world->client_count++];
	*client = (struct client){
		.kind = kind,
		.namespace = "argo",
		.identity = 77,
		.peer = 1,
		.left = UINT32_MAX,
	};
	return client;
}

void world_start_workers(
	struct world *world, struct client *client, unsigned workers)
{
	client->is_stopped = false;
	for (unsigned i = 0; i < workers; i++) {
		struct call *call = call_take(world, client);

		call->is_loop = true;
		world_at(world, &call->event,
			world->now + rng_below(&world->rng, MSEC), on_begin);
	}
}

struct client *world_loop(
	struct world *world, enum kind kind, unsigned workers, uint32_t left)
{
	struct client *client = world_client(world, kind);

	client->left = left;
	world_start_workers(world, client, workers);
	return client;
}

static void on_flow(struct world *world, struct event *event)
{
	struct client *client = CONTAINER_OF(event, struct client, event);

	if (!client->left || client->is_stopped)
		return;
	begin(world, call_take(world, client));
	world_at(world, &client->event, world->now + client->every, on_flow);
}

struct client *world_flow(struct world *world, enum kind kind, usec_t every)
{
	struct client *client = world_client(world, kind);

	client->every = every;
	world_at(world, &client->event,
		world->now + rng_below(&world->rng, every), on_flow);
	return client;
}

struct call *world_send(struct world *world, struct client *client)
{
	struct call *call = call_take(world, client);

	begin(world, call);
	return call;
}

struct call *world_call(struct world *world, struct client *client, void *owner)
{
	struct call *call = call_take(world, client);

	call->owner = owner;
	return call;
}

void world_submit(struct world *world, struct call *call, struct client *client)
{
	call->client = client;
	begin(world, call);
}

void world_abandon(struct world *world, struct call *call)
{
	bool is_known =
		call->state == CALL_WAITING || call->state == CALL_AT_SERVER;

	call->is_orphan = true;
	if (is_known || call->state == CALL_SLEEPING)
		call->client->tally.wanting--;
	if (is_known || call->state == CALL_OPEN) {
		world_cancel(world, call);
		return;
	}
	heap_remove(&world->events, &call->event.node);
	world_give_back(world, call);
}

/* ---- life -------------------------------------------------------------- */

struct policy_settings world_settings(void)
{
	struct policy_settings settings;

	policy_settings_default(&settings);
	return settings;
}

struct world *world_new(const struct policy_settings *settings, uint64_t seed)
{
	static const struct world_events on = {
		.on_open = note_opened,
		.on_done = note_end,
	};
	struct policy_settings defaults = world_settings();
	struct world *world = world_open(
		settings ? settings : &defaults, seed, CALLS, &on);

	world->clients = xcalloc(CLIENTS, sizeof(*world->clients));
	/* As the API server ships: leases have a level of their own. */
	for (unsigned i = 0; i < ARRAY_SIZE(world->servers); i++)
		world->servers[i].level_of[LEASE] = 1;
	return world;
}

void world_free(struct world *world)
{
	for (uint32_t i = 0; i < world->client_count; i++) {
		histogram_fini(&world->clients[i].tally.latencies);
		histogram_fini(&world->clients[i].tally.calm);
	}
	free(world->clients);
	world_close(world);
}
