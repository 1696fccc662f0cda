/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who goes first, and that nobody is left out: the scenarios S1, S2, S4 and
 * S6 of the experiments, in virtual time.
 */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

static unsigned long ms(usec_t time)
{
	return (unsigned long)(time / MSEC);
}

/* ---- S1: a flood of large LISTs ---------------------------------------- */

Test(flood_of_lists, removals_overtake_it)
{
	struct world *world = world_new(NULL, 1);
	struct client *lists = world_loop(world, LIST, 80, UINT32_MAX);
	struct client *removals = world_loop(world, REMOVAL, 4, UINT32_MAX);

	removals->think = 10 * MSEC;
	world_run(world, 10 * SECOND);
	cr_expect_leq(tally_latency(&removals->tally, 500), 15 * MSEC,
		"p50 %lu ms", ms(tally_latency(&removals->tally, 500)));
	cr_expect_leq(tally_latency(&removals->tally, 990), 30 * MSEC,
		"p99 %lu ms", ms(tally_latency(&removals->tally, 990)));
	cr_expect_geq(removals->tally.done, 1500, "%u removals",
		removals->tally.done);
	cr_expect_eq(removals->tally.saw_429, 0);
	/* Two at work at 50 ms each: less than 40 a second. */
	cr_expect_geq(lists->tally.done, 200, "%u LISTs", lists->tally.done);
	world_free(world);
}

Test(flood_of_lists, two_at_work_known_or_not)
{
	struct world *world = world_new(NULL, 1);

	world_loop(world, LIST, 80, UINT32_MAX);
	world_run(world, 5 * SECOND);
	cr_expect_eq(world->servers[0].most_wide, 2, "%u at work",
		world->servers[0].most_wide);
	cr_expect_leq(world->servers[0].most_in_flight, 4, "%u in flight",
		world->servers[0].most_in_flight);
	world_free(world);
}

Test(flood_of_lists, one_whose_answer_has_begun_counts_half)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, LIST);
	struct call *calls[5];

	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = world_send(world, client);
	world_run(world, 40 * MSEC);
	cr_expect_eq(world->servers[0].in_flight, 2);
	/* The heads of both are there by now, and their ends are not. */
	world_run(world, 40 * MSEC);
	cr_expect_eq(world->servers[0].most_in_flight, 3);
	cr_expect_eq(calls[3]->state, CALL_WAITING);
	world_run(world, 5 * SECOND);
	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		cr_expect_eq(calls[i]->status, 200);
	world_free(world);
}

/* Its head comes before the work, not after it. */
Test(flood_of_lists, a_watch_list_counts_in_full_until_it_is_initialised)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, WATCH_LIST);

	for (unsigned i = 0; i < 5; i++)
		world_send(world, client);
	world_run(world, SECOND);
	cr_expect_eq(world->servers[0].most_in_flight, 2);
	cr_expect_eq(world_stats(world).lanes[1].queued, 3);
	world_free(world);
}

Test(flood_of_lists, a_list_that_turned_out_small_is_not_wide)
{
	struct world *world = world_new(NULL, 1);

	world_loop(world, SMALL_LIST, 80, UINT32_MAX);
	world_run(world, 5 * SECOND);
	cr_expect_eq(world->servers[0].most_in_flight, 8, "%u in flight",
		world->servers[0].most_in_flight);
	world_free(world);
}

Test(flood_of_lists, small_reads_pass_it)
{
	struct world *world = world_new(NULL, 1);
	struct client *reads;

	world_loop(world, LIST, 80, UINT32_MAX);
	reads = world_loop(world, READ, 1, UINT32_MAX);
	world_run(world, 5 * SECOND);
	cr_expect_leq(tally_latency(&reads->tally, 990), 30 * MSEC,
		"p99 %lu ms", ms(tally_latency(&reads->tally, 990)));
	world_free(world);
}

/*
 * All seats are taken, and one LIST of the lane lasts thirty times as long as
 * a read: it must not use up what the reads are owed.
 */
Test(flood_of_lists, small_reads_have_half_of_the_share)
{
	struct world *world = world_new(NULL, 1);
	struct client *lists = world_loop(world, LIST, 80, UINT32_MAX);
	struct client *reads = world_loop(world, READ, 4, UINT32_MAX);

	world_loop(world, CREATE, 64, UINT32_MAX);
	world_run(world, 60 * SECOND);
	cr_expect_leq(tally_latency(&reads->tally, 990), 150 * MSEC,
		"p99 %lu ms", ms(tally_latency(&reads->tally, 990)));
	cr_expect_geq(reads->tally.done, 2000, "%u reads", reads->tally.done);
	cr_expect_geq(lists->tally.done, 50, "%u LISTs", lists->tally.done);
	world_free(world);
}

