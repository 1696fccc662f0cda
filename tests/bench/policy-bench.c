/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy costs, in nanoseconds:
 *
 *	cycle	 submit, next, sent, answered and finish of one request, while
 *		 so many others wait in so many flows
 *	blocked	 policy_next() and policy_wake_at() when nothing may start
 *	submit	 policy_submit() into a queue that is as long
 *
 * The smallest of several rounds: what it costs without neighbours.
 *
 * With QUEUED FLOWS CYCLES it goes through so many cycles and says nothing:
 * for who counts its instructions (policy-instructions.sh).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/check.h"
#include "policy/policy.h"

#define ROUNDS 7
#define CYCLES 20000

struct bench {
	struct policy_settings settings;
	struct policy *policy;
	struct request *requests;
	struct class *classes;
	struct request **idle; /* those that are not with policy: a stack */
	uint32_t count;
	uint32_t idle_count;
	usec_t now;
	char (*namespaces)[24];
};

static uint64_t nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void capacity(struct bench *bench, unsigned streams)
{
	for (unsigned c = 0; c < CONN_CLASS_COUNT; c++)
		policy_capacity(bench->policy, 0, (enum conn_class)c, streams,
			bench->now);
}

static void bench_init(struct bench *bench, uint32_t queued, uint32_t flows)
{
	*bench = (struct bench){ .count = queued + 64, .now = USEC_PER_SEC };
	policy_settings_default(&bench->settings);
	bench->settings.flows_max = (uint32_t)u64_max(
		bench->settings.flows_max, 2 * (uint64_t)flows);
	for (uint32_t i = 0; i < bench->settings.lane_count; i++) {
		bench->settings.lanes[i].queue_requests_max = UINT32_MAX;
		bench->settings.lanes[i].queue_bytes_max = UINT64_MAX;
	}
	bench->policy = policy_new(&bench->settings, 1, bench->now);
	bench->requests = xcalloc(bench->count, sizeof(*bench->requests));
	bench->idle = xcalloc(bench->count, sizeof(struct request *));
	bench->classes = xcalloc(bench->count, sizeof(*bench->classes));
	bench->namespaces = xcalloc(flows, sizeof(*bench->namespaces));
	for (uint32_t i = 0; i < flows; i++)
		snprintf(bench->namespaces[i], sizeof(bench->namespaces[i]),
			"namespace-%" PRIu32, i);
	for (uint32_t i = 0; i < bench->count; i++) {
		bench->classes[i] = (struct class){
			.verb = VERB_CREATE,
			.is_resource = true,
			.group = SPAN(""),
			.version = SPAN("v1"),
			.resource = SPAN("configmaps"),
			.subresource = SPAN(""),
			.namespace = span_str(bench->namespaces[i % flows]),
			.name = SPAN(""),
		};
		bench->requests[i] = (struct request){
			.class = &bench->classes[i],
			.user_agent = SPAN("argo-workflows/v3.6"),
			.identity = 7,
			.peer = 1,
			.held_bytes = 500,
			.body_len = 300,
			.is_body_kept = true,
			.deadline = USEC_NEVER,
		};
		bench->idle[bench->idle_count++] = &bench->requests[i];
	}
}

static void bench_fini(struct bench *bench)
{
	policy_free(bench->policy);
	free(bench->requests);
	free(bench->idle);
	free(bench->classes);
	free(bench->namespaces);
}

static void submit(struct bench *bench)
{
	CHECK(bench->idle_count > 0);
	policy_submit(
		bench->policy, bench->idle[--bench->idle_count], bench->now);
}

/* Starts one and serves it to its end; false: nothing starts. */
static bool serve(struct bench *bench)
{
	static const struct answer ANSWER = {
		.status = 201,
		.retry_after = -1,
		.level_uid = 0x1234,
	};
	static const struct outcome OUTCOME = { .kind = OUTCOME_COMPLETE };
	struct decision decision;

	do {
		if (!policy_next(bench->policy, bench->now, &decision))
			return false;
		if (decision.kind == DECISION_PROBE)
			policy_health(
				bench->policy, 0, HEALTH_PROBE_OK, bench->now);
	} while (decision.kind != DECISION_START);
	policy_sent(bench->policy, decision.rq, bench->now);
	CHECK(policy_answered(bench->policy, decision.rq, &ANSWER,
		      bench->now) == PASS_ON);
	CHECK(!policy_finish(bench->policy, decision.rq, &OUTCOME, bench->now));
	bench->idle[bench->idle_count++] = decision.rq;
	return true;
}

static uint64_t time_submits(struct bench *bench, uint32_t queued)
{
	uint64_t began = nanoseconds();

	for (uint32_t i = 0; i < queued; i++)
		submit(bench);
	return queued ? (nanoseconds() - began) / queued : 0;
}

/* Requests end in the order in which fairness has them start. */
static uint64_t time_cycles(struct bench *bench, uint32_t cycles)
{
	uint64_t began = nanoseconds();

	for (uint32_t i = 0; i < cycles; i++) {
		capacity(bench, 100);
		submit(bench);
		CHECK(serve(bench));
		bench->now += 100;
	}
	return (nanoseconds() - began) / cycles;
}

static uint64_t time_blocked(struct bench *bench)
{
	struct decision decision;
	uint64_t began;

	capacity(bench, 0);
	while (policy_next(bench->policy, bench->now, &decision)) {
		if (decision.kind == DECISION_PROBE)
			policy_health(
				bench->policy, 0, HEALTH_PROBE_OK, bench->now);
	}
	began = nanoseconds();
	for (int i = 0; i < CYCLES; i++) {
		CHECK(!policy_next(bench->policy, bench->now, &decision));
		CHECK(policy_wake_at(bench->policy) > bench->now);
	}
	return (nanoseconds() - began) / CYCLES;
}

/* The level is known and the identity proven; so many others wait. */
static uint64_t prepare(struct bench *bench, uint32_t queued, uint32_t flows)
{
	bench_init(bench, queued, flows);
	submit(bench);
	capacity(bench, 100);
	CHECK(serve(bench));
	return time_submits(bench, queued);
}

static void run(uint32_t queued, uint32_t flows)
{
	uint64_t cycle = UINT64_MAX, blocked = UINT64_MAX, sub = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		struct bench bench;

		sub = u64_min(sub, prepare(&bench, queued, flows));
		cycle = u64_min(cycle, time_cycles(&bench, CYCLES));
		policy_check(bench.policy);
		blocked = u64_min(blocked, time_blocked(&bench));
		bench_fini(&bench);
	}
	printf("%8" PRIu32 " %8" PRIu32 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64
	       "\n",
		queued, flows, cycle, blocked, sub);
}

static uint32_t number(const char *text)
{
	uint64_t value;

	CHECK(!span_to_u64(span_str(text), &value) && value > 0 &&
		value < UINT32_MAX);
	return (uint32_t)value;
}

static void run_quietly(char **args)
{
	struct bench bench;

	prepare(&bench, number(args[0]), number(args[1]));
	time_cycles(&bench, number(args[2]));
	bench_fini(&bench);
}

int main(int argc, char **argv)
{
	if (argc == 4) {
		run_quietly(argv + 1);
		return 0;
	}
	printf("%8s %8s %8s %8s %8s\n", "queued", "flows", "cycle", "blocked",
		"submit");
	run(0, 1);
	run(1, 1);
	run(100, 1);
	run(100, 100);
	run(1000, 100);
	run(10000, 1);
	run(10000, 100);
	run(10000, 10000);
	return 0;
}
