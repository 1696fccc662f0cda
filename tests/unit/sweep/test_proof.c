/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "policy/sweep/document.h"
#include "policy/sweep/patch.h"
#include "policy/sweep/proof.h"

/* 2026-11-30T15:00:00Z; pods below ended half an hour before. */
#define NOW ((int64_t)1796050800)

#define OWNER                                                             \
	"\"ownerReferences\":[{\"apiVersion\":\"argoproj.io/v1alpha1\","  \
	"\"kind\":\"Workflow\",\"name\":\"wf\",\"uid\":\"w-1\","          \
	"\"controller\":true,\"blockOwnerDeletion\":true}],"
#define FINALIZERS "\"finalizers\":[\"a/b\",\"" SWEEP_FINALIZER "\"]"
#define ENDED                                                              \
	"\"phase\":\"Succeeded\",\"conditions\":[{\"type\":\"Ready\","     \
	"\"lastTransitionTime\":\"2026-11-30T14:30:00Z\"}],"               \
	"\"containerStatuses\":[{\"state\":{\"terminated\":{\"finishedAt\":" \
	"\"2026-11-30T14:29:00Z\"}}}]"
#define POD(labels, meta, status)                                            \
	"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"    \
	"\"p\",\"namespace\":\"argo\",\"uid\":\"u-1\",\"resourceVersion\":"  \
	"\"7\",\"labels\":{\"" SWEEP_LABEL_WORKFLOW "\":\"wf\"" labels "},"  \
	meta "},\"spec\":{\"x\":[1]},\"status\":{" status "}}"
#define COMPLETED ",\"" SWEEP_LABEL_COMPLETED "\":\"true\""

static struct sweep_settings settings(void)
{
	struct sweep_settings settings;

	sweep_settings_default(&settings);
	return settings;
}

static struct sweep_object pod_of(const char *text)
{
	struct sweep_object pod = { .name = SPAN_NONE };

	cr_assert(!sweep_pod_read(
			  span_str(text), SPAN(SWEEP_FINALIZER), &pod),
		"%s", text);
	return pod;
}

static enum sweep_verdict judge(const char *text)
{
	struct sweep_settings s = settings();
	struct sweep_object pod = pod_of(text);

	return sweep_judge_pod(&s, &pod, NOW);
}

Test(pod, is_read_as_far_as_it_matters)
{
	struct sweep_object pod = pod_of(POD(COMPLETED, OWNER FINALIZERS, ENDED));
	int64_t last;

	timestamp_parse(SPAN("2026-11-30T14:30:00Z"), &last);
	cr_expect(span_eq_str(pod.namespace, "argo"));
	cr_expect(span_eq_str(pod.name, "p"));
	cr_expect(span_eq_str(pod.uid, "u-1"));
	cr_expect(span_eq_str(pod.resource_version, "7"));
	cr_expect(pod.has_finalizer && pod.finalizer_index == 1);
	cr_expect(pod.is_completed && !pod.is_opted_out);
	cr_expect(pod.instance.len == 0);
	cr_expect(span_eq_str(pod.owner, "wf"));
	cr_expect(span_eq_str(pod.owner_uid, "w-1"));
	cr_expect(pod.is_terminal && !pod.is_deleting);
	cr_expect(pod.last_change == last);
}

Test(pod, what_is_odd_is_not_read)
{
	static const char *const TEXTS[] = {
		"",
		"{}",
		"[]",
		"{\"kind\":\"Job\",\"metadata\":{}}",
		POD("", "\"uid\":\"\"", ""),
		POD("", "\"finalizers\":{}", ""),
		POD("", "\"finalizers\":[7]", ""),
		POD("", "\"deletionTimestamp\":\"soon\"", ""),
		POD("", "\"name\":\"\\u0070\"", ""),
		POD("", FINALIZERS,
			"\"conditions\":[{\"lastTransitionTime\":\"x\"}]"),
		"{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"",
	};
	struct sweep_object pod;

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		cr_expect(sweep_pod_read(span_str(TEXTS[i]),
				  SPAN(SWEEP_FINALIZER), &pod) == -1,
			"%s", TEXTS[i]);
}

