/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/argo.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

#define WORKFLOW_WORKERS 32
#define WORKERS_MAX 32
#define WATCHES 13
#define TRIES 11
#define RECONCILE_EVERY (10 * SECOND)
#define EVENTS_EACH 2 /* when a pod begins, and when it ends */
#define CLEANUP_BURST 100
#define LEASE_EVERY (5 * SECOND)
#define LEASE_RETRY (2 * SECOND)
#define LEASE_DEADLINE (10 * SECOND)
#define LEASE_DURATION (15 * SECOND)
#define AFTER_FAILURE (100 * MSEC)

struct step {
	enum kind kind;
	uint32_t count;
};

#define STEPS_MAX 4

struct job {
	struct list_node node;
	struct workflow *workflow; /* borrowed; NULL: of none */
	struct step steps[STEPS_MAX];
	unsigned step;
	uint32_t ended; /* pods, when a reconcile began */
	void (*done)(struct argo *argo, struct job *job);
};

struct crew;

struct worker {
	struct list_node node; /* of the idle ones */
	struct crew *crew;     /* borrowed */
	struct call *call;     /* NULL: none yet */
	struct job *job;       /* owned; NULL: idle */
	struct event event;    /* before it begins, or after a failure */
};

struct crew {
	struct argo *argo; /* borrowed */
	struct list jobs;  /* owned */
	struct list idle;
	struct limiter pace;
	struct worker workers[WORKERS_MAX];
	unsigned count;
};

struct workflow {
	struct list_node node;
	struct event event; /* the next reconcile */
	struct argo *argo;  /* borrowed */
	usec_t begun_at;
	usec_t lasts;
	uint32_t pods;
	uint32_t created;
	uint32_t recorded; /* that ended, and are in a status that is saved */
};

struct lease {
	struct call *call;
	struct event event;
	usec_t renewed_at;
};

struct watch {
	struct call *call;
	struct event event;
	struct argo *argo; /* borrowed */
};

struct argo {
	struct world *world; /* borrowed */
	struct argo_settings settings;
	struct limiter limiter;
	struct client *clients[KINDS]; /* borrowed; NULL: not used */
	struct crew reconcilers, cleaners, recorder, informers;
	struct list workflows; /* owned */
	struct event arrival;
	struct event back;
	bool is_away;
	struct lease lease;
	struct watch watches[WATCHES];
	struct argo_stats stats;
};

/* ---- crews ----------------------------------------------------------------
 */

static void worker_next(struct worker *worker);

static struct worker *worker_of(struct event *event)
{
	return CONTAINER_OF(event, struct worker, event);
}

static void on_worker_begins(struct world *world, struct event *event)
{
	(void)world;
	worker_next(worker_of(event));
}

/* When the crew's pace lets the next one begin. */
static usec_t crew_ready_at(struct crew *crew, usec_t now)
{
	struct limiter *pace = &crew->pace;
	usec_t token;

	if (!pace->milli_qps)
		return now;
	token = USEC_PER_SEC * 1000 / pace->milli_qps;
	pace->full_at = u64_max(pace->full_at, now) + token;
	return u64_max(now, pace->full_at - token * pace->burst);
}

static void crew_work(struct crew *crew)
{
	struct world *world = crew->argo->world;

	while (!list_is_empty(&crew->jobs) && !list_is_empty(&crew->idle)) {
		struct worker *worker = CONTAINER_OF(
			list_pop_front(&crew->idle), struct worker, node);

		worker->job = CONTAINER_OF(
			list_pop_front(&crew->jobs), struct job, node);
		world_at(world, &worker->event, crew_ready_at(crew, world->now),
			on_worker_begins);
	}
}

static struct job *crew_add(struct crew *crew, struct workflow *workflow,
	void (*done)(struct argo *argo, struct job *job))
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->workflow = workflow;
	job->done = done;
	list_push_back(&crew->jobs, &job->node);
	return job;
}

