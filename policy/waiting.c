/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "policy/engine.h"

/* Bodies up to this have a byte budget that larger ones cannot use. */
#define SMALL_BODY ((uint64_t)16 * 1024)

static struct request *request_of_lane_node(struct list_node *node)
{
	return CONTAINER_OF(node, struct request, lane_node);
}

/* ---- time to wait ----------------------------------------------------- */

static bool is_there(const struct policy *policy, const struct request *rq)
{
	return health_is_there(&policy->endpoints[rq->endpoint].health);
}

static bool is_stream(const struct policy *policy, const struct request *rq)
{
	return policy->lanes[rq->lane]->settings->kind == LANE_STREAMS;
}

usec_t waiting_patience_ends(struct policy *policy, const struct request *rq)
{
	const struct lane_settings *lane = engine_lane(policy, rq)->settings;
	usec_t limit = lane->wait_max;

	if (rq->was_held || !is_there(policy, rq))
		limit = u64_max(limit, lane->hold_max);
	if (rq->refusals)
		limit = u64_max(limit, policy->settings->retry.throttled_max);
	return u64_min(rq->deadline, usec_add(rq->submitted_at, limit));
}

static enum verdict verdict_of_waiting(
	const struct policy *policy, const struct request *rq)
{
	if (policy->now >= rq->deadline)
		return VERDICT_DEADLINE;
	if (!is_there(policy, rq) || rq->was_held)
		return VERDICT_AWAY;
	if (rq->refusals)
		return VERDICT_THROTTLED;
	if (policy->mode == POLICY_PAUSE ||
		policy->lanes[rq->lane]->is_paused)
		return VERDICT_PAUSED;
	if (is_stream(policy, rq))
		return VERDICT_STREAM_PACED;
	return VERDICT_WAITED_TOO_LONG;
}

/*
 * When it goes before everything.  Time in which nobody was there to serve it
 * does not count: after an outage all would be overdue at once.
 */
static usec_t overdue_at(struct policy *policy, const struct request *rq)
{
	usec_t after = engine_lane(policy, rq)->settings->overdue_after;
	usec_t since = u64_max(
		rq->submitted_at, engine_endpoint(policy, rq)->came_back_at);

	if (after == USEC_NEVER || rq->is_overdue)
		return USEC_NEVER;
	return usec_add(is_there(policy, rq) ? since : policy->now, after);
}

static void arm(struct policy *policy, struct request *rq)
{
	usec_t at = u64_min(waiting_patience_ends(policy, rq),
		overdue_at(policy, rq));

	if (rq->state == REQUEST_PARKED)
		at = u64_min(at, rq->parked_until);
	if (at == USEC_NEVER)
		heap_remove(&policy->timers, &rq->timer);
	else
		heap_set(&policy->timers, &rq->timer, at);
}

static void on_timer(struct policy *policy, struct request *rq)
{
	if (rq->state == REQUEST_RUNNING || rq->state == REQUEST_DRAINING) {
		/* Else a watch that nobody said is initialised. */
		if (rq->is_bounded)
			abort_on_timer(policy, rq);
		else
			seats_give_back(policy, rq);
		return;
	}
	if (waiting_patience_ends(policy, rq) <= policy->now) {
		enum verdict verdict = verdict_of_waiting(policy, rq);

		waiting_take(policy, rq);
		waiting_reject(policy, rq, verdict);
		return;
	}
	if (overdue_at(policy, rq) <= policy->now) {
		rq->is_overdue = true;
		engine_lane(policy, rq)->overdue += rq->state == REQUEST_QUEUED;
	}
	if (rq->state == REQUEST_PARKED && rq->parked_until <= policy->now) {
		waiting_take(policy, rq);
		waiting_return(policy, rq);
		return;
	}
	arm(policy, rq);
}

void waiting_tick(struct policy *policy)
{
	struct heap_node *node;

	while ((node = heap_first(&policy->timers)) &&
		node->key <= policy->now) {
		heap_remove(&policy->timers, node);
		on_timer(policy, CONTAINER_OF(node, struct request, timer));
	}
}

