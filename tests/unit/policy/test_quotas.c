/* SPDX-License-Identifier: Apache-2.0 */
/* What replicas divide, and settings that are a part of others. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/sim/world.h"

enum { LEASES = 0, STREAMS, FINALIZERS, STATUSES, WRITES, READS, EVENTS,
	SWEEPS };

static const struct quota *find(const struct quotas *quotas, const char *name)
{
	for (uint32_t i = 0; i < quotas->count; i++) {
		if (!strcmp(quotas->items[i].name, name))
			return &quotas->items[i];
	}
	return NULL;
}

/* With a limit of each kind. */
static struct policy_settings limited(void)
{
	struct policy_settings settings = world_settings();

	settings.total = (struct total_settings){ 64 * SEAT, 8 * SEAT,
		512 * SEAT, false };
	settings.root_bucket = (struct bucket_settings){ true, 100000, 50 };
	settings.lanes[WRITES].seats_max = 20 * SEAT;
	settings.lanes[READS].wide_list_seats = 8 * SEAT;
	settings.lanes[STREAMS].wide_list_seats = 4 * SEAT;
	settings.lanes[WRITES].large_write_seats = 6 * SEAT;
	settings.lanes[STATUSES].large_write_seats = 0;
	settings.lanes[FINALIZERS].reserve = 9 * SEAT;
	return settings;
}

Test(quotas, are_what_is_limited)
{
	const struct policy_settings settings = limited();
	struct quotas quotas;

	quotas_of(&settings, &quotas);
	cr_expect_eq(find(&quotas, "total")->all, 64 * SEAT);
	cr_expect_eq(find(&quotas, "wideListSeats")->all, 8 * SEAT);
	cr_expect_eq(find(&quotas, "qps")->all, 100000);
	cr_expect_eq(find(&quotas, "seats/writes")->all, 20 * SEAT);
	cr_expect_eq(find(&quotas, "seats/writes")->lane, WRITES);
	cr_expect_eq(find(&quotas, "qps/sweep")->all, 5000);
	cr_expect_eq(find(&quotas, "largeWriteSeats")->all, 6 * SEAT);
	cr_expect_eq(quotas.count, 6);
}

Test(quotas, a_total_that_adapts_is_divided_by_its_most)
{
	struct policy_settings settings = limited();
	struct quotas quotas;

	settings.total.is_adaptive = true;
	quotas_of(&settings, &quotas);
	cr_expect_eq(find(&quotas, "total")->all, 512 * SEAT);
}

Test(quotas, what_refuses_all_is_not_divided)
{
	struct policy_settings settings = limited();
	struct quotas quotas;

	settings.root_bucket = (struct bucket_settings){ true, 0, 1 };
	quotas_of(&settings, &quotas);
	cr_expect_null(find(&quotas, "qps"));
}

Test(quotas, a_floor_has_a_seat_at_least)
{
	const struct quota wide = { .kind = QUOTA_WIDE_LISTS, .unit = SEAT,
		.all = 8 * SEAT };
	const struct quota few = { .kind = QUOTA_WIDE_LISTS, .unit = SEAT,
		.all = 3 * SEAT };
	const struct quota rate = { .kind = QUOTA_QPS, .unit = 1,
		.all = 5000 };

	cr_expect_eq(quota_floor(&wide, 250, 4), SEAT);
	cr_expect_eq(quota_floor(&wide, 1000, 4), 2 * SEAT);
	cr_expect_eq(quota_floor(&few, 250, 4), 0);
	cr_expect_eq(quota_floor(&rate, 250, 4), 312);
}

