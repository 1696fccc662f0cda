/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Submission: which rule, lane, endpoint, level and size a request has, and
 * whether it may wait at all.
 */
#include "base/check.h"
#include "policy/engine.h"

/* A LIST that returned more than this is wide (APF: 10 seats of 100 kB). */
#define WIDE_BYTES ((uint64_t)1000 * 1000)

/* A write of more than this is large: decoding and storing it takes long. */
#define LARGE_BYTES ((uint64_t)64 * 1024)

uint64_t submit_object_hash(
	const struct policy *policy, const struct class *class)
{
	const struct span parts[] = {
		class->group,
		class->resource,
		class->namespace,
		class->name,
	};

	return hash_spans(&policy->key, 2, parts, ARRAY_SIZE(parts));
}

static bool is_released(struct policy *policy, const struct class *class)
{
	uint64_t until;

	return class->verb == VERB_DELETE && class->is_resource &&
		memo_get(&policy->released, submit_object_hash(policy, class),
			&until) &&
		policy->now < until;
}

static struct rule_match find_rule(const struct policy *policy,
	const struct request *rq, bool is_of_released)
{
	struct rule_match match =
		rules_match(&policy->rules, rq, is_of_released);

	/* conf/ sees to it that a catch-all exists. */
	if (match.rule == RULE_NONE)
		match.rule = (uint16_t)(policy->settings->rule_count - 1);
	return match;
}

uint16_t submit_rule(struct policy *policy, const struct request *rq)
{
	return find_rule(policy, rq, is_released(policy, rq->class)).rule;
}

static bool find_exempt(const struct policy *policy, uint16_t *ret_lane)
{
	for (uint16_t i = 0; i < policy->settings->lane_count; i++) {
		if (policy->settings->lanes[i].kind != LANE_EXEMPT)
			continue;
		*ret_lane = i;
		return true;
	}
	return false;
}

/*
 * What Fairway asks for itself waits for nothing that waits for it: it is in
 * the first lane outside the total, if there is one.
 */
uint16_t submit_lane(const struct policy *policy, const struct request *rq)
{
	uint16_t lane;

	if (rq->source == SOURCE_OWN && find_exempt(policy, &lane))
		return lane;
	return (uint16_t)policy->settings->rules[rq->rule].lane;
}

static void choose_rule(struct policy *policy, struct request *rq)
{
	struct rule_match match =
		find_rule(policy, rq, is_released(policy, rq->class));

	rq->rule = match.rule;
	rq->reasons.shadow_rule = match.shadow;
	policy->rule_stats[match.rule].matched++;
	if (match.shadow != RULE_NONE)
		policy->rule_stats[match.shadow].matched++;
}

/*
 * What tells the level apart (facts/kube-apiserver.md section 5: subjects,
 * verbs, resources and subresources, namespaces, or a path), and what tells
 * how much a LIST returns.
 */
static void learnable_keys(struct policy *policy, struct request *rq)
{
	const struct class *class = rq->class;
	const uint64_t who[] = { rq->identity, (uint64_t) class->verb };
	const struct span resource[] = {
		span_of(who, sizeof(who)),
		class->group,
		class->resource,
		class->subresource,
		class->namespace,
	};
	const struct span path[] = { resource[0], class->path };
	uint64_t form =
		(class->has_selector ? 1u : 0u) | (class->has_limit ? 2u : 0u);

	rq->level_key = class->is_resource
		? hash_spans(&policy->key, 0, resource, ARRAY_SIZE(resource))
		: hash_spans(&policy->key, 0, path, ARRAY_SIZE(path));
	rq->size_key = 0;
	if (class->is_resource && class->verb == VERB_LIST)
		rq->size_key = hash_span(&policy->key, form, class->path);
}

struct level *submit_expected_level(
	struct policy *policy, const struct request *rq)
{
	uint64_t uid;

	if (!memo_get(&policy->learned_levels, rq->level_key, &uid))
		uid = 0;
	return engine_level(policy, rq->endpoint, uid);
}

/* One of unknown size counts as wide unless it asks for a part. */
bool submit_is_wide(struct policy *policy, const struct request *rq)
{
	const struct class *class = rq->class;
	uint64_t bytes;

	if (rq->is_apart || rq->source == SOURCE_REPLAY ||
		rq->source == SOURCE_OWN)
		return false;
	if (class->verb == VERB_WATCH)
		return class->initial_events;
	if (!rq->size_key)
		return false;
	if (!memo_get(&policy->sizes, rq->size_key, &bytes))
		return !class->has_limit;
	return bytes > WIDE_BYTES;
}