/* ---- in and out ------------------------------------------------------- */

static enum queue_kind queue_kind_of(const struct request *rq)
{
	if (rq->is_apart)
		return QUEUE_APART;
	if (rq->source == SOURCE_REPLAY)
		return QUEUE_REPLAY;
	if (rq->is_large)
		return QUEUE_LARGE;
	return rq->is_wide ? QUEUE_WIDE : QUEUE_USUAL;
}

static struct fair_queue *queue_of(struct policy *policy,
	const struct request *rq, const struct level *level)
{
	size_t index = (size_t)(level - policy->levels);
	struct fair_queue *queue =
		&engine_lane(policy, rq)
			 ->all_queues[index * QUEUE_KINDS + queue_kind_of(rq)];

	queue->level = &policy->levels[level - policy->levels];
	return queue;
}

/*
 * Who shares a FIFO.  An identity counts once the API server has accepted
 * it; until then all of one source are one, or anybody could invent flows
 * with random tokens.
 */
uint64_t waiting_flow_hash(struct policy *policy, const struct request *rq)
{
	const struct rule_settings *rule = &policy->settings->rules[rq->rule];
	uint64_t parts[3] = { rq->peer, 0, 0 }, value;

	if (memo_get(&policy->proven, rq->identity, &value)) {
		parts[0] = 0;
		if (rule->flow_by_identity)
			parts[1] = rq->identity;
		if (rule->flow_by_namespace)
			parts[2] = hash_span(
				&policy->key, 1, rq->class->namespace);
	}
	return hash_bytes(&policy->key, parts, sizeof(parts));
}

static void join_queue(
	struct policy *policy, struct request *rq, struct level *level)
{
	struct fair_queue *queue = queue_of(policy, rq, level);

	engine_set_level(policy, rq, level);
	if (rq->flow && rq->flow->queue == queue)
		return;
	if (rq->flow)
		flow_release(&policy->flows, rq->flow);
	rq->flow = flow_take(
		&policy->flows, queue, waiting_flow_hash(policy, rq));
	rq->is_charged = false;
}

static void wait_in_lane(struct policy *policy, struct request *rq)
{
	struct lane *lane = engine_lane(policy, rq);

	list_push_back(&lane->waiting, &rq->lane_node);
	lane->stats.queued_bytes += rq->held_bytes;
	policy->held_bytes += rq->held_bytes;
	if (!is_there(policy, rq))
		rq->was_held = true;
	intents_consider(policy, rq);
	arm(policy, rq);
}

static void enqueue(struct policy *policy, struct request *rq, bool at_head)
{
	struct lane *lane = engine_lane(policy, rq);
	struct fair_queue *queue = rq->flow->queue;

	engine_set_state(policy, rq, REQUEST_QUEUED);
	if (at_head)
		fair_queue_push_back(queue, rq);
	else
		fair_queue_push(queue, rq);
	lane->overdue += rq->is_overdue;
	if (!list_node_is_linked(&queue->node))
		list_push_back(&lane->queues, &queue->node);
	wait_in_lane(policy, rq);
}

void waiting_join(struct policy *policy, struct request *rq)
{
	join_queue(policy, rq, submit_expected_level(policy, rq));
}

void waiting_enqueue(struct policy *policy, struct request *rq)
{
	waiting_join(policy, rq);
	enqueue(policy, rq, false);
}

/* An informer that is told 429 resumes; it must not wait for an outage. */
static bool reject_stream(struct policy *policy, struct request *rq)
{
	if (!is_stream(policy, rq) || is_there(policy, rq))
		return false;
	waiting_reject(policy, rq, VERDICT_STREAM_AWAY);
	return true;
}

void waiting_return(struct policy *policy, struct request *rq)
{
	struct level *level = rq->level;

	if (reject_stream(policy, rq))
		return;
	if (!level || level->endpoint != rq->endpoint || !level->uid)
		level = submit_expected_level(policy, rq);
	join_queue(policy, rq, level);
	enqueue(policy, rq, rq->was_started);
}