static void worker_next(struct worker *worker)
{
	struct crew *crew = worker->crew;
	struct argo *argo = crew->argo;
	struct job *job = worker->job;

	while (job->step < STEPS_MAX && !job->steps[job->step].count)
		job->step++;
	if (job->step < STEPS_MAX) {
		struct client *client =
			argo->clients[job->steps[job->step].kind];

		if (!worker->call)
			worker->call = world_call(argo->world, client, worker);
		world_submit(argo->world, worker->call, client);
		return;
	}
	worker->job = NULL;
	list_push_back(&crew->idle, &worker->node);
	if (job->done)
		job->done(argo, job);
	free(job);
	crew_work(crew);
}

static void on_failed_again(struct world *world, struct event *event)
{
	struct worker *worker = worker_of(event);

	(void)world;
	list_push_back(&worker->crew->jobs, &worker->job->node);
	worker->job = NULL;
	list_push_back(&worker->crew->idle, &worker->node);
	crew_work(worker->crew);
}

static void on_request_done(struct world *world, struct call *call)
{
	struct worker *worker = call->owner;
	struct job *job = worker->job;

	if (call->status < 300) {
		job->steps[job->step].count--;
		worker_next(worker);
		return;
	}
	world_at(world, &worker->event, world->now + AFTER_FAILURE,
		on_failed_again);
}

static void crew_init(struct crew *crew, struct argo *argo, unsigned count)
{
	CHECK(count && count <= WORKERS_MAX);
	*crew = (struct crew){ .argo = argo, .count = count };
	list_init(&crew->jobs);
	list_init(&crew->idle);
	for (unsigned i = 0; i < count; i++) {
		crew->workers[i].crew = crew;
		list_push_back(&crew->idle, &crew->workers[i].node);
	}
}

/* All that it knew is forgotten. */
static void crew_stop(struct crew *crew)
{
	struct world *world = crew->argo->world;
	struct list_node *node;

	while ((node = list_pop_front(&crew->jobs)))
		free(CONTAINER_OF(node, struct job, node));
	for (unsigned i = 0; i < crew->count; i++) {
		struct worker *worker = &crew->workers[i];

		heap_remove(&world->events, &worker->event.node);
		if (worker->call)
			world_abandon(world, worker->call);
		worker->call = NULL;
		if (!worker->job)
			continue;
		free(worker->job);
		worker->job = NULL;
		list_push_back(&crew->idle, &worker->node);
	}
}

/* ---- workflows --------------------------------------------------------------
 */

static uint64_t small_ones_more_often(struct rng *rng, uint64_t max)
{
	return 1 + rng_below(rng, 1 + rng_below(rng, max));
}

static void add_events(struct argo *argo, uint32_t pods)
{
	struct job *job;

	if (!pods)
		return;
	job = crew_add(&argo->recorder, NULL, NULL);
	job->steps[0] = (struct step){ EVENT, pods * EVENTS_EACH };
	crew_work(&argo->recorder);
}

static void on_released(struct argo *argo, struct job *job)
{
	(void)job;
	argo->stats.stuck--;
	argo->stats.pods++;
}

static void add_cleanups(struct argo *argo, uint32_t pods)
{
	while (pods--) {
		struct job *job = crew_add(&argo->cleaners, NULL, on_released);

		job->steps[0] = (struct step){ REMOVAL, 1 };
		job->steps[1] = (struct step){ DELETION, 1 };
	}
	crew_work(&argo->cleaners);
}

static void workflow_free(struct argo *argo, struct workflow *workflow)
{
	list_remove(&workflow->node);
	heap_remove(&argo->world->events, &workflow->event.node);
	free(workflow);
}

static void on_archived(struct argo *argo, struct job *job)
{
	argo->stats.workflows++;
	argo->stats.running--;
	workflow_free(argo, job->workflow);
}

static void archive(struct argo *argo, struct workflow *workflow)
{
	struct job *job = crew_add(&argo->reconcilers, workflow, on_archived);

	job->steps[0] = (struct step){ POD_LIST, 1 };
	job->steps[1] = (struct step){ RESULTS, 1 };
	job->steps[2] = (struct step){ ARCHIVE, 1 };
	crew_work(&argo->reconcilers);
}

static uint32_t pods_ended(const struct workflow *workflow, usec_t now)
{
	usec_t age =
		u64_min(usec_since(now, workflow->begun_at), workflow->lasts);

	return workflow->created
		? (uint32_t)(workflow->pods * age / workflow->lasts)
		: 0;
}