Test(proof, a_pod_alone)
{
	static const struct {
		const char *text;
		enum sweep_verdict verdict;
	} ROWS[] = {
		{ POD(COMPLETED, OWNER FINALIZERS, ENDED), SWEEP_LABELLED },
		/* By its label alone, whoever owns it. */
		{ POD(COMPLETED, FINALIZERS, ENDED), SWEEP_LABELLED },
		{ POD("", OWNER FINALIZERS, ENDED), SWEEP_ASK_OWNER },
		{ POD(",\"" SWEEP_LABEL_COMPLETED "\":\"false\"",
			  OWNER FINALIZERS, ENDED),
			SWEEP_ASK_OWNER },
		{ POD("", OWNER "\"finalizers\":[\"a/b\"]", ENDED),
			SWEEP_HAS_NONE },
		{ POD(COMPLETED, OWNER "\"labels2\":null", ENDED),
			SWEEP_HAS_NONE },
		{ POD(COMPLETED,
			  FINALIZERS ",\"annotations\":{\"" SWEEP_OPT_OUT
				     "\":\"true\"}",
			  ENDED),
			SWEEP_OPTED_OUT },
		{ POD(COMPLETED ",\"" SWEEP_LABEL_INSTANCE "\":\"b\"",
			  FINALIZERS, ENDED),
			SWEEP_OTHER_INSTANCE },
		{ POD(COMPLETED, FINALIZERS, "\"phase\":\"Running\""),
			SWEEP_RUNNING },
		{ POD(COMPLETED, FINALIZERS, ""), SWEEP_RUNNING },
		/* At its end, and nobody knows since when. */
		{ POD(COMPLETED, FINALIZERS, "\"phase\":\"Failed\""),
			SWEEP_UNSETTLED },
		{ POD(COMPLETED, FINALIZERS,
			  "\"phase\":\"Failed\",\"conditions\":[{"
			  "\"lastTransitionTime\":\"2026-11-30T14:50:01Z\"}]"),
			SWEEP_UNSETTLED },
		{ POD(COMPLETED, FINALIZERS,
			  "\"phase\":\"Failed\",\"conditions\":[{"
			  "\"lastTransitionTime\":\"2026-11-30T14:50:00Z\"}]"),
			SWEEP_LABELLED },
		/* Deleted, its grace long over. */
		{ POD(COMPLETED,
			  "\"deletionTimestamp\":\"2026-11-30T14:40:00Z\","
			  FINALIZERS,
			  "\"phase\":\"Running\""),
			SWEEP_LABELLED },
		{ POD(COMPLETED,
			  "\"deletionTimestamp\":\"2026-11-30T14:55:00Z\","
			  FINALIZERS,
			  ENDED),
			SWEEP_UNSETTLED },
		{ POD(COMPLETED,
			  "\"deletionTimestamp\":\"2026-11-30T15:00:30Z\","
			  FINALIZERS,
			  "\"phase\":\"Running\""),
			SWEEP_RUNNING },
		{ POD("", FINALIZERS, ENDED), SWEEP_NO_OWNER },
		/* An owner that is not its controller, or no Workflow. */
		{ POD("",
			  "\"ownerReferences\":[{\"apiVersion\":"
			  "\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","
			  "\"name\":\"wf\",\"uid\":\"w-1\"}]," FINALIZERS,
			  ENDED),
			SWEEP_NO_OWNER },
		{ POD("",
			  "\"ownerReferences\":[{\"apiVersion\":\"batch/v1\","
			  "\"kind\":\"Job\",\"name\":\"wf\",\"uid\":\"w-1\","
			  "\"controller\":true}]," FINALIZERS,
			  ENDED),
			SWEEP_NO_OWNER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		enum sweep_verdict verdict = judge(ROWS[i].text);

		cr_expect(verdict == ROWS[i].verdict, "%s: %s", ROWS[i].text,
			sweep_verdict_name(verdict));
	}
}

/* The API server takes any text as an owner's name. */
Test(proof, an_owner_that_cannot_be_called_so_is_none)
{
	static const char *const NAMES[] = { ".", "..", "a/b", "a%2fb", "a\177",
		"../../../../api/v1/namespaces/kube-system/secrets/x" };
	char text[2048];

	for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
		snprintf(text, sizeof(text),
			POD("",
				"\"ownerReferences\":[{\"apiVersion\":"
				"\"argoproj.io/v1alpha1\",\"kind\":"
				"\"Workflow\",\"name\":\"%s\",\"uid\":"
				"\"w-1\",\"controller\":true}]," FINALIZERS,
				ENDED),
			NAMES[i]);
		cr_expect(judge(text) == SWEEP_NO_OWNER, "%s", NAMES[i]);
	}
	cr_expect(sweep_is_object_name(SPAN("wf-7.x")));
	cr_expect(sweep_is_object_name(SPAN("system:node")));
	cr_expect(sweep_is_object_name(SPAN("...")));
	cr_expect(!sweep_is_object_name(SPAN("")));
	cr_expect(!sweep_is_object_name(SPAN_NONE));
	memset(text, 'a', 254);
	cr_expect(sweep_is_object_name(span_of(text, 253)));
	cr_expect(!sweep_is_object_name(span_of(text, 254)));
}

