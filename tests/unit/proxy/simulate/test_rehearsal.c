/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "proxy/simulate/rehearsal.h"
#include "policy/world/world.h"

enum { LEASES = 0, STREAMS, FINALIZERS, STATUSES, WRITES, READS, EVENTS };

/* A GET that came so many microseconds after the first, and took so long. */
static void add_get_of(struct recording *recording, const char *user, usec_t at,
	usec_t took)
{
	usec_t submitted = 100 * SECOND + at;
	char line[2048];

	snprintf(line, sizeof(line),
		"time=2026-11-30T15:00:10.000Z msg=\"request\" method=GET "
		"verb=get path=/api/v1/namespaces/argo/pods/p query=- "
		"effect=None lane=reads status=200 reason=- end=answered "
		"attempts=1 submitted=%" PRIu64 ".%06" PRIu64
		" wait=0.007000 upstream=%" PRIu64 ".%06" PRIu64
		" transfer=0.000000 duration=0.000001 bytes_in=0 "
		"bytes_out=100 identity=77 peer=127.0.0.1:1 user=%s",
		submitted / SECOND, submitted % SECOND, took / SECOND,
		took % SECOND, user);
	recording_add_line(recording, span_str(line));
}

static void add_get(struct recording *recording, usec_t at, usec_t took)
{
	add_get_of(recording, "\"\"", at, took);
}

/* So many at once, each of 10 ms. */
static struct recording *burst(unsigned count)
{
	struct recording *recording = recording_new();

	for (unsigned i = 0; i < count; i++)
		add_get(recording, 0, 10 * MSEC);
	recording_finish(recording);
	return recording;
}

static struct rehearsal *play(const struct recording *recording,
	const struct policy_settings *policy, uint32_t seats)
{
	struct rehearsal_settings settings = { policy, seats };
	struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));

	rehearsal_play(rehearsal, recording, &settings);
	return rehearsal;
}

static struct policy_settings fixed_total(uint32_t seats)
{
	struct policy_settings policy;

	policy_settings_default(&policy);
	policy.total.is_adaptive = false;
	policy.total.initial = policy.total.min = policy.total.max =
		seats * SEAT;
	return policy;
}

static void let_go(struct rehearsal *rehearsal, struct recording *recording)
{
	rehearsal_fini(rehearsal);
	free(rehearsal);
	recording_free(recording);
}

Test(rehearsal, waits_are_those_of_the_seats)
{
	struct policy_settings policy = fixed_total(2);
	struct recording *recording = burst(10);
	struct rehearsal *rehearsal = play(recording, &policy, 0);
	const struct lane_outcome *reads = &rehearsal->lanes[READS];

	cr_expect_eq(reads->arrived, 10);
	cr_expect_eq(reads->started, 10);
	cr_expect_eq(reads->in_flight_max, 2);
	/* Two at a time, 10 ms each: the last two wait for four rounds. */
	cr_expect_eq(reads->waits.max, 40 * MSEC);
	cr_expect_eq(rehearsal->in_flight_max, 2);
	cr_expect_eq(reads->was_waits.count, 10);
	cr_expect_eq(reads->was_waits.max, 7 * MSEC);
	let_go(rehearsal, recording);
}

Test(rehearsal, more_seats_are_less_waiting)
{
	struct policy_settings policy = fixed_total(10);
	struct recording *recording = burst(10);
	struct rehearsal *rehearsal = play(recording, &policy, 0);

	cr_expect_eq(rehearsal->lanes[READS].waits.max, 0);
	let_go(rehearsal, recording);
}

Test(rehearsal, the_api_server_may_have_fewer)
{
	struct policy_settings policy = fixed_total(10);
	struct recording *recording = burst(30);
	struct rehearsal *rehearsal = play(recording, &policy, 1);

	/* They wait there, and so those that come behind wait here. */
	cr_expect_geq(rehearsal->lanes[READS].waits.max, 150 * MSEC);
	let_go(rehearsal, recording);
}

Test(rehearsal, what_is_refused_is_counted_by_its_reason)
{
	struct policy_settings policy = fixed_total(1);
	struct recording *recording = burst(20);
	struct rehearsal *rehearsal;

	policy.lanes[READS].queue_requests_max = 5;
	rehearsal = play(recording, &policy, 0);
	cr_expect_eq(rehearsal->lanes[READS].arrived, 20);
	cr_expect_eq(
		rehearsal->lanes[READS].refused[VERDICT_QUEUE_FULL], 15);
	cr_expect_eq(rehearsal->lanes[READS].started, 5);
	cr_expect_eq(rehearsal->lanes[READS].waiting, 0);
	let_go(rehearsal, recording);
}

Test(rehearsal, more_than_policy_takes_is_refused)
{
	struct policy_settings policy = fixed_total(1);
	struct recording *recording = burst(40);
	struct rehearsal *rehearsal;

	policy.requests_max = 16;
	rehearsal = play(recording, &policy, 0);
	cr_expect_eq(rehearsal->lanes[READS].arrived, 40);
	cr_expect_eq(rehearsal->lanes[READS].refused[VERDICT_TOO_MANY], 24);
	cr_expect_eq(rehearsal->lanes[READS].started, 16);
	let_go(rehearsal, recording);
}

Test(rehearsal, more_than_policy_takes_is_refused_in_the_lane_of_its_user)
{
	static const char *const USERS[] = { "ada" };
	struct policy_settings policy = fixed_total(1);
	struct recording *recording = recording_new();
	struct rehearsal *rehearsal;

	policy.requests_max = 16;
	policy.rules[0] = (struct rule_settings){
		.name = "ada",
		.lane = WRITES,
		.users = { USERS, 1 },
	};
	for (unsigned i = 0; i < 40; i++)
		add_get_of(recording, "ada", 0, 10 * MSEC);
	recording_finish(recording);
	rehearsal = play(recording, &policy, 0);
	cr_expect_eq(rehearsal->lanes[WRITES].arrived, 40);
	cr_expect_eq(rehearsal->lanes[WRITES].refused[VERDICT_TOO_MANY], 24);
	cr_expect_eq(rehearsal->lanes[READS].arrived, 0);
	let_go(rehearsal, recording);
}

Test(rehearsal, the_same_twice)
{
	struct policy_settings policy = fixed_total(3);
	struct recording *recording = burst(200);
	struct rehearsal *first = play(recording, &policy, 0);
	struct rehearsal *second = play(recording, &policy, 0);
	struct buf a = BUF_INIT, b = BUF_INIT;

	rehearsal_write_json(first, recording, &a);
	rehearsal_write_json(second, recording, &b);
	cr_expect_str_eq(buf_cstr(&a), buf_cstr(&b));
	buf_fini(&a);
	buf_fini(&b);
	rehearsal_fini(second);
	free(second);
	let_go(first, recording);
}

Test(rehearsal, nothing_is_nothing)
{
	struct policy_settings policy = fixed_total(3);
	struct recording *recording = recording_new();
	struct rehearsal *rehearsal;
	struct buf out = BUF_INIT;

	recording_finish(recording);
	rehearsal = play(recording, &policy, 0);
	rehearsal_write_table(rehearsal, recording, &out);
	rehearsal_write_json(rehearsal, recording, &out);
	buf_fini(&out);
	let_go(rehearsal, recording);
}
