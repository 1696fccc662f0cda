/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever Retry-After says, nobody sleeps for more than a minute and nobody
 * goes round and round (row B17 of the list of bad input).
 */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

/* Of each way to refuse, with what it asks for put in. */
static const struct answer REFUSALS[] = {
	{ .status = 429, .is_plain_text = true, .level_uid = 1000 },
	{ .status = 429, .is_plain_text = true },
	{ .status = 429, .level_uid = 1000 },
	{ .status = 429,
		.is_plain_text = true,
		.body = SPAN_INIT("apiserver is shutting down") },
	{ .status = 503 },
	{ .status = 503, .body = SPAN_INIT("apiserver is shutting down") },
};

static const int32_t SECONDS[] = { -1, 0, 1, 2, 5, 30, 59, 60, 61, 119, 600,
	3600, 86400, 31536000, INT32_MAX - 1, INT32_MAX };

static const enum kind ASKED[] = { REMOVAL, CREATE, READ, LEASE, STATUS,
	WATCH };

/* Refused three times, then answered. */
static struct call *tell(
	struct world *world, enum kind kind, struct answer answer)
{
	struct fault fault = { FAULT_ANSWER, 3, .answer = answer };

	world->servers[0].faults[kind] = fault;
	return world_send(world, world_client(world, kind));
}

Test(retry_after, of_any_size_is_no_more_than_a_bound)
{
	for (size_t r = 0; r < ARRAY_SIZE(REFUSALS); r++) {
		for (size_t s = 0; s < ARRAY_SIZE(SECONDS); s++) {
			for (size_t k = 0; k < ARRAY_SIZE(ASKED); k++) {
				struct world *world = world_new(NULL, r + s);
				struct answer answer = REFUSALS[r];
				uint64_t wakes;
				struct call *call;

				answer.retry_after = SECONDS[s];
				world_run(world, SECOND);
				wakes = world->idle_wakes;
				call = tell(world, ASKED[k], answer);
				world_run(world, 59 * SECOND);
				cr_expect_neq(call->status, 0,
					"refusal %zu, %d s, kind %d", r,
					(int)SECONDS[s], (int)ASKED[k]);
				cr_expect_lt(world->idle_wakes - wakes, 300);
				world_free(world);
			}
		}
	}
}
