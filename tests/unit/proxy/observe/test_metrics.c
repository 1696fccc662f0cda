/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "conf/text_file.h"
#include "proxy/observe/metrics.h"
#include "proxy/observe/requests.h"
#include "proxy/observe/status.h"
#include "proxy/observe/stuck.h"

/* A view with two lanes and one endpoint, all numbers 0. */
struct fixture {
	struct view view;
	struct view_reload reload;
	struct policy_settings settings;
	struct policy_stats policy;
	struct exchange_stats exchange;
	struct intent_stats intents;
	struct review_stats reviews;
	struct audit_figures audit;
	struct wire_stats wire;
	struct process_stats process;
	struct objects objects;
};

static struct fixture *fixture_new(void)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	objects_init(&f->objects, 8, &(struct hash_key){ 1, 2 });
	f->settings.stuck_after = 300 * USEC_PER_SEC;
	f->intents.trouble = "";
	f->settings.lanes[0].name = "finalizers";
	f->settings.lanes[1].name = "a\"b\\c\nd";
	f->settings.lane_count = f->policy.lane_count = 2;
	f->policy.endpoint_count = 1;
	f->policy.level_count = 2;
	f->policy.levels[1].uid = 0xabc;
	f->reload = (struct view_reload){
		.file = "",
		.digest = "",
		.is_good = true,
		.why = "",
		.why_listen = "",
		.why_upstream = "",
	};
	f->view = (struct view){
		.version = "1.2.3",
		.is_ready = true,
		.listen = "127.0.0.1:7443",
		.admin = "",
		.kubeconfig = "/state/kubeconfig",
		.endpoints = { "10.0.0.1:6443" },
		.reload = &f->reload,
		.settings = &f->settings,
		.policy = &f->policy,
		.exchange = &f->exchange,
		.intents = &f->intents,
		.reviews = &f->reviews,
		.audit = &f->audit,
		.wire = &f->wire,
		.process = &f->process,
		.objects = &f->objects,
	};
	return f;
}

static char *metrics_of(struct fixture *f)
{
	struct buf text = BUF_INIT;
	char *copy;

	metrics_write(&f->view, METRICS_TEXT, &text);
	copy = xstrdup(buf_cstr(&text));
	buf_fini(&text);
	objects_fini(&f->objects);
	free(f);
	return copy;
}

static void expect_line(const char *text, const char *line)
{
	struct buf whole = BUF_INIT;

	buf_printf(&whole, "\n%s\n", line);
	cr_expect(strstr(text, buf_cstr(&whole)), "no line %s", line);
	buf_fini(&whole);
}