/* ---- S2: a flood of creates -------------------------------------------- */

Test(flood_of_creates, no_lane_stands_still)
{
	struct world *world = world_new(NULL, 1);
	struct client *creates = world_loop(world, CREATE, 64, UINT32_MAX);
	struct client *events = world_loop(world, EVENT, 8, UINT32_MAX);
	struct client *reads = world_loop(world, READ, 4, UINT32_MAX);
	struct client *status = world_loop(world, STATUS, 4, UINT32_MAX);
	struct client *lease = world_loop(world, LEASE, 1, UINT32_MAX);

	lease->think = 500 * MSEC;
	world_run(world, 10 * SECOND);
	cr_expect_geq(creates->tally.done, 1000);
	cr_expect_geq(events->tally.done, 100, "%u events", events->tally.done);
	cr_expect_geq(reads->tally.done, 100, "%u reads", reads->tally.done);
	cr_expect_geq(status->tally.done, 100);
	cr_expect_eq(events->tally.rejections, 0);
	cr_expect_leq(tally_latency(&lease->tally, 1000), 30 * MSEC);
	world_free(world);
}

/* ---- S2: large writes --------------------------------------------------- */

Test(flood_of_large_writes, one_at_a_time)
{
	struct world *world = world_new(NULL, 1);
	struct client *status = world_loop(world, STATUS, 4, UINT32_MAX);

	world_run(world, 10 * SECOND);
	cr_expect_eq(world->servers[0].most_in_flight, 1);
	/* 15 ms each, one after the other: the seat is never idle. */
	cr_expect_geq(status->tally.done, 550, "%u", status->tally.done);
	world_free(world);
}

Test(flood_of_large_writes, small_ones_of_the_lane_pass_them)
{
	struct world *world = world_new(NULL, 1);
	struct client *archive;

	world_loop(world, STATUS, 40, UINT32_MAX);
	archive = world_loop(world, ARCHIVE, 1, UINT32_MAX);
	world_run(world, 5 * SECOND);
	cr_expect_leq(tally_latency(&archive->tally, 990), 20 * MSEC,
		"p99 %lu ms", ms(tally_latency(&archive->tally, 990)));
	world_free(world);
}

Test(flood_of_large_writes, those_that_hang_let_one_past_each_100_ms)
{
	struct world *world = world_new(NULL, 1);
	struct client *status = world_client(world, STATUS);
	struct call *calls[4];

	world->servers[0].faults[STATUS] = (struct fault){
		.what = FAULT_HANG, .count = ARRAY_SIZE(calls), .hang = MINUTE };
	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = world_send(world, status);
	world_run(world, 99 * MSEC);
	cr_expect_eq(world->servers[0].in_flight, 1);
	world_run(world, 2 * MSEC);
	cr_expect_eq(world->servers[0].in_flight, 2);
	world_run(world, 99 * MSEC);
	cr_expect_eq(world->servers[0].in_flight, 3);
	cr_expect_eq(calls[3]->state, CALL_WAITING);
	cr_expect_eq(calls[3]->rq.reasons.kept_by, KEPT_BY_LARGE);
	world_free(world);
}

Test(flood_of_removals, no_lane_stands_still)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *clients[4];
	static const enum kind OTHERS[4] = { STATUS, CREATE, READ, EVENT };

	/* One flow may have them all. */
	settings.lanes[2].flow_bucket.is_limited = false;
	world = world_new(&settings, 1);
	world_loop(world, REMOVAL, 64, UINT32_MAX);
	for (unsigned i = 0; i < 4; i++)
		clients[i] = world_loop(world, OTHERS[i], 4, UINT32_MAX);
	world_run(world, 10 * SECOND);
	for (unsigned i = 0; i < 4; i++) {
		cr_expect_geq(clients[i]->tally.done, 30,
			"%u of kind %u in 10 s", clients[i]->tally.done,
			(unsigned)OTHERS[i]);
		cr_expect_eq(clients[i]->tally.rejections, 0,
			"%u of kind %u rejected", clients[i]->tally.rejections,
			(unsigned)OTHERS[i]);
	}
	world_free(world);
}

