/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions: what to do next, one at a time.  Whose turn it is: pick.c. */
#include "base/check.h"
#include "policy/engine.h"

/* Requests that one decision moves to where they belong; the rest waits. */
#define MOVES_MAX 64
#define MOVES_PAUSE USEC_PER_MSEC

static struct request *node_request(struct list_node *node)
{
	return CONTAINER_OF(node, struct request, node);
}

/* ---- starting --------------------------------------------------------- */

static void count_wait(struct lane *lane, usec_t waited)
{
	unsigned bucket = 0;

	while (bucket < STATS_WAIT_BUCKETS - 1 &&
		waited > STATS_WAIT_BOUNDS[bucket])
		bucket++;
	lane->stats.wait[bucket]++;
	lane->stats.wait_sum += waited;
}

/* What kept it, as it turns out. */
static void count_keeper(struct lane *lane, struct request *rq)
{
	struct reasons *reasons = &rq->reasons;

	if (!rq->waited)
		reasons->kept_by = KEPT_BY_NOTHING;
	else if (reasons->kept_by == KEPT_BY_NOTHING)
		reasons->kept_by = KEPT_BY_TURN;
	lane->stats.kept_by[reasons->kept_by]++;
}

static void count_shadow(
	struct policy *policy, struct lane *lane, struct request *rq)
{
	enum kept_by *keeper = &rq->reasons.would_be_kept_by;

	if (*keeper == KEPT_BY_NOTHING)
		*keeper = pick_would_keep(policy, lane, rq);
	lane->stats.would_be_kept_by[*keeper]++;
}

static void first_start(
	struct policy *policy, struct lane *lane, struct request *rq)
{
	if (lane->is_shadow)
		count_shadow(policy, lane, rq);
	pick_pay(policy, lane, rq);
	rq->was_started = true;
	rq->waited = usec_since(policy->now, rq->submitted_at);
	count_wait(lane, rq->waited);
	count_keeper(lane, rq);
	lane->stats.started++;
	retry_earn(policy);
}

static void start(
	struct policy *policy, struct request *rq, struct decision *ret)
{
	struct lane *lane = engine_lane(policy, rq);
	struct fair_queue *queue = rq->flow->queue;
	enum conn_class conn_class = pick_conn_class(lane, queue);

	rq->reasons.flow = rq->flow->map_node.hash;
	rq->reasons.level = rq->level->uid;
	rq->reasons.gate_limit = rq->level->limit;
	rq->reasons.gate_in_flight = rq->level->in_flight;
	pick_take_turn(lane, queue, rq);
	waiting_serve(policy, rq);
	engine_set_state(policy, rq, REQUEST_RUNNING);
	if (total_kind_of(rq->class->verb) < TOTAL_KINDS && !lane->is_unheard)
		list_push_back(&policy->endpoints[rq->endpoint].unanswered,
			&rq->lane_node);
	if (rq->was_started)
		lane->stats.again++;
	else
		first_start(policy, lane, rq);
	rq->attempt++;
	rq->was_sent = rq->was_answered = false;
	rq->started_at = policy->now;
	lane->started_since_return++;
	seats_take(policy, rq);
	abort_started(policy, rq);
	if (!rq->is_apart)
		policy->endpoints[rq->endpoint].free_streams[conn_class]--;
	*ret = (struct decision){
		.kind = DECISION_START,
		.rq = rq,
		.endpoint = rq->endpoint,
		.conn_class = conn_class,
		.use_fresh_token = rq->was_held,
	};
}

/* ---- one decision ----------------------------------------------------- */

static bool next_intent(struct policy *policy, struct decision *ret)
{
	struct request *rq = intents_next(policy);

	if (!rq)
		return false;
	*ret = (struct decision){
		.kind = DECISION_JOURNAL,
		.rq = rq,
		.endpoint = rq->endpoint,
	};
	return true;
}

static bool next_rejection(struct policy *policy, struct decision *ret)
{
	struct list_node *node = list_pop_front(&policy->leaving);
	struct request *rq;

	if (!node)
		return false;
	rq = node_request(node);
	*ret = (struct decision){
		.kind = DECISION_REJECT,
		.rq = rq,
		.endpoint = rq->endpoint,
		.verdict = rq->pending_verdict,
		.retry_after = rq->pending_retry_after,
		.is_pending = rq->is_durable,
	};
	engine_forget(policy, rq);
	return true;
}

static bool is_waited_for(const struct policy *policy, unsigned endpoint)
{
	return policy->endpoints[endpoint].total.in_flight > 0;
}

static bool next_probe(struct policy *policy, struct decision *ret)
{
	const struct health_settings *settings = &policy->settings->health;

	for (unsigned i = 0; i < policy->settings->endpoint_count; i++) {
		struct health *health = &policy->endpoints[i].health;

		if (health_take_probe(health, settings,
			    is_waited_for(policy, i), policy->now)) {
			*ret = (struct decision){
				.kind = DECISION_PROBE,
				.endpoint = i,
			};
			return true;
		}
	}
	return false;
}

/*
 * What picking moved to where it belongs may be due to be journaled by now,
 * since its identity was proven meanwhile.  That comes before it starts, so
 * the pick is forgotten, and made again.
 */
static bool next_late_intent(struct policy *policy, struct request *picked,
	bool was_overdue, struct decision *ret)
{
	if (!next_intent(policy, ret))
		return false;
	if (picked)
		picked->is_by_share = false;
	policy->was_overdue = was_overdue;
	return true;
}

bool policy_next(struct policy *policy, usec_t now, struct decision *ret)
{
	bool was_overdue = policy->was_overdue;
	struct request *rq;

	engine_advance(policy, now);
	waiting_tick(policy);
	if (next_intent(policy, ret) || next_rejection(policy, ret) ||
		abort_next(policy, ret) || next_probe(policy, ret))
		return true;
	policy->wake_at = USEC_NEVER;
	policy->moves_left = MOVES_MAX;
	rq = policy->queued ? pick_next(policy) : NULL;
	if (!policy->moves_left)
		policy->wake_at = u64_min(
			policy->wake_at, policy->now + MOVES_PAUSE);
	if (next_late_intent(policy, rq, was_overdue, ret))
		return true;
	if (!rq)
		return false;
	start(policy, rq, ret);
	return true;
}

usec_t policy_wake_at(const struct policy *policy)
{
	const struct heap_node *timer = heap_first(&policy->timers);
	usec_t at = policy->wake_at;

	if (!list_is_empty(&policy->leaving) ||
		!list_is_empty(&policy->to_journal) ||
		!list_is_empty(&policy->aborting))
		return policy->now;
	if (timer)
		at = u64_min(at, timer->key);
	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++)
		at = u64_min(at,
			health_wake_at(&policy->endpoints[i].health,
				&policy->settings->health,
				is_waited_for(policy, i)));
	return at;
}
