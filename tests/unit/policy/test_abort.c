/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that go while their requests run, and answers that do not come. */
#include <criterion/criterion.h>

#include "base/alloc.h"
#include "policy/policy.h"
#include "tests/sim/world.h"

#define START (1000 * USEC_PER_SEC)
#define MANY 300

struct storm {
	struct policy_settings settings;
	struct policy *policy;
	struct request requests[MANY];
	struct class class;
	unsigned aborts;
	unsigned drains;
	unsigned left; /* drained, and without an end */
};

static void finish(struct storm *storm, struct request *rq, usec_t now)
{
	const struct outcome broken = { .kind = OUTCOME_BROKEN };

	cr_assert(!policy_finish(storm->policy, rq, &broken, now));
}

static unsigned start_all(struct storm *storm, usec_t now)
{
	struct decision decision;
	unsigned started = 0;

	for (unsigned c = 0; c < CONN_CLASS_COUNT; c++)
		policy_capacity(
			storm->policy, 0, (enum conn_class)c, MANY, now);
	while (policy_next(storm->policy, now, &decision))
		started += decision.kind == DECISION_START;
	return started;
}

/* All of them run, and then their client goes. */
static struct storm *storm_of(
	enum verb verb, bool is_long_running, bool do_drains_end)
{
	struct storm *storm = xcalloc(1, sizeof(*storm));
	struct decision decision;

	policy_settings_default(&storm->settings);
	storm->settings.total.initial = storm->settings.total.max = MANY * SEAT;
	storm->settings.health.stream_starts_milli_qps = 0;
	storm->policy = policy_new(&storm->settings, 1, START);
	storm->class = (struct class){
		.verb = verb,
		.is_resource = true,
		.is_long_running = is_long_running,
		.resource = SPAN("pods"),
	};
	for (int i = 0; i < MANY; i++) {
		storm->requests[i] = (struct request){
			.class = &storm->class,
			.peer = 1,
			.is_body_kept = true,
			.deadline = USEC_NEVER,
		};
		policy_submit(storm->policy, &storm->requests[i], START);
	}
	cr_assert_eq(start_all(storm, START), MANY);
	for (int i = 0; i < MANY; i++)
		cr_assert(!policy_cancel(
			storm->policy, &storm->requests[i], START));
	while (policy_next(storm->policy, START, &decision)) {
		storm->aborts += decision.kind == DECISION_ABORT;
		storm->drains += decision.kind == DECISION_DRAIN;
		if (decision.kind == DECISION_DRAIN && !do_drains_end)
			storm->left++;
		else if (decision.kind != DECISION_PROBE)
			finish(storm, decision.rq, START);
		policy_check(storm->policy);
	}
	return storm;
}

static void storm_free(struct storm *storm)
{
	policy_free(storm->policy);
	free(storm);
}

/* Until policy wants nothing any more; when the first and last reset came. */
static void reset_rest(
	struct storm *storm, usec_t *ret_first, usec_t *ret_last)
{
	struct decision decision;
	usec_t now = START;

	*ret_first = USEC_NEVER;
	while (storm->left > 0) {
		now = u64_max(now + 1, policy_wake_at(storm->policy));
		while (policy_next(storm->policy, now, &decision)) {
			if (decision.kind != DECISION_ABORT)
				continue;
			finish(storm, decision.rq, now);
			storm->left--;
			*ret_first = u64_min(*ret_first, now);
			*ret_last = now;
		}
		policy_check(storm->policy);
	}
}

Test(abort, too_many_at_once_are_drained_instead)
{
	struct storm *storm = storm_of(VERB_GET, false, true);

	cr_expect_eq(storm->aborts, 100);
	cr_expect_eq(storm->drains, MANY - 100);
	storm_free(storm);
}

Test(abort, what_does_not_end_by_itself_is_always_reset)
{
	struct storm *storm = storm_of(VERB_WATCH, true, true);

	cr_expect_eq(storm->aborts, MANY);
	storm_free(storm);
}

Test(abort, what_is_drained_and_does_not_end_is_reset_later)
{
	struct storm *storm = storm_of(VERB_GET, false, false);
	usec_t limit = storm->settings.retry.answer_timeout, first, last = 0;

	cr_assert_eq(storm->left, MANY - 100);
	reset_rest(storm, &first, &last);
	cr_expect_geq(first, START + limit);
	/* As many as the API server bears: 100 at once, then 50 a second. */
	cr_expect_geq(last, START + limit + SECOND);
	cr_expect_leq(last, START + limit + 3 * SECOND);
	storm_free(storm);
}

/* ---- answers that do not come ---------------------------------------------- */

/* One whose first `count` attempts are never answered. */
static struct call *unanswered(struct world **ret_world, enum kind kind,
	enum request_source source, unsigned count)
{
	struct world *world = world_new(NULL, 1);
	struct client *client = world_client(world, kind);

