/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random walks of fleets: processes die and come, stand still, are cut off in
 * one direction or both; questions and answers are late or lost, and arrive
 * after they were given up; Leases are deleted and spoilt; clocks run up to a
 * sixth too fast or too slow, all at once.  Never is more in use than there is.
 */
#include <criterion/criterion.h>

#include "tests/unit/replicas/fleet.h"

#define ALIVE_MAX 4

/* What the walk is to have seen, or it shows nothing. */
struct seen {
	uint64_t events, cut_offs, renewals, failures;
	uint64_t above_floor, nameless, unreadable;
};

static unsigned count_alive(const struct fleet *fleet)
{
	unsigned alive = 0;

	for (unsigned i = 0; i < FLEET_NODES; i++)
		alive += fleet->nodes[i].is_alive;
	return alive;
}

static void note(struct fleet *fleet, unsigned node, struct seen *seen)
{
	struct replica_stats stats = fleet_stats(fleet, node);

	seen->above_floor += stats.portions[0] > stats.floors[0];
	seen->nameless += stats.state == REPLICA_NAMELESS;
	seen->unreadable += stats.unreadable > 0;
}

static void end(struct fleet *fleet, unsigned node, struct seen *seen)
{
	const struct replica *replica = &fleet->nodes[node].replica;

	seen->cut_offs += replica->cut_offs;
	seen->renewals += replica->renewals;
	seen->failures += replica->failures;
	fleet_kill(fleet, node);
}

static void change_network(struct fleet *fleet, struct node *node)
{
	static const unsigned CHANCES[] = { 0, 0, 0, 20, 60, 100 };
	static const usec_t DELAYS[] = { 1, 5, 5, 100, 2000, 12000 };
	struct rng *rng = &fleet->rng;

	node->lost_questions = CHANCES[rng_below(rng, 6)];
	node->lost_answers = CHANCES[rng_below(rng, 6)];
	node->delay_max = DELAYS[rng_below(rng, 6)] * USEC_PER_MSEC;
}

static void shake(struct fleet *fleet, struct seen *seen)
{
	unsigned at = (unsigned)rng_below(&fleet->rng, FLEET_NODES);
	struct node *node = &fleet->nodes[at];

	switch (rng_below(&fleet->rng, 24)) {
	case 0:
		if (node->is_alive)
			end(fleet, at, seen);
		break;
	case 1:
	case 2:
	case 3:
		if (!node->is_alive && count_alive(fleet) < ALIVE_MAX)
			fleet_start(fleet, at);
		break;
	case 4:
		fleet_freeze(fleet, at, !node->is_frozen);
		break;
	case 5:
		fleet_freeze(fleet, at, false);
		break;
	case 6:
		fleet_delete(fleet,
			(unsigned)rng_below(&fleet->rng, FLEET_LEASES));
		break;
	case 7:
		fleet_spoil(fleet,
			(unsigned)rng_below(&fleet->rng, FLEET_LEASES));
		break;
	case 8:
	case 9:
	case 10:
		change_network(fleet, node);
		break;
	case 11:
	case 12:
		fleet_cut(fleet, at, false);
		node->delay_max = 5 * USEC_PER_MSEC;
		break;
	default:
		fleet_want(fleet, at, (uint32_t)rng_below(&fleet->rng, 80));
		break;
	}
	for (unsigned i = 0; i < FLEET_NODES; i++) {
		if (fleet->nodes[i].is_alive && !fleet->nodes[i].is_frozen)
			note(fleet, i, seen);
	}
}

static void walk(uint64_t seed, struct seen *seen)
{
	struct fleet *fleet = fleet_new(seed, ALIVE_MAX);

	for (unsigned i = 0; i < FLEET_NODES; i++)
		fleet->nodes[i].rate =
			1000000 - 166000 + rng_below(&fleet->rng, 332001);
	for (unsigned step = 0; step < 2000; step++) {
		shake(fleet, seen);
		fleet_run(fleet, rng_below(&fleet->rng, 6 * USEC_PER_SEC));
		cr_assert_not(fleet->is_over,
			"seed %llu: too much is in use at step %u",
			(unsigned long long)seed, step);
	}
	for (unsigned i = 0; i < FLEET_NODES; i++) {
		if (fleet->nodes[i].is_alive)
			end(fleet, i, seen);
	}
	seen->events += fleet->events;
	fleet_free(fleet);
}

Test(walk, no_more_is_in_use_than_there_is)
{
	struct seen seen = { 0 };

	for (uint64_t seed = 1; seed <= 40; seed++)
		walk(seed, &seen);
	cr_log_info("%llu events, %llu renewals, %llu failures, %llu cut off",
		(unsigned long long)seen.events,
		(unsigned long long)seen.renewals,
		(unsigned long long)seen.failures,
		(unsigned long long)seen.cut_offs);
	cr_expect_gt(seen.renewals, 10000);
	cr_expect_gt(seen.failures, 10000);
	cr_expect_gt(seen.cut_offs, 200);
	cr_expect_gt(seen.above_floor, 10000);
	cr_expect_gt(seen.nameless, 100);
	cr_expect_gt(seen.unreadable, 100);
}