/* Those of all replicas together are no more than there is. */
Test(quotas, the_parts_of_all_are_not_more_than_the_whole)
{
	const struct policy_settings settings = limited();
	struct policy_settings sum = { 0 };
	struct quotas quotas;

	quotas_of(&settings, &quotas);
	for (unsigned i = 0; i < 4; i++) {
		struct policy_settings one = settings;
		uint32_t portions[QUOTAS_MAX];

		for (uint32_t j = 0; j < quotas.count; j++) {
			const struct quota *quota = &quotas.items[j];
			uint32_t floor = quota_floor(quota, 250, 4);

			portions[j] = floor;
			if (j % 4 == i)
				portions[j] = quota->all - 3 * floor;
		}
		quotas_apply(&quotas, portions, 4, &one);
		sum.total.initial += one.total.initial;
		sum.root_bucket.milli_qps += one.root_bucket.milli_qps;
		sum.root_bucket.burst += one.root_bucket.burst;
		sum.lanes[WRITES].seats_max += one.lanes[WRITES].seats_max;
		sum.lanes[READS].wide_list_seats +=
			one.lanes[READS].wide_list_seats;
		sum.lanes[WRITES].large_write_seats +=
			one.lanes[WRITES].large_write_seats;
		sum.lanes[FINALIZERS].reserve += one.lanes[FINALIZERS].reserve;
		sum.lanes[SWEEPS].bucket.milli_qps +=
			one.lanes[SWEEPS].bucket.milli_qps;
		cr_expect_leq(one.total.min, one.total.initial);
		cr_expect_leq(one.total.initial, one.total.max);
	}
	cr_expect_eq(sum.total.initial, 64 * SEAT);
	cr_expect_eq(sum.root_bucket.milli_qps, 100000);
	cr_expect_leq(sum.root_bucket.burst, 50);
	cr_expect_eq(sum.lanes[WRITES].seats_max, 20 * SEAT);
	cr_expect_eq(sum.lanes[READS].wide_list_seats, 8 * SEAT);
	cr_expect_eq(sum.lanes[WRITES].large_write_seats, 6 * SEAT);
	cr_expect_eq(sum.lanes[FINALIZERS].reserve, 8 * SEAT);
	cr_expect_eq(sum.lanes[SWEEPS].bucket.milli_qps, 5000);
}

Test(quotas, all_of_it_is_as_before)
{
	const struct policy_settings settings = limited();
	struct policy_settings one = settings;
	uint32_t portions[QUOTAS_MAX];
	struct quotas quotas;

	quotas_of(&settings, &quotas);
	for (uint32_t i = 0; i < quotas.count; i++)
		portions[i] = quotas.items[i].all;
	quotas_apply(&quotas, portions, 1, &one);
	cr_expect_eq(one.total.initial, settings.total.initial);
	cr_expect_eq(one.total.min, settings.total.min);
	cr_expect_eq(one.root_bucket.burst, settings.root_bucket.burst);
	cr_expect_eq(one.lanes[STREAMS].wide_list_seats,
		settings.lanes[STREAMS].wide_list_seats);
	cr_expect_eq(one.health.ramp_start, settings.health.ramp_start);
}

Test(quotas, are_the_same_by_all_that_they_say)
{
	struct policy_settings settings = limited();
	struct quotas a, b;

	quotas_of(&settings, &a);
	quotas_of(&settings, &b);
	cr_expect(quotas_are_same(&a, &b));
	settings.lanes[WRITES].seats_max += SEAT;
	quotas_of(&settings, &b);
	cr_expect_not(quotas_are_same(&a, &b));
	settings.lanes[WRITES].seats_max = 0;
	quotas_of(&settings, &b);
	cr_expect_not(quotas_are_same(&a, &b));
}

/* ---- in force ----------------------------------------------------------- */

/* Seats for all that it asks, until it is resized. */
static struct world *busy(const struct policy_settings *settings)
{
	struct world *world = world_new(settings, 1);

	world_loop(world, CREATE, 100, UINT32_MAX);
	world_run(world, SECOND);
	return world;
}