void waiting_park(struct policy *policy, struct request *rq, usec_t until)
{
	if (reject_stream(policy, rq))
		return;
	engine_set_state(policy, rq, REQUEST_PARKED);
	rq->parked_until = until;
	wait_in_lane(policy, rq);
}

static void leave_lane(struct policy *policy, struct request *rq)
{
	struct lane *lane = engine_lane(policy, rq);

	list_remove(&rq->lane_node);
	heap_remove(&policy->timers, &rq->timer);
	lane->stats.queued_bytes -= rq->held_bytes;
	policy->held_bytes -= rq->held_bytes;
}

static void leave_queue(struct policy *policy, struct request *rq)
{
	engine_lane(policy, rq)->overdue -= rq->is_overdue;
	if (!rq->flow->queue->count)
		list_remove(&rq->flow->queue->node);
	leave_lane(policy, rq);
}

void waiting_serve(struct policy *policy, struct request *rq)
{
	fair_queue_serve(rq->flow->queue, rq);
	leave_queue(policy, rq);
}

void waiting_take(struct policy *policy, struct request *rq)
{
	if (rq->state == REQUEST_PARKED) {
		leave_lane(policy, rq);
		return;
	}
	CHECK(rq->state == REQUEST_QUEUED);
	fair_queue_remove(rq->flow->queue, rq);
	leave_queue(policy, rq);
}

/* 1 or 2 s: spread, so that those refused do not come back together. */
static unsigned retry_after(const struct request *rq)
{
	uint64_t who = rq->identity ^ rq->peer ^ rq->submitted_at;

	return 1 + (unsigned)(who & 1);
}

void waiting_reject(
	struct policy *policy, struct request *rq, enum verdict verdict)
{
	const struct verdict_info *info = verdict_info(verdict);

	/* No promise that it was not executed can be made for it any more. */
	if (rq->may_have_acted && info->is_not_executed) {
		verdict = VERDICT_NO_ANSWER;
		info = verdict_info(verdict);
	}
	rq->pending_retry_after = info->is_not_executed ? retry_after(rq) : 0;
	rq->pending_verdict = verdict;
	engine_lane(policy, rq)->stats.rejected[verdict]++;
	list_remove(&rq->journal_node);
	/* Many may leave before they are fetched: they use up nothing. */
	engine_leave_flow(policy, rq);
	engine_set_state(policy, rq, REQUEST_LEAVING);
	list_push_back(&policy->leaving, &rq->node);
}

/* ---- settling --------------------------------------------------------- */

static bool is_misplaced(struct policy *policy, const struct fair_queue *queue,
	const struct request *rq)
{
	const struct level *level = submit_expected_level(policy, rq);

	return (level->uid && level != queue->level) ||
		(queue->kind == QUEUE_WIDE && !submit_is_wide(policy, rq));
}

void waiting_settle(struct policy *policy, struct lane *lane)
{
	struct list_node *node = list_first(&lane->queues), *next;

	for (; node; node = next) {
		struct fair_queue *queue =
			CONTAINER_OF(node, struct fair_queue, node);
		struct request *rq = fair_queue_first(queue);

		next = list_next(node);
		while (rq && policy->moves_left &&
			is_misplaced(policy, queue, rq)) {
			policy->moves_left--;
			waiting_take(policy, rq);
			rq->is_wide = submit_is_wide(policy, rq);
			waiting_enqueue(policy, rq);
			rq = fair_queue_first(queue);
		}
	}
}

/* ---- room ------------------------------------------------------------- */

/* Whether its bytes fit once `less` others are gone. */
static bool bytes_fit(
	const struct policy *policy, const struct request *rq, uint64_t less)
{
	uint64_t max = policy->settings->held_bytes_max;

	if (rq->held_bytes > SMALL_BODY)
		max -= u64_min(max, policy->settings->held_bytes_small);
	return policy->held_bytes - less + rq->held_bytes <= max;
}

