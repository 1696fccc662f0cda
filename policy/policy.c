/* SPDX-License-Identifier: Apache-2.0 */
/* The door: what happened.  submit.c and decide.c are the rest of it. */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "policy/engine.h"

/* For so long a DELETE belongs to the removal before it. */
#define RELEASED_FOR (60 * USEC_PER_SEC)
/* A WatchList gives its seat back then, should nobody say so before. */
#define INITIALISED_BY (10 * USEC_PER_SEC)
/* Retries that there are at first, in thousandths. */
#define RETRY_CREDIT_START 10000

/* ---- life ------------------------------------------------------------- */

struct policy *policy_new(
	const struct policy_settings *settings, uint64_t seed, usec_t now)
{
	struct policy *policy = xcalloc(1, sizeof(*policy));

	lanes_check_settings(settings);
	policy->settings = settings;
	policy->now = now;
	policy->wake_at = now;
	policy->retry_credit = RETRY_CREDIT_START;
	rng_init(&policy->rng, seed);
	policy->key.k0 = rng_next(&policy->rng);
	policy->key.k1 = rng_next(&policy->rng);
	rules_compile(&policy->rules, settings->rules, settings->rule_count);
	/* Each endpoint has one that stands for all that is not known. */
	policy->levels_max = (uint32_t)u64_max(
		settings->levels_max, settings->endpoint_count + 1);
	for (uint32_t i = 0; i < settings->lane_count; i++)
		policy->lanes[i] = lane_new(policy->levels_max);
	lanes_settle(policy);
	policy->levels = xcalloc(policy->levels_max, sizeof(*policy->levels));
	/* Each waiting or running request uses one flow at most. */
	flow_table_init(
		&policy->flows, settings->flows_max, settings->requests_max);
	memo_init(&policy->learned_levels, settings->sizes_max);
	memo_init(&policy->proven, settings->identities_max);
	memo_init(&policy->sizes, settings->sizes_max);
	memo_init(&policy->released, settings->sizes_max);
	memo_init(&policy->homes, settings->identities_max);
	objects_init(&policy->objects, settings->objects_max, &policy->key);
	heap_init(&policy->timers, UINT32_MAX);
	list_init(&policy->leaving);
	list_init(&policy->aborting);
	list_init(&policy->to_journal);
	for (uint32_t i = 0; i < settings->endpoint_count; i++) {
		health_init(&policy->endpoints[i].health, now);
		list_init(&policy->endpoints[i].unanswered);
		total_init(&policy->endpoints[i].total, &settings->total, now);
		/* The first levels are the unknown ones of each endpoint. */
		CHECK(engine_level(policy, i, 0) == &policy->levels[i]);
	}
	return policy;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	rules_fini(&policy->rules);
	flow_table_fini(&policy->flows);
	memo_fini(&policy->learned_levels);
	memo_fini(&policy->proven);
	memo_fini(&policy->sizes);
	memo_fini(&policy->released);
	memo_fini(&policy->homes);
	objects_fini(&policy->objects);
	free(policy->levels);
	for (uint32_t i = 0; i < policy->settings->lane_count; i++)
		lane_free(policy->lanes[i]);
	free(policy);
}

/* ---- the course of an attempt ------------------------------------------ */

void policy_sent(struct policy *policy, struct request *rq, usec_t now)
{
	engine_advance(policy, now);
	rq->was_sent = true;
}

/*
 * Only what the API server says behind its authentication.  Before that it
 * refuses a bad ?timeout= with 400, and answers preflights (CORS) with 204.
 */
static bool proves_identity(const struct request *rq, unsigned status)
{
	enum verb verb = rq->class->verb;

	/* OPTIONS of a resource is "other". */
	if (verb == VERB_OPTIONS || verb == VERB_OTHER)
		return false;
	return (status >= 200 && status < 300) || status == 403 ||
		status == 404 || status == 409 || status == 422;
}

/* 401: that credential is nobody's; 403: it is somebody's. */
static void learn_identity(
	struct policy *policy, const struct request *rq, unsigned status)
{
	if (status == 401)
		memo_forget(&policy->proven, rq->identity);
	else if (proves_identity(rq, status))
		memo_put(&policy->proven, rq->identity, 1);
}

static void learn_level(
	struct policy *policy, struct request *rq, const struct answer *answer)
{
	struct level *level;

	if (!answer->level_uid)
		return;
	if (rq->level->uid != answer->level_uid) {
		level = engine_level(policy, rq->endpoint, answer->level_uid);
		memo_put(&policy->learned_levels, rq->level_key,
			answer->level_uid);
		engine_set_level(policy, rq, level);
	}
}

/* Whom the answer tells something, whatever becomes of the request. */
static void learn(
	struct policy *policy, struct request *rq, const struct answer *answer)
{
	list_remove(&rq->lane_node);
	if (answer->is_strange)
		return;
	learn_identity(policy, rq, answer->status);
	learn_level(policy, rq, answer);
	if (!engine_lane(policy, rq)->is_unheard)
		total_sample(&engine_endpoint(policy, rq)->total,
			total_kind_of(rq->class->verb),
			usec_since(policy->now, rq->started_at));
	if (answer->status < 300 && rq->class->effect == EFFECT_REMOVES)
		memo_put(&policy->released,
			submit_object_hash(policy, rq->class),
			usec_add(policy->now, RELEASED_FOR));
}