static void resize(struct world *world, struct policy_settings *to,
	const struct quotas *quotas, uint32_t seats)
{
	uint32_t portions[QUOTAS_MAX];

	for (uint32_t i = 0; i < quotas->count; i++)
		portions[i] = quotas->items[i].all;
	portions[0] = seats * SEAT;
	*to = world->settings;
	quotas_apply(quotas, portions, 1, to);
	policy_resize(world->policy, to, world->now);
	policy_check(world->policy);
	world_pump(world);
}

Test(resize, less_lets_nothing_start_until_there_is_room)
{
	struct policy_settings settings = limited(), less, more;
	struct quotas quotas;
	struct world *world;
	struct policy_stats stats;

	settings.lanes[WRITES].seats_max = 0;
	settings.root_bucket.is_limited = false;
	world = busy(&settings);
	quotas_of(&settings, &quotas);
	cr_expect_eq(world_stats(world).endpoints[0].in_flight, 64 * SEAT);
	resize(world, &less, &quotas, 10);
	stats = world_stats(world);
	cr_expect_eq(stats.endpoints[0].total, 10 * SEAT);
	cr_expect_eq(stats.endpoints[0].in_flight, 64 * SEAT);
	world_run(world, 5 * SECOND);
	cr_expect_eq(world_stats(world).endpoints[0].in_flight, 10 * SEAT);
	resize(world, &more, &quotas, 64);
	cr_expect_eq(world_stats(world).endpoints[0].in_flight, 64 * SEAT);
	world_free(world);
}

Test(resize, demand_is_what_runs_and_what_waits)
{
	struct policy_settings settings = limited();
	struct quota_use uses[QUOTAS_MAX];
	struct quotas quotas;
	struct world *world;
	struct policy_stats stats;

	world = busy(&settings);
	quotas_of(&settings, &quotas);
	policy_measure(world->policy, &quotas, uses);
	stats = world_stats(world);
	for (uint32_t i = 0; i < quotas.count; i++) {
		const struct quota *quota = &quotas.items[i];

		switch (quota->kind) {
		case QUOTA_TOTAL:
			cr_expect_eq(uses[i].used,
				stats.endpoints[0].in_flight);
			cr_expect_eq(uses[i].waiting,
				stats.lanes[WRITES].queued);
			break;
		case QUOTA_LANE_SEATS:
			cr_expect_eq(uses[i].used, stats.lanes[WRITES].seats);
			cr_expect_gt(uses[i].waiting, 0);
			break;
		case QUOTA_QPS:
			cr_expect_eq(uses[i].spent,
				stats.lanes[WRITES].started);
			break;
		case QUOTA_WIDE_LISTS:
		case QUOTA_LARGE_WRITES:
		case QUOTA_LANE_QPS:
			cr_expect_eq(uses[i].waiting, 0);
			break;
		}
	}
	world_free(world);
}

/* ---- what is Fairway's own ---------------------------------------------- */

Test(own, waits_for_nothing_that_waits_for_it)
{
	struct policy_settings settings = limited();
	struct client *own;
	struct world *world;
	struct call *call;

	settings.total = (struct total_settings){ SEAT, SEAT, SEAT, false };
	world = busy(&settings);
	/* A LIST would be among the reads, and wide at that. */
	own = world_client(world, READ);
	own->source = SOURCE_OWN;
	call = world_send(world, own);
	world_pump(world);
	cr_expect_gt(call->starts, 0);
	cr_expect_str_eq(policy_lane_name(world->policy, &call->rq),
		"leader-election");
	world_free(world);
}

Test(own, has_no_flow_that_is_over_its_budget)
{
	const struct policy_settings settings = limited();
	struct world *world = world_new(&settings, 1);
	struct client *own = world_client(world, READ);
	struct call *call;

	own->source = SOURCE_OWN;
	for (unsigned i = 0; i < 40; i++) {
		call = world_send(world, own);
		world_pump(world);
		cr_assert_str_eq(policy_lane_name(world->policy, &call->rq),
			"leader-election");
	}
	world_free(world);
}
