/* SPDX-License-Identifier: Apache-2.0 */
/* Which removals are journaled, what their clients are told, and replays. */
#include <criterion/criterion.h>

#include "tests/sim/world.h"

static struct client *remover(struct world *world, enum credential credential)
{
	struct client *client = world_client(world, REMOVAL);

	client->is_replayable = true;
	client->credential = credential;
	return client;
}

/* A removal of a fresh world, whose first attempts meet the fault. */
static struct call *meets(struct world **ret_world,
	const struct policy_settings *settings, struct fault fault)
{
	struct world *world = world_new(settings, 1);
	struct call *call;

	world->servers[0].faults[REMOVAL] = fault;
	call = world_send(world, remover(world, CREDENTIAL_OWN));
	world_run(world, 60 * SECOND);
	*ret_world = world;
	return call;
}

static unsigned intents_of(
	const struct policy_settings *settings, struct fault fault)
{
	struct world *world;
	unsigned intents = meets(&world, settings, fault)->intents;

	world_free(world);
	return intents;
}

static struct fault lost(void)
{
	return (struct fault){ .what = FAULT_LOST, .count = 1 };
}

Test(intents, what_goes_through_at_once_is_not_journaled)
{
	cr_expect_eq(intents_of(NULL, (struct fault){ 0 }), 0);
}

Test(intents, a_first_attempt_that_failed_is_reason_enough)
{
	struct fault unsent = { .what = FAULT_UNSENT, .count = 1 };
	struct fault throttled = {
		.what = FAULT_ANSWER,
		.count = 2,
		.answer = { .status = 429, .retry_after = 1 },
	};

	cr_expect_eq(intents_of(NULL, lost()), 1);
	cr_expect_eq(intents_of(NULL, unsent), 1);
	cr_expect_eq(intents_of(NULL, throttled), 1);
}

Test(intents, always_is_always_and_off_is_never)
{
	struct policy_settings settings = world_settings();

	settings.intents.mode = JOURNAL_ALWAYS;
	cr_expect_eq(intents_of(&settings, (struct fault){ 0 }), 1);
	settings.intents.mode = JOURNAL_OFF;
	cr_expect_eq(intents_of(&settings, lost()), 0);
}

/* Sent while nobody is there; whether it was journaled in that time. */
static unsigned held(struct world *world, struct client *client)
{
	struct call *call;

	world_stop_server(world, 0);
	world_run(world, 5 * SECOND);
	call = world_send(world, client);
	world_run(world, SECOND);
	return call->intents;
}

static unsigned held_of(enum credential credential, bool is_replayable)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = remover(world, credential);
	unsigned intents;

	client->is_replayable = is_replayable;
	intents = held(world, client);
	world_free(world);
	return intents;
}

Test(intents, ours_are_proven_and_strangers_are_not)
{
	cr_expect_eq(held_of(CREDENTIAL_OWN, true), 1);
	cr_expect_eq(held_of(CREDENTIAL_BEARER, true), 0);
	cr_expect_eq(held_of(CREDENTIAL_OTHER, true), 0);
	cr_expect_eq(held_of(CREDENTIAL_OWN, false), 0);
}

Test(intents, a_token_is_proven_by_an_accepted_answer)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = remover(world, CREDENTIAL_BEARER);
	struct client *forger = remover(world, CREDENTIAL_BEARER);

	forger->identity = client->identity + 1000;
	world_send(world, client);
	world_run(world, SECOND);
	cr_expect_eq(held(world, client), 1);
	cr_expect_eq(held(world, forger), 0);
	world_free(world);
}

/* What the API server says before it looks at the token proves no token. */
static unsigned held_after(unsigned status)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = remover(world, CREDENTIAL_BEARER);
	unsigned intents;

	world->servers[0].faults[REMOVAL] = (struct fault){
		.what = FAULT_ANSWER,
		.count = 1,
		.answer = { .status = status },
	};
	world_send(world, client);
	world_run(world, SECOND);
	intents = held(world, client);
	world_free(world);
	return intents;
}

Test(intents, a_token_is_not_proven_by_what_is_said_to_anybody)
{
	cr_expect_eq(held_after(200), 1);
	cr_expect_eq(held_after(403), 1);
	cr_expect_eq(held_after(404), 1);
	cr_expect_eq(held_after(409), 1);
	/* A bad ?timeout= is refused before there is anybody. */
	cr_expect_eq(held_after(400), 0);
	cr_expect_eq(held_after(302), 0);
	cr_expect_eq(held_after(401), 0);
	cr_expect_eq(held_after(413), 0);
}

Test(intents, who_was_held_too_long_is_told_that_it_is_pending)
{
	struct world *world = world_new(NULL, 1);
	struct client *kept = remover(world, CREDENTIAL_OWN);
	struct client *other = world_client(world, REMOVAL);
	struct call *calls[2];

	world_stop_server(world, 0);
	world_run(world, 5 * SECOND);
	calls[0] = world_send(world, kept);
	calls[1] = world_send(world, other);
	world_run(world, 700 * SECOND);
	cr_expect_eq(calls[0]->verdict, VERDICT_AWAY);
	cr_expect(calls[0]->is_pending);
	cr_expect_eq(calls[0]->intents, 1);
	cr_expect_eq(calls[1]->verdict, VERDICT_AWAY);
	cr_expect_not(calls[1]->is_pending);
	world_free(world);
}

