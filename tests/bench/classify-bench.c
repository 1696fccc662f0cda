/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a classification costs, for bodies of each kind and size, and in the
 * same run what it costs cJSON only to parse the same bytes.  Prints the best
 * of several rounds, which alternate.  No result fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "policy/classify.h"

#define ROUNDS 7
#define BYTES_PER_ROUND ((size_t)8 << 20)
#define CALLS_MAX 50000
#define CALLS_MIN 200

struct subject {
	const char *label;
	struct head head;
	struct span body;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static size_t calls_for(const struct subject *subject)
{
	size_t calls = BYTES_PER_ROUND / (subject->body.len + 1);

	return calls > CALLS_MAX    ? CALLS_MAX
		: calls < CALLS_MIN ? CALLS_MIN
				    : calls;
}

/* Nanoseconds a call. */
static double time_classify(
	const struct subject *subject, size_t calls, enum effect *ret_effect)
{
	char scratch[512];
	struct class class;
	uint64_t begin = now_ns();

	for (size_t i = 0; i < calls; i++) {
		if (classify_head(&subject->head, scratch, &class))
			classify_body(&CLASSIFIER_DEFAULT, &subject->head,
				subject->body.ptr, subject->body.len, true,
				&class);
		__asm__ volatile("" : : "r"(&class) : "memory");
	}
	*ret_effect = class.effect;
	return (double)(now_ns() - begin) / (double)calls;
}

static double time_cjson(const struct subject *subject, size_t calls)
{
	uint64_t begin = now_ns();

	for (size_t i = 0; i < calls; i++)
		cJSON_Delete(cJSON_ParseWithLength(
			subject->body.ptr, subject->body.len));
	return (double)(now_ns() - begin) / (double)calls;
}

static void run(const struct subject *subject)
{
	size_t calls = calls_for(subject);
	double ours = 0, theirs = 0;
	enum effect effect = EFFECT_NONE;

	for (int i = 0; i < ROUNDS; i++) {
		double a = time_classify(subject, calls, &effect);
		double b = time_cjson(subject, calls);

		ours = !i || a < ours ? a : ours;
		theirs = !i || b < theirs ? b : theirs;
	}
	printf("%-34s %7zu %-8s %10.0f %9.0f %12.0f %8.1f\n", subject->label,
		subject->body.len, effect_name(effect), ours,
		(double)subject->body.len * 1e3 / ours, theirs, theirs / ours);
}

/* An object with metadata like a pod's and a string array that fills it. */
static struct span make_object(size_t size, const char *first_metadata)
{
	char *text = malloc(size + 256);
	size_t len;

	len = (size_t)sprintf(text,
		"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{%s"
		"\"name\":\"p1\",\"namespace\":\"argo\",\"labels\":{"
		"\"workflows.argoproj.io/completed\":\"false\"}},"
		"\"spec\":{\"args\":[",
		first_metadata);
	while (len + 64 < size)
		len += (size_t)sprintf(text + len,
			"\"--parameter=%zu\",{\"name\":\"size\",\"n\":%zu},",
			len, len * 7);
	len += (size_t)sprintf(text + len, "null]}}");
	return span_of(text, len);
}

static struct span copy_of(const char *text)
{
	char *copy = strdup(text);

	return span_of(copy, strlen(copy));
}

#define POD "/api/v1/namespaces/argo/pods/p1"
#define PODS "/api/v1/namespaces/argo/pods"
#define MERGE "application/merge-patch+json"
#define STRATEGIC "application/strategic-merge-patch+json"
#define JSON_PATCH "application/json-patch+json"

int main(void)
{
	const struct {
		const char *label, *method, *target, *type;
		struct span body;
	} rows[] = {
		{ "merge patch, Argo's", "PATCH", POD, MERGE,
			copy_of("{\"metadata\":{\"finalizers\":[],\"labels\":{"
				"\"workflows.argoproj.io/completed\":\"true\"}"
				",\"resourceVersion\":\"184467\"}}\n") },
		{ "merge patch, others stay", "PATCH", POD, MERGE,
			copy_of("{\"metadata\":{\"finalizers\":["
				"\"batch.kubernetes.io/job-tracking\"],"
				"\"resourceVersion\":\"184467\"}}\n") },
		{ "merge patch, a label", "PATCH", POD, MERGE,
			copy_of("{\"metadata\":{\"labels\":{"
				"\"workflows.argoproj.io/completed\":"
				"\"true\"}}}\n") },
		{ "strategic patch, job", "PATCH", POD, STRATEGIC,
			copy_of("{\"metadata\":{"
				"\"$deleteFromPrimitiveList/finalizers\":["
				"\"batch.kubernetes.io/job-tracking\"]}}") },
		{ "JSON patch, test and remove", "PATCH", POD, JSON_PATCH,
			copy_of("[{\"op\":\"test\",\"path\":"
				"\"/metadata/finalizers/0\",\"value\":\"a/x\"}"
				",{\"op\":\"remove\",\"path\":"
				"\"/metadata/finalizers/0\"}]") },
		{ "create", "POST", PODS, "application/json",
			make_object(4096, "") },
		{ "merge patch, 4 KB, no hint", "PATCH", POD, MERGE,
			make_object(4096, "") },
		{ "merge patch, 4 KB, read", "PATCH", POD, MERGE,
			make_object(4096, "\"finalizers\":[],") },
		{ "PUT, no hint", "PUT", POD, "application/json",
			make_object(65500, "") },
		{ "merge patch, 64 KB, no hint", "PATCH", POD, MERGE,
			make_object(65500, "") },
		{ "PUT, deleting, read", "PUT", POD, "application/json",
			make_object(65500,
				"\"deletionTimestamp\":"
				"\"2026-01-01T00:00:00Z\",") },
	};

	printf("%-34s %7s %-8s %10s %9s %12s %8s\n", "request", "bytes",
		"effect", "ns", "MB/s", "cJSON ns", "ratio");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct subject subject = {
			.label = rows[i].label,
			.head = { .method = span_str(rows[i].method),
				.target = span_str(rows[i].target),
				.content_type = span_str(rows[i].type) },
			.body = rows[i].body,
		};

		run(&subject);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		free((void *)(uintptr_t)rows[i].body.ptr);
	return 0;
}
