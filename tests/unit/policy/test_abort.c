/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that go while their requests run: resets within bounds. */
#include <criterion/criterion.h>

#include "base/alloc.h"
#include "policy/policy.h"

#define START (1000 * USEC_PER_SEC)
#define MANY 300

struct storm {
	struct policy_settings settings;
	struct policy *policy;
	struct request requests[MANY];
	struct class class;
	unsigned aborts;
	unsigned drains;
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
static struct storm *storm_of(enum verb verb, bool is_long_running)
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

Test(abort, too_many_at_once_are_drained_instead)
{
	struct storm *storm = storm_of(VERB_GET, false);

	cr_expect_eq(storm->aborts, 100);
	cr_expect_eq(storm->drains, MANY - 100);
	storm_free(storm);
}

Test(abort, what_does_not_end_by_itself_is_always_reset)
{
	struct storm *storm = storm_of(VERB_WATCH, true);

	cr_expect_eq(storm->aborts, MANY);
	storm_free(storm);
}