Test(proof, anything_but_false_keeps_a_finalizer)
{
	static const struct {
		const char *value;
		enum sweep_verdict verdict;
	} ROWS[] = { { "true", SWEEP_OPTED_OUT }, { "True", SWEEP_OPTED_OUT },
		{ "yes", SWEEP_OPTED_OUT }, { "", SWEEP_OPTED_OUT },
		{ "false", SWEEP_LABELLED } };
	char text[2048];

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		snprintf(text, sizeof(text),
			POD(COMPLETED,
				FINALIZERS ",\"annotations\":{\"" SWEEP_OPT_OUT
					   "\":\"%s\"}",
				ENDED),
			ROWS[i].value);
		cr_expect(judge(text) == ROWS[i].verdict, "%s", ROWS[i].value);
	}
}

Test(proof, classes_that_are_off_prove_nothing)
{
	struct sweep_settings s = settings();
	struct sweep_object pod = pod_of(POD(COMPLETED, OWNER FINALIZERS, ENDED));

	s.with_labelled = false;
	cr_expect(sweep_judge_pod(&s, &pod, NOW) == SWEEP_ASK_OWNER);
	s.with_gone = s.with_finished = false;
	cr_expect(sweep_judge_pod(&s, &pod, NOW) == SWEEP_OWNER_LIVES);
}

#define NOT_FOUND(kind, name)                                              \
	"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"      \
	"\"status\":\"Failure\",\"reason\":\"NotFound\",\"details\":{"     \
	"\"name\":\"" name "\",\"group\":\"argoproj.io\",\"kind\":\"" kind \
	"\"},\"code\":404}"
#define WORKFLOW(name, uid, labels, status)                                  \
	"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","    \
	"\"metadata\":{\"labels\":{" labels "},\"managedFields\":[{\"f:a\":" \
	"{}}],\"name\":\"" name "\",\"uid\":\"" uid "\"},\"spec\":{},"       \
	"\"status\":{" status "}}"
#define DONE "\"" SWEEP_LABEL_COMPLETED "\":\"true\""

struct owner_row {
	unsigned status;
	const char *body;
	enum sweep_verdict verdict;
};

static void check_owner(const struct sweep_settings *s,
	const struct owner_row *row, bool are_served)
{
	struct sweep_object pod = pod_of(POD("", OWNER FINALIZERS, ENDED));
	enum sweep_verdict verdict = sweep_judge_owner(s, &pod, row->status,
		span_str(row->body), are_served, NOW);

	cr_expect(verdict == row->verdict, "%u %s: %s", row->status, row->body,
		sweep_verdict_name(verdict));
}