static void reconcile(struct argo *argo, struct workflow *workflow);

static void on_reconcile(struct world *world, struct event *event)
{
	struct workflow *workflow = CONTAINER_OF(event, struct workflow, event);

	(void)world;
	reconcile(workflow->argo, workflow);
}

/* Only what a saved status tells of is released. */
static void on_reconciled(struct argo *argo, struct job *job)
{
	struct workflow *workflow = job->workflow;
	uint32_t ended = job->ended - workflow->recorded;

	workflow->created = workflow->pods;
	workflow->recorded = job->ended;
	argo->stats.stuck += ended;
	add_events(argo, ended);
	add_cleanups(argo, ended);
	if (workflow->recorded == workflow->pods)
		archive(argo, workflow);
	else
		world_at(argo->world, &workflow->event,
			argo->world->now + RECONCILE_EVERY, on_reconcile);
}

static void reconcile(struct argo *argo, struct workflow *workflow)
{
	uint32_t fresh = workflow->pods - workflow->created;
	struct job *job;

	if (argo->is_away)
		return;
	add_events(argo, fresh);
	job = crew_add(&argo->reconcilers, workflow, on_reconciled);
	job->ended = pods_ended(workflow, argo->world->now);
	job->steps[0] = (struct step){ CREATE, fresh };
	job->steps[1] = (struct step){ STATUS, 1 };
	crew_work(&argo->reconcilers);
}

static void on_arrival(struct world *world, struct event *event)
{
	struct argo *argo = CONTAINER_OF(event, struct argo, arrival);
	usec_t mean = HOUR / argo->settings.workflows_an_hour;
	struct workflow *workflow = xcalloc(1, sizeof(*workflow));

	workflow->argo = argo;
	workflow->begun_at = world->now;
	workflow->pods = (uint32_t)small_ones_more_often(
		&world->rng, argo->settings.pods_max);
	workflow->lasts = 10 * SECOND +
		small_ones_more_often(&world->rng, argo->settings.lasts_max);
	list_push_back(&argo->workflows, &workflow->node);
	argo->stats.running++;
	reconcile(argo, workflow);
	world_at(world, event, world->now + rng_below(&world->rng, 2 * mean),
		on_arrival);
}

/* ---- lease and watches ------------------------------------------------------
 */

static void on_renew(struct world *world, struct event *event)
{
	struct argo *argo = CONTAINER_OF(event, struct argo, lease.event);
	struct client *client = argo->clients[LEASE];

	if (!argo->lease.call)
		argo->lease.call = world_call(world, client, argo);
	world_submit(world, argo->lease.call, client);
}

static void on_lease_done(struct world *world, struct call *call)
{
	struct argo *argo = call->owner;
	struct lease *lease = &argo->lease;
	bool is_renewed = call->status < 300;

	if (!world->is_outage &&
		world->now -
				u64_max(lease->renewed_at,
					world->outage_ended_at) >
			LEASE_DURATION)
		argo->stats.lost_leases++;
	if (is_renewed)
		lease->renewed_at = world->now;
	world_at(world, &lease->event,
		world->now + (is_renewed ? LEASE_EVERY : LEASE_RETRY),
		on_renew);
}

static void on_watch(struct world *world, struct event *event)
{
	struct watch *watch = CONTAINER_OF(event, struct watch, event);
	struct client *client = watch->argo->clients[WATCH];

	if (!watch->call)
		watch->call = world_call(world, client, watch);
	world_submit(world, watch->call, client);
}

static void on_watch_done(struct world *world, struct call *call)
{
	struct watch *watch = call->owner;

	world_at(world, &watch->event,
		world->now + rng_below(&world->rng, SECOND), on_watch);
}

/* ---- the process
 * ------------------------------------------------------------- */

