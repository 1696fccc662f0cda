/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/play.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

/* A deed while it is played. */
struct scene {
	const struct deed *deed; /* borrowed */
	struct play *play;       /* borrowed */
	struct client *crowd;    /* borrowed; of DEED_CROWD */
	struct event begin;
	struct event end;
	struct server_level before; /* of DEED_SEATS and DEED_REFUSE */
};

static void set_outage(struct world *world, bool is_outage)
{
	world->is_outage = is_outage;
	if (!is_outage)
		world->outage_ended_at = world->now;
}

static struct server_level *level_of(const struct scene *scene)
{
	struct world *world = scene->play->world;

	return &world->servers[0].levels[scene->deed->level];
}

static struct fault fault_of(const struct deed *deed, usec_t now)
{
	struct fault fault = { .what = FAULT_TIMEOUT,
		.until = now + deed->lasts,
		.hang = deed->time };

	if (deed->what == DEED_FAIL) {
		fault.what = FAULT_ANSWER;
		fault.answer.status = deed->number;
		fault.answer.retry_after = -1;
	}
	return fault;
}

static void take_by_others(const struct scene *scene, bool is_taken)
{
	const struct deed *deed = scene->deed;
	struct world *world = scene->play->world;
	struct server_level *level = level_of(scene);
	uint32_t load = deed->cores * 1000;

	if (is_taken) {
		world->servers[0].others_load += load;
		world_set_seats(world, 0, deed->level, level->seats,
			level->others + deed->number);
	} else {
		world->servers[0].others_load -= load;
		world_set_seats(world, 0, deed->level, level->seats,
			level->others - deed->number);
	}
}

static void begin_deed(struct scene *scene)
{
	const struct deed *deed = scene->deed;
	struct world *world = scene->play->world;

	switch (deed->what) {
	case DEED_STOP:
		set_outage(world, true);
		world_stop_server(world, 0);
		break;
	case DEED_CRASH:
		set_outage(world, true);
		world->servers[0].is_refusing = true;
		world_lose_all(world, 0);
		break;
	case DEED_RESTART:
		if (scene->play->argo)
			argo_restart(scene->play->argo, deed->lasts);
		break;
	case DEED_HANG:
	case DEED_FAIL:
		world->servers[0].faults[deed->kind] =
			fault_of(deed, world->now);
		break;
	case DEED_SEATS:
	case DEED_REFUSE:
		scene->before = *level_of(scene);
		level_of(scene)->is_reject |= deed->what == DEED_REFUSE;
		world_set_seats(world, 0, deed->level, deed->number,
			scene->before.others);
		break;
	case DEED_OTHERS:
		take_by_others(scene, true);
		break;
	case DEED_CROWD:
		world_start_workers(world, scene->crowd, deed->number);
		break;
	}
}

static void end_deed(struct scene *scene)
{
	const struct deed *deed = scene->deed;
	struct world *world = scene->play->world;

	switch (deed->what) {
	case DEED_STOP:
		world_go_on(world, 0);
		set_outage(world, false);
		break;
	case DEED_CRASH:
		world->servers[0].is_refusing = false;
		set_outage(world, false);
		break;
	case DEED_RESTART:
	case DEED_HANG:
	case DEED_FAIL:
		break;
	case DEED_SEATS:
	case DEED_REFUSE:
		level_of(scene)->is_reject = scene->before.is_reject;
		world_set_seats(world, 0, deed->level, scene->before.seats,
			level_of(scene)->others);
		break;
	case DEED_OTHERS:
		take_by_others(scene, false);
		break;
	case DEED_CROWD:
		scene->crowd->is_stopped = true;
		break;
	}
}

static void on_end(struct world *world, struct event *event)
{
	(void)world;
	end_deed(CONTAINER_OF(event, struct scene, end));
}

static void on_begin(struct world *world, struct event *event)
{
	struct scene *scene = CONTAINER_OF(event, struct scene, begin);
	const struct deed *deed = scene->deed;

	begin_deed(scene);
	world_at(world, &scene->end, world->now + deed->lasts, on_end);
	if (deed->every)
		world_at(world, event, world->now + deed->every, on_begin);
}

/* ---- the scene is set
 * -------------------------------------------------------- */

static struct client *make_crowd(struct world *world, const struct deed *deed)
{
	struct client *client = world_client(world, deed->kind);

	client->namespace = deed->name;
	client->think = deed->time;
	client->tries = 11;
	client->is_stopped = true;
	return client;
}

static void set_server(struct server *server, const struct story *story)
{
	server->cores = story->cores;
	server->wide_takes = story->wide_takes;
	for (unsigned i = 0; i < story->level_count; i++) {
		server->levels[i].name = story->levels[i];
		server->levels[i].seats = story->seats[i];
		server->levels[i].is_reject = story->is_reject[i];
		server->levels[i].retry_after = 0;
		server->levels[i].queue_max = 15 * SECOND;
	}
	for (unsigned i = 0; i < KINDS; i++)
		server->level_of[i] = story->level_of[i];
}

void play_init(struct play *play, const struct story *story,
	const struct policy_settings *settings, uint64_t seed)
{
	struct world *world = world_new(settings, seed);

	*play = (struct play){ .story = story, .world = world };
	world->check_every = story->check_every;
	set_server(&world->servers[0], story);
	if (story->has_argo)
		play->argo = argo_new(world, &story->argo);
	play->scenes = xcalloc(STORY_DEEDS_MAX, sizeof(*play->scenes));
	for (unsigned i = 0; i < story->deed_count; i++) {
		struct scene *scene = &play->scenes[i];

		scene->deed = &story->deeds[i];
		scene->play = play;
		if (scene->deed->what == DEED_CROWD)
			scene->crowd = make_crowd(world, scene->deed);
		world_at(world, &scene->begin, world->now + scene->deed->at,
			on_begin);
	}
}

void play_run(struct play *play, usec_t lasts)
{
	world_run(play->world, lasts);
	play->lasted = lasts;
	policy_check(play->world->policy);
}

void play_fini(struct play *play)
{
	argo_free(play->argo);
	world_free(play->world);
	free(play->scenes);
}
