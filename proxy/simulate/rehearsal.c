/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/simulate/rehearsal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "policy/world/world.h"

#define SEED 1
/* The world is there for so long before the first one comes. */
#define LEAD (2 * SECOND)
/* What still waits so long behind the last one is given up. */
#define TAIL HOUR
#define STREAMS_MAX 100000
#define SEATS_MAX (1U << 30)

/* One that is on its way. */
struct visit {
	const struct recorded *recorded; /* borrowed */
	struct call *call;               /* borrowed, until it is over */
	struct event leaving;
	uint16_t lane; /* it was counted in */
	bool is_waiting, is_in_flight;
	bool is_left; /* its client is gone */
};

/* What plays: the user of a world. */
struct player {
	struct rehearsal *rehearsal;
	const struct recording *recording; /* borrowed */
	struct visit *visits;              /* owned: one each */
	struct event arrival;
	size_t next;
	uint32_t out; /* calls */
	uint32_t waiting, in_flight;
	usec_t offset; /* from the recording's time to the world's */
};

static struct player *player_of(struct world *world)
{
	return world->user;
}

static struct lane_outcome *lane_of(
	struct player *player, const struct visit *visit)
{
	return &player->rehearsal->lanes[visit->lane];
}

/* ---- what is counted ----------------------------------------------------- */

static void note_waiting(struct player *player, struct visit *visit)
{
	struct lane_outcome *lane = lane_of(player, visit);

	visit->is_waiting = true;
	player->waiting++;
	lane->waiting++;
	lane->waiting_max =
		(uint32_t)u64_max(lane->waiting_max, lane->waiting);
}

static void note_no_wait(struct player *player, struct visit *visit)
{
	if (!visit->is_waiting)
		return;
	visit->is_waiting = false;
	player->waiting--;
	lane_of(player, visit)->waiting--;
}

static void note_flight(struct player *player, struct visit *visit)
{
	struct rehearsal *rehearsal = player->rehearsal;
	struct lane_outcome *lane = lane_of(player, visit);

	visit->is_in_flight = true;
	player->in_flight++;
	lane->in_flight++;
	lane->in_flight_max =
		(uint32_t)u64_max(lane->in_flight_max, lane->in_flight);
	rehearsal->in_flight_max =
		(uint32_t)u64_max(rehearsal->in_flight_max, player->in_flight);
}

static void note_landed(struct player *player, struct visit *visit)
{
	if (!visit->is_in_flight)
		return;
	visit->is_in_flight = false;
	player->in_flight--;
	lane_of(player, visit)->in_flight--;
}

/* It may have gone to another lane, since its flow was over its budget. */
static void note_lane(struct player *player, struct visit *visit)
{
	bool was_waiting = visit->is_waiting;

	if (visit->lane == visit->call->rq.lane)
		return;
	note_no_wait(player, visit);
	lane_of(player, visit)->arrived--;
	visit->lane = visit->call->rq.lane;
	lane_of(player, visit)->arrived++;
	if (was_waiting)
		note_waiting(player, visit);
}

static void refuse(
	struct player *player, struct visit *visit, enum verdict verdict)
{
	struct lane_outcome *lane = lane_of(player, visit);

	lane->refused[verdict]++;
	lane->refused_sum++;
}

/* ---- the world tells ----------------------------------------------------- */

static void started(struct world *world, struct call *call)
{
	struct player *player = player_of(world);
	struct visit *visit = call->owner;
	struct lane_outcome *lane;

	note_lane(player, visit);
	note_no_wait(player, visit);
	lane = lane_of(player, visit);
	lane->started++;
	histogram_add(&lane->waits, request_wait(&call->rq));
	note_flight(player, visit);
}

/* A watch that is open costs nobody anything. */
static void opened(struct world *world, struct call *call)
{
	note_landed(player_of(world), call->owner);
	policy_initialised(world->policy, &call->rq, world->now);
}

static void done(struct world *world, struct call *call)
{
	struct player *player = player_of(world);
	struct visit *visit = call->owner;

	note_lane(player, visit);
	note_no_wait(player, visit);
	note_landed(player, visit);
	if (visit->is_left && (!call->status || call->status == 499))
		lane_of(player, visit)->left++;
	else if (call->verdict != VERDICT_NONE)
		refuse(player, visit, call->verdict);
	heap_remove(&world->events, &visit->leaving.node);
	player->out--;
	world_give_back(world, call);
}

/* ---- requests come and go ------------------------------------------------ */

static void on_leaving(struct world *world, struct event *event)
{
	struct visit *visit = CONTAINER_OF(event, struct visit, leaving);

	visit->is_left = true;
	world_cancel(world, visit->call);
}

static struct request request_of(
	const struct recorded *recorded, const struct class *class)
{
	return (struct request){
		.class = class,
		.user_agent = recorded->user_agent,
		.subject = recorded->has_subject ? &recorded->subject : NULL,
		.is_body_kept = true,
		.is_apart = recorded->is_apart,
		.identity = recorded->identity,
		.peer = recorded->peer,
		.body_len = recorded->body_len,
		.held_bytes = recorded->body_len,
		.deadline = USEC_NEVER,
	};
}

static void fill(struct call *call, const struct recorded *recorded)
{
	call->class = recorded->class;
	call->work = (struct work){
		.bytes = recorded->bytes,
		.status = recorded->status,
		.service = recorded->service,
		.transfer = recorded->transfer,
		.is_exact = true,
	};
	call->opens_for = recorded->transfer + 1;
	call->rq = request_of(recorded, &call->class);
}

