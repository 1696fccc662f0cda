/* SPDX-License-Identifier: Apache-2.0 */
/* What goes again and what does not: the two tables of DESIGN.md section 8. */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

#define LEVEL_429                                                         \
	{                                                                 \
		.status = 429, .is_plain_text = true, .retry_after = 1,   \
		.level_uid = 1000, .body = SPAN_INIT("Too many requests") \
	}
#define LIMIT_429                                                       \
	{                                                               \
		.status = 429, .is_plain_text = true, .retry_after = 1, \
		.body = SPAN_INIT("Too many requests")                  \
	}

/* One request of that kind, whose first `count` attempts meet the fault. */
struct story {
	struct world *world;
	struct client *client;
	struct call *call;
};

static struct story begin(enum kind kind, enum fault_kind what, unsigned count)
{
	struct story story = { .world = world_new(NULL, 1) };
	struct fault fault = { .what = what, .count = count };

	story.world->servers[0].faults[kind] = fault;
	story.client = world_client(story.world, kind);
	return story;
}

static void tell(struct story *story)
{
	story->call = world_send(story->world, story->client);
	world_run(story->world, 60 * SECOND);
}

static void expect(struct story *story, unsigned status, enum verdict verdict,
	unsigned starts)
{
	tell(story);
	cr_expect_eq(story->call->status, status, "status %u, not %u",
		story->call->status, status);
	cr_expect_eq(story->call->verdict, verdict, "verdict %s",
		verdict_info(story->call->verdict)->word);
	cr_expect_eq(story->call->starts, starts, "%u starts, not %u",
		story->call->starts, starts);
	world_free(story->world);
}

static void expect_answer(struct answer answer, enum kind kind, unsigned count,
	unsigned status, enum verdict verdict, unsigned starts)
{
	struct story story = begin(kind, FAULT_ANSWER, count);

	story.world->servers[0].faults[kind].answer = answer;
	expect(&story, status, verdict, starts);
}

/* ---- sent, and no answer ---------------------------------------------- */

static void expect_lost(enum kind kind, unsigned count, unsigned status,
	enum verdict verdict, unsigned starts)
{
	struct story story = begin(kind, FAULT_LOST, count);

	expect(&story, status, verdict, starts);
}

Test(lost, post_is_never_sent_twice)
{
	expect_lost(CREATE, 1, 504, VERDICT_NO_ANSWER, 1);
}

Test(lost, put_and_delete_are_never_sent_twice)
{
	expect_lost(STATUS, 1, 504, VERDICT_NO_ANSWER, 1);
	expect_lost(DELETION, 1, 504, VERDICT_NO_ANSWER, 1);
	expect_lost(LEASE, 1, 504, VERDICT_NO_ANSWER, 1);
}

Test(lost, get_and_list_go_again)
{
	expect_lost(READ, 1, 200, VERDICT_NONE, 2);
	expect_lost(LIST, 1, 200, VERDICT_NONE, 2);
}

Test(lost, guarded_removal_goes_again_and_unguarded_does_not)
{
	expect_lost(REMOVAL, 1, 200, VERDICT_NONE, 2);
	expect_lost(UNGUARDED, 1, 504, VERDICT_NO_ANSWER, 1);
}

Test(lost, three_tries_at_most)
{
	expect_lost(READ, 9, 504, VERDICT_NO_ANSWER, 3);
}

Test(lost, no_answer_says_no_retry_after)
{
	struct story story = begin(CREATE, FAULT_LOST, 1);

	tell(&story);
	cr_expect_eq(story.call->retry_after, 0);
	world_free(story.world);
}

/* Its repetition waits, and then nothing more can be promised. */
static void expect_no_promise(
	enum kind kind, enum fault_kind what, enum verdict verdict)
{
	struct story story = begin(kind, what, 1);

	/* By then the API server is known to be away. */
	story.world->servers[0].faults[kind].hang = 4 * SECOND;
	story.call = world_send(story.world, story.client);
	world_pump(story.world);
	world_stop_server(story.world, 0);
	world_run(story.world, 700 * SECOND);
	cr_expect_eq(story.call->verdict, verdict, "verdict %s",
		verdict_info(story.call->verdict)->word);
	cr_expect_eq(story.call->retry_after > 0,
		verdict_info(verdict)->is_not_executed);
	world_free(story.world);
}

Test(lost, removal_that_cannot_go_again_may_have_acted)
{
	expect_no_promise(REMOVAL, FAULT_LOST, VERDICT_NO_ANSWER);
	expect_no_promise(READ, FAULT_LOST, VERDICT_AWAY);
	expect_no_promise(REMOVAL, FAULT_UNSENT, VERDICT_AWAY);
}

Test(lost, watch_is_told_to_resume)
{
	expect_lost(WATCH, 1, 429, VERDICT_STREAM_AWAY, 1);
}

/* ---- certainly not processed ------------------------------------------ */