/* Lists and watches everything, and looks at each workflow. */
static void start_process(struct argo *argo)
{
	struct world *world = argo->world;

	argo->is_away = false;
	for (unsigned i = 0; i < WATCHES; i++) {
		struct job *job = crew_add(&argo->informers, NULL, NULL);

		job->steps[0] = (struct step){ i < 2 ? LIST : SMALL_LIST, 1 };
		world_at(world, &argo->watches[i].event,
			world->now + rng_below(&world->rng, SECOND), on_watch);
	}
	crew_work(&argo->informers);
	argo->lease.renewed_at = world->now;
	world_at(world, &argo->lease.event, world->now, on_renew);
	add_cleanups(argo, argo->stats.stuck);
	for (struct list_node *node = list_first(&argo->workflows); node;
		node = list_next(node))
		reconcile(argo, CONTAINER_OF(node, struct workflow, node));
}

static void stop_process(struct argo *argo)
{
	struct world *world = argo->world;

	argo->is_away = true;
	crew_stop(&argo->reconcilers);
	crew_stop(&argo->cleaners);
	crew_stop(&argo->recorder);
	crew_stop(&argo->informers);
	for (struct list_node *node = list_first(&argo->workflows); node;
		node = list_next(node))
		heap_remove(&world->events,
			&CONTAINER_OF(node, struct workflow, node)->event.node);
	heap_remove(&world->events, &argo->lease.event.node);
	if (argo->lease.call)
		world_abandon(world, argo->lease.call);
	argo->lease.call = NULL;
	for (unsigned i = 0; i < WATCHES; i++) {
		struct watch *watch = &argo->watches[i];

		heap_remove(&world->events, &watch->event.node);
		if (watch->call)
			world_abandon(world, watch->call);
		watch->call = NULL;
	}
}

static void on_back(struct world *world, struct event *event)
{
	(void)world;
	start_process(CONTAINER_OF(event, struct argo, back));
}

void argo_restart(struct argo *argo, usec_t away)
{
	if (argo->is_away)
		return;
	stop_process(argo);
	world_at(argo->world, &argo->back, argo->world->now + away, on_back);
}

/* ---- life
 * ---------------------------------------------------------------------- */

static void make_clients(struct argo *argo)
{
	static const enum kind USED[] = { REMOVAL, DELETION, STATUS, ARCHIVE,
		CREATE, RESULTS, EVENT, LIST, POD_LIST, SMALL_LIST, LEASE,
		WATCH };

	for (size_t i = 0; i < ARRAY_SIZE(USED); i++) {
		struct client *client = world_client(argo->world, USED[i]);

		client->tries = TRIES;
		client->limiter = &argo->limiter;
		client->on_done = on_request_done;
		argo->clients[USED[i]] = client;
	}
	argo->clients[LEASE]->on_done = on_lease_done;
	argo->clients[LEASE]->timeout = LEASE_DEADLINE;
	argo->clients[LEASE]->tries = 1;
	argo->clients[WATCH]->on_done = on_watch_done;
	argo->clients[WATCH]->limiter = NULL;
	argo->clients[WATCH]->opens_for = 10 * MINUTE;
}

struct argo *argo_new(struct world *world, const struct argo_settings *settings)
{
	struct argo *argo = xcalloc(1, sizeof(*argo));

	argo->world = world;
	argo->settings = *settings;
	argo->limiter.milli_qps = settings->milli_qps;
	argo->limiter.burst = settings->burst;
	list_init(&argo->workflows);
	crew_init(&argo->reconcilers, argo, WORKFLOW_WORKERS);
	crew_init(&argo->cleaners, argo, settings->cleanup_workers);
	crew_init(&argo->recorder, argo, 1);
	crew_init(&argo->informers, argo, WATCHES);
	argo->cleaners.pace.milli_qps = settings->cleanup_milli_qps;
	argo->cleaners.pace.burst = CLEANUP_BURST;
	for (unsigned i = 0; i < WATCHES; i++)
		argo->watches[i].argo = argo;
	make_clients(argo);
	start_process(argo);
	world_at(world, &argo->arrival, world->now, on_arrival);
	return argo;
}

void argo_free(struct argo *argo)
{
	struct list_node *node;

	if (!argo)
		return;
	stop_process(argo);
	while ((node = list_first(&argo->workflows)))
		workflow_free(argo, CONTAINER_OF(node, struct workflow, node));
	free(argo);
}

struct argo_stats argo_stats(const struct argo *argo)
{
	return argo->stats;
}
