/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of removals, intents and orders, and in which words. */
#include "proxy/observe/audit.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/endian.h"
#include "conf/text_file.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/act.h"
#include "proxy/observe/log.h"

static const char *const ENDPOINTS[] = { "10.0.0.1:6443" };

struct bench {
	char folder[64];
	char path[80];
	struct loop *loop;
	struct log log;
	struct audit audit;
	cJSON *events[8];
	unsigned count;
};

static void bench_init(struct bench *bench)
{
	struct audit_sink_settings settings = {
		.file_bytes_max = 1 << 20,
		.queue_bytes_max = 1 << 20,
		.retry_ms = 10,
	};
	struct err err;

	*bench = (struct bench){ .count = 0 };
	snprintf(bench->folder, sizeof(bench->folder),
		"/tmp/fairway-audit.XXXXXX");
	cr_assert_not_null(mkdtemp(bench->folder));
	snprintf(bench->path, sizeof(bench->path), "%s/log", bench->folder);
	settings.path = bench->path;
	bench->loop = loop_new(&err);
	log_init(&bench->log, -1, LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
	audit_init(&bench->audit, bench->loop, &bench->log, 7);
	cr_assert_eq(audit_open(&bench->audit, &settings, &err), 0, "%s",
		err.text);
	bench->audit.endpoints = ENDPOINTS;
}

/* Nothing more is told; what was is in `events`. */
static void bench_read(struct bench *bench)
{
	struct buf text = BUF_INIT;
	struct span rest;
	struct err err;

	audit_close(&bench->audit);
	cr_assert_eq(text_file_read(bench->path, 1 << 20, &text, &err), 0);
	rest = buf_span(&text);
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');

		bench->events[bench->count++] =
			cJSON_ParseWithLength(line.ptr, line.len);
	}
	buf_fini(&text);
	unlink(bench->path);
	rmdir(bench->folder);
}

static void bench_fini(struct bench *bench)
{
	for (unsigned i = 0; i < bench->count; i++)
		cJSON_Delete(bench->events[i]);
	log_fini(&bench->log);
	loop_free(bench->loop);
}

/* "a.b": what stands there; "": nothing. */
static const char *text_at(const cJSON *event, const char *path)
{
	struct span rest = span_str(path);

	while (event && rest.len > 0) {
		char *name = span_dup(span_cut(&rest, '.'));

		event = cJSON_GetObjectItemCaseSensitive(event, name);
		free(name);
	}
	return cJSON_IsString(event) ? cJSON_GetStringValue(event) : "";
}

static const char *note(const cJSON *event, const char *key)
{
	const cJSON *notes =
		cJSON_GetObjectItemCaseSensitive(event, "annotations");
	char name[64];
	const char *value;

	snprintf(name, sizeof(name), "fairway.dev/%s", key);
	value = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(notes, name));
	return value ? value : "";
}

static int code_of(const cJSON *event)
{
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(event, "responseStatus"),
		"code");

	return cJSON_IsNumber(code) ? (int)cJSON_GetNumberValue(code) : 0;
}

static const struct class CLASS = {
	.verb = VERB_PATCH,
	.effect = EFFECT_REMOVES,
	.group = SPAN_INIT(""),
	.version = SPAN_INIT("v1"),
	.resource = SPAN_INIT("pods"),
	.namespace = SPAN_INIT("argo"),
	.name = SPAN_INIT("p"),
	.finalizers = { SPAN_INIT("a/b"), SPAN_INIT("c") },
	.finalizer_count = 2,
};

static struct removal_note nobody;

static struct exchange_record removal(void)
{
	return (struct exchange_record){
		.class = &CLASS,
		.target = SPAN("/api/v1/namespaces/argo/pods/p?token=secret"),
		.peer = "127.0.0.1:9",
		.lane = "finalizers",
		.rule = "finalizer-removals",
		.removal = &nobody,
		.answered = 200,
		.status = 200,
		.attempts = 2,
		.wait = 1500000,
		.duration = 2000000,
	};
}

