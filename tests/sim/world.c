/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/hash.h"

#define CALLS 8192
#define TALLY_MAX 8192
/* Until the API server has refused a request, or a connection was. */
#define REFUSED_AFTER (500)
#define PROBE_TAKES MSEC

struct kind_info {
	struct class class;
	uint64_t body_len;
	uint64_t bytes; /* of the answer */
	usec_t service; /* alone */
	uint32_t load;  /* milli-seats of CPU */
	const char *user_agent;
};

/* A table: clang-format would tear it apart. */
/* clang-format off */
#define RESOURCE(g, r) \
	.is_resource = true, .group = SPAN_INIT(g), .resource = SPAN_INIT(r)
#define REMOVES \
	.effect = EFFECT_REMOVES, .is_repeatable = true, \
	.finalizer = SPAN_INIT("workflows.argoproj.io/status")

static const struct kind_info KIND_INFOS[KINDS] = {
	[REMOVAL] = { { .verb = VERB_PATCH, RESOURCE("", "pods"), REMOVES,
		.guards = GUARD_UID }, 110, 2000, 3 * MSEC, 200, "argo" },
	[UNGUARDED] = { { .verb = VERB_PATCH, RESOURCE("", "pods"), REMOVES },
		110, 2000, 3 * MSEC, 200, "argo" },
	[DELETION] = { { .verb = VERB_DELETE, RESOURCE("", "pods") },
		0, 2000, 3 * MSEC, 200, "argo" },
	[STATUS] = { { .verb = VERB_UPDATE,
		RESOURCE("argoproj.io", "workflows") },
		300000, 300000, 15 * MSEC, 500, "argo" },
	[CREATE] = { { .verb = VERB_CREATE, RESOURCE("", "configmaps"),
		.is_collection = true }, 1000, 1000, 5 * MSEC, 300, "argo" },
	[EVENT] = { { .verb = VERB_CREATE, RESOURCE("", "events"),
		.is_collection = true }, 800, 800, 4 * MSEC, 200, "argo" },
	[READ] = { { .verb = VERB_GET, RESOURCE("", "pods") },
		0, 2000, 2 * MSEC, 200, "argo" },
	[LIST] = { { .verb = VERB_LIST, RESOURCE("", "pods"),
		.is_collection = true, .path = SPAN_INIT("/api/v1/pods") },
		0, 6000000, 60 * MSEC, 1000, "argo" },
	[SMALL_LIST] = { { .verb = VERB_LIST, RESOURCE("", "nodes"),
		.is_collection = true, .path = SPAN_INIT("/api/v1/nodes") },
		0, 20000, 3 * MSEC, 200, "argo" },
	[LEASE] = { { .verb = VERB_UPDATE,
		RESOURCE("coordination.k8s.io", "leases") },
		500, 500, 3 * MSEC, 100, "argo" },
	[WATCH] = { { .verb = VERB_WATCH, RESOURCE("", "pods"),
		.is_collection = true, .is_long_running = true },
		0, 0, 1 * MSEC, 100, "argo" },
	[WATCH_LIST] = { { .verb = VERB_WATCH, RESOURCE("", "pods"),
		.is_collection = true, .is_long_running = true,
		.initial_events = true }, 0, 0, 1 * MSEC, 100, "argo" },
	[EVICTION] = { { .verb = VERB_CREATE, RESOURCE("", "pods"),
		.subresource = SPAN_INIT("eviction") },
		200, 200, 3 * MSEC, 200, "argo" },
	[SWEEP] = { { .verb = VERB_LIST, RESOURCE("", "pods"),
		.is_collection = true, .has_limit = true },
		0, 200000, 10 * MSEC, 500, "fairway-sweep/1" },
};
/* clang-format on */

static struct call *call_of(struct event *event)
{
	return CONTAINER_OF(event, struct call, event);
}

static struct call *call_of_request(struct request *rq)
{
	return CONTAINER_OF(rq, struct call, rq);
}

