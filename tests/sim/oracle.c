/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/oracle.h"

#include <string.h>

#include "base/check.h"

/* Thousandths of a microsecond, so that no rate is rounded. */
#define FINE 1000

void oracle_init(struct oracle *oracle, const struct policy *policy)
{
	*oracle = (struct oracle){ .policy = policy };
}

/* ---- tokens ----------------------------------------------------------- */

/*
 * Each token taken moves the time at which the bucket is full again; it must
 * not go further away than a whole burst takes.
 */
static void meter_take(
	struct meter *meter, const struct bucket_settings *settings, usec_t now)
{
	uint64_t token, fine_now = now * FINE;

	if (!settings->is_limited)
		return;
	CHECK(settings->milli_qps && settings->burst);
	token = USEC_PER_SEC * 1000 * FINE / settings->milli_qps;
	meter->full_at = u64_max(meter->full_at, fine_now) + token;
	CHECK(meter->full_at - fine_now <=
		token * settings->burst + (uint64_t)FINE * settings->burst);
}

static void check_tokens(struct oracle *oracle, const struct lane *lane,
	const struct request *rq)
{
	const struct policy_settings *settings = oracle->policy->settings;

	if (rq->attempt > 1)
		return;
	meter_take(&oracle->lanes[rq->lane], &lane->settings->bucket,
		oracle->policy->now);
	if (lane->settings->kind != LANE_EXEMPT)
		meter_take(&oracle->root, &settings->root_bucket,
			oracle->policy->now);
}

/* ---- seats ------------------------------------------------------------ */

static uint64_t allowed_at(const struct endpoint *endpoint)
{
	return u64_min(endpoint->total.limit, endpoint->total.ramp);
}

/* One more than their cap has seats only after a pause. */
static void check_large(struct oracle *oracle, const struct lane *lane,
	const struct request *rq)
{
	const struct policy *policy = oracle->policy;
	uint32_t cap = lane->settings->large_write_seats;
	usec_t *last = &oracle->large_at[rq->endpoint];

	if (!rq->is_large)
		return;
	CHECK(!cap || policy->endpoints[rq->endpoint].large <= cap ||
		policy->now - *last >= LARGE_PATIENCE);
	*last = policy->now;
}

static void check_seats(const struct policy *policy, const struct lane *lane,
	const struct request *rq)
{
	const struct endpoint *endpoint = &policy->endpoints[rq->endpoint];
	uint64_t allowed = allowed_at(endpoint);
	uint32_t cap = lane->settings->seats_max;

	if (lane->settings->kind == LANE_QUEUED) {
		if (lane->stats.seats <= lane->settings->reserve)
			allowed += lane->settings->reserve;
		CHECK(endpoint->total.in_flight <= allowed);
	}
	if (lane->settings->kind != LANE_EXEMPT)
		CHECK(rq->level->in_flight <= rq->level->limit);
	CHECK(!cap || lane->stats.seats <= cap);
	cap = lane->settings->wide_list_seats;
	CHECK(!rq->is_wide || !cap || endpoint->wide <= cap);
}

/* ---- order ------------------------------------------------------------ */

static void check_order(const struct watched *all, unsigned count,
	const struct request *rq, uint64_t joined)
{
	if (rq->attempt > 1)
		return;
	for (unsigned i = 0; i < count; i++) {
		const struct request *other = all[i].rq;

		if (other && other != rq && other->state == REQUEST_QUEUED &&
			!other->attempt && other->flow == rq->flow &&
			all[i].flow == rq->flow)
			CHECK(all[i].joined >= joined);
	}
}

void oracle_started(struct oracle *oracle, const struct watched *all,
	unsigned count, const struct request *rq)
{
	const struct policy *policy = oracle->policy;
	const struct lane *lane = policy->lanes[rq->lane];

	CHECK(rq->state == REQUEST_RUNNING);
	CHECK(policy->mode != POLICY_PAUSE ||
		lane->settings->kind == LANE_EXEMPT);
	CHECK(!lane->is_paused);
	check_tokens(oracle, lane, rq);
	check_seats(policy, lane, rq);
	check_large(oracle, lane, rq);
	for (unsigned i = 0; i < count; i++) {
		/* One that came and starts in the same event is not known. */
		if (all[i].rq == rq && all[i].flow == rq->flow)
			check_order(all, count, rq, all[i].joined);
	}
}

void oracle_note(struct oracle *oracle, struct watched *all, unsigned count)
{
	oracle->events++;
	for (unsigned i = 0; i < count; i++) {
		struct watched *one = &all[i];
		const struct flow *flow =
			one->rq && one->rq->state == REQUEST_QUEUED
			? one->rq->flow
			: NULL;

		if (flow && flow != one->flow)
			one->joined = oracle->events;
		one->flow = flow;
		if (one->rq)
			one->lane = policy_lane_name(oracle->policy, one->rq);
	}
}

/* ---- new settings ----------------------------------------------------- */

/* As full in proportion; full where there was no limit. */
static void meter_resettle(struct meter *meter,
	const struct bucket_settings *from, const struct bucket_settings *to,
	usec_t now)
{
	double missing = 0;

	if (meter->full_at > now * FINE && from->is_limited && to->is_limited)
		missing = (double)(meter->full_at - now * FINE) /
			from->burst * from->milli_qps * to->burst /
			to->milli_qps;
	meter->full_at = missing > 0 ? now * FINE + (uint64_t)missing : 0;
}