Test(audit, a_removal_says_who_what_how_and_what_came_of_it)
{
	struct removal_note who = {
		.principal = 0xabc,
		.subject = SPAN("system:serviceaccount:argo:argo"),
		.uid = SPAN("u-1"),
	};
	struct exchange_record record = removal();
	struct bench bench;
	const cJSON *event;

	bench_init(&bench);
	record.removal = &who;
	record.audit_id = SPAN("from-the-api-server");
	record.traceparent = SPAN("00-1-2-01");
	record.intent = 4294967297;
	audit_record(&record, &bench.audit);
	bench_read(&bench);
	cr_assert_eq(bench.count, 1);
	event = bench.events[0];
	cr_expect_str_eq(text_at(event, "auditID"), "from-the-api-server");
	cr_expect_str_eq(text_at(event, "verb"), "patch");
	cr_expect_str_eq(text_at(event, "requestURI"),
		"/api/v1/namespaces/argo/pods/p");
	cr_expect_str_eq(text_at(event, "user.username"),
		"fairway:unverified:0000000000000abc");
	cr_expect_str_eq(text_at(event, "objectRef.resource"), "pods");
	cr_expect_str_eq(text_at(event, "objectRef.namespace"), "argo");
	cr_expect_str_eq(text_at(event, "objectRef.name"), "p");
	cr_expect_str_eq(text_at(event, "objectRef.uid"), "u-1");
	cr_expect_eq(code_of(event), 200);
	cr_expect_str_eq(note(event, "event"), "removal");
	cr_expect_str_eq(note(event, "outcome"), "removed");
	cr_expect_str_eq(note(event, "finalizers"), "a/b,c");
	cr_expect_str_eq(note(event, "lane"), "finalizers");
	cr_expect_str_eq(note(event, "rule"), "finalizer-removals");
	cr_expect_str_eq(note(event, "wait-seconds"), "1.500000");
	cr_expect_str_eq(note(event, "attempts"), "2");
	cr_expect_str_eq(note(event, "endpoint"), "10.0.0.1:6443");
	cr_expect_str_eq(note(event, "intent"), "4294967297");
	cr_expect_str_eq(note(event, "traceparent"), "00-1-2-01");
	cr_expect_str_eq(note(event, "unverified-subject"),
		"system:serviceaccount:argo:argo");
	bench_fini(&bench);
}

Test(audit, a_name_is_one_only_where_it_is_verified)
{
	static const struct span GROUPS[] = { SPAN_INIT("a"), SPAN_INIT("b") };
	struct subject subject = { .groups = GROUPS, .group_count = 2 };
	struct removal_note who = { .subject = SPAN("system:admin") };
	const cJSON *groups;
	struct exchange_record record = removal();
	struct bench bench;

	bench_init(&bench);
	record.removal = &who;
	audit_record(&record, &bench.audit);
	record.identity = 0x1f;
	audit_record(&record, &bench.audit);
	record.user = SPAN("kubernetes-admin");
	record.subject = &subject;
	audit_record(&record, &bench.audit);
	bench_read(&bench);
	cr_assert_eq(bench.count, 3);
	cr_expect_str_eq(text_at(bench.events[0], "user.username"),
		"fairway:no-credential");
	cr_expect_str_eq(text_at(bench.events[1], "user.username"),
		"fairway:unverified:000000000000001f");
	cr_expect_str_eq(text_at(bench.events[2], "user.username"),
		"kubernetes-admin");
	groups = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(bench.events[2], "user"),
		"groups");
	cr_assert_eq(cJSON_GetArraySize(groups), 2);
	cr_expect_str_eq(
		cJSON_GetStringValue(cJSON_GetArrayItem(groups, 1)), "b");
	bench_fini(&bench);
}

