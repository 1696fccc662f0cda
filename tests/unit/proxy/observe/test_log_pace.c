/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proxy/observe/log_pace.h"

#define START (1000 * USEC_PER_SEC)

static uint64_t count_said(struct log_pace *pace, unsigned lines, usec_t now)
{
	uint64_t said = 0, left_out;

	for (unsigned i = 0; i < lines; i++)
		said += log_pace_note(pace, LOG_LEVEL_WARN, now, &left_out) ==
			LOG_LEVEL_WARN;
	return said;
}

Test(log_pace, what_is_rare_is_said)
{
	struct log_pace pace = { 0 };
	uint64_t left_out;

	for (unsigned i = 0; i < 100; i++) {
		cr_expect_eq(log_pace_note(&pace, LOG_LEVEL_ERROR,
				     START + i * LOG_PACE_PERIOD / 10,
				     &left_out),
			LOG_LEVEL_ERROR);
		cr_expect_eq(left_out, 0);
	}
}

Test(log_pace, of_a_flood_so_many_a_period_and_the_count_of_the_others)
{
	struct log_pace pace = { 0 };
	uint64_t left_out;

	cr_expect_eq(count_said(&pace, 1000, START), LOG_PACE_LINES);
	cr_expect_eq(count_said(&pace, 1000, START + LOG_PACE_PERIOD - 1), 0);
	cr_expect_eq(log_pace_note(&pace, LOG_LEVEL_WARN,
			     START + LOG_PACE_PERIOD, &left_out),
		LOG_LEVEL_WARN);
	cr_expect_eq(left_out, 2000 - LOG_PACE_LINES);
	/* They were told. */
	log_pace_note(&pace, LOG_LEVEL_WARN, START + LOG_PACE_PERIOD,
		&left_out);
	cr_expect_eq(left_out, 0);
}

Test(log_pace, a_clock_that_steps_back_says_no_more)
{
	struct log_pace pace = { 0 };

	count_said(&pace, 100, START);
	cr_expect_eq(count_said(&pace, 100, START - LOG_PACE_PERIOD), 0);
}
