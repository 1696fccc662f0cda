/* SPDX-License-Identifier: Apache-2.0 */
/* Each request that policy has, for who looks. */
#include "policy/engine.h"

static struct request *request_at(
	struct list_node *node, bool is_running)
{
	return is_running ? CONTAINER_OF(node, struct request, node)
			  : CONTAINER_OF(node, struct request, lane_node);
}

static struct list_node *first_of(const struct lane *lane, bool is_running)
{
	return list_first(is_running ? &lane->running : &lane->waiting);
}

uint64_t policy_flow(const struct request *rq)
{
	return rq->flow ? rq->flow->map_node.hash : rq->reasons.flow;
}

static void see(const struct policy *policy, const struct request *rq,
	struct request_seen *ret_seen)
{
	bool is_running = rq->state == REQUEST_RUNNING ||
		rq->state == REQUEST_DRAINING;

	*ret_seen = (struct request_seen){
		.rq = rq,
		.state = rq->state,
		.lane = policy_lane_name(policy, rq),
		.rule = policy_rule_name(policy, rq),
		.flow = policy_flow(rq),
		.kept_by = rq->reasons.kept_by,
		.endpoint = rq->endpoint,
		.attempt = rq->attempt,
		.waited = rq->was_started
			? rq->waited
			: usec_since(policy->now, rq->submitted_at),
		.running = is_running ? usec_since(policy->now, rq->started_at)
				      : 0,
	};
}

bool policy_look_next(const struct policy *policy,
	struct request_cursor *cursor, struct request_seen *ret_seen)
{
	while (cursor->lane < policy->settings->lane_count) {
		const struct lane *lane = policy->lanes[cursor->lane];

		cursor->node = cursor->node
			? list_next(cursor->node)
			: first_of(lane, cursor->is_running);
		if (cursor->node) {
			see(policy,
				request_at(cursor->node, cursor->is_running),
				ret_seen);
			return true;
		}
		cursor->lane += cursor->is_running;
		cursor->is_running = !cursor->is_running;
	}
	return false;
}
