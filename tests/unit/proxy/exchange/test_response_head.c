/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/response_head.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

static const struct hash_key key = { 1, 2 };

/* "name: value" lines; fields borrow from them. */
static struct fields made_of(const char *lines)
{
	struct span rest = span_str(lines);
	struct fields fields = FIELDS_INIT;

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		bool is_pseudo = line.ptr[0] == ':';
		struct span value = span_skip(line, is_pseudo ? 1 : 0);
		struct span name = span_cut(&value, ':');

		if (is_pseudo)
			name = span_of(line.ptr, name.len + 1);
		fields_add_static(&fields, name, span_trim(value));
	}
	return fields;
}

static void assert_passes(const char *lines, const char *expected)
{
	struct fields in = made_of(lines), out = FIELDS_INIT;
	char text[1024];
	size_t len = 0;

	response_head_write(&in, &out);
	for (size_t i = 0; i < out.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"%.*s: %.*s\n", SPAN_ARG(out.items[i].name),
			SPAN_ARG(out.items[i].value));
	text[len] = '\0';
	cr_assert_str_eq(text, expected);
	fields_clear(&in);
	fields_clear(&out);
}

static uint64_t level_of(const char *uid)
{
	struct fields fields = FIELDS_INIT;
	struct response_head head;

	fields_add_static(&fields, SPAN(":status"), SPAN("200"));
	fields_add_static(&fields, SPAN("x-kubernetes-pf-prioritylevel-uid"),
		span_str(uid));
	cr_assert_eq(response_head_read(&fields, &key, &head), 0);
	fields_clear(&fields);
	return head.level_uid;
}

Test(response_head, a_level_is_known_by_how_its_uid_begins)
{
	cr_assert_eq(level_of("8fb2ff41-5fa0-4844-86b5-cc7f4d82e68f"),
		0x8fb2ff415fa04844);
	/* What is no UID is told apart all the same. */
	cr_assert_neq(level_of("00000000-0000-0000-86b5-cc7f4d82e68f"), 0);
	cr_assert_neq(level_of("a"), level_of("b"));
	cr_assert_neq(level_of("8fb2ff41-5fa0-4844-86b5-cc7f4d82e68x"),
		0x8fb2ff415fa04844);
	cr_assert_neq(level_of("8fb2ff41x5fa0-4844-86b5-cc7f4d82e68f"),
		0x8fb2ff415fa04844);
}

Test(response_head, what_policy_asks_for_is_read)
{
	struct fields fields =
		made_of(":status: 429\n"
			"content-type: text/plain; charset=utf-8\n"
			"retry-after: 16\n"
			"x-kubernetes-pf-prioritylevel-uid: abc\n"
			"content-length: 43\n"
			"audit-id: 1-2-3\n");
	struct response_head head;

	cr_assert_eq(response_head_read(&fields, &key, &head), 0);
	cr_assert_eq(head.status, 429);
	cr_assert_eq(head.retry_after, 16);
	cr_assert_neq(head.level_uid, 0);
	cr_assert(head.is_plain_text);
	cr_assert_not(head.has_encoding);
	cr_assert_eq(head.content_length, 43);
	cr_assert(span_eq_str(head.audit_id, "1-2-3"));
	fields_clear(&fields);
}

static int32_t retry_after_of(const char *lines)
{
	struct fields fields = made_of(lines);
	struct response_head head;

	cr_assert_eq(response_head_read(&fields, &key, &head), 0);
	fields_clear(&fields);
	return head.retry_after;
}

Test(response_head, retry_after_is_an_integer_or_nothing)
{
	cr_assert_eq(retry_after_of(":status: 503\n"), -1);
	cr_assert_eq(retry_after_of(":status: 503\nretry-after: 0\n"), 0);
	cr_assert_eq(retry_after_of(":status: 503\nretry-after: 0.5\n"), -1);
	cr_assert_eq(retry_after_of(":status: 503\nretry-after: -1\n"), -1);
	cr_assert_eq(retry_after_of(":status: 503\nretry-after: 1s\n"), -1);
	cr_assert_eq(retry_after_of(":status: 503\n"
				    "retry-after: Tue, 24 Nov 2026 18:00:00 "
				    "GMT\n"),
		-1);
	cr_assert_eq(retry_after_of(":status: 503\n"
				    "retry-after: 99999999999999\n"),
		INT32_MAX);
}