Test(intents, who_comes_again_is_pending_from_the_start)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *client;
	struct call *call;

	settings.intents.mode = JOURNAL_OFF;
	world = world_new(&settings, 1);
	client = remover(world, CREDENTIAL_OWN);
	client->has_intent = true;
	world_stop_server(world, 0);
	world_run(world, 5 * SECOND);
	call = world_send(world, client);
	world_run(world, 700 * SECOND);
	cr_expect_eq(call->verdict, VERDICT_AWAY);
	cr_expect(call->is_pending);
	world_free(world);
}

Test(intents, replays_go_behind_the_removals_of_clients)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *client, *replayer;
	struct call *replays[20], *calls[20];

	settings.total.initial = settings.total.min = 2 * SEAT;
	world = world_new(&settings, 1);
	replayer = world_client(world, REMOVAL);
	replayer->source = SOURCE_REPLAY;
	client = world_client(world, REMOVAL);
	for (unsigned i = 0; i < 20; i++)
		replays[i] = world_send(world, replayer);
	for (unsigned i = 0; i < 20; i++)
		calls[i] = world_send(world, client);
	world_run(world, 10 * SECOND);
	for (unsigned i = 0; i < 20; i++) {
		cr_expect_eq(replays[i]->status, 200);
		/* A few had started before the others came. */
		cr_expect(i < 4 || replays[i]->order > calls[19]->order,
			"%u: %lu", i, (unsigned long)replays[i]->order);
	}
	world_free(world);
}

Test(intents, replays_have_a_tenth_of_a_lane_that_is_never_empty)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *replayer;
	struct call *replays[200];

	settings.total.initial = settings.total.max = 2 * SEAT;
	for (unsigned i = 0; i < settings.lane_count; i++)
		settings.lanes[i].flow_bucket.is_limited = false;
	world = world_new(&settings, 1);
	world_loop(world, REMOVAL, 40, UINT32_MAX);
	replayer = world_client(world, REMOVAL);
	replayer->source = SOURCE_REPLAY;
	world_run(world, SECOND);
	for (unsigned i = 0; i < ARRAY_SIZE(replays); i++)
		replays[i] = world_send(world, replayer);
	world_run(world, 10 * SECOND);
	for (unsigned i = 0; i < ARRAY_SIZE(replays); i++) {
		cr_assert_eq(replays[i]->status, 200, "%u", i);
		if (i > 0)
			cr_expect_eq(replays[i]->order - replays[i - 1]->order,
				10, "%u", i);
	}
	world_free(world);
}

Test(intents, replays_have_a_budget_of_their_own)
{
	struct policy_settings settings = world_settings();
	struct world *world;
	struct client *replayer;
	struct call *calls[30];
	unsigned done = 0;

	settings.intents.replays = (struct bucket_settings){ true, 5000, 10 };
	world = world_new(&settings, 1);
	replayer = world_client(world, REMOVAL);
	replayer->source = SOURCE_REPLAY;
	for (unsigned i = 0; i < 30; i++)
		calls[i] = world_send(world, replayer);
	world_run(world, 2 * SECOND);
	for (unsigned i = 0; i < 30; i++)
		done += calls[i]->status == 200;
	cr_expect(done >= 19 && done <= 21, "%u", done);
	cr_expect_eq(calls[done]->rq.reasons.kept_by, KEPT_BY_REPLAY_BUDGET);
	world_free(world);
}

/* While it waits its identity is proven, and its level learned. */
Test(intents, one_that_is_due_late_is_journaled_before_it_starts)
{
	struct policy_settings settings = world_settings();
	struct decision decision;
	struct client *client;
	struct world *world;
	struct call *first, *second;
	const struct answer answer = { .status = 200, .level_uid = 7 };

	settings.intents.mode = JOURNAL_ALWAYS;
	settings.total = (struct total_settings){ SEAT, SEAT, SEAT, false };
	for (unsigned i = 0; i < settings.lane_count; i++)
		settings.lanes[i].reserve = 0;
	world = world_new(&settings, 1);
	client = remover(world, CREDENTIAL_BEARER);
	world->servers[0].faults[REMOVAL] = (struct fault){
		.what = FAULT_HANG, .count = 1, .hang = MINUTE,
	};
	first = world_send(world, client);
	second = world_send(world, client);
	world_run(world, 10 * MSEC);
	cr_assert_eq(first->state, CALL_AT_SERVER);
	cr_assert_eq(second->intents, 0);
	cr_assert_eq(policy_answered(world->policy, &first->rq, &answer,
			     world->now),
		PASS_ON);
	cr_assert_not(policy_finish(world->policy, &first->rq,
		&(struct outcome){ .kind = OUTCOME_COMPLETE }, world->now));
	cr_assert(policy_next(world->policy, world->now, &decision));
	cr_expect_eq(decision.kind, DECISION_JOURNAL);
	cr_expect_eq(decision.rq, &second->rq);
	cr_assert(policy_next(world->policy, world->now, &decision));
	cr_expect_eq(decision.kind, DECISION_START);
	cr_expect_eq(decision.rq, &second->rq);
	policy_check(world->policy);
	world_free(world);
}