/*
 * One of unknown length is large: it came in more than one piece.  Never both
 * large and wide: a LIST's width may be learned while it waits.
 */
static bool is_large(const struct request *rq)
{
	return rq->class->is_resource && !rq->class->is_long_running &&
		!rq->size_key && !rq->is_apart &&
		rq->source != SOURCE_REPLAY && rq->body_len > LARGE_BYTES;
}

static void reset(struct request *rq, usec_t now)
{
	CHECK(rq->state == REQUEST_IDLE);
	rq->attempt = 0;
	rq->was_sent = rq->was_answered = rq->was_started = false;
	rq->may_have_acted = false;
	rq->was_held = rq->is_charged = rq->is_overdue = false;
	rq->has_seat = rq->is_in_level = rq->is_by_share = false;
	rq->is_journaled = rq->is_bounded = rq->is_given_up = false;
	rq->is_durable = rq->has_intent;
	rq->refusals = rq->returns = 0;
	rq->width = SEAT;
	rq->submitted_at = now;
	rq->waited = 0;
	rq->reasons = (struct reasons){ .shadow_rule = REASONS_NO_RULE };
	rq->flow = NULL;
	rq->level = NULL;
	rq->pending_verdict = VERDICT_NONE;
	rq->node = rq->lane_node = rq->journal_node = (struct list_node){ 0 };
	rq->timer = (struct heap_node){ 0 };
}

/* Replays have a budget of their own; what is ours paces itself. */
static bool has_flow_budget(const struct lane *lane, const struct request *rq)
{
	return lane->settings->flow_bucket.is_limited &&
		rq->source != SOURCE_REPLAY && rq->source != SOURCE_OWN;
}

/* A flow over its budget goes to the lane for that. */
static void overflow(struct policy *policy, struct request *rq)
{
	const struct lane_settings *lane = engine_lane(policy, rq)->settings;

	waiting_join(policy, rq);
	if (!token_bucket_take(
		    &rq->flow->bucket, &lane->flow_bucket, policy->now))
		rq->lane = (uint16_t)lane->overflow_lane;
}

/*
 * Where there is none it waits for its token, if that comes in time: tokens
 * that nobody uses would be missing to all that come later, and in a flood
 * that goes on none would start.
 */
static enum verdict reserve_token(
	struct policy *policy, struct request *rq, usec_t *ret_ready_at)
{
	const struct bucket_settings *settings =
		&engine_lane(policy, rq)->settings->flow_bucket;
	usec_t ready_at;

	waiting_join(policy, rq);
	ready_at = token_bucket_ready_at(
		&rq->flow->bucket, settings, policy->now);
	if (ready_at > policy->now &&
		ready_at >= waiting_patience_ends(policy, rq))
		return VERDICT_RATE_LIMITED;
	*ret_ready_at = token_bucket_reserve(
		&rq->flow->bucket, settings, policy->now);
	return VERDICT_NONE;
}

/* What says no before the lane is known for good. */
static enum verdict refuse_at_once(
	struct policy *policy, const struct request *rq)
{
	const struct lane *lane = engine_lane(policy, rq);

	if (policy->mode == POLICY_DRAIN)
		return VERDICT_SHUTTING_DOWN;
	if (rq->deadline <= policy->now)
		return VERDICT_DEADLINE;
	if (drained_refuses(policy, rq))
		return VERDICT_DRAINED;
	if (lane->settings->kind == LANE_STREAMS &&
		!health_is_there(&policy->endpoints[rq->endpoint].health))
		return VERDICT_STREAM_AWAY;
	return waiting_make_room(policy, rq) ? VERDICT_NONE
					     : VERDICT_QUEUE_FULL;
}

static bool lets_nothing_through(const struct bucket_settings *bucket)
{
	return bucket->is_limited && (!bucket->milli_qps || !bucket->burst);
}

static enum verdict refuse_by_lane(
	struct policy *policy, const struct request *rq)
{
	const struct lane_settings *lane = engine_lane(policy, rq)->settings;

	if (lets_nothing_through(&lane->bucket) ||
		(lane->kind != LANE_EXEMPT &&
			lets_nothing_through(&policy->settings->root_bucket)))
		return VERDICT_RATE_LIMITED;
	return waiting_fits_lane(policy, rq) ? VERDICT_NONE
					     : VERDICT_QUEUE_FULL;
}