	client->source = source;
	client->credential = CREDENTIAL_OWN;
	client->is_replayable = kind == REMOVAL;
	world->servers[0].faults[kind] = (struct fault){
		.what = FAULT_HANG, .count = count, .hang = 100 * 60 * MINUTE,
	};
	*ret_world = world;
	return world_send(world, client);
}

Test(unanswered, a_removal_that_may_be_sent_again_is)
{
	struct world *world;
	struct call *call = unanswered(&world, REMOVAL, SOURCE_CLIENT, 1);

	world_run(world, world->settings.retry.answer_timeout - SECOND);
	cr_expect_eq(call->state, CALL_AT_SERVER);
	cr_expect_eq(call->intents, 0);
	world_run(world, 5 * SECOND);
	cr_expect_eq(call->status, 200);
	cr_expect_eq(call->starts, 2);
	cr_expect_eq(call->intents, 1);
	world_free(world);
}

Test(unanswered, in_the_end_its_client_is_told_that_it_is_pending)
{
	struct world *world;
	struct call *call = unanswered(&world, REMOVAL, SOURCE_CLIENT, 9);

	world_run(world, 10 * MINUTE);
	cr_expect_eq(call->verdict, VERDICT_NO_ANSWER);
	cr_expect(call->is_pending);
	/* Then it has waited for as long as its lane allows. */
	cr_expect_eq(call->starts, 2);
	world_free(world);
}

Test(unanswered, a_replay_gives_its_place_up)
{
	struct world *world;
	struct call *call = unanswered(&world, REMOVAL, SOURCE_REPLAY, 9);

	world_run(world, 2 * MINUTE);
	cr_expect_eq(call->verdict, VERDICT_NO_ANSWER);
	cr_expect_eq(call->starts, 1);
	world_free(world);
}

Test(unanswered, what_may_not_be_sent_again_is_its_client_s_to_give_up)
{
	static const enum kind KINDS_OF_IT[] = { CREATE, STATUS, UNGUARDED };

	for (unsigned i = 0; i < ARRAY_SIZE(KINDS_OF_IT); i++) {
		struct world *world;
		struct call *call = unanswered(
			&world, KINDS_OF_IT[i], SOURCE_CLIENT, 1);

		world_run(world, 60 * MINUTE);
		cr_expect_eq(call->state, CALL_AT_SERVER);
		world_free(world);
	}
}

/* A removal that was started and journaled, and whose client went. */
static struct storm *journaled(struct request **ret_rq)
{
	struct storm *storm = xcalloc(1, sizeof(*storm));
	struct request *rq = *ret_rq = &storm->requests[0];
	struct decision decision;

	policy_settings_default(&storm->settings);
	storm->settings.intents.mode = JOURNAL_ALWAYS;
	storm->policy = policy_new(&storm->settings, 1, START);
	storm->class = KIND_INFOS[REMOVAL].class;
	*rq = (struct request){
		.class = &storm->class,
		.credential = CREDENTIAL_OWN,
		.is_replayable = true,
		.is_body_kept = true,
		.deadline = USEC_NEVER,
	};
	policy_submit(storm->policy, rq, START);
	cr_assert_eq(start_all(storm, START), 1);
	policy_journaled(storm->policy, rq, true, START);
	cr_assert_not(policy_cancel(storm->policy, rq, START));
	cr_assert(policy_next(storm->policy, START, &decision));
	cr_assert_eq(decision.kind, DECISION_DRAIN);
	return storm;
}

static bool is_aborted(struct storm *storm, usec_t now)
{
	struct decision decision;

	while (policy_next(storm->policy, now, &decision)) {
		if (decision.kind == DECISION_ABORT)
			return true;
	}
	return false;
}

Test(unanswered, a_journaled_one_without_its_client_is_let_go)
{
	struct request *rq;
	struct storm *storm = journaled(&rq);
	usec_t limit = storm->settings.retry.answer_timeout;

	cr_expect_not(is_aborted(storm, START + limit - 1));
	cr_expect(is_aborted(storm, START + limit));
	finish(storm, rq, START + limit);
	policy_check(storm->policy);
	storm_free(storm);
}

Test(unanswered, nor_is_an_answer_without_an_end_awaited)
{
	const struct answer answer = { .status = 200 };
	struct request *rq;
	struct storm *storm = journaled(&rq);
	usec_t limit = storm->settings.retry.answer_timeout;

	cr_assert_eq(policy_answered(storm->policy, rq, &answer, START + 1),
		PASS_ON);
	cr_expect(is_aborted(storm, START + limit));
	finish(storm, rq, START + limit);
	storm_free(storm);
}

Test(unanswered, an_answer_that_follows_a_client_is_not_cut)
{
	const struct answer answer = { .status = 200 };
	struct world *world;
	struct call *call = unanswered(&world, REMOVAL, SOURCE_CLIENT, 1);

	world_run(world, SECOND);
	cr_assert_eq(policy_answered(
			     world->policy, &call->rq, &answer, world->now),
		PASS_ON);
	world_run(world, 60 * MINUTE);
	cr_expect_eq(call->state, CALL_AT_SERVER);
	world_free(world);
}
