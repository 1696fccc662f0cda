/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/replicas/demand.h"

#define INTERVAL (4 * USEC_PER_SEC)
#define NOW (1000 * USEC_PER_SEC)

static const struct quota SEATS = {
	.kind = QUOTA_TOTAL,
	.unit = SEAT,
	.all = 64 * SEAT,
};
static const struct quota RATE = {
	.kind = QUOTA_QPS,
	.unit = 1,
	.all = 100 * 1000,
};

static uint32_t note_seats(
	struct demand *demand, uint32_t used, uint32_t waiting, usec_t now)
{
	struct quota_use use = { .used = used * SEAT, .waiting = waiting };

	demand_note(demand, &SEATS, &use, INTERVAL, now);
	return demand->peak;
}

Test(demand, of_seats_is_what_runs_and_waits)
{
	struct demand demand = { 0 };

	cr_expect_eq(note_seats(&demand, 5, 3, NOW), 8 * SEAT);
}

Test(demand, is_never_more_than_there_is)
{
	struct demand demand = { 0 };

	cr_expect_eq(note_seats(&demand, 5, 4000000, NOW), 64 * SEAT);
}

Test(demand, a_peak_fades)
{
	struct demand demand = { 0 };
	uint32_t peak = note_seats(&demand, 32, 0, NOW), then = peak;

	for (usec_t at = NOW; at < NOW + INTERVAL; at += INTERVAL / 16) {
		cr_expect_leq(demand.peak, peak);
		peak = note_seats(&demand, 0, 0, at + INTERVAL / 16);
	}
	cr_expect_gt(peak, then / 4);
	cr_expect_lt(peak, then / 2);
	cr_expect_eq(note_seats(&demand, 0, 0, NOW + 3 * INTERVAL), 0);
}

Test(demand, of_tokens_is_what_went_in_a_second_and_what_waits)
{
	struct quota_use use = { .spent = 100 };
	struct demand demand = { 0 };

	/* How long that took is not known yet. */
	demand_note(&demand, &RATE, &use, INTERVAL, NOW);
	cr_expect_eq(demand.peak, 0);
	use.spent += 10;
	use.waiting = 5;
	demand_note(&demand, &RATE, &use, INTERVAL, NOW + USEC_PER_SEC / 2);
	cr_expect_eq(demand.peak, 25 * 1000);
}

Test(demand, counters_that_begin_anew_are_no_demand)
{
	struct quota_use use = { .spent = 100 };
	struct demand demand = { 0 };

	demand_note(&demand, &RATE, &use, INTERVAL, NOW);
	use.spent = 0;
	demand_note(&demand, &RATE, &use, INTERVAL, NOW + USEC_PER_SEC);
	cr_expect_eq(demand.peak, 0);
}