Test(proof, only_a_proper_404_says_that_a_workflow_is_gone)
{
	static const struct owner_row ROWS[] = {
		{ 404, NOT_FOUND("workflows", "wf"), SWEEP_GONE },
		{ 404, NOT_FOUND("workflows", "wf2"), SWEEP_UNREADABLE },
		{ 404, NOT_FOUND("pods", "wf"), SWEEP_UNREADABLE },
		{ 404, "404 page not found\n", SWEEP_UNREADABLE },
		{ 404, "{}", SWEEP_UNREADABLE },
		{ 404, "", SWEEP_UNREADABLE },
		{ 200, NOT_FOUND("workflows", "wf"), SWEEP_UNREADABLE },
		{ 403, NOT_FOUND("workflows", "wf"), SWEEP_UNREADABLE },
		{ 410, NOT_FOUND("workflows", "wf"), SWEEP_UNREADABLE },
		{ 429, NOT_FOUND("workflows", "wf"), SWEEP_UNREADABLE },
		{ 500, NOT_FOUND("workflows", "wf"), SWEEP_UNREADABLE },
		{ 503, NOT_FOUND("workflows", "wf"), SWEEP_UNREADABLE },
		{ 0, "", SWEEP_UNREADABLE },
		{ 200, WORKFLOW("wf", "w-2", "", ""), SWEEP_RECREATED },
		{ 200, WORKFLOW("wf", "w-1", "", ""), SWEEP_OWNER_LIVES },
		{ 200, WORKFLOW("wf", "w-1", DONE, ""), SWEEP_OWNER_UNSETTLED },
		{ 200, WORKFLOW("wf", "", "", ""), SWEEP_UNREADABLE },
		{ 200, WORKFLOW("other", "w-2", "", ""), SWEEP_UNREADABLE },
		{ 200, "{\"kind\":\"Workflow\",\"metadata\":{\"name\":\"wf\","
		       "\"uid\":\"w-2\"}",
			SWEEP_UNREADABLE },
	};
	const struct owner_row unserved = { 404, NOT_FOUND("workflows", "wf"),
		SWEEP_UNREADABLE };
	struct sweep_settings s = settings();

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		check_owner(&s, &ROWS[i], true);
	/* Of a kind that is not served every name is not found. */
	check_owner(&s, &unserved, false);
}

Test(proof, a_workflow_that_nests_deeply_is_read_all_the_same)
{
	struct sweep_settings s = settings();
	char deep[1001], text[4096];
	struct owner_row row = { 200, text, SWEEP_OWNER_LIVES };
	struct sweep_object object;

	memset(deep, '[', 500);
	memset(deep + 500, ']', 500);
	deep[1000] = '\0';
	snprintf(text, sizeof(text),
		"{\"kind\":\"Workflow\",\"metadata\":{\"name\":\"wf\","
		"\"uid\":\"w-1\"},\"spec\":{\"plugin\":%s}}",
		deep);
	check_owner(&s, &row, true);
	/* Where times are sought all is read, or nothing is proven. */
	snprintf(text, sizeof(text),
		"{\"kind\":\"Workflow\",\"metadata\":{\"name\":\"wf\","
		"\"namespace\":\"n\",\"resourceVersion\":\"1\",\"uid\":"
		"\"w-1\"},\"spec\":%s,\"status\":{}}",
		deep);
	cr_expect(!sweep_workflow_read(
		span_str(text), SPAN("a/b"), &object));
	snprintf(text, sizeof(text),
		"{\"kind\":\"Workflow\",\"metadata\":{\"name\":\"wf\","
		"\"namespace\":\"n\",\"resourceVersion\":\"1\",\"uid\":"
		"\"w-1\"},\"status\":{\"a\":%s}}",
		deep);
	cr_expect(sweep_workflow_read(
			  span_str(text), SPAN("a/b"), &object) == -1);
}

Test(proof, a_workflow_that_was_completed_long_ago)
{
	static const struct owner_row ROWS[] = {
		{ 200, WORKFLOW("wf", "w-1", DONE,
			       "\"finishedAt\":\"2026-11-30T14:30:00Z\""),
			SWEEP_FINISHED },
		{ 200, WORKFLOW("wf", "w-1", DONE,
			       "\"finishedAt\":\"2026-11-30T14:30:01Z\""),
			SWEEP_OWNER_UNSETTLED },
		{ 200, WORKFLOW("wf", "w-1", DONE, "\"finishedAt\":null"),
			SWEEP_OWNER_UNSETTLED },
		{ 200, WORKFLOW("wf", "w-1", "",
			       "\"finishedAt\":\"2026-11-30T14:30:00Z\""),
			SWEEP_OWNER_LIVES },
		/* Without that class it is none of ours. */
		{ 404, NOT_FOUND("workflows", "wf"), SWEEP_OWNER_LIVES },
		{ 200, WORKFLOW("wf", "w-2", "", ""), SWEEP_OWNER_LIVES },
	};
	struct sweep_settings s = settings();

	s.with_finished = true;
	s.with_gone = false;
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		check_owner(&s, &ROWS[i], true);
}