enum pass policy_answered(struct policy *policy, struct request *rq,
	const struct answer *answer, usec_t now)
{
	engine_advance(policy, now);
	CHECK(rq->state == REQUEST_RUNNING || rq->state == REQUEST_DRAINING);
	CHECK(!rq->was_answered);
	policy_health(policy, rq->endpoint,
		answer->is_strange ? HEALTH_STRANGE : HEALTH_ALIVE, now);
	rq->was_sent = rq->was_answered = true;
	learn(policy, rq, answer);
	abort_answered(policy, rq);
	if (retry_on_answer(policy, rq, answer) == SWALLOW)
		return SWALLOW;
	abort_answer_follows(policy, rq);
	seats_answering(policy, rq);
	/* Also of a watch in a lane that queues: it would keep it for hours. */
	if (rq->class->is_long_running ||
		engine_lane(policy, rq)->settings->kind == LANE_STREAMS) {
		if (rq->is_wide && rq->has_seat && !rq->is_bounded)
			heap_set(&policy->timers, &rq->timer,
				usec_add(policy->now, INITIALISED_BY));
		else
			seats_give_back(policy, rq);
	}
	return PASS_ON;
}

void policy_initialised(struct policy *policy, struct request *rq, usec_t now)
{
	engine_advance(policy, now);
	heap_remove(&policy->timers, &rq->timer);
	seats_give_back(policy, rq);
}

static void learn_size(struct policy *policy, const struct request *rq,
	const struct outcome *outcome)
{
	if (rq->size_key && rq->was_answered &&
		outcome->kind == OUTCOME_COMPLETE)
		memo_put(&policy->sizes, rq->size_key, outcome->bytes);
}

bool policy_finish(struct policy *policy, struct request *rq,
	const struct outcome *outcome, usec_t now)
{
	engine_advance(policy, now);
	CHECK(rq->state == REQUEST_RUNNING || rq->state == REQUEST_DRAINING);
	heap_remove(&policy->timers, &rq->timer);
	list_remove(&rq->lane_node);
	learn_size(policy, rq, outcome);
	if (rq->state == REQUEST_RUNNING && !rq->was_answered &&
		(outcome->kind == OUTCOME_LOST ||
			outcome->kind == OUTCOME_UNSENT)) {
		retry_on_loss(policy, rq, outcome);
		return true;
	}
	list_remove(&rq->node);
	seats_give_back(policy, rq);
	engine_forget(policy, rq);
	return false;
}

bool policy_cancel(struct policy *policy, struct request *rq, usec_t now)
{
	engine_advance(policy, now);
	switch (rq->state) {
	case REQUEST_QUEUED:
	case REQUEST_PARKED:
		waiting_take(policy, rq);
		engine_lane(policy, rq)->stats.cancelled++;
		engine_forget(policy, rq);
		return true;
	case REQUEST_LEAVING:
		list_remove(&rq->node);
		engine_forget(policy, rq);
		return true;
	case REQUEST_RUNNING:
		engine_set_state(policy, rq, REQUEST_DRAINING);
		list_push_back(&policy->aborting, &rq->node);
		return false;
	case REQUEST_DRAINING:
		return false;
	case REQUEST_IDLE:
		break;
	}
	return true;
}

/* ---- the world -------------------------------------------------------- */

void policy_capacity(struct policy *policy, unsigned endpoint,
	enum conn_class conn_class, unsigned free_streams, usec_t now)
{
	engine_advance(policy, now);
	policy->endpoints[endpoint].free_streams[conn_class] = free_streams;
}

static void endpoint_came_back(struct policy *policy, unsigned endpoint)
{
	policy->endpoints[endpoint].came_back_at = policy->now;
	total_start_ramp(&policy->endpoints[endpoint].total,
		&policy->settings->health, policy->now);
	for (uint32_t i = 0; i < policy->level_count; i++) {
		if (policy->levels[i].endpoint == endpoint)
			policy->levels[i].closed_until = 0;
	}
	for (uint32_t i = 0; i < policy->settings->lane_count; i++)
		policy->lanes[i]->started_since_return = 0;
}

/* Those that wait for another endpoint which is still away. */
static void collect_held(struct policy *policy)
{
	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++) {
		if (!health_is_there(&policy->endpoints[i].health))
			waiting_endpoint_went(policy, i);
	}
}

