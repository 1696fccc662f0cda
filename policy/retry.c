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
#include "policy/removal.h"

/* Retries that may be saved up, in thousandths. */
#define RETRY_CREDIT_MAX 100000
/* Longest that one request waits because it was told to. */
#define TOLD_MAX 5 /* seconds */

void retry_earn(struct policy *policy)
{
	policy->retry_credit = (uint32_t)u64_min(RETRY_CREDIT_MAX,
		policy->retry_credit + policy->settings->retry.budget);
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

/* As told, but not for long, and not all at once; a lease never for long. */
static usec_t as_told(
	struct policy *policy, const struct request *rq, int32_t retry_after)
{
	usec_t told = (usec_t)(retry_after > 0 ? retry_after : 1);

	if (policy->lanes[rq->lane]->settings->kind == LANE_EXEMPT)
		return backoff(policy, rq->refusals);
	told = u64_min(told, TOLD_MAX) * USEC_PER_SEC;
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

static void note_refusal(struct policy *policy, struct request *rq)
{
	rq->refusals++;
	rq->returns++;
	engine_lane(policy, rq)->stats.refused_upstream++;
}

/* Who refuses, and so what is told of it (DESIGN.md section 8, table). */
enum refusal {
	REFUSAL_NONE,          /* an answer, or of unknown effect */
	REFUSAL_BY_LEVEL,      /* priority and fairness: its gate */
	REFUSAL_BY_LIMIT,      /* max-in-flight or a front end: the total */
	REFUSAL_NOT_READY,     /* caches: nobody is overloaded */
	REFUSAL_SHUTTING_DOWN, /* another API server, or connection */
};

static enum refusal refusal_of(
	const struct request *rq, const struct answer *answer)
{
	bool is_503 = answer->status == 503 && answer->retry_after >= 1;

	/* Of something on the way nobody knows what became of it before. */
	if (answer->is_strange || (answer->status != 429 && !is_503))
		return REFUSAL_NONE;
	/* A disruption budget that says no is the answer. */
	if (!is_503 && !answer->is_plain_text &&
		span_eq(rq->class->subresource, SPAN("eviction")))
		return REFUSAL_NONE;
	if (span_contains(answer->body, SPAN("shutting down")))
		return REFUSAL_SHUTTING_DOWN;
	if (is_503)
		return REFUSAL_NOT_READY;
	if (!answer->level_uid)
		return REFUSAL_BY_LIMIT;
	return answer->is_plain_text ? REFUSAL_BY_LEVEL : REFUSAL_NOT_READY;
}

/* Gates and total are told of every answer, whoever gets it. */
static void tell(struct policy *policy, struct request *rq,
	const struct answer *answer, enum refusal refusal)
{
	const struct policy_settings *settings = policy->settings;
	struct endpoint *endpoint = engine_endpoint(policy, rq);

	switch (refusal) {
	case REFUSAL_BY_LEVEL:
		/* It has left already: the limit counts the others. */
		if (rq->is_in_level)
			level_left(rq->level, policy->now);
		rq->is_in_level = false;
		level_refused(rq->level, &settings->gate, answer->retry_after,
			rq->started_at,
			&policy->rng, policy->now);
		break;
	case REFUSAL_BY_LIMIT:
		total_refused(&endpoint->total, &settings->total, policy->now);
		break;
	case REFUSAL_SHUTTING_DOWN:
		endpoint->health.is_unready = true;
		break;
	case REFUSAL_NOT_READY:
		break;
	case REFUSAL_NONE:
		level_answered(rq->level, &settings->gate, policy->now);
		break;
	}
}

static void refused(struct policy *policy, struct request *rq,
	const struct answer *answer, enum refusal refusal)
{
	unsigned other = rq->endpoint;

	note_refusal(policy, rq);
	seats_give_back(policy, rq);
	if (refusal == REFUSAL_SHUTTING_DOWN)
		other = homes_choose(policy, rq);
	if (other != rq->endpoint) {
		rq->endpoint = (uint8_t)other;
		waiting_return(policy, rq);
	} else if (refusal == REFUSAL_BY_LEVEL) {
		waiting_return(policy, rq);
	} else {
		waiting_park(
			policy, rq, as_told(policy, rq, answer->retry_after));
	}
}

/* An internal error to a guarded removal, which Argo would drop for good. */
static void server_error(struct policy *policy, struct request *rq)
{
	seats_give_back(policy, rq);
	rq->may_have_acted = true;
	if (take_try(policy, rq))
		waiting_park(policy, rq, backoff(policy, rq->attempt));
	else
		waiting_reject(policy, rq, VERDICT_SERVER_ERROR);
}

static bool is_guarded_error(
	const struct request *rq, const struct answer *answer)
{
	return (answer->is_strange || answer->status == 500 ||
		       answer->status == 502) &&
		removal_is_guarded(rq->class);
}

static bool is_strange_to_read(
	const struct request *rq, const struct answer *answer)
{
	return answer->is_strange &&
		(is_read(rq->class) || rq->class->verb == VERB_WATCH);
}

/*
 * What has no effect may go again until the API server itself answers; it is
 * held as soon as a probe meets the same.  An informer resumes on a 429, and
 * lists anew on anything else.  False: the client gets the answer.
 */
static bool strange_read(struct policy *policy, struct request *rq)
{
	bool is_watch = rq->class->verb == VERB_WATCH;

	if (!is_watch && !take_try(policy, rq))
		return false;
	seats_give_back(policy, rq);
	if (is_watch)
		waiting_reject(policy, rq, VERDICT_STREAM_AWAY);
	else
		waiting_park(policy, rq, backoff(policy, rq->attempt));
	return true;
}

enum pass retry_on_answer(
	struct policy *policy, struct request *rq, const struct answer *answer)
{
	enum refusal refusal = refusal_of(rq, answer);
	struct lane *lane = engine_lane(policy, rq);
	bool is_error, is_strange;

	if (answer->status == 429)
		engine_endpoint(policy, rq)->answers_429++;
	if (!answer->is_strange &&
		(!lane->is_unheard || refusal == REFUSAL_SHUTTING_DOWN))
		tell(policy, rq, answer, refusal);
	/* What was not kept cannot be sent again. */
	if (rq->state == REQUEST_DRAINING || !rq->is_body_kept ||
		policy->now >= rq->deadline)
		return PASS_ON;
	is_error = is_guarded_error(rq, answer);
	is_strange = is_strange_to_read(rq, answer);
	/* A replay comes again by itself, and uses up nobody's budget. */
	if (refusal == REFUSAL_NONE &&
		(rq->source == SOURCE_REPLAY || (!is_error && !is_strange)))
		return PASS_ON;
	if (lane->is_shadow) {
		lane->stats.would_go_again++;
		return PASS_ON;
	}
	if (refusal != REFUSAL_NONE)
		refused(policy, rq, answer, refusal);
	else if (is_error)
		server_error(policy, rq);
	else if (!strange_read(policy, rq))
		return PASS_ON;
	return SWALLOW;
}

static void on_unsent(
	struct policy *policy, struct request *rq, bool is_endpoint_gone)
{
	uint32_t unsent = ++rq->returns - rq->refusals;

	seats_give_back(policy, rq);
	if (!rq->is_body_kept && rq->was_sent) {
		waiting_reject(policy, rq, VERDICT_AWAY);
		return;
	}
	rq->endpoint = (uint8_t)(is_endpoint_gone
			? homes_choose_other(policy, rq)
			: homes_choose(policy, rq));
	/* The first time at once; a peer that refuses on and on waits. */
	if (unsent > 1)
		waiting_park(policy, rq, backoff(policy, unsent));
	else
		waiting_return(policy, rq);
}

void retry_on_loss(struct policy *policy, struct request *rq,
	const struct outcome *outcome)
{
	const struct class *class = rq->class;
	/* A replay comes again by itself, and uses up nobody's budget. */
	bool may_repeat = rq->is_body_kept && rq->source != SOURCE_REPLAY &&
		(is_read(class) || removal_is_guarded(class));

	if (outcome->kind == OUTCOME_UNSENT) {
		on_unsent(policy, rq, outcome->is_endpoint_gone);
		return;
	}
	seats_give_back(policy, rq);
	rq->may_have_acted |= !is_read(class) && class->verb != VERB_WATCH;
	if (class->verb == VERB_WATCH) {
		/* 429: an informer resumes; anything else makes it list. */
		waiting_reject(policy, rq, VERDICT_STREAM_AWAY);
	} else if (may_repeat && take_try(policy, rq)) {
		rq->endpoint = (uint8_t)homes_choose(policy, rq);
		waiting_park(policy, rq, backoff(policy, rq->attempt));
	} else {
		waiting_reject(policy, rq, VERDICT_NO_ANSWER);
	}
}
