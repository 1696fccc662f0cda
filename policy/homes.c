/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Homes: at which endpoint the requests of a client connection are.
 *
 * A connection stays with one API server, or its reads would go back in time:
 * each answers LISTs and watches from a cache of its own.  It moves only when
 * that one is not there, or says that it is not ready while another is; and
 * then it stays where it went, though the first may come back.  New
 * connections go to the best ones in turns.
 */
#include "base/hash.h"
#include "policy/engine.h"

enum fitness {
	FIT_NOT,     /* no API server in the slot */
	FIT_LATER,   /* it is away */
	/* /readyz says no, as while it shuts down; an operator's drain */
	FIT_IF_MUST,
	FIT,
};

static enum fitness fitness_of(const struct policy *policy, unsigned endpoint)
{
	const struct health *health = &policy->endpoints[endpoint].health;

	if (health->state == HEALTH_VACANT)
		return FIT_NOT;
	if (!health_is_there(health))
		return FIT_LATER;
	return health->is_unready || policy->endpoints[endpoint].is_drained
		? FIT_IF_MUST
		: FIT;
}

static uint64_t home_key(const struct policy *policy, const struct request *rq)
{
	return hash_bytes(&policy->key, &rq->affinity, sizeof(rq->affinity));
}

/* The first of the fittest from `first` on; `avoid` only if none else is. */
static unsigned fittest_from(
	const struct policy *policy, unsigned first, unsigned avoid)
{
	unsigned count = policy->settings->endpoint_count;
	enum fitness fitness = FIT_NOT;
	unsigned best = avoid < count ? avoid : first % count;

	for (unsigned i = 0; i < count; i++) {
		unsigned at = (first + i) % count;

		if (at != avoid && fitness_of(policy, at) > fitness) {
			fitness = fitness_of(policy, at);
			best = at;
		}
	}
	/* Away for away is no gain: there it may have been known. */
	if (avoid < count && fitness <= FIT_LATER)
		return avoid;
	return best;
}

static bool is_among_fittest(const struct policy *policy, unsigned endpoint)
{
	return fitness_of(policy, endpoint) >=
		fitness_of(policy,
			fittest_from(policy, endpoint, POLICY_ENDPOINTS_MAX));
}

static unsigned choose(
	struct policy *policy, const struct request *rq, unsigned avoid)
{
	uint64_t key, home;
	unsigned chosen;

	if (policy->settings->endpoint_count == 1)
		return 0;
	key = home_key(policy, rq);
	if (memo_get(&policy->homes, key, &home) && home != avoid &&
		is_among_fittest(policy, (unsigned)home))
		return (unsigned)home;
	chosen = fittest_from(policy, policy->next_home, avoid);
	/* While all are away nobody is at home anywhere else. */
	if (fitness_of(policy, chosen) >= FIT_IF_MUST) {
		policy->next_home = chosen + 1;
		memo_put(&policy->homes, key, chosen);
	}
	return chosen;
}

unsigned homes_choose(struct policy *policy, const struct request *rq)
{
	return choose(policy, rq, POLICY_ENDPOINTS_MAX);
}

unsigned homes_choose_other(struct policy *policy, const struct request *rq)
{
	return choose(policy, rq, rq->endpoint);
}