/* What would become of it; returns whether it would be refused. */
static enum verdict note_over_budget(
	struct policy *policy, struct request *rq, enum verdict verdict)
{
	struct lane *lane = engine_lane(policy, rq);

	if (lane->settings->overflow_lane >= 0)
		lane->stats.would_overflow++;
	else if (lets_nothing_through(&lane->settings->flow_bucket))
		return VERDICT_RATE_LIMITED;
	else
		rq->reasons.would_be_kept_by = KEPT_BY_FLOW_BUDGET;
	return verdict;
}

/* As admit() would have it, only that it goes on. */
static void note_refusals(struct policy *policy, struct request *rq)
{
	struct lane *lane = engine_lane(policy, rq);
	const struct bucket_settings *bucket = &lane->settings->flow_bucket;
	enum verdict verdict = refuse_by_lane(policy, rq);

	if (bucket->is_limited) {
		waiting_join(policy, rq);
		if (!token_bucket_take(&rq->flow->bucket, bucket, policy->now))
			verdict = note_over_budget(policy, rq, verdict);
	}
	rq->reasons.would_be_refused = verdict;
	lane->stats.would_be_refused[verdict] += verdict != VERDICT_NONE;
}

static enum verdict admit(struct policy *policy, struct request *rq)
{
	enum verdict verdict = refuse_at_once(policy, rq);
	const struct lane *lane = engine_lane(policy, rq);
	bool is_budgeted = has_flow_budget(lane, rq);
	bool overflows = is_budgeted && lane->settings->overflow_lane >= 0;
	usec_t ready_at = policy->now;

	if (verdict != VERDICT_NONE)
		return verdict;
	if (lane->is_shadow) {
		note_refusals(policy, rq);
		waiting_enqueue(policy, rq);
		return VERDICT_NONE;
	}
	if (overflows)
		overflow(policy, rq);
	/* Its lane may be another now. */
	if (drained_refuses(policy, rq))
		return VERDICT_DRAINED;
	verdict = refuse_by_lane(policy, rq);
	if (verdict == VERDICT_NONE && is_budgeted && !overflows)
		verdict = reserve_token(policy, rq, &ready_at);
	if (verdict != VERDICT_NONE)
		return verdict;
	if (ready_at > policy->now) {
		rq->reasons.kept_by = KEPT_BY_FLOW_BUDGET;
		waiting_park(policy, rq, ready_at);
	} else {
		waiting_enqueue(policy, rq);
	}
	return VERDICT_NONE;
}

void policy_submit(struct policy *policy, struct request *rq, usec_t now)
{
	enum verdict verdict;

	engine_advance(policy, now);
	reset(rq, policy->now);
	choose_rule(policy, rq);
	rq->lane = submit_lane(policy, rq);
	rq->endpoint = (uint8_t)homes_choose(policy, rq);
	learnable_keys(policy, rq);
	rq->is_wide = submit_is_wide(policy, rq);
	rq->is_large = is_large(rq);
	engine_lane(policy, rq)->stats.submitted++;
	verdict = admit(policy, rq);
	if (verdict != VERDICT_NONE)
		waiting_reject(policy, rq, verdict);
}

/* ---- to look at ------------------------------------------------------- */

const char *policy_lane_name(
	const struct policy *policy, const struct request *rq)
{
	return policy->settings->lanes[rq->lane].name;
}

const char *policy_rule_name(
	const struct policy *policy, const struct request *rq)
{
	return policy->settings->rules[rq->rule].name;
}

const char *policy_shadow_rule_name(
	const struct policy *policy, const struct request *rq)
{
	uint16_t rule = rq->reasons.shadow_rule;

	return rule == REASONS_NO_RULE ? NULL
				       : policy->settings->rules[rule].name;
}

void policy_explain(const struct policy *policy, const struct request *rq,
	uint16_t *ret_rule, uint16_t *ret_lane)
{
	uint16_t rule = find_rule(policy, rq, false).rule;

	*ret_rule = rule;
	*ret_lane = (uint16_t)policy->settings->rules[rule].lane;
}

const char *policy_unmet(
	const struct policy *policy, const struct request *rq, uint16_t rule)
{
	enum condition unmet;

	CHECK(rule < policy->settings->rule_count);
	unmet = rule_unmet(&policy->settings->rules[rule], rq, false);
	return unmet == CONDITION_COUNT ? NULL : condition_name(unmet);
}