Test(unsent, goes_again_whatever_it_is)
{
	static const enum kind KINDS_[] = { CREATE, STATUS, DELETION, READ,
		REMOVAL, UNGUARDED, LEASE, EVENT, LIST };

	for (size_t i = 0; i < ARRAY_SIZE(KINDS_); i++) {
		struct story story = begin(KINDS_[i], FAULT_UNSENT, 4);

		expect(&story, 200, VERDICT_NONE, 5);
	}
}

Test(unsent, costs_no_retry_budget)
{
	struct story story = begin(CREATE, FAULT_UNSENT, 30);

	tell(&story);
	cr_expect_eq(story.call->status, 200);
	cr_expect_eq(world_stats(story.world).retries_denied, 0);
	world_free(story.world);
}

/* ---- refused before any work ------------------------------------------ */

Test(refused, by_a_level_goes_again_and_costs_no_try)
{
	static const struct answer REFUSED = LEVEL_429;
	struct story story = begin(REMOVAL, FAULT_ANSWER, 20);

	story.world->servers[0].faults[REMOVAL].answer = REFUSED;
	expect(&story, 200, VERDICT_NONE, 21);
}

Test(refused, hundreds_of_times_it_still_has_its_tries)
{
	/* More than a counter of eight bits holds. */
	static const struct answer REFUSED = LEVEL_429;
	struct story story = begin(REMOVAL, FAULT_ANSWER, 300);
	struct policy_settings settings = world_settings();
	struct world *world;

	world_free(story.world);
	settings.gate.closed_max_usec = 20000;
	settings.retry.throttled_max = 600 * SECOND;
	settings.lanes[2].wait_max = 600 * SECOND;
	story.world = world = world_new(&settings, 1);
	world->servers[0].faults[REMOVAL] = (struct fault){
		.what = FAULT_ANSWER, .count = 300, .answer = REFUSED
	};
	story.client = world_client(world, REMOVAL);
	story.call = world_send(world, story.client);
	while (world->servers[0].faults[REMOVAL].count)
		world_run(world, MSEC);
	world->servers[0].faults[REMOVAL].what = FAULT_LOST;
	world->servers[0].faults[REMOVAL].count = 1;
	world_run(world, 60 * SECOND);
	cr_expect_eq(story.call->status, 200, "status %u %s",
		story.call->status, verdict_info(story.call->verdict)->word);
	world_free(world);
}

Test(refused, by_max_in_flight_cuts_the_total_and_waits_as_told)
{
	static const struct answer REFUSED = LIMIT_429;
	struct story story = begin(CREATE, FAULT_ANSWER, 1);

	story.world->servers[0].faults[CREATE].answer = REFUSED;
	story.call = world_send(story.world, story.client);
	world_run(story.world, 20 * MSEC);
	cr_expect_eq(world_stats(story.world).endpoints[0].total, 5600);
	cr_expect_eq(story.call->state, CALL_WAITING);
	world_run(story.world, 3 * SECOND);
	cr_expect_eq(story.call->status, 200);
	cr_expect_geq(story.call->done_at - story.call->first_at, SECOND / 2,
		"after %lu us",
		(unsigned long)(story.call->done_at - story.call->first_at));
	/* It comes back step by step. */
	cr_expect_eq(world_stats(story.world).endpoints[0].total, 8000);
	world_free(story.world);
}

Test(refused, while_the_only_server_shuts_down_waits)
{
	static const struct answer REFUSED = { .status = 429,
		.is_plain_text = true,
		.retry_after = 1,
		.body = SPAN_INIT("The apiserver is shutting down, ...") };

	expect_answer(REFUSED, CREATE, 1, 200, VERDICT_NONE, 2);
}

Test(refused, eviction_by_its_budget_is_the_answer)
{
	static const struct answer BUDGET = { .status = 429,
		.retry_after = 10,
		.level_uid = 1000,
		.body = SPAN_INIT("{\"kind\":\"Status\"}") };

	expect_answer(BUDGET, EVICTION, 1, 429, VERDICT_NONE, 1);
}

Test(refused, eviction_by_a_level_goes_again)
{
	static const struct answer REFUSED = LEVEL_429;

	expect_answer(REFUSED, EVICTION, 1, 200, VERDICT_NONE, 2);
}

Test(refused, with_503_and_retry_after_goes_again)
{
	static const struct answer AGAIN = { .status = 503, .retry_after = 1 };

	expect_answer(AGAIN, CREATE, 2, 200, VERDICT_NONE, 3);
}

Test(refused, with_503_without_retry_after_is_the_answer)
{
	static const struct answer GONE = { .status = 503, .retry_after = -1 };

	expect_answer(GONE, CREATE, 1, 503, VERDICT_NONE, 1);
	expect_answer(GONE, READ, 1, 503, VERDICT_NONE, 1);
}

