/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/arena.h"
#include "proxy/simulate/fields.h"
#include "proxy/simulate/recording.h"

#define REST                                                              \
	" shadow_rule=- status=200 reason=- end=answered attempts=1 "     \
	"endpoint=10.0.0.1:6443 submitted=100.000250 wait=0.004000 "      \
	"upstream=0.010000 transfer=0.002000 duration=0.016300 "          \
	"bytes_in=110 bytes_out=2000 user_agent=\"argo \\\"x\\\"\" "      \
	"identity=00000000000000ff audit_id=- peer=127.0.0.1:4711"
#define LINE                                                              \
	"time=2026-11-30T15:02:11.500Z level=debug msg=\"request\" "      \
	"method=PATCH verb=patch "                                        \
	"path=/api/v1/namespaces/argo/pods/p query=dryRun effect=Removes " \
	"finalizers=a.b/c,d pure=true lane=finalizers rule=r flow=5" REST

static struct recording *read_line(const char *line)
{
	struct recording *recording = recording_new();

	recording_add_line(recording, span_str(line));
	return recording;
}

static enum line_kind kind_of(const char *line)
{
	struct recording *recording = read_line(line);
	enum line_kind kind = LINE_KIND_COUNT;

	for (unsigned i = 0; i < LINE_KIND_COUNT; i++) {
		if (recording->lines[i])
			kind = (enum line_kind)i;
	}
	recording_free(recording);
	return kind;
}

#define expect_text(span, text) \
	cr_expect(span_eq_str((span), (text)), "%.*s", SPAN_ARG(span))

static void check_one(const struct recorded *one)
{
	cr_expect_eq(one->class.verb, VERB_PATCH);
	expect_text(one->class.resource, "pods");
	expect_text(one->class.namespace, "argo");
	expect_text(one->class.name, "p");
	cr_expect_eq(one->class.effect, EFFECT_REMOVES);
	cr_expect(one->class.is_pure);
	cr_expect(one->class.is_dry_run);
	cr_assert_eq(one->class.finalizer_count, 2);
	expect_text(one->class.finalizers[0], "a.b/c");
	expect_text(one->class.finalizers[1], "d");
	expect_text(one->user_agent, "argo \"x\"");
	cr_expect_str_eq(one->lane, "finalizers");
	cr_expect_eq(one->service, 10000);
	cr_expect_eq(one->transfer, 2000);
	cr_expect_eq(one->wait, 4000);
	cr_expect_eq(one->body_len, 110);
	cr_expect_eq(one->bytes, 2000);
	cr_expect_neq(one->identity, 0);
	cr_expect(one->is_service_known);
	cr_expect_eq(one->status, 200);
	cr_expect(one->was_started);
	cr_expect_not(one->was_refused);
	cr_expect_eq(one->patience, USEC_NEVER);
}

Test(access_line, text_has_all_that_is_needed)
{
	struct recording *recording = read_line(LINE);

	cr_assert_eq(recording->count, 1);
	check_one(&recording->requests[0]);
	recording_free(recording);
}

Test(access_line, json_is_the_same)
{
	struct recording *recording = read_line(
		"{\"time\":\"2026-11-30T15:02:11.500Z\",\"level\":\"debug\","
		"\"msg\":\"request\",\"method\":\"PATCH\",\"verb\":\"patch\","
		"\"path\":\"/api/v1/namespaces/argo/pods/p\","
		"\"query\":\"dryRun\",\"effect\":\"Removes\","
		"\"finalizers\":\"a.b/c,d\",\"pure\":true,"
		"\"lane\":\"finalizers\",\"rule\":\"r\",\"flow\":5,"
		"\"status\":200,\"reason\":\"-\",\"end\":\"answered\","
		"\"attempts\":1,\"submitted\":100.000250,\"wait\":0.004000,"
		"\"upstream\":0.010000,\"transfer\":0.002000,"
		"\"duration\":0.016300,\"bytes_in\":110,\"bytes_out\":2000,"
		"\"user_agent\":\"argo \\\"x\\\"\","
		"\"identity\":\"00000000000000ff\","
		"\"peer\":\"127.0.0.1:4711\"}");

	cr_assert_eq(recording->count, 1);
	check_one(&recording->requests[0]);
	recording_free(recording);
}

Test(access_line, a_number_that_is_too_long_is_none)
{
	const char *const numbers[] = { "1e300", "-1e300" };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		cJSON *object = cJSON_Parse("{\"wait\":0.004,\"msg\":\"x\"}");
		struct arena *arena = arena_new();
		struct line_fields fields;

		line_fields_read_json(object, arena, &fields);
		expect_text(line_field(&fields, "wait"), "0.004000");
		cJSON_ReplaceItemInObject(
			object, "wait", cJSON_CreateNumber(atof(numbers[i])));
		line_fields_read_json(object, arena, &fields);
		cr_expect(span_is_absent(line_field(&fields, "wait")));
		expect_text(line_field(&fields, "msg"), "x");
		arena_free(arena);
		cJSON_Delete(object);
	}
}