/* What Prometheus sends, and what others may. */
Test(metrics, the_format_is_what_accept_prefers)
{
	static const struct {
		const char *accept;
		enum metrics_format format;
	} ROWS[] = {
		{ "application/openmetrics-text;version=1.0.0,"
		  "application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			METRICS_OPENMETRICS },
		{ "application/openmetrics-text", METRICS_OPENMETRICS },
		{ "text/plain, Application/OpenMetrics-Text ; Version=1.0.0",
			METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0.5,text/plain;q=0.4",
			METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0.4,text/plain;q=0.5",
			METRICS_TEXT },
		{ "application/openmetrics-text;q=0", METRICS_TEXT },
		{ "application/openmetrics-text;q=x", METRICS_TEXT },
		{ "application/openmetrics-text;version=2.0.0", METRICS_TEXT },
		{ "application/openmetrics-textual", METRICS_TEXT },
		{ "text/plain", METRICS_TEXT },
		{ "*/*", METRICS_TEXT },
		{ "", METRICS_TEXT },
		{ ",;=,", METRICS_TEXT },
		{ NULL, METRICS_TEXT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect_eq(metrics_format_of(span_str(ROWS[i].accept)),
			ROWS[i].format, "%s", ROWS[i].accept);
}

Test(metrics, reviews_are_counted_by_kind_and_end)
{
	struct fixture *f = fixture_new();
	char *text;

	f->reviews.ends[REVIEW_TOKEN][REVIEW_END_TIMEOUT] = 2;
	f->reviews.lookups[REVIEW_ACCESS][REVIEW_LOOKUP_STALE] = 3;
	f->reviews.asking = 4;
	f->exchange.certificates[CERTIFICATE_REFUSED] = 5;
	text = metrics_of(f);
	expect_line(text,
		"fairway_reviews_total{kind=\"token\",result=\"timeout\"} 2");
	expect_line(text,
		"fairway_review_lookups_total{kind=\"access\",found=\"stale\"} "
		"3");
	expect_line(text, "fairway_current_reviews 4");
	expect_line(text,
		"fairway_client_certificates_total{result=\"refused\"} 5");
	free(text);
}

Test(metrics, intents_are_counted_by_their_ends)
{
	struct fixture *f = fixture_new();
	char *text;

	f->intents.is_wanted = true;
	f->intents.is_on = true;
	f->intents.open = 3;
	f->intents.oldest = 1500000;
	f->intents.ends[INTENT_CONFLICT] = 2;
	text = metrics_of(f);
	expect_line(text, "fairway_journal_wanted 1");
	expect_line(text, "fairway_journal_on 1");
	expect_line(text, "fairway_intents 3");
	expect_line(text, "fairway_intents_oldest_seconds 1.5");
	expect_line(text, "fairway_intents_ended_total{end=\"conflict\"} 2");
	expect_line(text, "fairway_intents_ended_total{end=\"done\"} 0");
	free(text);
}

Test(metrics, replicas_have_a_portion_of_each_limit)
{
	static const struct quotas QUOTAS = {
		.items = { { .all = 64000, .name = "total" },
			{ .all = 5000, .name = "qps/sweep" } },
		.count = 2,
	};
	struct replicas_view replicas = {
		.name = "a",
		.group = "g",
		.trouble = "",
		.quotas = &QUOTAS,
		.stats = {
			.state = REPLICA_CUT_OFF,
			.peers = 2,
			.portions = { 4000, 312 },
			.renewals = 9,
		},
	};
	struct fixture *f = fixture_new();
	char *text;

	f->view.replicas = &replicas;
	text = metrics_of(f);
	expect_line(text, "fairway_replica_state{state=\"cut-off\"} 1");
	expect_line(text, "fairway_replica_state{state=\"member\"} 0");
	expect_line(text, "fairway_replica_limit{quota=\"total\"} 64");
	expect_line(text, "fairway_replica_portion{quota=\"total\"} 4");
	expect_line(text,
		"fairway_replica_portion{quota=\"qps/sweep\"} 0.312");
	expect_line(text, "fairway_replica_peers 2");
	expect_line(text, "fairway_replica_renewals_total 9");
	free(text);
	text = metrics_of(fixture_new());
	cr_expect_not(strstr(text, "\nfairway_replica_"));
	free(text);
}

Test(metrics, a_number_stands_behind_its_labels)
{
	struct fixture *f = fixture_new();
	char *text;

	f->policy.lanes[0].queued = 7;
	f->policy.lanes[0].seats = 1500;
	f->policy.lanes[0].seat_usec = 2500000000;
	f->policy.lanes[0].rejected[VERDICT_QUEUE_FULL] = 3;
	f->exchange.refused[VERDICT_BAD_REQUEST] = 4;
	f->exchange.requests[0][VERB_PATCH][stats_code_index(200)] = 5;
	f->exchange.requests[STATS_LANE_NONE][VERB_GET][stats_code_index(418)] =
		6;
	f->policy.endpoints[0].health = HEALTH_AWAY;
	f->policy.levels[1].refusals = 9;
	f->wire.bytes_out_up = 10;
	f->process.cpu = 1250000;
	text = metrics_of(f);
	expect_line(text, "fairway_build_info{version=\"1.2.3\"} 1");
	expect_line(text,
		"fairway_current_inqueue_requests{lane=\"finalizers\"} 7");
	expect_line(text,
		"fairway_current_executing_seats{lane=\"finalizers\"} 1.5");
	expect_line(
		text, "fairway_seat_seconds_total{lane=\"finalizers\"} 2.5");
	expect_line(text,
		"fairway_rejected_requests_total{lane=\"finalizers\","
		"reason=\"queue-full\"} 3");
	expect_line(text,
		"fairway_requests_total{lane=\"finalizers\",verb=\"patch\","
		"code=\"200\"} 5");
	expect_line(text,
		"fairway_requests_total{lane=\"-\",verb=\"get\","
		"code=\"other\"} 6");
	expect_line(text,
		"fairway_endpoint_health{endpoint=\"10.0.0.1:6443\","
		"state=\"away\"} 1");
	expect_line(text,
		"fairway_endpoint_health{endpoint=\"10.0.0.1:6443\","
		"state=\"up\"} 0");
	expect_line(text,
		"fairway_gate_refusals_total{endpoint=\"10.0.0.1:6443\","
		"level=\"00000000-0000-0abc\"} 9");
	expect_line(text,
		"fairway_gate_refusals_total{endpoint=\"10.0.0.1:6443\","
		"level=\"unknown\"} 0");
	expect_line(text,
		"fairway_network_bytes_total{side=\"upstream\","
		"direction=\"out\"} 10");
	expect_line(text, "process_cpu_seconds_total 1.25");
	free(text);
}

Test(metrics, label_values_are_escaped)
{
	char *text = metrics_of(fixture_new());

	expect_line(text,
		"fairway_current_inqueue_requests{lane=\"a\\\"b\\\\c\\nd\"} 0");
	free(text);
}

Test(metrics, histograms_are_cumulative_and_end_with_all)
{
	struct fixture *f = fixture_new();
	char *text;

	f->policy.lanes[0].wait[0] = 1;
	f->policy.lanes[0].wait[1] = 2;
	f->policy.lanes[0].wait[STATS_WAIT_BUCKETS - 1] = 4;
	f->policy.lanes[0].wait_sum = 90 * USEC_PER_SEC + 500;
	text = metrics_of(f);
	expect_line(text,
		"fairway_request_wait_duration_seconds_bucket"
		"{lane=\"finalizers\",le=\"1.0\"} 3");
	expect_line(text,
		"fairway_request_wait_duration_seconds_bucket"
		"{lane=\"finalizers\",le=\"0.001\"} 3");
	expect_line(text,
		"fairway_request_wait_duration_seconds_bucket"
		"{lane=\"finalizers\",le=\"+Inf\"} 7");
	expect_line(text,
		"fairway_request_wait_duration_seconds_sum"
		"{lane=\"finalizers\"} 90.0005");
	expect_line(text,
		"fairway_request_wait_duration_seconds_count"
		"{lane=\"finalizers\"} 7");
	free(text);
}

/* The next line that is no comment; absent: there is none. */
static struct span next_series(struct span *rest)
{
	while (rest->len > 0) {
		struct span line = span_cut(rest, '\n');

		if (line.len > 0 && line.ptr[0] != '#')
			return line;
	}
	return SPAN_NONE;
}

Test(metrics, both_formats_have_the_same_series)
{
	struct fixture *f = fixture_new();
	struct buf text = BUF_INIT, open = BUF_INIT;
	struct span here, there, line;
	unsigned count = 0;

	metrics_write(&f->view, METRICS_TEXT, &text);
	metrics_write(&f->view, METRICS_OPENMETRICS, &open);
	here = buf_span(&text);
	there = buf_span(&open);
	cr_expect(span_ends_with(there, SPAN("\n# EOF\n")));
	while (!span_is_absent(line = next_series(&here))) {
		cr_assert(span_eq(line, next_series(&there)));
		count++;
	}
	cr_expect(span_is_absent(next_series(&there)));
	cr_expect_gt(count, 100);
	buf_fini(&text);
	buf_fini(&open);
	objects_fini(&f->objects);
	free(f);
}

/* Of OpenMetrics: counters end in _total, their families do not. */
Test(metrics, counters_are_named_as_openmetrics_wants_it)
{
	struct fixture *f = fixture_new();
	struct buf open = BUF_INIT;
	struct span rest, line;

	metrics_write(&f->view, METRICS_OPENMETRICS, &open);
	rest = buf_span(&open);
	while (rest.len > 0) {
		line = span_cut(&rest, '\n');
		if (!span_starts_with(line, SPAN("# TYPE ")))
			continue;
		cr_expect_not(span_ends_with(line, SPAN("_total counter")));
		cr_expect_not(span_ends_with(line, SPAN("_total gauge")));
	}
	buf_fini(&open);
	objects_fini(&f->objects);
	free(f);
}

Test(metrics, every_name_is_described_once)
{
	char *text = metrics_of(fixture_new());
	unsigned names = 0;

	for (char *at = text; (at = strstr(at, "# TYPE ")); at++) {
		char name[128];
		char *again;

		cr_assert_eq(sscanf(at, "# TYPE %100s ", name), 1);
		strcat(name, " ");
		again = strstr(at + 7 + strlen(name), name);
		while (again && strncmp(again - 7, "# TYPE ", 7) != 0)
			again = strstr(again + 1, name);
		cr_expect(!again, "%s comes twice", name);
		names++;
	}
	cr_expect_gt(names, 40);
	free(text);
}

Test(metrics, reference_is_up_to_date)
{
	const char *top = getenv("top_srcdir");
	struct buf file = BUF_INIT, fresh = BUF_INIT;
	struct err err = { "" };
	char path[1024];

	snprintf(path, sizeof(path), "%s/docs/metrics.md", top ? top : ".");
	cr_assert_eq(text_file_read(path, 1 << 20, &file, &err), 0, "%s: %s",
		path, err.text);
	metrics_write_reference(&fresh);
	cr_expect(span_eq(buf_span(&file), buf_span(&fresh)),
		"write it again: fairway metrics-reference >docs/metrics.md");
	buf_fini(&file);
	buf_fini(&fresh);
}

/* ---- status ------------------------------------------------------------ */

Test(status, quantiles_are_linear_inside_a_bucket)
{
	uint64_t buckets[STATS_WAIT_BUCKETS] = { 0 };

	cr_expect_eq(status_quantile(buckets, 500), USEC_NEVER);
	buckets[3] = 100;
	cr_expect_eq(status_quantile(buckets, 500),
		(STATS_WAIT_BOUNDS[2] + STATS_WAIT_BOUNDS[3]) / 2);
	cr_expect_eq(status_quantile(buckets, 1000), STATS_WAIT_BOUNDS[3]);
	buckets[STATS_WAIT_BUCKETS - 1] = 100000;
	cr_expect_eq(status_quantile(buckets, 990),
		STATS_WAIT_BOUNDS[STATS_WAIT_BUCKETS - 2]);
}

Test(status, the_table_fits_into_80_columns)
{
	struct fixture *f = fixture_new();
	struct buf json = BUF_INIT, table = BUF_INIT;
	struct err err = { "" };
	struct span rest;

	f->settings.lanes[1].name = "workflow-status";
	f->policy.lanes[0].wait[9] = 7;
	f->policy.lanes[0].started = 123456789;
	f->policy.lanes[0].running = 12;
	f->policy.lanes[0].refused_upstream = 4000000;
	f->policy.levels[1].is_closed = true;
	f->policy.endpoints[0].health = HEALTH_RECOVERING;
	f->policy.endpoints[0].total = 8000;
	f->policy.endpoints[0].in_flight = 2500;
	f->view.endpoints[0] = "[2001:db8::123:4567]:6443";
	status_write_json(&f->view, &json);
	cr_assert_eq(status_write_table(buf_span(&json), &table, &err), 0, "%s",
		err.text);
	rest = buf_span(&table);
	while (!span_is_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		cr_expect_leq(line.len, 80, "%.*s", SPAN_ARG(line));
	}
	cr_expect(strstr(buf_cstr(&table), "finalizers"));
	cr_expect(strstr(buf_cstr(&table), "recovering"));
	cr_expect(strstr(buf_cstr(&table), "2.5 of 8"));
	cr_expect(strstr(buf_cstr(&table), "closed"));
	buf_fini(&json);
	buf_fini(&table);
	objects_fini(&f->objects);
	free(f);
}

static void note(struct fixture *f, const char *name, const char *finalizer,
	int64_t deleted_at)
{
	struct object_seen seen = {
		.place = { SPAN("argoproj.io"), SPAN("workflows"), SPAN("argo"),
			span_str(name) },
		.uid = SPAN("u"),
		.resource_version = SPAN("7"),
		.finalizers = { span_str(finalizer) },
		.finalizer_count = 1,
		.is_deleting = true,
		.deleted_at = deleted_at,
	};

	objects_note(&f->objects, &seen, 1);
	f->policy.objects = objects_count(&f->objects);
}

Test(metrics, stuck_objects_are_counted_by_resource_and_finalizer)
{
	struct fixture *f = fixture_new();
	char name[16], *text;

	f->view.wall = 1000 * USEC_PER_SEC;
	note(f, "a", "x/one", 100);
	note(f, "b", "x/one", 700);
	note(f, "young", "x/one", 701);
	text = metrics_of(f);
	expect_line(text,
		"fairway_stuck_objects_seen{resource=\"workflows.argoproj.io\","
		"finalizer=\"x/one\"} 2");
	expect_line(text, "fairway_stuck_oldest_seconds 900");
	expect_line(text, "fairway_terminating_objects_seen 3");
	free(text);

	/* Names that anybody may choose make no more series than that. */
	f = fixture_new();
	objects_fini(&f->objects);
	objects_init(&f->objects, 100, &(struct hash_key){ 1, 2 });
	f->view.wall = 1000 * USEC_PER_SEC;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		note(f, name, name, 1);
	}
	text = metrics_of(f);
	expect_line(text,
		"fairway_stuck_objects_seen{resource=\"other\","
		"finalizer=\"other\"} 8");
	free(text);
}

static char *stuck_table_of(struct fixture *f, bool all)
{
	struct buf json = BUF_INIT, table = BUF_INIT;
	struct err err;
	char *copy;

	f->view.settings = &f->settings;
	stuck_write_json(&f->view, &json);
	cr_assert(!stuck_write_table(buf_span(&json), all, &table, &err));
	copy = xstrdup(buf_cstr(&table));
	buf_fini(&json);
	buf_fini(&table);
	return copy;
}

Test(stuck, the_oldest_deletion_stands_first)
{
	struct fixture *f = fixture_new();
	char *text;

	f->settings.objects_max = 8;
	f->view.wall = 10000 * USEC_PER_SEC;
	f->view.now = 3 * USEC_PER_SEC;
	note(f, "young", "x/one", 9999);
	note(f, "b", "x/one", 5000);
	note(f, "a", "x/\"two", 1000);
	text = stuck_table_of(f, false);
	cr_expect(!strcmp(text,
			  "DELETED  SEEN     OBJECT AND ITS FINALIZERS\n"
			  "2h30m    2s       argo/workflows.argoproj.io/a "
			  "x/\"two\n"
			  "1h23m    2s       argo/workflows.argoproj.io/b "
			  "x/one\n"
			  "\nAnd 1 deleted not so long ago (--all shows "
			  "them).\n"),
		"%s", text);
	free(text);
	text = stuck_table_of(f, true);
	cr_expect(strstr(text, "\n1s       2s       argo/workflows.argoproj.io"
			       "/young x/one\n"),
		"%s", text);
	free(text);
	objects_fini(&f->objects);
	free(f);
}

Test(stuck, nothing_is_said_in_words)
{
	struct fixture *f = fixture_new();
	char *text = stuck_table_of(f, false);

	cr_expect(strstr(text, "terminating.objects is 0"), "%s", text);
	free(text);
	f->settings.objects_max = 8;
	text = stuck_table_of(f, false);
	cr_expect(strstr(text, "stuck for 5m0s"), "%s", text);
	free(text);
	text = stuck_table_of(f, true);
	cr_expect(strstr(text, "No object that is being deleted"), "%s", text);
	free(text);
	objects_fini(&f->objects);
	free(f);
}

Test(stuck, what_is_no_answer_about_objects_is_an_error)
{
	struct buf table = BUF_INIT;
	struct err err;

	cr_expect(stuck_write_table(SPAN("{}"), true, &table, &err) == -1);
	cr_expect(stuck_write_table(SPAN("[["), true, &table, &err) == -1);
	buf_fini(&table);
}

Test(table, no_text_of_a_client_is_a_command_for_a_terminal)
{
	struct span json = SPAN("{\"flows\":[{\"flow\":\"7\",\"lane\":\"reads\","
		"\"namespace\":\"\\u001b[2J\\n\\u007f\\u009bm\\u00e9\","
		"\"queued\":0,\"running\":1,\"oldestSeconds\":0}],"
		"\"drained\":[\"\\r8\"]}");
	struct buf table = BUF_INIT;
	struct err err;

	cr_assert(!flows_write_table(json, &table, &err));
	cr_expect(strstr(buf_cstr(&table), " ?[2J????m\xc3\xa9 "), "%s",
		buf_cstr(&table));
	cr_expect(strstr(buf_cstr(&table), "DRAINED ?8\n"), "%s",
		buf_cstr(&table));
	buf_fini(&table);
}

Test(status, what_is_no_status_is_an_error)
{
	struct buf table = BUF_INIT;
	struct err err = { "" };

	cr_expect_eq(status_write_table(SPAN("[1]"), &table, &err), -1);
	cr_expect_eq(status_write_table(SPAN("x"), &table, &err), -1);
	cr_expect_eq(status_write_table(SPAN("{}"), &table, &err), 0);
	buf_fini(&table);
}