Test(refused, watch_cache_not_ready_leaves_the_gate_alone)
{
	static const struct answer CACHE = { .status = 429,
		.retry_after = 1,
		.level_uid = 1000,
		.body = SPAN_INIT("{\"kind\":\"Status\"}") };
	struct story story = begin(LIST, FAULT_ANSWER, 1);
	struct policy_stats stats;

	story.world->servers[0].faults[LIST].answer = CACHE;
	tell(&story);
	stats = world_stats(story.world);
	cr_expect_eq(story.call->status, 200);
	for (uint32_t i = 0; i < stats.level_count; i++)
		cr_expect_eq(stats.levels[i].refusals, 0);
	world_free(story.world);
}

Test(refused, for_two_minutes_and_then_told_so)
{
	static const struct answer REFUSED = LEVEL_429;
	struct story story = begin(CREATE, FAULT_ANSWER, UINT32_MAX);

	story.world->servers[0].faults[CREATE].answer = REFUSED;
	story.call = world_send(story.world, story.client);
	world_run(story.world, 119 * SECOND);
	cr_expect_neq(story.call->state, CALL_DONE);
	world_run(story.world, 2 * SECOND);
	cr_expect_eq(story.call->verdict, VERDICT_THROTTLED, "verdict %s",
		verdict_info(story.call->verdict)->word);
	cr_expect(story.call->retry_after == 1 || story.call->retry_after == 2);
	world_free(story.world);
}

/* ---- server errors ---------------------------------------------------- */

Test(server_error, to_a_guarded_removal_is_tried_again)
{
	static const struct answer ERROR = { .status = 500, .retry_after = -1 };

	expect_answer(ERROR, REMOVAL, 2, 200, VERDICT_NONE, 3);
}

Test(server_error, to_a_guarded_removal_is_never_passed_on)
{
	static const struct answer ERROR = { .status = 502, .retry_after = -1 };

	expect_answer(ERROR, REMOVAL, 9, 503, VERDICT_SERVER_ERROR, 3);
}

Test(server_error, to_anything_else_is_passed_on)
{
	static const struct answer ERROR = { .status = 500, .retry_after = -1 };

	expect_answer(ERROR, UNGUARDED, 1, 500, VERDICT_NONE, 1);
	expect_answer(ERROR, CREATE, 1, 500, VERDICT_NONE, 1);
	expect_answer(ERROR, READ, 1, 500, VERDICT_NONE, 1);
}

Test(server_error, of_a_time_out_may_still_take_effect)
{
	static const struct answer LATE = { .status = 504, .retry_after = -1 };

	expect_answer(LATE, REMOVAL, 1, 504, VERDICT_NONE, 1);
	expect_answer(LATE, READ, 1, 504, VERDICT_NONE, 1);
}

/* ---- what something on the way says ------------------------------------ */

static const struct answer STRANGE = {
	.status = 502,
	.retry_after = -1,
	.is_strange = true,
};

Test(strange, to_a_read_is_tried_again)
{
	expect_answer(STRANGE, READ, 2, 200, VERDICT_NONE, 3);
	expect_answer(STRANGE, LIST, 2, 200, VERDICT_NONE, 3);
}

Test(strange, to_a_read_is_passed_on_in_the_end)
{
	expect_answer(STRANGE, READ, 9, 502, VERDICT_NONE, 3);
}

Test(strange, to_what_may_have_acted_is_passed_on)
{
	expect_answer(STRANGE, CREATE, 1, 502, VERDICT_NONE, 1);
	expect_answer(STRANGE, UNGUARDED, 1, 502, VERDICT_NONE, 1);
}

/* Only of the API server is it a promise that nothing was done. */
Test(strange, is_no_refusal_though_it_says_when_to_come_again)
{
	struct answer busy = STRANGE;

	busy.status = 503;
	busy.retry_after = 1;
	expect_answer(busy, CREATE, 1, 503, VERDICT_NONE, 1);
	expect_answer(busy, UNGUARDED, 1, 503, VERDICT_NONE, 1);
	busy.body = SPAN("shutting down");
	expect_answer(busy, CREATE, 1, 503, VERDICT_NONE, 1);
	expect_answer(busy, READ, 9, 503, VERDICT_NONE, 3);
}

Test(strange, to_a_guarded_removal_is_tried_again_whatever_it_says)
{
	struct answer late = STRANGE;

	late.status = 504;
	expect_answer(late, REMOVAL, 2, 200, VERDICT_NONE, 3);
	expect_answer(late, REMOVAL, 9, 503, VERDICT_SERVER_ERROR, 3);
}

/* ---- the budget of retries -------------------------------------------- */

Test(retry_budget, a_storm_of_losses_is_not_multiplied)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, READ);
	unsigned starts = 0;
	struct call *calls[400];

	world->servers[0].faults[READ] =
		(struct fault){ .what = FAULT_LOST, .count = UINT32_MAX };
	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
		calls[i] = world_send(world, client);
		world_run(world, 2 * MSEC);
	}
	world_run(world, 60 * SECOND);
	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		starts += calls[i]->starts;
	/* 10 at first, and a tenth of all requests. */
	cr_expect_leq(starts, 400 + 10 + 40);
	cr_expect_geq(starts, 400 + 10 + 30, "%u starts", starts);
	cr_expect_gt(world_stats(world).retries_denied, 0);
	world_free(world);
}
