/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retries: only what cannot do harm twice, and what does not turn a success
 * into a false failure (DESIGN.md section 8, the two tables).
 *
 * Refusals before any work cost neither an attempt nor the retry budget, only
 * time; everything else has at most `tries_max` attempts and all together a
 * share of the requests.
 */
#include "policy/engine.h"

static bool is_removal(const struct class *class)
{
	return class->effect == EFFECT_REMOVES ||
	       class->effect == EFFECT_MIXED;
}

/* A finalizer removal that carries its own proof may be sent twice. */
static bool is_guarded_removal(const struct class *class)
{
	return class->verb == VERB_PATCH && is_removal(class) &&
	       class->guards && class->is_repeatable;
}

static bool is_read(const struct class *class)
{
	switch (class->verb) {
	case VERB_GET:
	case VERB_LIST:
	case VERB_HEAD:
	case VERB_OPTIONS:
		return !class->is_long_running;
	case VERB_WATCH:
	case VERB_CREATE:
	case VERB_UPDATE:
	case VERB_PATCH:
	case VERB_DELETE:
	case VERB_DELETECOLLECTION:
	case VERB_PROXY:
	case VERB_CONNECT:
	case VERB_POST:
	case VERB_PUT:
	case VERB_OTHER:
	case VERB_COUNT:
		break;
	}
	return false;
}

/* Takes one of the request's tries and of everybody's budget. */
static bool take_try(struct policy *policy, const struct request *rq)
{
	if (rq->attempt - rq->returns >= policy->settings->retry.tries_max)
		return false;
	if (policy->retry_credit < 1000) {
		policy->retries_denied++;
		return false;
	}
	policy->retry_credit -= 1000;
	return true;
}

/* Exponential, with full jitter. */
static usec_t backoff(struct policy *policy, uint32_t tries)
{
	const struct retry_settings *retry = &policy->settings->retry;
	usec_t time = retry->backoff_min;

	while (tries-- > 1 && time < retry->backoff_max)
		time *= 2;
	time = u64_min(time, retry->backoff_max);
	return policy->now + 1 + rng_below(&policy->rng, time);
}

static void again_at(struct policy *policy, struct request *rq, usec_t at)
{
	seats_give_back(policy, rq);
	waiting_park(policy, rq, at);
}

/* As told, at most 5 s, and not all at once. */
static usec_t as_told(struct policy *policy, int32_t retry_after)
{
	usec_t told = (usec_t)(retry_after > 0 ? retry_after : 1);

	told = u64_min(told, 5) * USEC_PER_SEC;
	return policy->now + told / 2 + rng_below(&policy->rng, told / 2 + 1);
}

static bool span_contains(struct span text, struct span word)
{
	for (; text.len >= word.len; text = span_skip(text, 1)) {
		if (span_starts_with(text, word))
			return true;
	}
	return false;
}

/* The API server's priority and fairness: the gate of that level. */
static void refused_by_level(struct policy *policy, struct request *rq,
	const struct answer *answer)
{
	struct level *level = rq->level;

	seats_give_back(policy, rq);
	level_refused(level, &policy->settings->gate, answer->retry_after,
		&policy->rng, policy->now);
	waiting_return(policy, rq);
}

static void refused_by_limit(struct policy *policy, struct request *rq,
	const struct answer *answer)
{
	struct endpoint *endpoint = engine_endpoint(policy, rq);

	if (span_contains(answer->body, SPAN("shutting down"))) {
		unsigned other;

		endpoint->health.is_unready = true;
		other = waiting_choose_endpoint(policy, rq);
		if (other != rq->endpoint) {
			seats_give_back(policy, rq);
			rq->endpoint = (uint8_t)other;
			waiting_return(policy, rq);
			return;
		}
	} else {
		total_refused(&endpoint->total, &policy->settings->total,
			policy->now);
	}
	again_at(policy, rq, as_told(policy, answer->retry_after));
}

static enum pass on_429(struct policy *policy, struct request *rq,
	const struct answer *answer)
{
	engine_endpoint(policy, rq)->answers_429++;
	/* A disruption budget that says no is the answer. */
	if (!answer->is_plain_text &&
		span_eq(rq->class->subresource, SPAN("eviction")))
		return PASS_ON;
	rq->refusals++;
	rq->returns++;
	engine_lane(policy, rq)->stats.refused_upstream++;
	if (answer->is_plain_text && answer->level_uid)
		refused_by_level(policy, rq, answer);
	else if (answer->is_plain_text)
		refused_by_limit(policy, rq, answer);
	else /* the watch cache is not ready: nobody is overloaded */
		again_at(policy, rq, as_told(policy, answer->retry_after));
	return SWALLOW;
}

/* An internal error to a guarded removal, which Argo would drop for good. */
static enum pass on_server_error(struct policy *policy, struct request *rq)
{
	if (!is_guarded_removal(rq->class))
		return PASS_ON;
	if (take_try(policy, rq)) {
		again_at(policy, rq, backoff(policy, rq->attempt));
	} else {
		seats_give_back(policy, rq);
		waiting_reject(policy, rq, VERDICT_SERVER_ERROR);
	}
	return SWALLOW;
}

enum pass retry_on_answer(
	struct policy *policy, struct request *rq, const struct answer *answer)
{
	/* What was not kept cannot be sent again. */
	if (!rq->is_body_kept || policy->now >= rq->deadline)
		return PASS_ON;
	switch (answer->status) {
	case 429:
		return on_429(policy, rq, answer);
	case 500:
	case 502:
		return on_server_error(policy, rq);
	case 503:
		if (answer->retry_after < 1)
			return PASS_ON;
		rq->refusals++;
		rq->returns++;
		engine_lane(policy, rq)->stats.refused_upstream++;
		again_at(policy, rq, as_told(policy, answer->retry_after));
		return SWALLOW;
	default:
		return PASS_ON;
	}
}

static void on_unsent(struct policy *policy, struct request *rq)
{
	if (!rq->is_body_kept && rq->was_sent) {
		seats_give_back(policy, rq);
		waiting_reject(policy, rq, VERDICT_AWAY);
		return;
	}
	rq->returns++;
	seats_give_back(policy, rq);
	rq->endpoint = (uint8_t)waiting_choose_endpoint(policy, rq);
	/* The first is at once; a peer that refuses on and on waits. */
	if (rq->returns - rq->refusals > 1)
		waiting_park(policy, rq,
			backoff(policy, rq->returns - rq->refusals));
	else
		waiting_return(policy, rq);
}

void retry_on_loss(struct policy *policy, struct request *rq,
	const struct outcome *outcome)
{
	const struct class *class = rq->class;
	bool may_repeat = rq->is_body_kept &&
			  (is_read(class) || is_guarded_removal(class));

	if (outcome->kind == OUTCOME_UNSENT) {
		on_unsent(policy, rq);
		return;
	}
	seats_give_back(policy, rq);
	if (class->verb == VERB_WATCH) {
		/* 429: an informer resumes; anything else makes it list. */
		waiting_reject(policy, rq, VERDICT_STREAM_AWAY);
	} else if (may_repeat && take_try(policy, rq)) {
		rq->endpoint = (uint8_t)waiting_choose_endpoint(policy, rq);
		waiting_park(policy, rq, backoff(policy, rq->attempt));
	} else {
		waiting_reject(policy, rq, VERDICT_NO_ANSWER);
	}
}