static void at(struct world *world, struct event *event, usec_t when,
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

/* ---- tallies ---------------------------------------------------------- */

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

usec_t tally_latency(struct tally *tally, unsigned thousandths)
{
	size_t count = u64_min(tally->done, TALLY_MAX);
	size_t index = count * thousandths / 1000;

	if (!count)
		return 0;
	qsort(tally->latencies, count, sizeof(uint32_t), compare_u32);
	return tally->latencies[index < count ? index : count - 1];
}

static void tally_done(struct tally *tally, const struct call *call)
{
	usec_t now = call->done_at;

	if (call->verdict != VERDICT_NONE) {
		tally->rejected[call->verdict]++;
		tally->rejections++;
	}
	if (call->status == 429)
		tally->saw_429++;
	if (call->status >= 300) {
		tally->failed += call->verdict == VERDICT_NONE;
		return;
	}
	if (!tally->latencies)
		tally->latencies = xcalloc(TALLY_MAX, sizeof(uint32_t));
	if (!tally->done)
		tally->first_done_at = now;
	tally->latencies[tally->done % TALLY_MAX] =
		(uint32_t)(now - call->first_at);
	tally->done++;
	tally->last_done_at = now;
}

/* ---- clients ---------------------------------------------------------- */

static void submit(struct world *world, struct call *call)
{
	const struct client *client = call->client;
	const struct kind_info *info = &KIND_INFOS[client->kind];

	call->class = info->class;
	call->class.namespace = span_str(client->namespace);
	call->class.name = SPAN("the-one");
	call->rq = (struct request){
		.class = &call->class,
		.user_agent = span_str(info->user_agent),
		.identity = client->identity,
		.peer = client->peer,
		.affinity = client->peer,
		.body_len = info->body_len,
		.held_bytes = info->body_len,
		.is_body_kept = true,
		.deadline = client->timeout ? world->now + client->timeout
					    : USEC_NEVER,
	};
	call->state = CALL_WAITING;
	call->starts = 0;
	policy_submit(world->policy, &call->rq, world->now);
}

static void on_submit(struct world *world, struct event *event)
{
	submit(world, call_of(event));
}

static void begin(struct world *world, struct call *call)
{
	call->first_at = world->now;
	if (call->client->left != UINT32_MAX)
		call->client->left--;
	submit(world, call);
}

static void on_begin(struct world *world, struct event *event)
{
	struct call *call = call_of(event);

	if (call->client->left)
		begin(world, call);
}

static struct call *call_take(struct world *world, struct client *client)
{
	struct list_node *node = list_pop_front(&world->free_calls);
	struct call *call;

	CHECK(node);
	call = CONTAINER_OF(node, struct call, node);
	*call = (struct call){ .client = client };
	return call;
}

/* client-go repeats what says when; everybody else gives up. */
static void done(struct world *world, struct call *call)
{
	struct client *client = call->client;

	call->done_at = world->now;
	call->state = CALL_DONE;
	tally_done(&client->tally, call);
	if (call->is_loop && call->retry_after)
		at(world, &call->event, world->now + call->retry_after * SECOND,
			on_submit);
	else if (call->is_loop)
		at(world, &call->event, world->now + client->think, on_begin);
	else if (client->every)
		list_push_back(&world->free_calls, &call->node);
}

struct client *world_client(struct world *world, enum kind kind)
{
	struct client *client;

	CHECK(world->client_count < ARRAY_SIZE(world->clients));
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

struct client *world_loop(
	struct world *world, enum kind kind, unsigned workers, uint32_t left)
{
	struct client *client = world_client(world, kind);

	client->left = left;
	for (unsigned i = 0; i < workers; i++) {
		struct call *call = call_take(world, client);

		call->is_loop = true;
		at(world, &call->event,
			world->now + rng_below(&world->rng, MSEC), on_begin);
	}
	return client;
}

static void on_flow(struct world *world, struct event *event)
{
	struct client *client = CONTAINER_OF(event, struct client, event);

	if (!client->left)
		return;
	begin(world, call_take(world, client));
	at(world, &client->event, world->now + client->every, on_flow);
}

struct client *world_flow(struct world *world, enum kind kind, usec_t every)
{
	struct client *client = world_client(world, kind);

	client->every = every;
	at(world, &client->event, world->now + rng_below(&world->rng, every),
		on_flow);
	return client;
}

struct call *world_send(struct world *world, struct client *client)
{
	struct call *call = call_take(world, client);

	begin(world, call);
	return call;
}

/* ---- the API server --------------------------------------------------- */

static struct server *server_of(struct world *world, const struct call *call)
{
	return &world->servers[call->rq.endpoint];
}

static struct server_level *level_of(struct world *world, struct call *call)
{
	return &server_of(world, call)->levels[call->server_level];
}

static void start_service(struct world *world, struct call *call);

static void free_seat(struct world *world, struct call *call)
{
	struct server_level *level = level_of(world, call);
	struct list_node *node;

	server_of(world, call)->load -= KIND_INFOS[call->client->kind].load;
	call->is_in_service = false;
	level->in_use--;
	for (unsigned i = 0; level->lag && i < LAGS; i++) {
		if (level->lags[i] <= world->now) {
			level->lags[i] = world->now + level->lag;
			break;
		}
	}
	node = level->in_use < level->seats ? list_pop_front(&level->queue)
					    : NULL;
	if (node)
		start_service(world, CONTAINER_OF(node, struct call, node));
}

/* Nothing of it is left at the server. */
static void leave_server(struct world *world, struct call *call)
{
	struct server *server = server_of(world, call);

	if (call->is_in_service)
		free_seat(world, call);
	list_remove(&call->node);
	heap_remove(&world->events, &call->event.node);
	server->streams[call->rq.is_wide ? CONN_BULK : CONN_EXPRESS]--;
	if (call->state == CALL_AT_SERVER)
		server->in_flight--;
}

static void end_attempt(
	struct world *world, struct call *call, const struct outcome *outcome)
{
	leave_server(world, call);
	call->state = CALL_WAITING;
	if (policy_finish(world->policy, &call->rq, outcome, world->now))
		return;
	done(world, call);
}

static void answer(
	struct world *world, struct call *call, const struct answer *answer)
{
	const struct kind_info *info = &KIND_INFOS[call->client->kind];
	struct outcome outcome = { .kind = OUTCOME_COMPLETE,
		.bytes = info->bytes };

	if (call->is_in_service)
		free_seat(world, call);
	if (policy_answered(world->policy, &call->rq, answer, world->now) ==
		SWALLOW) {
		leave_server(world, call);
		call->state = CALL_WAITING;
		return;
	}
	call->status = answer->status;
	call->verdict = VERDICT_NONE;
	call->retry_after =
		answer->retry_after > 0 ? (unsigned)answer->retry_after : 0;
	if (info->class.is_long_running && answer->status < 300) {
		server_of(world, call)->in_flight--;
		call->state = CALL_OPEN;
		return;
	}
	end_attempt(world, call, &outcome);
}

static void on_served(struct world *world, struct event *event)
{
	struct call *call = call_of(event);
	struct answer ok = { .status = 200,
		.retry_after = -1,
		.level_uid = level_of(world, call)->uid };

	if (server_of(world, call)->is_stopped)
		list_push_back(&server_of(world, call)->stopped, &call->node);
	else
		answer(world, call, &ok);
}

static void start_service(struct world *world, struct call *call)
{
	const struct kind_info *info = &KIND_INFOS[call->client->kind];
	struct server *server = server_of(world, call);
	struct server_level *level = level_of(world, call);
	usec_t time = info->service;

	level->in_use++;
	if (level->in_use > level->most_in_use)
		level->most_in_use = level->in_use;
	server->load += info->load;
	call->is_in_service = true;
	if (server->load > server->cores * 1000)
		time = time * server->load / (server->cores * 1000);
	time += rng_below(&world->rng, time / 4 + 1);
	at(world, &call->event, world->now + time, on_served);
}

static uint32_t lagging(const struct server_level *level, usec_t now)
{
	uint32_t count = 0;

	for (unsigned i = 0; level->lag && i < LAGS; i++)
		count += level->lags[i] > now;
	return count;
}

static void on_refused(struct world *world, struct event *event)
{
	struct call *call = call_of(event);
	struct server_level *level = level_of(world, call);
	struct answer refused = { .status = 429,
		.is_plain_text = true,
		.retry_after = level->retry_after,
		.level_uid = level->uid,
		.body = SPAN("Too many requests, please try again later.") };

	answer(world, call, &refused);
}

static void on_fault_answer(struct world *world, struct event *event)
{
	struct call *call = call_of(event);

	answer(world, call,
		&server_of(world, call)->faults[call->client->kind].answer);
}

static void on_fault_lost(struct world *world, struct event *event)
{
	struct outcome lost = { .kind = OUTCOME_LOST };

	end_attempt(world, call_of(event), &lost);
}

static void on_fault_unsent(struct world *world, struct event *event)
{
	struct call *call = call_of(event);
	struct server *server = server_of(world, call);
	struct outcome unsent = { .kind = OUTCOME_UNSENT,
		.is_endpoint_gone = server->is_refusing };

	if (server->is_refusing)
		policy_health(world->policy, call->rq.endpoint,
			HEALTH_CONNECT_FAILED, world->now);
	end_attempt(world, call, &unsent);
}

static void arrive(struct world *world, struct call *call)
{
	struct server *server = server_of(world, call);
	struct fault *fault = &server->faults[call->client->kind];
	struct server_level *level;

	call->server_level = server->level_of[call->client->kind];
	level = level_of(world, call);
	if (server->is_stopped) {
		list_push_back(&server->stopped, &call->node);
		return;
	}
	if (fault->count) {
		static void (*const FIRE[])(struct world *, struct event *) = {
			[FAULT_ANSWER] = on_fault_answer,
			[FAULT_LOST] = on_fault_lost,
			[FAULT_UNSENT] = on_fault_unsent,
			[FAULT_HANG] = on_served,
		};

		fault->count--;
		at(world, &call->event, world->now + MSEC + fault->hang,
			FIRE[fault->what]);
		return;
	}
	if (level->in_use + lagging(level, world->now) < level->seats) {
		start_service(world, call);
	} else if (level->is_reject) {
		level->refused++;
		at(world, &call->event, world->now + REFUSED_AFTER, on_refused);
	} else {
		list_push_back(&level->queue, &call->node);
	}
}

static void on_probed(struct world *world, struct event *event)
{
	struct server *server = CONTAINER_OF(event, struct server, probe);
	unsigned index = (unsigned)(server - world->servers);
	bool is_late = world->now - server->probe_at >=
		world->settings.health.probe_timeout;

	server->is_probed = false;
	policy_health(world->policy, index,
		is_late || server->is_refusing ? HEALTH_PROBE_TIMEOUT
					       : HEALTH_PROBE_OK,
		world->now);
}

static void probe(struct world *world, unsigned index)
{
	struct server *server = &world->servers[index];

	CHECK(!server->is_probed);
	server->is_probed = true;
	server->probe_at = world->now;
	at(world, &server->probe,
		world->now +
			(server->is_stopped
					? world->settings.health.probe_timeout
					: PROBE_TAKES),
		on_probed);
}

void world_stop_server(struct world *world, unsigned server)
{
	world->servers[server].is_stopped = true;
}

void world_go_on(struct world *world, unsigned index)
{
	struct server *server = &world->servers[index];
	size_t left = server->stopped.count;

	server->is_stopped = false;
	if (server->is_probed)
		at(world, &server->probe, world->now + PROBE_TAKES, on_probed);
	while (left--) {
		struct call *call = CONTAINER_OF(
			list_pop_front(&server->stopped), struct call, node);

		if (call->is_in_service)
			at(world, &call->event,
				world->now + rng_below(&world->rng, MSEC),
				on_served);
		else
			arrive(world, call);
	}
}

void world_lose_all(struct world *world, unsigned index)
{
	const struct outcome lost = { .kind = OUTCOME_LOST };
	const struct outcome broken = { .kind = OUTCOME_BROKEN };

	policy_health(world->policy, index, HEALTH_CONN_LOST, world->now);
	for (uint32_t i = 0; i < world->call_count; i++) {
		struct call *call = &world->calls[i];

		if (call->rq.endpoint != index)
			continue;
		if (call->state == CALL_AT_SERVER)
			end_attempt(world, call, &lost);
		else if (call->state == CALL_OPEN)
			end_attempt(world, call, &broken);
	}
}

/* ---- the pump --------------------------------------------------------- */

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
	if (server->is_refusing) {
		at(world, &call->event, world->now + REFUSED_AFTER,
			on_fault_unsent);
		return;
	}
	policy_sent(world->policy, &call->rq, world->now);
	arrive(world, call);
}

static void carry_out(struct world *world, const struct decision *decision)
{
	static const struct outcome BROKEN = { .kind = OUTCOME_BROKEN };
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
		CHECK(!decision->retry_after ||
			verdict_info(decision->verdict)->is_not_executed);
		done(world, call);
		break;
	case DECISION_ABORT:
	case DECISION_DRAIN:
		end_attempt(world, call, &BROKEN);
		break;
	case DECISION_PROBE:
		probe(world, decision->endpoint);
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
	if (world->steps++ % world->check_every == 0)
		policy_check(world->policy);
}

void world_cancel(struct world *world, struct call *call)
{
	if (policy_cancel(world->policy, &call->rq, world->now)) {
		call->status = 499;
		done(world, call);
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
		heap_remove(&world->events, node);
		CONTAINER_OF(node, struct event, node)
			->fire(world, CONTAINER_OF(node, struct event, node));
	}
	world->now = end;
	world_pump(world);
}

/* ---- life ------------------------------------------------------------- */

struct policy_settings world_settings(void)
{
	struct policy_settings settings;

	policy_settings_default(&settings);
	return settings;
}

static void server_init(struct server *server)
{
	*server = (struct server){ .cores = 2, .streams_max = 100 };
	list_init(&server->stopped);
	for (unsigned i = 0; i < SERVER_LEVELS; i++) {
		server->levels[i] = (struct server_level){
			.uid = 1000 + i, .seats = 20, .retry_after = 1
		};
		list_init(&server->levels[i].queue);
	}
	/* As the API server ships: leases have a level of their own. */
	server->level_of[LEASE] = 1;
}

struct world *world_new(const struct policy_settings *settings, uint64_t seed)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->settings = settings ? *settings : world_settings();
	world->now = 1000 * SECOND;
	world->check_every = 1;
	rng_init(&world->rng, seed);
	heap_init(&world->events, UINT32_MAX);
	list_init(&world->free_calls);
	world->calls = xcalloc(CALLS, sizeof(*world->calls));
	world->call_count = CALLS;
	for (uint32_t i = 0; i < CALLS; i++)
		list_push_back(&world->free_calls, &world->calls[i].node);
	for (unsigned i = 0; i < ARRAY_SIZE(world->servers); i++)
		server_init(&world->servers[i]);
	world->policy = policy_new(&world->settings, seed, world->now);
	return world;
}

void world_free(struct world *world)
{
	policy_free(world->policy);
	for (uint32_t i = 0; i < world->client_count; i++)
		free(world->clients[i].tally.latencies);
	free(world->calls);
	free(world);
}

struct policy_stats world_stats(const struct world *world)
{
	struct policy_stats stats;

	policy_read_stats(world->policy, &stats);
	return stats;
}
