/* SPDX-License-Identifier: Apache-2.0 */
/* policy_check: walks everything and checks every invariant. */
#include "base/check.h"
#include "policy/engine.h"

static struct request *waiting_request(struct list_node *node)
{
	return CONTAINER_OF(node, struct request, lane_node);
}

static void check_request(const struct policy *policy, const struct lane *lane,
	const struct request *rq)
{
	CHECK(rq->state == REQUEST_QUEUED || rq->state == REQUEST_PARKED);
	CHECK(policy->lanes[rq->lane] == lane);
	CHECK(!rq->has_seat && !rq->is_in_level);
	CHECK(!list_node_is_linked(&rq->journal_node) ||
		(rq->is_journaled && rq->is_replayable));
	if (rq->state == REQUEST_QUEUED) {
		CHECK(rq->flow && rq->flow->queue->count > 0);
		CHECK(rq->node.list == &rq->flow->requests);
		CHECK(list_node_is_linked(&rq->flow->queue->node));
		CHECK(rq->level == rq->flow->queue->level);
	} else {
		CHECK(!list_node_is_linked(&rq->node));
		CHECK(heap_node_is_linked(&rq->timer));
	}
}

static void check_lane(const struct policy *policy, const struct lane *lane)
{
	uint32_t queued = 0, in_queues = 0, overdue = 0, seats = 0;
	uint64_t bytes = 0;

	list_check(&lane->queues);
	list_check(&lane->waiting);
	for (struct list_node *n = list_first(&lane->waiting); n;
		n = list_next(n)) {
		const struct request *rq = waiting_request(n);

		check_request(policy, lane, rq);
		queued += rq->state == REQUEST_QUEUED;
		overdue += rq->state == REQUEST_QUEUED && rq->is_overdue;
		bytes += rq->held_bytes;
	}
	for (struct list_node *n = list_first(&lane->queues); n;
		n = list_next(n)) {
		const struct fair_queue *queue =
			CONTAINER_OF(n, struct fair_queue, node);

		fair_queue_check(queue);
		in_queues += queue->count;
	}
	CHECK(queued == in_queues && queued == lane->stats.queued);
	CHECK(lane->stats.parked + queued == lane->waiting.count);
	CHECK(bytes == lane->stats.queued_bytes);
	CHECK(overdue == lane->overdue);
	for (unsigned i = 0; i < ACCOUNT_KINDS; i++) {
		const struct account *account = &lane->accounts[i];

		CHECK(account->share_seats <= account->seats);
		seats += account->seats;
	}
	CHECK(seats == lane->stats.seats);
	CHECK(lane->stats.seats <= lane->stats.running * SEAT);
	CHECK(!lane->settings->seats_max || lane->is_shadow ||
		lane->stats.seats <= u64_max(lane->settings->seats_max,
			lane->seats_before));
}

static void check_pause(const struct lane *lane)
{
	CHECK(!(lane->is_paused || lane->is_drained) ||
		lane->settings->kind != LANE_EXEMPT);
}

static void check_running(const struct policy *policy, const struct lane *lane)
{
	list_check(&lane->running);
	CHECK(lane->running.count <= lane->stats.running);
	for (struct list_node *n = list_first(&lane->running); n;
		n = list_next(n)) {
		const struct request *rq =
			CONTAINER_OF(n, struct request, node);

		CHECK(rq->state == REQUEST_RUNNING ||
			rq->state == REQUEST_DRAINING);
		CHECK(policy->lanes[rq->lane] == lane);
		CHECK(!rq->is_bounded || heap_node_is_linked(&rq->timer));
	}
}

static void check_totals(const struct policy *policy)
{
	uint64_t queued = 0, bytes = 0, under_total = 0, requests = 0;
	uint64_t in_flight = 0, running = policy->aborting.count, counted = 0;

	for (uint32_t i = 0; i < policy->settings->lane_count; i++) {
		const struct lane *lane = policy->lanes[i];

		check_lane(policy, lane);
		check_running(policy, lane);
		check_pause(lane);
		CHECK(lane->index == i);
		running += lane->running.count;
		counted += lane->stats.running;
		queued += lane->stats.queued;
		bytes += lane->stats.queued_bytes;
		requests += lane->waiting.count + lane->stats.running;
		if (lane_is_under_total(lane))
			under_total += lane->stats.seats;
	}
	for (uint32_t i = 0; i < policy->settings->endpoint_count; i++)
		in_flight += policy->endpoints[i].total.in_flight;
	CHECK(running == counted);
	CHECK(queued == policy->queued);
	CHECK(bytes == policy->held_bytes);
	CHECK(requests == policy->requests);
	CHECK(in_flight == under_total);
}

static void check_levels(const struct policy *policy)
{
	uint64_t users = 0;

	for (uint32_t i = 0; i < policy->level_count; i++) {
		const struct level *level = &policy->levels[i];

		CHECK(level->limit >= 1);
		CHECK(level->in_flight <= level->users);
		CHECK(level->endpoint < policy->settings->endpoint_count);
		users += level->users;
	}
	CHECK(users <= policy->requests);
}

void policy_check(const struct policy *policy)
{
	check_totals(policy);
	check_levels(policy);
	heap_check(&policy->timers);
	list_check(&policy->leaving);
	list_check(&policy->aborting);
	CHECK(flow_table_count(&policy->flows) <= policy->requests);
	if (objects_count(&policy->objects))
		objects_check(&policy->objects);
}