/* The last to come of the lowest lane below that of `rq` that has any. */
static struct request *lowest_below(
	struct policy *policy, const struct request *rq)
{
	for (uint32_t i = policy->order_count; i > 0; i--) {
		struct lane *lower = policy->lanes[policy->order[i - 1]];

		if (lower->index == rq->lane)
			break;
		if (!list_is_empty(&lower->waiting))
			return request_of_lane_node(list_last(&lower->waiting));
	}
	return NULL;
}

bool waiting_fits_lane(struct policy *policy, const struct request *rq)
{
	const struct lane *lane = engine_lane(policy, rq);

	return lane->waiting.count < lane->settings->queue_requests_max &&
		lane->stats.queued_bytes + rq->held_bytes <=
		lane->settings->queue_bytes_max;
}

/* Whether all lanes below together hold enough to give way. */
static bool is_worth_it(const struct policy *policy, const struct request *rq)
{
	uint64_t bytes = 0;
	size_t count = 0;

	if (is_stream(policy, rq))
		return false;
	for (uint32_t i = policy->order_count; i > 0; i--) {
		const struct lane *lower = policy->lanes[policy->order[i - 1]];

		if (lower->index == rq->lane)
			break;
		bytes += lower->stats.queued_bytes;
		count += lower->waiting.count;
	}
	return count > 0 && bytes_fit(policy, rq, bytes);
}

bool waiting_make_room(struct policy *policy, const struct request *rq)
{
	if (policy->requests < policy->settings->requests_max &&
		bytes_fit(policy, rq, 0))
		return true;
	if (!is_worth_it(policy, rq))
		return false;
	while (policy->requests >= policy->settings->requests_max ||
		!bytes_fit(policy, rq, 0)) {
		struct request *lower = lowest_below(policy, rq);

		CHECK(lower);
		waiting_take(policy, lower);
		waiting_reject(policy, lower, VERDICT_GAVE_WAY);
	}
	return true;
}

/* ---- new settings ----------------------------------------------------- */

void waiting_settings_changed(struct policy *policy, struct request *rq)
{
	struct lane *lane = engine_lane(policy, rq);

	if (rq->is_overdue && rq->state == REQUEST_QUEUED)
		lane->overdue--;
	rq->is_overdue = false;
	/* Nothing takes back the token that it waits for. */
	if (rq->state == REQUEST_PARKED && !rq->was_started &&
		!lane->settings->flow_bucket.is_limited)
		rq->parked_until = policy->now;
	arm(policy, rq);
}

void waiting_put(struct policy *policy, struct request *rq, uint16_t lane)
{
	engine_set_lane(policy, rq, lane);
	engine_drop_flow(policy, rq);
	rq->is_overdue = false;
	if (reject_stream(policy, rq))
		return;
	if (rq->state == REQUEST_PARKED)
		wait_in_lane(policy, rq);
	else
		waiting_enqueue(policy, rq);
}

/* ---- endpoints -------------------------------------------------------- */

static void move_or_hold(struct policy *policy, struct request *rq)
{
	unsigned other = homes_choose(policy, rq);

	if (other == rq->endpoint) {
		rq->was_held = true;
		intents_consider(policy, rq);
		return;
	}
	if (rq->state == REQUEST_PARKED) {
		/* It comes back through waiting_return(). */
		rq->endpoint = (uint8_t)other;
		return;
	}
	waiting_take(policy, rq);
	rq->endpoint = (uint8_t)other;
	waiting_enqueue(policy, rq);
}

void waiting_endpoint_went(struct policy *policy, unsigned endpoint)
{
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		struct lane *lane = policy->lanes[i];
		size_t left = lane->waiting.count;
		struct list_node *node = list_first(&lane->waiting);

		/* What moves goes to the end, behind the ones counted. */
		while (left--) {
			struct request *rq = request_of_lane_node(node);

			node = list_next(node);
			if (rq->endpoint != endpoint)
				continue;
			if (lane->settings->kind == LANE_STREAMS &&
				homes_choose(policy, rq) ==
					endpoint) {
				waiting_take(policy, rq);
				waiting_reject(policy, rq, VERDICT_STREAM_AWAY);
			} else {
				move_or_hold(policy, rq);
			}
		}
	}
}