#define DYING(at, finalizers)                                               \
	"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","     \
	"\"metadata\":{\"creationTimestamp\":\"2026-11-30T14:00:00Z\"," at   \
	"\"finalizers\":[" finalizers "],\"name\":\"wf\",\"namespace\":"      \
	"\"argo\",\"resourceVersion\":\"8\",\"uid\":\"w-1\"},\"status\":{"   \
	"\"nodes\":{\"x\":{\"phase\":\"Running\",\"finishedAt\":null}}}}"
#define DELETED(time) "\"deletionTimestamp\":\"" time "\","
#define OURS "\"" SWEEP_WORKFLOW_FINALIZER "\""

Test(proof, a_workflow_that_is_deleted_and_asks_for_it)
{
	static const struct owner_row ROWS[] = {
		{ 200, DYING(DELETED("2026-11-30T14:55:00Z"), "\"a/b\"," OURS),
			SWEEP_DELETED },
		/* Not for long yet. */
		{ 200, DYING(DELETED("2026-11-30T14:55:01Z"), OURS),
			SWEEP_OWNER_LIVES },
		/* It does not ask for it. */
		{ 200, DYING(DELETED("2026-11-30T14:00:00Z"), "\"a/b\""),
			SWEEP_OWNER_LIVES },
		/* Nobody has deleted it. */
		{ 200, DYING("", OURS), SWEEP_OWNER_LIVES },
	};
	struct sweep_settings s = settings();
	struct owner_row off = ROWS[0];
	struct sweep_object workflow;

	s.with_deleted = true;
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		check_owner(&s, &ROWS[i], true);
	cr_assert(!sweep_workflow_read(span_str(ROWS[0].body),
		s.workflow_finalizer, &workflow));
	cr_expect(workflow.finalizer_index == 1);
	cr_expect(sweep_judge_workflow(&s, &workflow, NOW) == SWEEP_DELETED);
	s.instance = SPAN("b");
	cr_expect(sweep_judge_workflow(&s, &workflow, NOW) ==
		SWEEP_OTHER_INSTANCE);
	s.instance = SPAN("");
	cr_expect(sweep_pod_read(span_str(ROWS[0].body), s.finalizer,
			  &workflow) == -1);
	s.with_deleted = false;
	off.verdict = SWEEP_OWNER_LIVES;
	check_owner(&s, &off, true);
	cr_expect(sweep_judge_workflow(&s, &workflow, NOW) !=
		SWEEP_DELETED);
}

#define NODES(more, nodes)                                                   \
	"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","    \
	"\"metadata\":{\"name\":\"wf\",\"uid\":\"w-1\"},\"status\":{" more \
	"\"nodes\":{" nodes "}}}"
#define NODE(id, phase, more) \
	"\"" id "\":{\"id\":\"" id "\",\"phase\":\"" phase "\"" more "}"
#define SYNCED ",\"taskResultSynced\":true"