Test(audit, each_outcome_has_its_word)
{
	static const struct {
		unsigned answered, status, attempts;
		enum verdict verdict;
		bool is_intent_open;
		const char *outcome;
		int code;
	} ROWS[] = {
		{ 200, 200, 1, VERDICT_NONE, false, "removed", 200 },
		/* Its client did not wait for it. */
		{ 200, 0, 1, VERDICT_NONE, false, "removed", 200 },
		{ 404, 404, 1, VERDICT_NONE, false, "gone", 404 },
		{ 403, 403, 1, VERDICT_NONE, false, "refused", 403 },
		{ 409, 409, 1, VERDICT_NONE, true, "pending", 409 },
		{ 0, 503, 0, VERDICT_AWAY, false, "rejected", 503 },
		{ 0, 503, 0, VERDICT_AWAY, true, "pending", 503 },
		{ 0, 504, 1, VERDICT_NO_ANSWER, false, "unknown", 504 },
		{ 0, 0, 1, VERDICT_NONE, false, "unknown", 0 },
		{ 0, 0, 0, VERDICT_NONE, false, "withdrawn", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		struct exchange_record record = removal();
		struct bench bench;

		bench_init(&bench);
		record.answered = ROWS[i].answered;
		record.status = ROWS[i].status;
		record.attempts = ROWS[i].attempts;
		record.verdict = ROWS[i].verdict;
		record.is_intent_open = ROWS[i].is_intent_open;
		audit_record(&record, &bench.audit);
		bench_read(&bench);
		cr_assert_eq(bench.count, 1);
		cr_expect_str_eq(note(bench.events[0], "outcome"),
			ROWS[i].outcome, "row %zu: %s", i,
			note(bench.events[0], "outcome"));
		cr_expect_eq(code_of(bench.events[0]), ROWS[i].code);
		bench_fini(&bench);
	}
}

Test(audit, what_is_no_removal_and_a_replay_without_answer_are_not_told)
{
	struct exchange_record record = removal();
	struct bench bench;

	bench_init(&bench);
	record.removal = NULL;
	audit_record(&record, &bench.audit);
	record = removal();
	record.is_replay = true;
	record.answered = 0;
	audit_record(&record, &bench.audit);
	record.answered = 429;
	record.is_intent_open = true;
	audit_record(&record, &bench.audit);
	bench_read(&bench);
	cr_assert_eq(bench.count, 1);
	cr_expect_str_eq(note(bench.events[0], "replay"), "true");
	cr_expect_str_eq(note(bench.events[0], "outcome"), "pending");
	bench_fini(&bench);
}

/* An id of its own, where there is none: RFC 9562, and never the same. */
Test(audit, what_has_no_id_gets_one)
{
	struct exchange_record record = removal();
	struct bench bench;
	const char *first, *second;

	bench_init(&bench);
	audit_record(&record, &bench.audit);
	audit_record(&record, &bench.audit);
	bench_read(&bench);
	first = text_at(bench.events[0], "auditID");
	second = text_at(bench.events[1], "auditID");
	cr_expect_eq(strlen(first), 36);
	cr_expect_eq(first[14], '4');
	cr_expect(strchr("89ab", first[19]));
	cr_expect_str_neq(first, second);
	bench_fini(&bench);
}

Test(audit, each_end_of_an_intent_is_told)
{
	struct bench bench;

	bench_init(&bench);
	for (unsigned end = 0; end < 3; end++) {
		struct intent intent = {
			.id = 7,
			.is_own = end == INTENT_GONE,
			.target = SPAN("/api/v1/namespaces/argo/pods/p?x=y"),
			.uid = SPAN("u-1"),
		};
		struct intent_record record = {
			.intent = &intent,
			.class = &CLASS,
			.end = (enum intent_end)end,
			.is_durable = true,
			.replays = 3,
			.answered = 200,
			.audit_id = SPAN("id"),
		};

		le_put(intent.identity, 0xabc, 8);
		audit_intent_end(&record, &bench.audit);
	}
	bench_read(&bench);
	cr_assert_eq(bench.count, 3);
	for (unsigned end = 0; end < 3; end++) {
		const cJSON *event = bench.events[end];

		cr_expect_str_eq(note(event, "event"), "intent");
		cr_expect_str_eq(note(event, "outcome"),
			intent_end_name((enum intent_end)end));
		cr_expect_str_eq(note(event, "intent"), "7");
		cr_expect_str_eq(note(event, "replays"), "3");
		cr_expect_str_eq(note(event, "durable"), "true");
		cr_expect_str_eq(text_at(event, "objectRef.name"), "p");
		cr_expect_str_eq(text_at(event, "requestURI"),
			"/api/v1/namespaces/argo/pods/p");
		cr_expect_str_eq(text_at(event, "user.username"),
			end == INTENT_GONE
				? "fairway:own-credentials"
				: "fairway:unverified:0000000000000abc");
	}
	bench_fini(&bench);
}

Test(audit, orders_are_told_but_not_questions)
{
	struct act act = {
		.kind = ACT_PAUSE, .what = "reads", .uid = 1000, .pid = 42
	};
	struct bench bench;

	bench_init(&bench);
	audit_order(&bench.audit, &act, NULL);
	audit_order(&bench.audit, &act, "there is no such lane");
	act.kind = ACT_LOG_LEVEL;
	act.what = "";
	audit_order(&bench.audit, &act, NULL);
	act.kind = ACT_KILL;
	act.what = "flow 4711";
	audit_order(&bench.audit, &act, NULL);
	bench_read(&bench);
	cr_assert_eq(bench.count, 3);
	cr_expect_str_eq(text_at(bench.events[2], "requestURI"),
		"/orders/kill/flow/4711");
	cr_expect_str_eq(text_at(bench.events[0], "verb"), "pause");
	cr_expect_str_eq(
		text_at(bench.events[0], "requestURI"), "/orders/pause/reads");
	cr_expect_str_eq(
		text_at(bench.events[0], "user.username"), "unix:1000");
	cr_expect_str_eq(note(bench.events[0], "outcome"), "done");
	cr_expect_str_eq(note(bench.events[1], "outcome"), "refused");
	cr_expect_str_eq(text_at(bench.events[1], "responseStatus.message"),
		"there is no such lane");
	bench_fini(&bench);
}

Test(audit, files_are_read_again_by_nobody_s_order)
{
	struct act act = {
		.kind = ACT_RELOAD, .by = ACT_BY_SIGNAL, .what = ""
	};
	struct bench bench;

	bench_init(&bench);
	audit_order(&bench.audit, &act, NULL);
	act.by = ACT_BY_FILE;
	act.what = "configuration";
	audit_order(&bench.audit, &act, "1 error");
	bench_read(&bench);
	cr_assert_eq(bench.count, 2);
	cr_expect_str_eq(
		text_at(bench.events[0], "user.username"), "fairway:sighup");
	cr_expect_str_eq(
		text_at(bench.events[0], "requestURI"), "/orders/reload");
	cr_expect_str_eq(text_at(bench.events[1], "user.username"),
		"fairway:changed-file");
	cr_expect_str_eq(text_at(bench.events[1], "requestURI"),
		"/orders/reload/configuration");
	cr_expect_str_eq(note(bench.events[1], "outcome"), "refused");
	for (unsigned i = 0; i < bench.count; i++)
		cr_expect_null(cJSON_GetObjectItem(
			cJSON_GetObjectItem(bench.events[i], "user"), "uid"));
	bench_fini(&bench);
}

Test(audit, off_nothing_is_told)
{
	struct exchange_record record = removal();
	struct act act = { .kind = ACT_RELOAD, .what = "" };
	struct audit audit;

	audit_init(&audit, NULL, NULL, 1);
	audit_record(&record, &audit);
	audit_order(&audit, &act, NULL);
	cr_expect_eq(audit_figures(&audit)->written, 0);
	audit_close(&audit);
}