Test(access_line, what_is_no_request_is_said)
{
	cr_expect_eq(kind_of("time=2026-11-30T15:02:11.500Z level=info "
			     "msg=\"listening\" address=x"),
		LINE_OTHER);
	cr_expect_eq(kind_of("{\"msg\":\"listening\"}"), LINE_OTHER);
	cr_expect_eq(kind_of("a line of somebody else's"), LINE_MALFORMED);
	cr_expect_eq(kind_of("{\"msg\":"), LINE_MALFORMED);
	cr_expect_eq(kind_of("msg=\"no end"), LINE_MALFORMED);
	cr_expect_eq(kind_of("msg=\"request\" method=GET path=/api"),
		LINE_LACKS);
	cr_expect_eq(kind_of("   "), LINE_KIND_COUNT);
}

/* LINE with one field changed. */
static enum line_kind kind_with(const char *old, const char *new)
{
	const char *at = strstr(LINE, old);
	char line[2048];

	cr_assert_not_null(at);
	snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - LINE), LINE, new,
		at + strlen(old));
	return kind_of(line);
}

Test(access_line, one_without_a_lane_is_no_request_of_policys)
{
	cr_expect_eq(kind_with("lane=finalizers", "lane=-"), LINE_NO_LANE);
	cr_expect_eq(kind_with("submitted=100.000250", "submitted=x"),
		LINE_LACKS);
	cr_expect_eq(kind_with("time=2026", "time=x"), LINE_LACKS);
}

static size_t sampled_with(const char *old, const char *new)
{
	const char *at = strstr(LINE, old);
	struct recording *recording;
	char line[2048];
	size_t sampled;

	snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - LINE), LINE, new,
		at + strlen(old));
	recording = read_line(line);
	cr_assert_eq(recording->count, 1);
	sampled = recording->sampled;
	recording_free(recording);
	return sampled;
}

Test(access_line, a_sample_is_known_by_its_level)
{
	cr_expect_eq(sampled_with("level=debug", "level=debug"), 0);
	cr_expect_eq(sampled_with("level=debug", "level=info"), 1);
	cr_expect_eq(sampled_with("level=debug msg=\"request\"",
			     "level=info msg=\"request\" reason=no-answer"),
		0);
}

Test(access_line, a_path_that_was_encoded_is_read_as_it_was)
{
	struct recording *recording = read_line(
		"time=2026-11-30T15:02:11.500Z msg=\"request\" method=GET "
		"verb=watch path=\"/api/v1/namespaces/a%2Fb/pods\" query=- "
		"effect=None lane=streams" REST);

	cr_assert_eq(recording->count, 1);
	cr_expect_eq(recording->requests[0].class.verb, VERB_WATCH);
	cr_expect(recording->requests[0].class.is_long_running);
	expect_text(recording->requests[0].class.namespace, "a%2Fb");
	recording_free(recording);
}

static void add_at(struct recording *recording, const char *wall,
	uint64_t submitted)
{
	char line[2048];

	snprintf(line, sizeof(line),
		"time=2026-11-30T%s.000Z msg=\"request\" method=GET verb=get "
		"path=/api/v1/pods query=- effect=None lane=reads status=200 "
		"reason=- end=left attempts=0 submitted=%" PRIu64
		".000001 wait=2.0 upstream=0.000000 transfer=0.000000 "
		"duration=2.000000 bytes_in=0 bytes_out=0",
		wall, submitted);
	recording_add_line(recording, span_str(line));
}

Test(access_line, distances_are_those_of_the_clock_that_is_not_set)
{
	struct recording *recording = recording_new();

	add_at(recording, "15:00:10", 100);
	/* The wall was set by a second meanwhile. */
	add_at(recording, "15:00:12", 101);
	/* Another machine, whose clock began elsewhere. */
	add_at(recording, "15:01:10", 7);
	recording_finish(recording);
	cr_assert_eq(recording->count, 3);
	cr_expect_eq(recording->requests[1].at - recording->requests[0].at,
		USEC_PER_SEC);
	cr_expect_eq(recording->requests[2].at - recording->requests[0].at,
		60 * USEC_PER_SEC);
	cr_expect_eq(recording->requests[0].patience, 2 * USEC_PER_SEC);
	cr_expect_eq(recording->guessed, 3);
	recording_free(recording);
}