Test(flood_of_creates, a_late_status_goes_before_all)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *status, *removals;

	settings.lanes[2].flow_bucket.is_limited = false;
	/* No share: only its age helps it. */
	settings.lanes[3].min_share = 0;
	world = world_new(&settings, 1);
	removals = world_loop(world, REMOVAL, 40, UINT32_MAX);
	world_run(world, SECOND);
	status = world_loop(world, STATUS, 1, 1);
	world_run(world, 9900 * MSEC);
	cr_expect_eq(status->tally.done, 0);
	world_run(world, 400 * MSEC);
	cr_expect_eq(status->tally.done, 1);
	cr_expect_gt(removals->tally.done, 1000);
	world_free(world);
}

Test(flood_of_removals, a_large_share_is_more_than_one_seat)
{
	struct policy_settings settings = world_settings();
	struct policy_stats stats;
	struct world *world;
	uint64_t sum = 0;

	settings.lanes[2].flow_bucket.is_limited = false;
	settings.lanes[4].min_share = 400;
	world = world_new(&settings, 1);
	world_loop(world, REMOVAL, 64, UINT32_MAX);
	world_loop(world, CREATE, 32, UINT32_MAX);
	world_run(world, 20 * SECOND);
	stats = world_stats(world);
	for (uint32_t i = 0; i < stats.lane_count; i++)
		sum += stats.lanes[i].seat_usec;
	cr_expect_geq(stats.lanes[4].seat_usec * 100 / sum, 35, "%lu %%",
		(unsigned long)(stats.lanes[4].seat_usec * 100 / sum));
	cr_expect_leq(stats.lanes[4].seat_usec * 100 / sum, 45);
	world_free(world);
}

/* ---- S4: a level of one seat that rejects ------------------------------ */

static struct world *one_seat_world(uint64_t seed)
{
	struct world *world = world_new(NULL, seed);
	struct server *server = &world->servers[0];

	server->level_of[LEASE] = 0;
	server->levels[0].is_reject = true;
	server->levels[0].seats = 1;
	server->levels[0].lag = 2 * MSEC;
	server->levels[0].retry_after = 32;
	return world;
}

Test(one_seat, removals_and_leases_get_through_a_flood)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct world *world = one_seat_world(seed);
		struct client *creates, *removals, *lease;
		usec_t began;

		creates = world_loop(world, CREATE, 64, UINT32_MAX);
		lease = world_loop(world, LEASE, 1, UINT32_MAX);
		lease->think = 500 * MSEC;
		world_run(world, 2 * SECOND);
		began = world->now;
		removals = world_loop(world, REMOVAL, 4, 300);
		world_run(world, 10 * SECOND);
		cr_expect_eq(removals->tally.done, 300);
		cr_expect_leq(removals->tally.last_done_at - began, 3500 * MSEC,
			"300 removals in %lu ms",
			ms(removals->tally.last_done_at - began));
		cr_expect_eq(removals->tally.saw_429, 0);
		cr_expect_eq(lease->tally.saw_429, 0);
		cr_expect_leq(tally_latency(&lease->tally, 1000), 250 * MSEC,
			"lease %lu ms", ms(tally_latency(&lease->tally, 1000)));
		cr_expect_geq(creates->tally.done, 300, "%u creates",
			creates->tally.done);
		world_free(world);
	}
}

Test(one_seat, few_of_the_attempts_are_refused)
{
	struct world *world = one_seat_world(1);
	struct client *creates = world_loop(world, CREATE, 64, UINT32_MAX);

	world_run(world, 10 * SECOND);
	cr_expect_geq(
		creates->tally.done, 600, "%u creates", creates->tally.done);
	cr_expect_leq(world->servers[0].levels[0].refused,
		creates->tally.done * 6 / 5, "%u refused for %u done",
		world->servers[0].levels[0].refused, creates->tally.done);
	world_free(world);
}

/* So many statuses that all of them wait for more than 10 s, for ever. */
Test(one_seat, removals_get_their_turns_beside_overdue_statuses)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *statuses, *removals;

	settings.lanes[3].queue_bytes_max = UINT64_MAX / 4;
	settings.held_bytes_max = UINT64_MAX / 4;
	world = world_new(&settings, 1);
	world->check_every = 64;
	world->servers[0].levels[0].is_reject = true;
	world->servers[0].levels[0].seats = 1;
	statuses = world_loop(world, STATUS, 3000, UINT32_MAX);
	world_run(world, 30 * SECOND);
	removals = world_loop(world, REMOVAL, 4, UINT32_MAX);
	world_run(world, 10 * SECOND);
	cr_expect_geq(tally_latency(&statuses->tally, 990), 15 * SECOND);
	cr_expect_geq(
		removals->tally.done, 150, "%u removals", removals->tally.done);
	cr_expect_geq(statuses->tally.done, 1000, "%u statuses",
		statuses->tally.done);
	world_free(world);
}