void policy_health(struct policy *policy, unsigned endpoint,
	enum health_kind kind, usec_t now)
{
	engine_advance(policy, now);
	CHECK(endpoint < policy->settings->endpoint_count);
	/* An order was for the one that was there. */
	if (kind == HEALTH_VANISHED)
		policy->endpoints[endpoint].is_drained = false;
	switch (health_note(&policy->endpoints[endpoint].health,
		&policy->settings->health, kind, policy->now)) {
	case HEALTH_WENT:
		waiting_endpoint_went(policy, endpoint);
		break;
	case HEALTH_CAME_BACK:
		endpoint_came_back(policy, endpoint);
		collect_held(policy);
		break;
	case HEALTH_WAS_NOTHING:
		policy->endpoints[endpoint].came_back_at = policy->now;
		collect_held(policy);
		break;
	case HEALTH_SAME:
		break;
	}
}

void policy_set_mode(struct policy *policy, enum policy_mode mode, usec_t now)
{
	engine_advance(policy, now);
	policy->mode = mode;
}

void policy_pause_lane(
	struct policy *policy, uint16_t lane, bool is_paused, usec_t now)
{
	CHECK(lane < policy->settings->lane_count);
	CHECK(policy->lanes[lane]->settings->kind != LANE_EXEMPT);
	engine_advance(policy, now);
	policy->lanes[lane]->is_paused = is_paused;
}

bool policy_kill(struct policy *policy, struct request *rq, usec_t now)
{
	engine_advance(policy, now);
	if (rq->state != REQUEST_QUEUED && rq->state != REQUEST_PARKED)
		return false;
	waiting_take(policy, rq);
	waiting_reject(policy, rq, VERDICT_KILLED);
	return true;
}

void policy_send_away(struct policy *policy, usec_t now)
{
	engine_advance(policy, now);
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		struct list *waiting = &policy->lanes[i]->waiting;
		struct list_node *node;

		while ((node = list_first(waiting))) {
			struct request *rq =
				CONTAINER_OF(node, struct request, lane_node);

			waiting_take(policy, rq);
			waiting_reject(policy, rq, VERDICT_SHUTTING_DOWN);
		}
	}
}

/* ---- objects that pass by ---------------------------------------------- */

void policy_observe(
	struct policy *policy, const struct object_seen *seen, usec_t now)
{
	engine_advance(policy, now);
	objects_note(&policy->objects, seen, policy->now);
}

void policy_observe_none(
	struct policy *policy, const struct object_place *place, usec_t now)
{
	engine_advance(policy, now);
	objects_forget(&policy->objects, place);
}

const struct object_kept *policy_recall(
	const struct policy *policy, const struct class *class)
{
	struct object_place place = object_place_of(class);

	return objects_find(&policy->objects, &place);
}

const struct objects *policy_objects(const struct policy *policy)
{
	return &policy->objects;
}

/* ---- to look at ------------------------------------------------------- */

static void read_endpoint(
	const struct endpoint *endpoint, struct endpoint_stats *ret_stats)
{
	*ret_stats = (struct endpoint_stats){
		.health = endpoint->health.state,
		.since = endpoint->health.since,
		.total = total_allowed(&endpoint->total),
		.in_flight = endpoint->total.in_flight,
		.answers_429 = endpoint->answers_429,
		.probes_failed = endpoint->health.probes_failed,
		.is_drained = endpoint->is_drained,
	};
}

static void read_level(const struct policy *policy, const struct level *level,
	struct level_stats *ret_stats)
{
	*ret_stats = (struct level_stats){
		.uid = level->uid,
		.endpoint = (uint8_t)level->endpoint,
		.limit = level->limit,
		.in_flight = level->in_flight,
		.is_closed = policy->now < level->closed_until,
		.closed_until = level->closed_until,
		.refusals = level->refusals,
	};
}

void policy_read_stats(
	const struct policy *policy, struct policy_stats *ret_stats)
{
	memset(ret_stats, 0, sizeof(*ret_stats));
	ret_stats->lane_count = policy->settings->lane_count;
	for (uint32_t i = 0; i < ret_stats->lane_count; i++) {
		ret_stats->lanes[i] = policy->lanes[i]->stats;
		ret_stats->lanes[i].is_paused = policy->lanes[i]->is_paused;
		ret_stats->lanes[i].is_drained = policy->lanes[i]->is_drained;
	}
	ret_stats->rule_count = policy->settings->rule_count;
	memcpy(ret_stats->rules, policy->rule_stats,
		ret_stats->rule_count * sizeof(*ret_stats->rules));
	ret_stats->level_count =
		(uint32_t)u64_min(policy->level_count, STATS_LEVELS_MAX);
	for (uint32_t i = 0; i < ret_stats->level_count; i++)
		read_level(policy, &policy->levels[i], &ret_stats->levels[i]);
	ret_stats->endpoint_count = policy->settings->endpoint_count;
	for (uint32_t i = 0; i < ret_stats->endpoint_count; i++)
		read_endpoint(&policy->endpoints[i], &ret_stats->endpoints[i]);
	ret_stats->held_bytes = policy->held_bytes;
	ret_stats->flows = flow_table_count(&policy->flows);
	ret_stats->drained_flows = policy->drained_flow_count;
	ret_stats->retries_denied = policy->retries_denied;
	ret_stats->objects = objects_count(&policy->objects);
	ret_stats->objects_given_up = policy->objects.given_up;
	ret_stats->objects_too_long = policy->objects.too_long;
}
