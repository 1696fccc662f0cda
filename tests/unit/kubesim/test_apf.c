/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/kubesim/apf.h"
#include "tests/kubesim/dropped.h"

static const char config_text[] =
	"{\"levels\":["
	"{\"name\":\"exempt\",\"type\":\"Exempt\"},"
	"{\"name\":\"q\",\"seats\":1,\"queues\":4,\"handSize\":1,"
	"\"queueLengthLimit\":2},"
	"{\"name\":\"r\",\"seats\":1,\"response\":\"Reject\"}],"
	"\"schemas\":["
	"{\"name\":\"masters\",\"level\":\"exempt\","
	"\"groups\":[\"system:masters\"]},"
	"{\"name\":\"noisy\",\"level\":\"r\",\"users\":[\"noisy\"],"
	"\"verbs\":[\"create\"],\"resources\":[\"pods\"]},"
	"{\"name\":\"rest\",\"level\":\"q\",\"distinguisher\":\"ByUser\"}]}";

struct fixture {
	struct apf *apf;
	struct identity user;
	struct request req;
};

static void begin(struct fixture *fix, const char *user, const char *method)
{
	struct err err;
	cJSON *config = json_parse(span_str(config_text), &err);

	fix->apf = apf_new(10, config, &err);
	cr_assert_not_null(fix->apf, "%s", err.text);
	cJSON_Delete(config);
	identity_init(&fix->user, user);
	identity_complete(&fix->user);
	request_init(&fix->req, span_str(method),
		SPAN("/api/v1/namespaces/argo/pods"));
}

static void end(struct fixture *fix)
{
	apf_check(fix->apf);
	apf_free(fix->apf);
	identity_fini(&fix->user);
	request_fini(&fix->req);
}

static enum apf_verdict enter(
	struct fixture *fix, struct apf_seat *seat, usec_t now)
{
	enum apf_verdict verdict =
		apf_enter(fix->apf, &fix->req, &fix->user, 1, seat, now);

	apf_check(fix->apf);
	return verdict;
}

Test(apf, a_rejecting_level_rejects_what_finds_no_seat)
{
	struct apf_seat a = { 0 };
	struct apf_seat b = { 0 };
	struct fixture fix;

	begin(&fix, "noisy", "POST");
	cr_assert_eq(enter(&fix, &a, 0), APF_RUN);
	cr_assert_eq(enter(&fix, &b, 0), APF_REJECT);
	apf_leave(fix.apf, &a, 1);
	cr_assert_eq(enter(&fix, &b, 2), APF_RUN);
	apf_leave(fix.apf, &b, 3);
	end(&fix);
}

Test(apf, a_queueing_level_queues_up_to_its_length)
{
	struct apf_seat seats[4] = { { .state = APF_OUTSIDE } };
	struct fixture fix;

	begin(&fix, "argo", "POST");
	cr_assert_eq(enter(&fix, &seats[0], 0), APF_RUN);
	cr_assert_eq(enter(&fix, &seats[1], 0), APF_WAIT);
	cr_assert_eq(enter(&fix, &seats[2], 0), APF_WAIT);
	cr_assert_eq(enter(&fix, &seats[3], 0), APF_REJECT);
	cr_assert_null(apf_next(fix.apf, 1));
	apf_leave(fix.apf, &seats[0], 2);
	cr_assert_eq(apf_next(fix.apf, 2), &seats[1]);
	cr_assert_null(apf_next(fix.apf, 2));
	/* One that gives up frees its place. */
	apf_leave(fix.apf, &seats[2], 3);
	apf_leave(fix.apf, &seats[1], 4);
	cr_assert_null(apf_next(fix.apf, 4));
	end(&fix);
}

Test(apf, who_waits_too_long_counts_as_rejected)
{
	struct apf_seat a = { 0 };
	struct apf_seat b = { 0 };
	struct fixture fix;

	begin(&fix, "argo", "POST");
	enter(&fix, &a, 0);
	enter(&fix, &b, 0);
	apf_time_out(fix.apf, &b, 15 * USEC_PER_SEC);
	cr_assert_eq(b.state, APF_OUTSIDE);
	cr_assert_eq(apf_retry_after(&b), 1);
	apf_leave(fix.apf, &a, 15 * USEC_PER_SEC);
	end(&fix);
}