/* B17: what others have sent; client-go takes none of it but integers. */
Test(response_head, a_retry_after_that_is_odd_is_none)
{
	static const struct {
		const char *value;
		int32_t seconds;
	} ROWS[] = {
		{ "", -1 },
		{ "-0", -1 },
		{ "+1", -1 },
		{ "1,2", -1 },
		{ "1;2", -1 },
		{ "01", 1 },
		{ "0x10", -1 },
		{ "1e3", -1 },
		{ "1.0", -1 },
		{ "\"1\"", -1 },
		{ "one", -1 },
		{ "NaN", -1 },
		{ "Infinity", -1 },
		{ "-2147483648", -1 },
		{ "2147483647", INT32_MAX },
		{ "2147483648", INT32_MAX },
		{ "4294967296", INT32_MAX },
		{ "9223372036854775807", INT32_MAX },
		{ "18446744073709551615", INT32_MAX },
		{ "18446744073709551616", -1 },
		{ "99999999999999999999999999999999999999", -1 },
		{ "P1D", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		char lines[128];

		snprintf(lines, sizeof(lines),
			":status: 503\nretry-after: %s\n", ROWS[i].value);
		cr_expect_eq(retry_after_of(lines), ROWS[i].seconds, "%s",
			ROWS[i].value);
	}
}

/* B17: in the three forms of RFC 9110, 5.6.7, over a hundred years. */
Test(response_head, a_retry_after_that_is_a_date_is_none)
{
	for (unsigned i = 0; i < 6033; i++) {
		time_t at = (time_t)i * 6 * 86400 + (time_t)i * 17;
		char date[64], lines[128];
		struct tm tm;

		gmtime_r(&at, &tm);
		if (i % 3 == 0)
			strftime(date, sizeof(date),
				"%a, %d %b %Y %H:%M:%S GMT", &tm);
		else if (i % 3 == 1)
			strftime(date, sizeof(date),
				"%A, %d-%b-94 %H:%M:%S GMT", &tm);
		else
			strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y",
				&tm);
		snprintf(lines, sizeof(lines),
			":status: 429\nretry-after: %s\n", date);
		cr_assert_eq(retry_after_of(lines), -1, "%s", date);
	}
}

Test(response_head, a_status_that_http_does_not_know_is_no_answer)
{
	static const char *const bad[] = {
		"",
		":status: abc\n",
		":status: 99\n",
		":status: 100\n",
		":status: 600\n",
		":status: 1000\n",
		":status: 0200\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fields fields = made_of(bad[i]);
		struct response_head head;

		cr_assert_eq(response_head_read(&fields, &key, &head), -1, "%s",
			bad[i]);
		fields_clear(&fields);
	}
}

Test(response_head, fields_pass_in_order_and_twice_where_they_were_twice)
{
	assert_passes(":status: 200\n"
		      "audit-id: a\n"
		      "warning: 299 - one\n"
		      "warning: 299 - two\n"
		      "retry-after: 1\n"
		      "x-kubernetes-pf-flowschema-uid: f\n",
		":status: 200\n"
		"audit-id: a\n"
		"warning: 299 - one\n"
		"warning: 299 - two\n"
		"retry-after: 1\n"
		"x-kubernetes-pf-flowschema-uid: f\n");
}

Test(response_head, hop_by_hop_fields_and_another_fairways_end_here)
{
	assert_passes(":status: 200\n"
		      "connection: close\n"
		      "keep-alive: 5\n"
		      "transfer-encoding: chunked\n"
		      "upgrade: h2c\n"
		      "proxy-authenticate: Basic\n"
		      "x-fairway-lane: theirs\n"
		      "date: now\n",
		":status: 200\n"
		"date: now\n");
}

Test(response_head, a_wait_is_whole_milliseconds)
{
	static const struct {
		usec_t wait;
		const char *text;
	} cases[] = {
		{ 0, "0ms" },
		{ 999, "0ms" },
		{ 1000, "1ms" },
		{ 12999, "12ms" },
		{ 600 * USEC_PER_SEC, "600000ms" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct response_notes notes = {
			.lane = "l",
			.rule = "r",
			.wait = cases[i].wait,
		};
		struct fields out = FIELDS_INIT;

		response_notes_write(&notes, &out);
		cr_assert_eq(out.count, 3);
		cr_assert(span_eq_str(out.items[2].value, cases[i].text));
		fields_clear(&out);
	}
}

Test(response_head, the_protocol_that_was_changed_to_goes_on)
{
	assert_passes(":status: 101\n"
		      "upgrade: websocket\n"
		      "connection: Upgrade\n"
		      "sec-websocket-accept: abc=\n"
		      "sec-websocket-protocol: v5.channel.k8s.io\n",
		":status: 101\n"
		"upgrade: websocket\n"
		"sec-websocket-accept: abc=\n"
		"sec-websocket-protocol: v5.channel.k8s.io\n");
	assert_passes(":status: 200\nupgrade: h2c\n", ":status: 200\n");
}

Test(response_head, of_the_1xx_only_a_101_is_an_answer)
{
	static const struct {
		const char *lines;
		int result;
	} cases[] = {
		{ ":status: 100\n", -1 },
		{ ":status: 101\n", 0 },
		{ ":status: 102\n", -1 },
		{ ":status: 199\n", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fields fields = made_of(cases[i].lines);
		struct response_head head;

		cr_expect_eq(response_head_read(&fields, &key, &head),
			cases[i].result, "%s", cases[i].lines);
		fields_clear(&fields);
	}
}
