/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "proxy/simulate/recording.h"

#define HEAD                                                              \
	"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\","         \
	"\"level\":\"Request\",\"stage\":\"%s\",\"auditID\":\"1\","       \
	"\"user\":{\"username\":\"system:serviceaccount:argo:argo\","     \
	"\"groups\":[\"system:serviceaccounts\"]},"                       \
	"\"sourceIPs\":[\"10.1.2.3\"],\"userAgent\":\"argo/3\","          \
	"\"requestReceivedTimestamp\":\"2026-11-30T15:02:11.100000Z\","   \
	"\"stageTimestamp\":\"2026-11-30T15:02:11.112345Z\","             \
	"\"responseStatus\":{\"code\":%d},"
#define POD "/api/v1/namespaces/argo/pods/p"

static struct recording *read_event(
	const char *stage, int code, const char *rest)
{
	struct recording *recording = recording_new();
	char line[4096];
	int len = snprintf(line, sizeof(line), HEAD "%s}", stage, code, rest);

	recording_add_line(recording, span_of(line, (size_t)len));
	return recording;
}

static struct recorded one_of(const char *rest)
{
	static struct recording *recording;

	recording_free(recording);
	recording = read_event("ResponseComplete", 200, rest);
	cr_assert_eq(recording->count, 1, "%s", rest);
	return recording->requests[0];
}

static enum effect effect_of(const char *target, const char *body)
{
	char rest[1024];

	snprintf(rest, sizeof(rest),
		"\"verb\":\"patch\",\"requestURI\":\"%s\","
		"\"requestObject\":%s",
		target, body);
	return one_of(rest).class.effect;
}

Test(audit_line, who_what_when_and_how_long)
{
	struct recorded one =
		one_of("\"verb\":\"list\",\"requestURI\":\"/api/v1/pods"
		       "?limit=500\"");

	cr_expect_eq(one.class.verb, VERB_LIST);
	cr_expect(one.class.has_limit);
	cr_expect_eq(one.service, 12345);
	cr_expect(one.has_subject);
	cr_expect(span_eq_str(
		one.subject.user, "system:serviceaccount:argo:argo"));
	cr_assert_eq(one.subject.group_count, 1);
	cr_expect(span_eq_str(one.subject.groups[0], "system:serviceaccounts"));
	cr_expect(span_eq_str(one.user_agent, "argo/3"));
	cr_expect_neq(one.peer, 0);
	cr_expect_null(one.lane);
	cr_expect_not(one.is_unread);
}

Test(audit_line, who_is_impersonated_is_who_asks)
{
	struct recorded one = one_of(
		"\"verb\":\"get\",\"requestURI\":\"/api\","
		"\"impersonatedUser\":{\"username\":\"alice\"}");

	cr_expect(span_eq_str(one.subject.user, "alice"));
	cr_expect_eq(one.subject.group_count, 0);
}

Test(audit_line, a_body_tells_what_it_does_to_finalizers)
{
	cr_expect_eq(effect_of(POD, "{\"metadata\":{\"finalizers\":null}}"),
		EFFECT_REMOVES);
	cr_expect_eq(effect_of(POD,
			     "[{\"op\":\"remove\","
			     "\"path\":\"/metadata/finalizers\"}]"),
		EFFECT_REMOVES);
	cr_expect_eq(
		effect_of(POD,
			"{\"metadata\":{\"$deleteFromPrimitiveList/"
			"finalizers\":[\"a/b\"]}}"),
		EFFECT_REMOVES);
	cr_expect_eq(effect_of(POD, "{\"metadata\":{\"labels\":{}}}"),
		EFFECT_NONE);
}

Test(audit_line, without_a_body_it_is_what_its_head_says)
{
	struct recorded one = one_of(
		"\"verb\":\"patch\",\"requestURI\":\"" POD "\"");

	cr_expect(one.is_unread);
	cr_expect_eq(one.class.verb, VERB_PATCH);
	cr_expect_eq(one.class.effect, EFFECT_NONE);
}

Test(audit_line, a_watch_opens_and_lasts)
{
	struct recorded one = one_of(
		"\"verb\":\"watch\",\"requestURI\":\"/api/v1/pods?watch=1\"");

	cr_expect(one.class.is_long_running);
	cr_expect_eq(one.service + one.transfer, 12345);
	cr_expect_leq(one.service, USEC_PER_MSEC);
}

static enum line_kind kind_of(const char *stage, int code, const char *rest)
{
	struct recording *recording = read_event(stage, code, rest);
	enum line_kind kind = LINE_KIND_COUNT;

	for (unsigned i = 0; i < LINE_KIND_COUNT; i++) {
		if (recording->lines[i])
			kind = (enum line_kind)i;
	}
	recording_free(recording);
	return kind;
}

Test(audit_line, what_is_no_request_is_said)
{
	static const char GET[] = "\"verb\":\"get\",\"requestURI\":\"/api\"";

	cr_expect_eq(kind_of("RequestReceived", 200, GET), LINE_OTHER);
	cr_expect_eq(kind_of("ResponseComplete", 429, GET), LINE_THROTTLED);
	cr_expect_eq(kind_of("ResponseComplete", 200, GET), LINE_REQUEST);
	cr_expect_eq(kind_of("ResponseComplete", 200, "\"verb\":\"get\""),
		LINE_LACKS);
	cr_expect_eq(kind_of("ResponseComplete", 200,
			     "\"verb\":\"frobnicate\",\"requestURI\":\"/api\""),
		LINE_LACKS);
}