static void refuse_at_once(struct world *world, struct visit *visit)
{
	struct player *player = player_of(world);
	struct request rq =
		request_of(visit->recorded, &visit->recorded->class);
	uint16_t rule;

	policy_explain(world->policy, &rq, &rule, &visit->lane);
	lane_of(player, visit)->arrived++;
	refuse(player, visit, VERDICT_TOO_MANY);
}

static void arrive(struct world *world, struct visit *visit)
{
	struct player *player = player_of(world);
	struct call *call;

	if (player->out >= world->call_count) {
		refuse_at_once(world, visit);
		return;
	}
	call = world_take(world);
	player->out++;
	call->owner = visit;
	visit->call = call;
	fill(call, visit->recorded);
	world_enter(world, call);
	visit->lane = call->rq.lane;
	lane_of(player, visit)->arrived++;
	note_waiting(player, visit);
	if (visit->recorded->patience != USEC_NEVER)
		world_at(world, &visit->leaving,
			world->now + visit->recorded->patience, on_leaving);
}

static usec_t time_of_next(const struct player *player)
{
	return player->visits[player->next].recorded->at + player->offset;
}

static void on_arrival(struct world *world, struct event *event)
{
	struct player *player = CONTAINER_OF(event, struct player, arrival);
	size_t count = player->recording->count;

	while (player->next < count && time_of_next(player) <= world->now)
		arrive(world, &player->visits[player->next++]);
	if (player->next < count)
		world_at(world, event, time_of_next(player), on_arrival);
}

/* ---- as it was ----------------------------------------------------------- */

/* POLICY_LANES_MAX: there is none. */
static uint32_t lane_by_name(
	const struct policy_settings *policy, const char *name)
{
	for (uint32_t i = 0; i < policy->lane_count; i++) {
		if (!strcmp(policy->lanes[i].name, name))
			return i;
	}
	return POLICY_LANES_MAX;
}

static void note_what_was(
	struct rehearsal *rehearsal, const struct recorded *recorded)
{
	struct lane_outcome *lane;
	uint32_t index;

	if (!recorded->lane)
		return;
	index = lane_by_name(rehearsal->policy, recorded->lane);
	if (index == POLICY_LANES_MAX) {
		rehearsal->foreign++;
		return;
	}
	lane = &rehearsal->lanes[index];
	lane->was_arrived++;
	lane->was_started += recorded->was_started;
	lane->was_refused += recorded->was_refused;
	if (recorded->was_started)
		histogram_add(&lane->was_waits, recorded->wait);
}

/* ---- playing ------------------------------------------------------------- */

static struct world *new_world(const struct rehearsal_settings *settings)
{
	static const struct world_events on = {
		.on_start = started,
		.on_open = opened,
		.on_done = done,
	};
	struct policy_settings policy = *settings->policy;
	struct server *server;
	struct world *world;

	/* There is no disk, and nobody who would come back. */
	policy.intents.mode = JOURNAL_OFF;
	policy.endpoint_count = 1;
	world = world_open(&policy, SEED, policy.requests_max, &on);
	world->check_every = 0;
	server = &world->servers[0];
	server->streams_max = STREAMS_MAX;
	server->levels[0].seats =
		settings->seats ? settings->seats : SEATS_MAX;
	return world;
}

static void play_all(struct world *world, struct player *player)
{
	const struct recording *recording = player->recording;
	usec_t last = recording->requests[recording->count - 1].at;

	player->offset = world->now + LEAD - recording->requests[0].at;
	world_at(world, &player->arrival, world->now + LEAD, on_arrival);
	world_run(world, last + player->offset - world->now);
	for (usec_t end = world->now + TAIL;
		(player->waiting || player->in_flight) && world->now < end;)
		world_run(world, SECOND);
}

static void read_stats(struct rehearsal *rehearsal, struct world *world)
{
	struct policy_stats *stats = xcalloc(1, sizeof(*stats));

	policy_read_stats(world->policy, stats);
	for (uint32_t i = 0; i < stats->lane_count; i++) {
		struct lane_outcome *lane = &rehearsal->lanes[i];

		lane->seat_usec = stats->lanes[i].seat_usec;
		memcpy(lane->kept_by, stats->lanes[i].kept_by,
			sizeof(lane->kept_by));
	}
	free(stats);
}

void rehearsal_play(struct rehearsal *rehearsal,
	const struct recording *recording,
	const struct rehearsal_settings *settings)
{
	struct player player = {
		.rehearsal = rehearsal,
		.recording = recording,
	};
	struct world *world;

	*rehearsal = (struct rehearsal){ .policy = settings->policy };
	for (size_t i = 0; i < recording->count; i++)
		note_what_was(rehearsal, &recording->requests[i]);
	if (!recording->count)
		return;
	world = new_world(settings);
	world->user = &player;
	player.visits = xcalloc(recording->count, sizeof(*player.visits));
	for (size_t i = 0; i < recording->count; i++)
		player.visits[i].recorded = &recording->requests[i];
	play_all(world, &player);
	rehearsal->span = recording->requests[recording->count - 1].at -
		recording->requests[0].at;
	rehearsal->unfinished = player.waiting;
	read_stats(rehearsal, world);
	world_close(world);
	free(player.visits);
}

void rehearsal_fini(struct rehearsal *rehearsal)
{
	for (size_t i = 0; i < ARRAY_SIZE(rehearsal->lanes); i++) {
		histogram_fini(&rehearsal->lanes[i].waits);
		histogram_fini(&rehearsal->lanes[i].was_waits);
	}
}