Test(one_seat, wakes_nobody_for_nothing)
{
	struct world *world = one_seat_world(1);
	uint64_t attempts;

	world_loop(world, CREATE, 64, UINT32_MAX);
	world_loop(world, READ, 8, UINT32_MAX);
	world_loop(world, REMOVAL, 4, UINT32_MAX);
	world_run(world, 10 * SECOND);
	attempts = world->starts;
	cr_expect_leq(world->idle_wakes, attempts + 30,
		"%lu wake-ups beside %lu attempts",
		(unsigned long)world->idle_wakes, (unsigned long)attempts);
	world_free(world);
}

Test(one_seat, another_level_is_not_held_up)
{
	struct world *world = one_seat_world(1);
	struct client *reads;

	world->servers[0].level_of[READ] = 2;
	world_loop(world, SMALL_LIST, 20, UINT32_MAX);
	reads = world_loop(world, READ, 1, UINT32_MAX);
	world_run(world, 10 * SECOND);
	/* The first one may still be taken for one of the other level. */
	cr_expect_leq(tally_latency(&reads->tally, 900), 50 * MSEC,
		"p90 %lu ms", ms(tally_latency(&reads->tally, 900)));
	world_free(world);
}

Test(level_of_five_seats, is_found_and_used)
{
	struct world *world = world_new(NULL, 1);
	struct server_level *level = &world->servers[0].levels[0];
	struct client *creates;

	level->is_reject = true;
	level->seats = 5;
	creates = world_loop(world, CREATE, 64, UINT32_MAX);
	world_run(world, 20 * SECOND);
	/* 2 cores, 300 m each: 4 to 5 at a time cost 5 to 6 ms each. */
	cr_expect_geq(creates->tally.done, 20 * 500, "%u creates",
		creates->tally.done);
	cr_expect_leq(level->refused, 200, "%u refused", level->refused);
	world_free(world);
}

/* ---- S6: a heavy flow and a light one ---------------------------------- */

static usec_t light_alone(void)
{
	struct world *world = world_new(NULL, 1);
	struct client *light = world_loop(world, CREATE, 1, UINT32_MAX);
	usec_t p50;

	world_run(world, 5 * SECOND);
	p50 = tally_latency(&light->tally, 500);
	world_free(world);
	return p50;
}

Test(fairness, a_light_flow_waits_about_as_long_as_alone)
{
	usec_t alone = light_alone(), p50;
	struct world *world = world_new(NULL, 1);
	struct client *light;

	world_loop(world, CREATE, 200, UINT32_MAX);
	light = world_loop(world, CREATE, 1, UINT32_MAX);
	light->namespace = "another";
	world_run(world, 5 * SECOND);
	p50 = tally_latency(&light->tally, 500);
	cr_expect_leq(p50, 3 * alone, "%lu us, alone %lu us",
		(unsigned long)p50, (unsigned long)alone);
	world_free(world);
}

Test(fairness, namespaces_share_alike)
{
	struct world *world = world_new(NULL, 1);
	struct client *many, *few;

	many = world_loop(world, CREATE, 100, UINT32_MAX);
	few = world_loop(world, CREATE, 20, UINT32_MAX);
	few->namespace = "another";
	world_run(world, 10 * SECOND);
	cr_expect_leq(many->tally.done, few->tally.done * 11 / 10 + 20,
		"%u and %u", many->tally.done, few->tally.done);
	world_free(world);
}

Test(fairness, invented_identities_are_one_flow)
{
	struct world *world = world_new(NULL, 1);
	static const struct answer NOBODY = { .status = 401,
		.retry_after = -1 };
	struct client *honest, *forged[20];
	uint32_t sum = 0;

	world->servers[0].faults[READ] = (struct fault){
		.what = FAULT_ANSWER, .count = UINT32_MAX, .answer = NOBODY
	};
	for (unsigned i = 0; i < 20; i++) {
		forged[i] = world_loop(world, READ, 5, UINT32_MAX);
		forged[i]->identity = 1000 + i;
		forged[i]->peer = 9;
	}
	honest = world_loop(world, SMALL_LIST, 40, UINT32_MAX);
	world_run(world, 5 * SECOND);
	for (unsigned i = 0; i < 20; i++)
		sum += forged[i]->tally.failed;
	cr_expect_gt(sum, 1000);
	/* It gets half of the turns, not a twenty-first. */
	cr_expect_geq(honest->tally.done, sum * 8 / 10, "%u of %u",
		honest->tally.done, sum);
	world_free(world);
}

