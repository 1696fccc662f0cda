/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "policy/world/world_impl.h"

#define PROBE_TAKES MSEC
#define RETRY_AFTER_MAX 32

static struct server_level *level_of(struct world *world, struct call *call)
{
	return &server_of(world, call)->levels[call->server_level];
}

/* ---- seats ------------------------------------------------------------- */

static uint32_t seats_of(struct world *world, struct call *call)
{
	return call->rq.is_wide ? server_of(world, call)->wide_takes : 1;
}

/* One that is wider than its level runs when nothing else does. */
static bool fits(const struct server_level *level, uint32_t seats)
{
	uint32_t used = level->in_use + level->others;

	return used + seats <= level->seats || !used;
}

static void start_service(struct world *world, struct call *call);

static void set_at_work(struct world *world, struct call *call, bool is_at_work)
{
	struct server *server = server_of(world, call);

	if (!call->rq.is_wide || call->is_at_work == is_at_work)
		return;
	call->is_at_work = is_at_work;
	if (is_at_work)
		server->wide++;
	else
		server->wide--;
	server->most_wide = (uint32_t)u64_max(server->most_wide, server->wide);
}

/* If the first one does not fit, nobody else goes before it. */
static void serve_queue(struct world *world, struct server_level *level)
{
	for (;;) {
		struct list_node *node = list_first(&level->queue);
		struct call *call;

		if (!node)
			return;
		call = CONTAINER_OF(node, struct call, node);
		if (!fits(level, seats_of(world, call)))
			return;
		list_remove(node);
		start_service(world, call);
	}
}

static void free_seat(struct world *world, struct call *call)
{
	struct server_level *level = level_of(world, call);

	set_at_work(world, call, false);
	server_of(world, call)->load -= call->load;
	call->is_in_service = false;
	level->in_use -= seats_of(world, call);
	for (unsigned i = 0; level->lag && i < LAGS; i++) {
		if (level->lags[i] <= world->now) {
			level->lags[i] = world->now + level->lag;
			break;
		}
	}
	serve_queue(world, level);
}

static uint32_t lagging(const struct server_level *level, usec_t now)
{
	uint32_t count = 0;

	for (unsigned i = 0; level->lag && i < LAGS; i++)
		count += level->lags[i] > now;
	return count;
}

void world_set_seats(struct world *world, unsigned index, unsigned which,
	uint32_t seats, uint32_t others)
{
	struct server_level *level = &world->servers[index].levels[which];

	level->seats = seats;
	level->others = others;
	serve_queue(world, level);
}

/* ---- the end of an attempt --------------------------------------------- */

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

void server_end_attempt(
	struct world *world, struct call *call, const struct outcome *outcome)
{
	leave_server(world, call);
	call->state = CALL_WAITING;
	if (policy_finish(world->policy, &call->rq, outcome, world->now))
		return;
	call_done(world, call);
}

static void on_closed(struct world *world, struct event *event)
{
	const struct outcome complete = { .kind = OUTCOME_COMPLETE };

	server_end_attempt(world, call_of(event), &complete);
}

static void open_watch(struct world *world, struct call *call)
{
	usec_t lasts = call->opens_for;

	server_of(world, call)->in_flight--;
	call_opened(world, call);
	if (!lasts)
		return;
	if (!call->work.is_exact)
		lasts = lasts / 2 + rng_below(&world->rng, lasts / 2);
	world_at(world, &call->event, world->now + lasts, on_closed);
}

static void on_transferred(struct world *world, struct event *event)
{
	struct call *call = call_of(event);
	const struct outcome complete = { .kind = OUTCOME_COMPLETE,
		.bytes = call->work.bytes };

	server_end_attempt(world, call, &complete);
}

/* Its body follows; the seat is held until all of it is written. */
static void transfer(struct world *world, struct call *call)
{
	const struct work *work = &call->work;

	set_at_work(world, call, false);
	server_of(world, call)->load -= call->load;
	call->load = work->transfer_load;
	server_of(world, call)->load += call->load;
	world_at(world, &call->event, world->now + work->transfer,
		on_transferred);
}

static void answer(
	struct world *world, struct call *call, const struct answer *answer)
{
	const struct work *work = &call->work;
	struct outcome outcome = { .kind = OUTCOME_COMPLETE,
		.bytes = work->bytes };

	bool has_body =
		call->is_in_service && work->transfer && answer->status < 300;

	if (call->is_in_service && !has_body)
		free_seat(world, call);
	server_of(world, call)->served += answer->status < 300;
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
	if (call->class.is_long_running && answer->status < 300)
		open_watch(world, call);
	else if (has_body)
		transfer(world, call);
	else
		server_end_attempt(world, call, &outcome);
}

/* ---- service ------------------------------------------------------------ */

static void on_served(struct world *world, struct event *event)
{
	struct call *call = call_of(event);
	struct answer ok = { .status = call->work.status ? call->work.status
							: 200,
		.retry_after = -1,
		.level_uid = level_of(world, call)->uid };

	if (server_of(world, call)->is_stopped)
		list_push_back(&server_of(world, call)->stopped, &call->node);
	else
		answer(world, call, &ok);
}

static void take_seat(struct world *world, struct call *call)
{
	struct server *server = server_of(world, call);
	struct server_level *level = level_of(world, call);

	level->in_use += seats_of(world, call);
	if (level->in_use > level->most_in_use)
		level->most_in_use = level->in_use;
	call->load = call->work.load;
	server->load += call->load;
	set_at_work(world, call, true);
	call->is_in_service = true;
}

