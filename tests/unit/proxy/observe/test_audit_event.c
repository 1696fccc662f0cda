/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/audit_event.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#define WALL ((usec_t)1795543210 * USEC_PER_SEC + 123)

static const struct audit_note NO_NOTES[] = { { NULL, { NULL, 0 } } };

static struct buf line_of(const struct audit_event *event)
{
	struct buf line = BUF_INIT;

	audit_event_write(event, &line);
	return line;
}

Test(audit_event, is_the_api_server_s_own_shape)
{
	struct audit_note notes[] = {
		{ "event", SPAN("removal") },
		{ "reason", SPAN_NONE },
		{ "finalizers", SPAN("a/b,c") },
		{ NULL, SPAN_NONE },
	};
	struct audit_event event = {
		.audit_id = SPAN("id"),
		.uri = SPAN("/apis/batch/v1/namespaces/n/jobs/j"),
		.verb = "patch",
		.user = SPAN("fairway:unverified:1"),
		.peer = SPAN("10.0.0.1:4711"),
		.user_agent = SPAN("kubectl"),
		.object = {
			.group = SPAN("batch"),
			.version = SPAN("v1"),
			.resource = SPAN("jobs"),
			.namespace = SPAN("n"),
			.name = SPAN("j"),
			.uid = SPAN("u"),
		},
		.status = 200,
		.began_at = WALL,
		.ended_at = WALL + USEC_PER_SEC,
		.notes = notes,
	};
	struct buf line = line_of(&event);

	cr_expect_str_eq(buf_cstr(&line),
		"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\","
		"\"level\":\"Metadata\",\"auditID\":\"id\","
		"\"stage\":\"ResponseComplete\","
		"\"requestURI\":\"/apis/batch/v1/namespaces/n/jobs/j\","
		"\"verb\":\"patch\","
		"\"user\":{\"username\":\"fairway:unverified:1\"},"
		"\"sourceIPs\":[\"10.0.0.1\"],\"userAgent\":\"kubectl\","
		"\"objectRef\":{\"resource\":\"jobs\",\"namespace\":\"n\","
		"\"name\":\"j\",\"uid\":\"u\",\"apiGroup\":\"batch\","
		"\"apiVersion\":\"v1\"},"
		"\"responseStatus\":{\"metadata\":{},\"code\":200},"
		"\"requestReceivedTimestamp\":"
		"\"2026-11-24T18:00:10.000123Z\","
		"\"stageTimestamp\":\"2026-11-24T18:00:11.000123Z\","
		"\"annotations\":{\"fairway.dev/event\":\"removal\","
		"\"fairway.dev/finalizers\":\"a/b,c\"}}\n");
	buf_fini(&line);
}

Test(audit_event, a_failure_says_why)
{
	struct audit_event event = {
		.user = SPAN("unix:0"),
		.user_uid = SPAN("0"),
		.user_pid = SPAN("7"),
		.status = 422,
		.reason = "Invalid",
		.message = "no such lane",
		.notes = NO_NOTES,
	};
	struct buf line = line_of(&event);

	cr_expect(strstr(buf_cstr(&line),
		"\"user\":{\"username\":\"unix:0\",\"uid\":\"0\","
		"\"extra\":{\"fairway.dev/pid\":[\"7\"]}}"));
	cr_expect(strstr(buf_cstr(&line),
		"\"responseStatus\":{\"metadata\":{},\"status\":\"Failure\","
		"\"message\":\"no such lane\",\"reason\":\"Invalid\","
		"\"code\":422}"));
	cr_expect(strstr(buf_cstr(&line), "\"annotations\":{}}\n"));
	cr_expect_null(strstr(buf_cstr(&line), "objectRef"));
	cr_expect_null(strstr(buf_cstr(&line), "sourceIPs"));
	buf_fini(&line);
}

Test(audit_event, a_source_is_an_address_or_nothing)
{
	static const char *const PEERS[][2] = {
		{ "127.0.0.1:1", "\"sourceIPs\":[\"127.0.0.1\"]" },
		{ "[::1]:65535", "\"sourceIPs\":[\"::1\"]" },
		{ "[::ffff:10.0.0.1]:1",
			"\"sourceIPs\":[\"::ffff:10.0.0.1\"]" },
		{ "replay", NULL },
		{ "unix:/run/x", NULL },
		{ "", NULL },
		{ "[", NULL },
		{ "10.0.0.1.very.long.name.that.is.none.of.an.address.at.all:1",
			NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(PEERS); i++) {
		struct audit_event event = {
			.user = SPAN("x"),
			.peer = span_str(PEERS[i][0]),
			.notes = NO_NOTES,
		};
		struct buf line = line_of(&event);

		if (PEERS[i][1])
			cr_expect(strstr(buf_cstr(&line), PEERS[i][1]), "%s",
				PEERS[i][0]);
		else
			cr_expect_null(strstr(buf_cstr(&line), "sourceIPs"),
				"%s", PEERS[i][0]);
		buf_fini(&line);
	}
}

/* Whatever bytes a peer sends, it is one line, and JSON. */
Test(audit_event, no_byte_makes_two_lines_of_it)
{
	for (unsigned c = 0; c < 256; c++) {
		char bytes[3] = { (char)c, (char)c, '"' };
		struct span odd = span_of(bytes, sizeof(bytes));
		struct audit_note notes[] = {
			{ "subject", odd },
			{ NULL, SPAN_NONE },
		};
		struct audit_event event = {
			.audit_id = odd,
			.uri = odd,
			.user = odd,
			.peer = odd,
			.user_agent = odd,
			.object = { odd, odd, odd, odd, odd, odd, odd },
			.notes = notes,
		};
		struct buf line = line_of(&event);
		const char *text = buf_cstr(&line);
		cJSON *json = cJSON_Parse(text);

		cr_assert(cJSON_IsObject(json), "%02x", c);
		cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1);
		cJSON_Delete(json);
		buf_fini(&line);
	}
}