Test(proof, a_node_that_is_recorded)
{
	static const struct {
		const char *workflow;
		bool is_recorded;
	} ROWS[] = {
		{ NODES("", NODE("n-1", "Succeeded", SYNCED)), true },
		{ NODES("", NODE("n-2", "Running", "") "," NODE("n-1", "Failed",
			SYNCED)),
			true },
		{ NODES("", NODE("n-1", "Error", SYNCED)), true },
		{ NODES("", NODE("n-1", "Running", SYNCED)), false },
		{ NODES("", NODE("n-1", "Pending", SYNCED)), false },
		{ NODES("", NODE("n-1", "", SYNCED)), false },
		{ NODES("", NODE("n-1", "Succeeded", "")), false },
		{ NODES("", NODE("n-1", "Succeeded",
			",\"taskResultSynced\":false")),
			false },
		/* Others are. */
		{ NODES("", NODE("n-2", "Succeeded", SYNCED)), false },
		{ NODES("", ""), false },
		/* Its nodes are elsewhere, these may be old. */
		{ NODES("\"compressedNodes\":\"H4sI\",",
			NODE("n-1", "Succeeded", SYNCED)),
			false },
		{ NODES("\"offloadNodeStatusVersion\":\"fnv:1\",",
			NODE("n-1", "Succeeded", SYNCED)),
			false },
		{ "{}", false },
		{ "", false },
	};
	struct sweep_settings s = settings();
	struct sweep_object pod = pod_of(POD("", OWNER FINALIZERS
		",\"annotations\":{\"" SWEEP_ANNOTATION_NODE "\":\"n-1\"}",
		ENDED));

	cr_expect(span_eq_str(pod.node_id, "n-1"));
	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect(sweep_node_is_recorded(span_str(ROWS[i].workflow),
				  SPAN("n-1")) == ROWS[i].is_recorded,
			"%s", ROWS[i].workflow);
	cr_expect(!sweep_node_is_recorded(
		span_str(ROWS[0].workflow), SPAN_NONE));
	s.with_recorded = true;
	cr_expect(sweep_judge_owner(&s, &pod, 200, span_str(ROWS[0].workflow),
			  true, NOW) == SWEEP_RECORDED);
	cr_expect(sweep_judge_owner(&s, &pod, 200, span_str(ROWS[3].workflow),
			  true, NOW) == SWEEP_OWNER_LIVES);
	s.with_recorded = false;
	cr_expect(sweep_judge_owner(&s, &pod, 200, span_str(ROWS[0].workflow),
			  true, NOW) == SWEEP_OWNER_LIVES);
}

Test(patch, a_removal_names_what_was_read)
{
	struct sweep_object pod = pod_of(POD("", OWNER FINALIZERS, ENDED));
	struct buf json = BUF_INIT;

	sweep_patch_write_removal(&pod, SPAN(SWEEP_FINALIZER), &json);
	cr_expect(!strcmp(buf_cstr(&json),
			  "[{\"op\":\"test\",\"path\":\"/metadata/uid\","
			  "\"value\":\"u-1\"},"
			  "{\"op\":\"test\",\"path\":"
			  "\"/metadata/resourceVersion\",\"value\":\"7\"},"
			  "{\"op\":\"test\",\"path\":\"/metadata/finalizers/1\","
			  "\"value\":\"" SWEEP_FINALIZER "\"},"
			  "{\"op\":\"remove\",\"path\":"
			  "\"/metadata/finalizers/1\"}]"),
		"%s", buf_cstr(&json));
	buf_fini(&json);
}

#define IDENTITY                                                          \
	"[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u-1\"}," \
	"{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\","        \
	"\"value\":\"7\"},"

Test(patch, an_addition_makes_the_list_if_there_is_none)
{
	struct sweep_object with = pod_of(POD("", FINALIZERS, ENDED));
	struct sweep_object without = pod_of(POD("", "\"a\":1", ENDED));
	struct buf json = BUF_INIT;

	sweep_patch_write_addition(&with, SPAN("c/d"), &json);
	cr_expect(!strcmp(buf_cstr(&json),
			  IDENTITY "{\"op\":\"add\",\"path\":"
				   "\"/metadata/finalizers/-\",\"value\":"
				   "\"c/d\"}]"),
		"%s", buf_cstr(&json));
	buf_clear(&json);
	sweep_patch_write_addition(&without, SPAN("c/d"), &json);
	cr_expect(!strcmp(buf_cstr(&json),
			  IDENTITY "{\"op\":\"add\",\"path\":"
				   "\"/metadata/finalizers\",\"value\":[]},"
				   "{\"op\":\"add\",\"path\":"
				   "\"/metadata/finalizers/-\",\"value\":"
				   "\"c/d\"}]"),
		"%s", buf_cstr(&json));
	buf_fini(&json);
}

Test(proof, each_verdict_has_a_name_and_a_text)
{
	for (unsigned v = 0; v < SWEEP_VERDICT_COUNT; v++) {
		cr_expect(*sweep_verdict_name((enum sweep_verdict)v));
		cr_expect(*sweep_verdict_text((enum sweep_verdict)v));
		cr_expect(sweep_may_remove((enum sweep_verdict)v) ==
			(v == SWEEP_LABELLED || v == SWEEP_GONE ||
				v == SWEEP_RECREATED || v == SWEEP_FINISHED ||
				v == SWEEP_RECORDED || v == SWEEP_DELETED ||
				v == SWEEP_BY_RULE || v == SWEEP_ORPHANED));
	}
}