Test(apf, a_light_flow_does_not_wait_behind_a_heavy_one)
{
	struct apf_seat heavy[3] = { { .state = APF_OUTSIDE } };
	struct apf_seat light = { 0 };
	struct identity other;
	struct fixture fix;

	begin(&fix, "heavy", "POST");
	identity_init(&other, "light-2");
	identity_complete(&other);
	for (int i = 0; i < 3; i++)
		enter(&fix, &heavy[i], 0);
	cr_assert_eq(
		apf_enter(fix.apf, &fix.req, &other, 1, &light, 1), APF_WAIT);
	cr_assert_neq(light.queue, heavy[0].queue, "choose other names");
	apf_leave(fix.apf, &heavy[0], 10000);
	cr_assert_eq(apf_next(fix.apf, 10000), &light);
	apf_leave(fix.apf, &light, 11000);
	for (int i = 1; i < 3; i++)
		apf_leave(fix.apf, &heavy[i], 11000);
	identity_fini(&other);
	end(&fix);
}

Test(apf, the_exempt_never_wait)
{
	struct apf_seat seats[3] = { { .state = APF_OUTSIDE } };
	struct fixture fix;

	begin(&fix, "admin", "POST");
	identity_add_group(&fix.user, SPAN("system:masters"));
	for (int i = 0; i < 3; i++)
		cr_assert_eq(enter(&fix, &seats[i], 0), APF_RUN);
	for (int i = 0; i < 3; i++)
		apf_leave(fix.apf, &seats[i], 1);
	end(&fix);
}

Test(apf, a_new_configuration_leaves_those_who_are_in)
{
	struct apf_seat a = { 0 };
	struct apf_seat b = { 0 };
	struct fixture fix;
	struct err err;

	begin(&fix, "argo", "POST");
	enter(&fix, &a, 0);
	enter(&fix, &b, 0);
	cr_assert_eq(apf_configure(fix.apf, NULL, &err), 0);
	apf_leave(fix.apf, &a, 1);
	cr_assert_eq(apf_next(fix.apf, 1), &b);
	apf_leave(fix.apf, &b, 2);
	end(&fix);
}

/* facts: under a constant storm 2 2 4 4 4 4 8x8 16x16, then 32 */
Test(dropped, retry_after_doubles_in_a_storm)
{
	struct dropped dropped;
	unsigned seen[64];

	dropped_init(&dropped);
	for (unsigned second = 0; second < 64; second++) {
		for (unsigned i = 0; i < 20; i++)
			dropped_record(&dropped,
				(100 + second) * USEC_PER_SEC + i * 1000);
		seen[second] = dropped.retry_after;
	}
	cr_assert_eq(seen[0], 1);
	cr_assert_eq(seen[1], 2);
	cr_assert_eq(seen[2], 2);
	cr_assert_eq(seen[3], 4);
	cr_assert_eq(seen[6], 4);
	cr_assert_eq(seen[7], 8);
	cr_assert_eq(seen[14], 8);
	cr_assert_eq(seen[15], 16);
	cr_assert_eq(seen[31], 32);
	cr_assert_eq(seen[63], 32);
}

Test(dropped, it_goes_down_by_one_and_only_when_something_is_dropped)
{
	struct dropped dropped;

	dropped_init(&dropped);
	for (unsigned second = 0; second < 10; second++) {
		for (unsigned i = 0; i < 30; i++)
			dropped_record(&dropped, (100 + second) * USEC_PER_SEC);
	}
	cr_assert_eq(dropped.retry_after, 8);
	dropped_record(&dropped, 130 * USEC_PER_SEC);
	cr_assert_eq(dropped.retry_after, 7);
	dropped_record(&dropped, 131 * USEC_PER_SEC);
	cr_assert_eq(dropped.retry_after, 6);
}
