/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/variation.h"

#include <string.h>

#include "base/check.h"

static uint32_t without(uint32_t lane, uint32_t dropped, uint32_t heir)
{
	if (lane == dropped)
		lane = heir;
	return lane > dropped ? lane - 1 : lane;
}

void settings_drop_lane(
	struct policy_settings *settings, uint32_t lane, uint32_t heir)
{
	struct lane_settings *lanes = settings->lanes;

	CHECK(lane < settings->lane_count && heir != lane);
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		int32_t *to = &lanes[i].overflow_lane;

		if (*to == (int32_t)lane)
			*to = -1;
		else if (*to > (int32_t)lane)
			--*to;
	}
	for (uint32_t i = 0; i < settings->rule_count; i++)
		settings->rules[i].lane =
			without(settings->rules[i].lane, lane, heir);
	settings->lane_count--;
	memmove(&lanes[lane], &lanes[lane + 1],
		(settings->lane_count - lane) * sizeof(*lanes));
}

void settings_swap_lanes(
	struct policy_settings *settings, uint32_t a, uint32_t b)
{
	struct lane_settings lane = settings->lanes[a];

	settings->lanes[a] = settings->lanes[b];
	settings->lanes[b] = lane;
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		int32_t *to = &settings->lanes[i].overflow_lane;

		if (*to == (int32_t)a)
			*to = (int32_t)b;
		else if (*to == (int32_t)b)
			*to = (int32_t)a;
	}
	for (uint32_t i = 0; i < settings->rule_count; i++) {
		uint32_t *at = &settings->rules[i].lane;

		if (*at == a)
			*at = b;
		else if (*at == b)
			*at = a;
	}
}

void settings_drop_rule(struct policy_settings *settings, uint32_t rule)
{
	CHECK(rule + 1 < settings->rule_count); /* the last takes everything */
	settings->rule_count--;
	memmove(&settings->rules[rule], &settings->rules[rule + 1],
		(settings->rule_count - rule) * sizeof(*settings->rules));
}

/* The default lanes by their numbers. */
enum { LEASES, STREAMS, FINALIZERS, STATUSES, WRITES, READS, EVENTS, SWEEP };

static void vary_numbers(struct policy_settings *settings, uint8_t how)
{
	struct lane_settings *lanes = settings->lanes;

	if (how & 1)
		lanes[WRITES].seats_max = SEAT;
	if (how & 2)
		lanes[READS].wide_list_seats = SEAT;
	if (how & 4)
		lanes[READS].bucket =
			(struct bucket_settings){ true, 20000, 4 };
	if (how & 8)
		settings->root_bucket =
			(struct bucket_settings){ true, 25000, 40 };
	if (how & 16)
		lanes[FINALIZERS].flow_bucket.is_limited = false;
	if (how & 32)
		lanes[WRITES].wait_max = 2 * USEC_PER_SEC;
	if (how & 64)
		lanes[FINALIZERS].overdue_after = 100 * USEC_PER_MSEC;
	if (how & 128)
		settings->total.initial = settings->total.max = 2 * SEAT;
}

void settings_vary(
	struct policy_settings *settings, uint8_t which, uint8_t how)
{
	vary_numbers(settings, how);
	if (which & 1)
		settings->lanes[STATUSES].name = "statuses";
	if (which & 2)
		settings_drop_rule(settings, 3);
	if (which & 4)
		settings->lanes[EVENTS].kind = LANE_STREAMS;
	if (which & 8)
		settings->lanes[WRITES].order = 0;
	if (which & 16)
		settings_swap_lanes(settings, LEASES, READS);
	if (which & 32)
		settings_drop_lane(settings, SWEEP, WRITES);
	if (which & 64)
		settings_drop_lane(settings, EVENTS, STREAMS);
	if (which & 128)
		settings_drop_lane(settings, FINALIZERS, WRITES);
}
