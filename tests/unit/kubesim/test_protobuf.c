/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "conf/base64.h"
#include "tests/kubesim/protobuf.h"
#include "tests/kubesim/protobuf_time.h"
#include "tests/unit/kubesim/protobuf_samples.h"

static cJSON *parse(const char *text)
{
	struct err err;
	cJSON *doc = json_parse(span_str(text), &err);

	cr_assert(doc, "%s", err.text);
	return doc;
}

static struct buf bytes_of(const char *base64)
{
	struct buf bytes = BUF_INIT;

	cr_assert_eq(base64_decode(span_str(base64), &bytes), 0);
	return bytes;
}

static void expect_bytes(struct buf *got, struct span want, const char *what)
{
	size_t same = 0;

	while (same < want.len && same < buf_len(got) &&
		buf_cstr(got)[same] == want.ptr[same])
		same++;
	cr_assert(span_eq(buf_span(got), want),
		"%s: %zu bytes for %zu, differs at %zu", what, buf_len(got),
		want.len, same);
	buf_fini(got);
}

Test(protobuf, is_written_as_the_real_server_writes_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(protobuf_samples); i++) {
		struct buf want = bytes_of(protobuf_samples[i].protobuf);
		cJSON *doc = parse(protobuf_samples[i].json);
		struct buf out = BUF_INIT;
		struct err err;

		cr_assert_eq(protobuf_encode(&out, doc, &err), 0, "%s: %s",
			protobuf_samples[i].name, err.text);
		expect_bytes(&out, buf_span(&want), protobuf_samples[i].name);
		cJSON_Delete(doc);
		buf_fini(&want);
	}
}

Test(protobuf, becomes_the_json_of_the_real_server)
{
	for (size_t i = 0; i < ARRAY_SIZE(protobuf_samples); i++) {
		struct buf bytes = bytes_of(protobuf_samples[i].protobuf);
		cJSON *want = parse(protobuf_samples[i].json);
		struct err err;
		cJSON *got = protobuf_decode(buf_span(&bytes), &err);

		cr_assert(got, "%s: %s", protobuf_samples[i].name, err.text);
		cr_assert(json_equal(got, want), "%s: %s",
			protobuf_samples[i].name, json_print(got));
		cJSON_Delete(got);
		cJSON_Delete(want);
		buf_fini(&bytes);
	}
}

Test(protobuf, watch_events_are_framed)
{
	struct buf want = bytes_of(protobuf_sample_frame);
	cJSON *doc = parse(protobuf_sample_bookmark);
	struct buf out = BUF_INIT;
	struct err err;

	cr_assert_eq(protobuf_encode_event(&out, "BOOKMARK", doc, &err), 0);
	expect_bytes(&out, buf_span(&want), "frame");
	cJSON_Delete(doc);
	buf_fini(&want);
}

/* Nothing is read behind the end; between two fields of the envelope what is
 * cut off is a shorter document, which protobuf cannot tell. */
Test(protobuf, what_is_cut_off_is_refused)
{
	struct buf bytes = bytes_of(protobuf_samples[0].protobuf);

	for (size_t len = 0; len < buf_len(&bytes); len++) {
		char *copy = malloc(len + 1);
		struct err err;
		cJSON *doc;

		memcpy(copy, buf_cstr(&bytes), len);
		doc = protobuf_decode(span_of(copy, len), &err);
		cr_assert(!doc || len == 4 + 17 || len + 4 >= buf_len(&bytes),
			"%zu", len);
		cJSON_Delete(doc);
		free(copy);
	}
	buf_fini(&bytes);
}

static void expect_refusal(const char *json, const char *want)
{
	cJSON *doc = parse(json);
	struct buf out = BUF_INIT;
	struct err err;

	cr_assert_eq(protobuf_encode(&out, doc, &err), -1);
	cr_assert_str_eq(err.text, want);
	cr_assert_eq(buf_len(&out), 0);
	cJSON_Delete(doc);
}

Test(protobuf, nothing_is_dropped_in_silence)
{
	static const char unknown[] = "k8s\0\x0a\x0f\x0a\x02v1\x12\x09"
				      "ConfigMap\x12\x03\xfa\x01\x00";
	struct err err;

	expect_refusal("{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\","
		       "\"metadata\":{\"nope\":1}}",
		"ConfigMap: metadata: ObjectMeta has no field \"nope\"");
	expect_refusal("{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\","
		       "\"data\":{\"k\":1}}",
		"ConfigMap: data: a number is no string");
	expect_refusal("{\"kind\":\"Workflow\","
		       "\"apiVersion\":\"argoproj.io/v1alpha1\"}",
		"argoproj.io/v1alpha1/Workflow has no form in protobuf");
	cr_assert_null(
		protobuf_decode(span_of(unknown, sizeof(unknown) - 1), &err));
	cr_assert_str_eq(err.text, "ConfigMap: field 31 is not known");
}

static void expect_time(
	const char *text, int64_t seconds, int32_t nanos, const char *micro)
{
	char printed[PROTOBUF_TIME_SIZE];
	struct protobuf_time time;

	cr_assert_eq(protobuf_time_parse(text, &time), 0, "%s", text);
	cr_assert_eq(time.seconds, seconds);
	cr_assert_eq(time.nanos, nanos);
	protobuf_time_print(time, true, printed);
	cr_assert_str_eq(printed, micro);
}

Test(protobuf, times)
{
	struct protobuf_time time;

	expect_time(
		"1970-01-01T00:00:01Z", 1, 0, "1970-01-01T00:00:01.000000Z");
	expect_time("2026-01-02T03:04:05.678901Z", 1767323045, 678901000,
		"2026-01-02T03:04:05.678901Z");
	expect_time("2026-01-02T04:04:05.5+01:00", 1767323045, 500000000,
		"2026-01-02T03:04:05.500000Z");
	cr_assert_eq(protobuf_time_parse("2026-01-02", &time), -1);
	cr_assert_eq(protobuf_time_parse("2026-01-02T03:04:05", &time), -1);
	cr_assert_eq(protobuf_time_parse("2026-01-02T03:04:05+1", &time), -1);
}
