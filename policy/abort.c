/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attempts that are given up: their client is gone, or no answer comes.
 *
 * A client that is gone has its attempt reset, as far as the API server bears
 * resets; else, or because the request is journaled and goes on, the answer is
 * awaited and dropped.  Nobody is left then who would lose patience, so that
 * wait has a bound here; and so has each attempt that may be made again
 * without harm, whoever waits for it: an answer that never comes would keep a
 * removal from being sent again, and a replay's place from the next one.
 */
#include "base/check.h"
#include "policy/engine.h"
#include "policy/removal.h"

/* So many resets the API server bears before it ends the connection. */
static const struct bucket_settings ABORTS = {
	.is_limited = true,
	.milli_qps = 50 * 1000,
	.burst = 100,
};

/* ---- the bound ---------------------------------------------------------- */

static void bound(struct policy *policy, struct request *rq)
{
	/* What never ends by itself is reset with its client. */
	if (rq->is_bounded || rq->class->is_long_running)
		return;
	rq->is_bounded = true;
	heap_set(&policy->timers, &rq->timer,
		usec_add(policy->now, policy->settings->retry.answer_timeout));
}

/* Without harm, and without a change of what a lane in Shadow does. */
static bool may_be_made_again(struct policy *policy, const struct request *rq)
{
	return removal_is_guarded(rq->class) && rq->is_body_kept &&
		!engine_lane(policy, rq)->is_shadow;
}

void abort_started(struct policy *policy, struct request *rq)
{
	rq->is_bounded = rq->is_given_up = false;
	if (rq->source == SOURCE_REPLAY || may_be_made_again(policy, rq))
		bound(policy, rq);
}

void abort_answered(struct policy *policy, struct request *rq)
{
	if (!rq->is_bounded || rq->state == REQUEST_DRAINING)
		return;
	heap_remove(&policy->timers, &rq->timer);
	rq->is_bounded = rq->is_given_up = false;
	/* It came in time: the decision was not fetched yet. */
	if (rq->node.list == &policy->aborting) {
		list_remove(&rq->node);
		list_push_back(&engine_lane(policy, rq)->running, &rq->node);
	}
}

void abort_answer_follows(struct policy *policy, struct request *rq)
{
	/* A client sees for itself whether the rest of it comes. */
	if (rq->source == SOURCE_REPLAY)
		bound(policy, rq);
}

void abort_on_timer(struct policy *policy, struct request *rq)
{
	struct endpoint *endpoint = engine_endpoint(policy, rq);
	usec_t at = policy->now;

	CHECK(rq->is_bounded);
	/* Its own reset, and perhaps it comes later. */
	if (!rq->is_given_up)
		at = token_bucket_reserve(
			&endpoint->aborts, &ABORTS, policy->now);
	rq->is_given_up = true;
	if (at > policy->now) {
		heap_set(&policy->timers, &rq->timer, at);
		return;
	}
	list_remove(&rq->node);
	list_push_back(&policy->aborting, &rq->node);
}

/* ---- the decision -------------------------------------------------------- */

static bool is_to_be_reset(struct policy *policy, struct request *rq)
{
	if (rq->is_given_up && !heap_node_is_linked(&rq->timer))
		return true;
	/* It goes on without its client. */
	if (rq->is_journaled || rq->is_durable)
		return false;
	/* What never ends by itself has to be reset in any case. */
	return token_bucket_take(&engine_endpoint(policy, rq)->aborts, &ABORTS,
		       policy->now) ||
		rq->class->is_long_running;
}

bool abort_next(struct policy *policy, struct decision *ret)
{
	struct list_node *node = list_pop_front(&policy->aborting);
	struct request *rq;

	if (!node)
		return false;
	rq = CONTAINER_OF(node, struct request, node);
	list_push_back(&engine_lane(policy, rq)->running, &rq->node);
	*ret = (struct decision){
		.kind = DECISION_DRAIN,
		.rq = rq,
		.endpoint = rq->endpoint,
	};
	if (is_to_be_reset(policy, rq)) {
		ret->kind = DECISION_ABORT;
		rq->is_bounded = false;
	} else {
		bound(policy, rq);
	}
	return true;
}
