/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

Test(world, one_request_is_started_and_answered)
{
	struct world *world = world_new(NULL, 1);
	struct call *call = world_send(world, world_client(world, READ));

	world_run(world, SECOND);
	cr_assert_eq(call->state, CALL_DONE);
	cr_assert_eq(call->status, 200);
	cr_assert_eq(call->starts, 1);
	world_free(world);
}

static uint64_t trace_of(uint64_t seed)
{
	struct world *world = world_new(NULL, seed);
	uint64_t trace;

	world_loop(world, LIST, 20, UINT32_MAX);
	world_loop(world, CREATE, 20, UINT32_MAX);
	world_loop(world, REMOVAL, 4, UINT32_MAX);
	world_run(world, 2 * SECOND);
	trace = world->trace;
	world_free(world);
	return trace;
}

Test(world, same_seed_same_decisions)
{
	cr_assert_eq(trace_of(5), trace_of(5));
	cr_assert_neq(trace_of(5), trace_of(6));
}
