/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upgrades (exec, attach, port-forward): they go over connections of their
 * own and wait for nobody's seat, stream, pace or queue.
 */
#include <criterion/criterion.h>

#include "base/alloc.h"
#include "policy/policy.h"

#define START (1000 * USEC_PER_SEC)
#define MANY 200

struct scene {
	struct policy_settings settings;
	struct policy *policy;
	struct request requests[2 * MANY];
	unsigned count;
};

static const struct class EXEC = {
	.verb = VERB_CREATE,
	.is_resource = true,
	.is_long_running = true,
	.resource = SPAN_INIT("pods"),
	.subresource = SPAN_INIT("exec"),
};

static const struct class WATCH = {
	.verb = VERB_WATCH,
	.is_resource = true,
	.is_long_running = true,
	.resource = SPAN_INIT("pods"),
};

static struct scene *scene_new(void)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));

	policy_settings_default(&scene->settings);
	scene->settings.total.initial = scene->settings.total.max =
		2 * MANY * SEAT;
	scene->policy = policy_new(&scene->settings, 1, START);
	return scene;
}

static void scene_free(struct scene *scene)
{
	policy_free(scene->policy);
	free(scene);
}

static struct request *submit(
	struct scene *scene, const struct class *class, bool is_apart)
{
	struct request *rq = &scene->requests[scene->count++];

	*rq = (struct request){
		.class = class,
		.peer = 1,
		.is_body_kept = true,
		.is_apart = is_apart,
		.deadline = USEC_NEVER,
	};
	policy_submit(scene->policy, rq, START);
	policy_check(scene->policy);
	return rq;
}

/* How many of them start now; `ret_last` is the last decision. */
static unsigned start_with(
	struct scene *scene, unsigned streams, struct decision *ret_last)
{
	unsigned started = 0;

	for (unsigned c = 0; c < CONN_CLASS_COUNT; c++)
		policy_capacity(scene->policy, 0, (enum conn_class)c, streams,
			START);
	while (policy_next(scene->policy, START, ret_last)) {
		started += ret_last->kind == DECISION_START;
		policy_check(scene->policy);
	}
	return started;
}

Test(apart, needs_no_stream_of_the_pools)
{
	struct scene *scene = scene_new();
	struct decision last;

	submit(scene, &WATCH, false);
	submit(scene, &EXEC, true);
	cr_expect_eq(start_with(scene, 0, &last), 1);
	cr_expect_eq(scene->requests[1].state, REQUEST_RUNNING);
	cr_expect_eq(scene->requests[0].state, REQUEST_QUEUED);
	scene_free(scene);
}

Test(apart, is_not_paced_and_stands_behind_no_watch)
{
	struct scene *scene = scene_new();
	struct decision last;
	unsigned started;

	for (unsigned i = 0; i < MANY; i++)
		submit(scene, &WATCH, false);
	for (unsigned i = 0; i < MANY; i++)
		submit(scene, &EXEC, true);
	started = start_with(scene, MANY, &last);
	cr_expect_eq(
		started, MANY + scene->settings.health.stream_starts_burst);
	for (unsigned i = MANY; i < 2 * MANY; i++)
		cr_expect_eq(scene->requests[i].state, REQUEST_RUNNING);
	scene_free(scene);
}

Test(apart, leaves_the_pace_to_the_watches)
{
	struct scene *scene = scene_new();
	struct decision last;

	for (unsigned i = 0; i < MANY; i++)
		submit(scene, &EXEC, true);
	cr_expect_eq(start_with(scene, MANY, &last), MANY);
	submit(scene, &WATCH, false);
	cr_expect_eq(start_with(scene, MANY, &last), 1);
	scene_free(scene);
}

Test(apart, is_refused_while_the_api_server_is_away)
{
	struct scene *scene = scene_new();
	struct decision decision;

	for (unsigned i = 0; i < 10; i++)
		policy_health(scene->policy, 0, HEALTH_PROBE_TIMEOUT, START);
	submit(scene, &EXEC, true);
	while (policy_next(scene->policy, START, &decision) &&
		decision.kind != DECISION_REJECT)
		continue;
	cr_expect_eq(decision.kind, DECISION_REJECT);
	cr_expect_eq(decision.verdict, VERDICT_STREAM_AWAY);
	scene_free(scene);
}