/* ---- what may go beyond the total -------------------------------------- */

static void hang(struct world *world, enum kind kind, unsigned count)
{
	struct client *client = world_client(world, kind);

	world->servers[0].faults[kind] = (struct fault){
		.what = FAULT_HANG, .count = count, .hang = 34 * SECOND
	};
	for (unsigned i = 0; i < count; i++)
		world_send(world, client);
	world_run(world, 10 * MSEC);
	cr_assert_eq(world->servers[0].in_flight, count);
}

Test(reserve, hanging_writes_do_not_lock_removals_out)
{
	struct world *world = world_new(NULL, 1);
	struct client *removals, *reads;

	hang(world, CREATE, 8);
	removals = world_loop(world, REMOVAL, 8, 100);
	reads = world_loop(world, READ, 1, 1);
	world_run(world, 2 * SECOND);
	cr_expect_eq(removals->tally.done, 100);
	cr_expect_eq(reads->tally.done, 0);
	cr_expect_leq(world->servers[0].most_in_flight, 10);
	world_free(world);
}

Test(reserve, is_no_more_than_it_says)
{
	struct world *world = world_new(NULL, 1);

	hang(world, REMOVAL, 8);
	world_loop(world, REMOVAL, 8, UINT32_MAX);
	world_run(world, SECOND);
	cr_expect_leq(world->servers[0].most_in_flight, 10);
	world_free(world);
}

Test(leases, do_not_wait_for_the_total)
{
	struct world *world = world_new(NULL, 1);
	struct client *lease;

	hang(world, CREATE, 8);
	lease = world_loop(world, LEASE, 1, 10);
	lease->think = 200 * MSEC;
	world_run(world, 5 * SECOND);
	cr_expect_eq(lease->tally.done, 10);
	cr_expect_leq(tally_latency(&lease->tally, 1000), 5 * MSEC);
	world_free(world);
}

Test(leases, above_their_budget_are_writes)
{
	struct world *world = world_new(NULL, 1);
	struct client *leases;
	struct policy_stats stats;

	hang(world, CREATE, 8);
	leases = world_loop(world, LEASE, 40, UINT32_MAX);
	world_run(world, SECOND);
	stats = world_stats(world);
	/* A burst of 10 and 5 a second, for each of the flow's two names. */
	cr_expect_leq(
		leases->tally.done, 2 * 16, "%u leases", leases->tally.done);
	cr_expect_geq(leases->tally.done, 10);
	cr_expect_geq(stats.lanes[4].queued, 30);
	world_free(world);
}

/* ---- removals and their DELETEs ---------------------------------------- */

Test(deletion, of_a_released_object_goes_with_the_removals)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, DELETION);
	struct call *before, *after, *late;

	before = world_send(world, client);
	world_run(world, SECOND);
	cr_expect_str_eq(
		policy_lane_name(world->policy, &before->rq), "writes");
	world_send(world, world_client(world, REMOVAL));
	world_run(world, SECOND);
	after = world_send(world, client);
	world_run(world, 61 * SECOND);
	cr_expect_str_eq(
		policy_lane_name(world->policy, &after->rq), "finalizers");
	late = world_send(world, client);
	world_run(world, SECOND);
	cr_expect_str_eq(policy_lane_name(world->policy, &late->rq), "writes");
	world_free(world);
}

/* ---- no rest for nothing ----------------------------------------------- */

Test(wake_ups, are_few_while_all_is_blocked)
{
	struct world *world = world_new(NULL, 1);

	hang(world, CREATE, 8);
	world_loop(world, CREATE, 64, UINT32_MAX);
	world_loop(world, READ, 64, UINT32_MAX);
	world->idle_wakes = 0;
	world_run(world, 10 * SECOND);
	/* Probes, twice a second. */
	cr_expect_leq(world->idle_wakes, 30, "%lu wake-ups",
		(unsigned long)world->idle_wakes);
	world_free(world);
}