static void start_service(struct world *world, struct call *call)
{
	const struct server *server = server_of(world, call);
	uint32_t cpu = server->cores * 1000, load;
	usec_t time = call->work.service;

	take_seat(world, call);
	load = server->load + server->others_load;
	if (load > cpu)
		time = time * load / cpu;
	if (!call->work.is_exact)
		time += rng_below(&world->rng, time / 4 + 1);
	world_at(world, &call->event, world->now + time, on_served);
}

/* ---- refusals ------------------------------------------------------------ */

/*
 * From 1, doubled where in so many seconds three times as many were refused,
 * up to 32; less by 1 when a later refusal finds that it had become calm.
 */
static int32_t made_up_retry_after(struct drops *drops, usec_t now)
{
	usec_t window;

	if (!drops->retry_after)
		drops->retry_after = 1;
	window = (usec_t)drops->retry_after * SECOND;
	drops->count++;
	if (usec_since(now, drops->looked_at) < window)
		return drops->retry_after;
	if (drops->count >= 3 * (uint32_t)drops->retry_after)
		drops->retry_after = (int32_t)u64_min(
			RETRY_AFTER_MAX, (uint64_t)drops->retry_after * 2);
	else if (drops->retry_after > 1)
		drops->retry_after--;
	drops->count = 0;
	drops->looked_at = now;
	return drops->retry_after;
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

	level->refused++;
	if (!refused.retry_after)
		refused.retry_after =
			made_up_retry_after(&level->drops, world->now);
	answer(world, call, &refused);
}

/* It waited in the API server's own queue for too long. */
static void on_queued_too_long(struct world *world, struct event *event)
{
	list_remove(&call_of(event)->node);
	on_refused(world, event);
}

/* ---- faults -------------------------------------------------------------- */

static void on_fault_answer(struct world *world, struct event *event)
{
	struct call *call = call_of(event);

	answer(world, call,
		&server_of(world, call)->faults[call->kind].answer);
}

static void on_fault_lost(struct world *world, struct event *event)
{
	struct outcome lost = { .kind = OUTCOME_LOST };

	server_end_attempt(world, call_of(event), &lost);
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
	server_end_attempt(world, call, &unsent);
}

/* What hangs holds its seat, and ends as such writes do. */
static void on_hung(struct world *world, struct event *event)
{
	struct call *call = call_of(event);
	struct answer timeout = { .status = 504,
		.retry_after = -1,
		.level_uid = level_of(world, call)->uid };

	answer(world, call, &timeout);
}

static bool is_faulty(const struct world *world, struct fault *fault)
{
	if (world->now < fault->until)
		return true;
	if (!fault->count)
		return false;
	fault->count--;
	return true;
}

static void be_faulty(
	struct world *world, struct call *call, const struct fault *fault)
{
	static void (*const FIRE[])(struct world *, struct event *) = {
		[FAULT_ANSWER] = on_fault_answer,
		[FAULT_LOST] = on_fault_lost,
		[FAULT_UNSENT] = on_fault_unsent,
		[FAULT_HANG] = on_served,
		[FAULT_TIMEOUT] = on_hung,
	};

	if (fault->what == FAULT_TIMEOUT)
		take_seat(world, call);
	world_at(world, &call->event, world->now + MSEC + fault->hang,
		FIRE[fault->what]);
}

/* ---- arrival ---------------------------------------------------------------
 */

void server_refuse(struct world *world, struct call *call)
{
	world_at(world, &call->event, world->now + REFUSED_AFTER,
		on_fault_unsent);
}

static void join_queue(
	struct world *world, struct server_level *level, struct call *call)
{
	list_push_back(&level->queue, &call->node);
	if (level->queue_max)
		world_at(world, &call->event, world->now + level->queue_max,
			on_queued_too_long);
}

void server_arrive(struct world *world, struct call *call)
{
	struct server *server = server_of(world, call);
	struct fault *fault = &server->faults[call->kind];
	struct server_level *level;

	call->server_level = server->level_of[call->kind];
	level = level_of(world, call);
	if (server->is_stopped) {
		list_push_back(&server->stopped, &call->node);
		return;
	}
	if (is_faulty(world, fault))
		be_faulty(world, call, fault);
	else if (list_is_empty(&level->queue) &&
		fits(level, seats_of(world, call) + lagging(level, world->now)))
		start_service(world, call);
	else if (level->is_reject)
		world_at(world, &call->event, world->now + REFUSED_AFTER,
			on_refused);
	else
		join_queue(world, level, call);
}

/* ---- stopping and going on -------------------------------------------------
 */

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

void server_probe(struct world *world, unsigned index)
{
	struct server *server = &world->servers[index];

	CHECK(!server->is_probed);
	server->is_probed = true;
	server->probe_at = world->now;
	world_at(world, &server->probe,
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
		world_at(world, &server->probe, world->now + PROBE_TAKES,
			on_probed);
	while (left--) {
		struct list_node *node = list_pop_front(&server->stopped);
		struct call *call;

		CHECK(node);
		call = CONTAINER_OF(node, struct call, node);
		if (call->is_in_service)
			world_at(world, &call->event,
				world->now + rng_below(&world->rng, MSEC),
				on_served);
		else
			server_arrive(world, call);
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
			server_end_attempt(world, call, &lost);
		else if (call->state == CALL_OPEN)
			server_end_attempt(world, call, &broken);
	}
}

void server_init(struct server *server)
{
	*server = (struct server){
		.cores = 2, .streams_max = 100, .wide_takes = 1
	};
	list_init(&server->stopped);
	for (unsigned i = 0; i < SERVER_LEVELS; i++) {
		server->levels[i] = (struct server_level){
			.uid = 1000 + i, .seats = 20, .retry_after = 1
		};
		list_init(&server->levels[i].queue);
	}
}
