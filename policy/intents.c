/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intents: which finalizer removals are to be journaled, so that they outlive
 * their sender and us (DESIGN.md section 9).
 *
 * Only what carries its own proof, and comes from an identity that the API
 * server has accepted or that is ours: a forged token in an outage must not
 * become an order.  The decision does not wait for the disk, and the request
 * does not wait for the decision.
 */
#include "base/check.h"
#include "policy/engine.h"

bool policy_is_proven(struct policy *policy, const struct request *rq)
{
	uint64_t value;

	switch (rq->credential) {
	case CREDENTIAL_OWN:
		return true;
	case CREDENTIAL_BEARER:
		return memo_get(&policy->proven, rq->identity, &value);
	case CREDENTIAL_OTHER:
		break;
	}
	return false;
}

/* Whether its time to be journaled has come. */
static bool is_due(const struct policy *policy, const struct request *rq)
{
	switch (policy->settings->intents.mode) {
	case JOURNAL_ALWAYS:
		return true;
	case JOURNAL_WHEN_HELD:
		return rq->was_held || rq->refusals || rq->attempt;
	case JOURNAL_OFF:
		break;
	}
	return false;
}

void intents_consider(struct policy *policy, struct request *rq)
{
	if (rq->is_journaled || !rq->is_replayable ||
		rq->source != SOURCE_CLIENT || !is_due(policy, rq) ||
		!policy_is_proven(policy, rq))
		return;
	rq->is_journaled = true;
	list_push_back(&policy->to_journal, &rq->journal_node);
}

struct request *intents_next(struct policy *policy)
{
	struct list_node *node = list_pop_front(&policy->to_journal);

	return node ? CONTAINER_OF(node, struct request, journal_node) : NULL;
}

void policy_journaled(
	struct policy *policy, struct request *rq, bool is_durable, usec_t now)
{
	engine_advance(policy, now);
	CHECK(rq->state != REQUEST_IDLE);
	/* What an earlier request's intent says stays on the disk. */
	rq->is_durable |= is_durable;
}