static void meters_resettle(struct oracle *oracle,
	const struct policy_settings *from, const struct policy_settings *to)
{
	const struct oracle old = *oracle;
	usec_t now = oracle->policy->now;

	meter_resettle(
		&oracle->root, &from->root_bucket, &to->root_bucket, now);
	for (uint32_t i = 0; i < to->lane_count; i++) {
		oracle->lanes[i] = (struct meter){ 0 };
		for (uint32_t j = 0; j < from->lane_count; j++) {
			if (strcmp(from->lanes[j].name, to->lanes[i].name))
				continue;
			oracle->lanes[i] = old.lanes[j];
			meter_resettle(&oracle->lanes[i],
				&from->lanes[j].bucket, &to->lanes[i].bucket,
				now);
		}
	}
}

static bool has_lane(const struct policy_settings *settings, const char *name)
{
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		if (!strcmp(settings->lanes[i].name, name))
			return true;
	}
	return false;
}

void oracle_reconfigured(struct oracle *oracle,
	const struct policy_settings *from, const struct policy_settings *to,
	const struct watched *all, unsigned count)
{
	meters_resettle(oracle, from, to);
	for (unsigned i = 0; i < count; i++) {
		const struct request *rq = all[i].rq;

		if (!rq)
			continue;
		CHECK(rq->state != REQUEST_IDLE);
		CHECK(rq->lane < to->lane_count && rq->rule < to->rule_count);
		if (!has_lane(to, all[i].lane))
			continue;
		CHECK(!strcmp(all[i].lane, to->lanes[rq->lane].name));
		CHECK(!all[i].flow || rq->flow == all[i].flow);
	}
}

/* ---- waiting ---------------------------------------------------------- */

static bool is_there(const struct endpoint *endpoint)
{
	return endpoint->health.state == HEALTH_UP ||
		endpoint->health.state == HEALTH_RECOVERING;
}

static void check_patience(
	const struct policy *policy, const struct watched *one)
{
	const struct request *rq = one->rq;
	const struct lane_settings *lane = policy->lanes[rq->lane]->settings;
	usec_t limit = lane->wait_max;

	if (rq->was_held || !is_there(&policy->endpoints[rq->endpoint]))
		limit = u64_max(limit, lane->hold_max);
	if (rq->refusals)
		limit = u64_max(limit, policy->settings->retry.throttled_max);
	CHECK(policy->now < rq->deadline);
	CHECK(policy->now < usec_add(one->submitted_at, limit));
}

static bool has_token(const struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now)
{
	return token_bucket_ready_at(bucket, settings, now) <= now;
}

static bool could_pay(const struct policy *policy, const struct lane *lane,
	const struct request *rq)
{
	return rq->attempt > 0 ||
		(has_token(
			 &lane->bucket, &lane->settings->bucket, policy->now) &&
			has_token(&policy->root_bucket,
				&policy->settings->root_bucket, policy->now));
}

/* Whether all that a request under the total needs is there. */
static bool could_start(const struct policy *policy, const struct lane *lane,
	const struct fair_queue *queue, const struct request *rq)
{
	const struct level *level = queue->level;
	const struct endpoint *endpoint = &policy->endpoints[level->endpoint];
	const struct lane_settings *settings = lane->settings;
	enum conn_class conn_class = lane->conn_class;

	if ((queue->kind == QUEUE_WIDE || queue->kind == QUEUE_LARGE) &&
		conn_class == CONN_EXPRESS)
		conn_class = CONN_BULK;
	if (!is_there(endpoint) || !endpoint->free_streams[conn_class])
		return false;
	if (endpoint->total.in_flight + SEAT > allowed_at(endpoint))
		return false;
	if (settings->seats_max &&
		lane->stats.seats + SEAT > settings->seats_max)
		return false;
	if (queue->kind == QUEUE_WIDE && settings->wide_list_seats &&
		endpoint->wide + SEAT > settings->wide_list_seats)
		return false;
	if (queue->kind == QUEUE_LARGE && settings->large_write_seats &&
		endpoint->large + SEAT > settings->large_write_seats &&
		policy->now < endpoint->large_at + LARGE_PATIENCE)
		return false;
	return policy->now >= level->closed_until &&
		level->in_flight < level->limit && could_pay(policy, lane, rq);
}

static void check_queue(const struct policy *policy, const struct lane *lane,
	const struct fair_queue *queue)
{
	const struct request *rq = fair_queue_first(queue);

	CHECK(rq);
	CHECK(!could_start(policy, lane, queue, rq));
}

void oracle_idle(
	struct oracle *oracle, const struct watched *all, unsigned count)
{
	const struct policy *policy = oracle->policy;

	oracle->idle_rounds++;
	for (unsigned i = 0; i < count; i++) {
		if (all[i].rq &&
			(all[i].rq->state == REQUEST_QUEUED ||
				all[i].rq->state == REQUEST_PARKED))
			check_patience(policy, &all[i]);
	}
	if (policy->mode == POLICY_PAUSE)
		return;
	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		const struct lane *lane = policy->lanes[i];

		if (lane->settings->kind != LANE_QUEUED || lane->is_paused)
			continue;
		for (struct list_node *n = list_first(&lane->queues); n;
			n = list_next(n))
			check_queue(policy, lane,
				CONTAINER_OF(n, struct fair_queue, node));
	}
}
