/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to look at what passes (proxy/exchange/tap.h): events of a
 * watch and single objects, those that live and those that are being deleted,
 * in pieces as the wire hands them over.  Beside it what it costs to copy the
 * same bytes once, as the relay does.  Prints the best of several rounds.  No
 * result fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "proxy/exchange/tap.h"

#define ROUNDS 7
#define BYTES_PER_ROUND ((size_t)16 << 20)
/* The most that one call of the wire's has: a DATA frame. */
#define PIECE 16384

struct subject {
	const char *label;
	enum tap_kind kind;
	bool is_deleting;
	size_t len; /* about */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void write_json(const struct subject *subject, struct buf *out)
{
	buf_printf(out,
		"{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Pod\","
		"\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
		"\"fan-out-7x2kq-main-1234567890\",\"namespace\":\"argo\","
		"\"uid\":\"0f1e2d3c-0000-4000-8000-000000000001\","
		"\"resourceVersion\":\"123456\",\"creationTimestamp\":"
		"\"2026-11-30T15:00:00Z\",%s\"labels\":{\"workflows.argoproj.io"
		"/workflow\":\"fan-out-7x2kq\"},\"finalizers\":["
		"\"workflows.argoproj.io/status\"],\"managedFields\":[",
		subject->is_deleting ? "\"deletionTimestamp\":"
				       "\"2026-11-30T15:02:11Z\","
				     : "");
	while (buf_len(out) < subject->len - 10)
		buf_append_str(out,
			"{\"manager\":\"kubelet\",\"operation\":\"Update\","
			"\"time\":\"2026-11-30T15:00:01Z\",\"fieldsV1\":{"
			"\"f:status\":{\"f:conditions\":{\"k:{\\\"type\\\":"
			"\\\"Ready\\\"}\":{\"f:lastTransitionTime\":{}}}}}},");
	buf_append_str(out, "{}]}}}\n");
}

static void put(struct buf *out, unsigned number, struct span bytes)
{
	char head[4] = { (char)(number << 3 | 2), (char)(bytes.len | 0x80),
		(char)(bytes.len >> 7 | 0x80), (char)(bytes.len >> 14) };

	buf_append(out, head, sizeof(head));
	buf_append_span(out, bytes);
}

static void wrap(struct buf *bytes, unsigned number, const char *before)
{
	struct buf whole = BUF_INIT;

	buf_append_str(&whole, before);
	if (*before == 'k')
		buf_append(&whole, "", 1);
	put(&whole, number, buf_span(bytes));
	buf_fini(bytes);
	*bytes = whole;
}

static void write_protobuf(const struct subject *subject, struct buf *out)
{
	struct buf rest = BUF_INIT;
	uint32_t len;
	char frame[4];

	put(out, 1, SPAN("fan-out-7x2kq-main-1234567890"));
	put(out, 3, SPAN("argo"));
	put(out, 5, SPAN("0f1e2d3c-0000-4000-8000-000000000001"));
	put(out, 6, SPAN("123456"));
	put(out, 8, SPAN("\x08\x83\x98\xb3\xd8\x06"));
	if (subject->is_deleting)
		put(out, 9, SPAN("\x08\x83\x98\xb3\xd8\x06"));
	put(out, 11, SPAN("label"));
	put(out, 14, SPAN("workflows.argoproj.io/status"));
	wrap(out, 1, "");
	while (buf_len(&rest) + buf_len(out) < subject->len)
		buf_append_str(&rest, "some of its spec ");
	put(out, 2, buf_span(&rest));
	buf_fini(&rest);
	wrap(out, 2, "k8s");
	wrap(out, 1, "");
	wrap(out, 2, "\x0a\x08MODIFIED");
	len = (uint32_t)buf_len(out);
	for (int i = 0; i < 4; i++)
		frame[i] = (char)(len >> (24 - 8 * i));
	rest = BUF_INIT;
	buf_append(&rest, frame, sizeof(frame));
	buf_append_span(&rest, buf_span(out));
	buf_fini(out);
	*out = rest;
}

static void on_seen(void *user, const struct object_seen *seen)
{
	*(unsigned *)user += seen != NULL;
}

/* Nanoseconds an event. */
static double time_tap(
	const struct subject *subject, struct span text, size_t calls)
{
	struct tap_pool pool = { .max = 1 << 20 };
	unsigned seen = 0;
	struct tap tap;
	uint64_t begin;

	tap_open(&tap, subject->kind, &pool, on_seen, &seen);
	begin = now_ns();
	for (size_t i = 0; i < calls; i++) {
		for (struct span rest = text; rest.len;) {
			size_t len = u64_min(rest.len, PIECE);

			tap_feed(&tap, span_of(rest.ptr, len), false);
			rest = span_skip(rest, len);
		}
	}
	begin = now_ns() - begin;
	tap_close(&tap);
	if (seen != (subject->is_deleting ? calls : 0)) {
		fprintf(stderr, "%s: saw %u of %zu\n", subject->label, seen,
			calls);
		exit(1);
	}
	return (double)begin / (double)calls;
}

static double time_copy(struct span text, size_t calls)
{
	char *to = xmalloc(text.len);
	uint64_t begin = now_ns();

	for (size_t i = 0; i < calls; i++) {
		memcpy(to, text.ptr, text.len);
		__asm__ volatile("" : : "r"(to) : "memory");
	}
	begin = now_ns() - begin;
	free(to);
	return (double)begin / (double)calls;
}

static void run(const struct subject *subject)
{
	struct buf text = BUF_INIT;
	double ours = 0, copy = 0;
	size_t calls;

	if (subject->kind == TAP_EVENTS_JSON)
		write_json(subject, &text);
	else
		write_protobuf(subject, &text);
	calls = BYTES_PER_ROUND / buf_len(&text);
	for (int i = 0; i < ROUNDS; i++) {
		double a = time_tap(subject, buf_span(&text), calls);
		double b = time_copy(buf_span(&text), calls);

		ours = i && ours < a ? ours : a;
		copy = i && copy < b ? copy : b;
	}
	printf("%-32s %8zu %9.0f %9.0f %9.2f\n", subject->label, buf_len(&text),
		ours, copy, (double)buf_len(&text) / ours);
	buf_fini(&text);
}

int main(void)
{
	static const struct subject SUBJECTS[] = {
		{ "JSON, lives", TAP_EVENTS_JSON, false, 1500 },
		{ "JSON, lives", TAP_EVENTS_JSON, false, 5000 },
		{ "JSON, lives, in pieces", TAP_EVENTS_JSON, false, 300000 },
		{ "JSON, being deleted", TAP_EVENTS_JSON, true, 1500 },
		{ "JSON, being deleted", TAP_EVENTS_JSON, true, 5000 },
		{ "JSON, being deleted, in pieces", TAP_EVENTS_JSON, true,
			300000 },
		{ "protobuf, lives", TAP_EVENTS_PROTOBUF, false, 1500 },
		{ "protobuf, lives", TAP_EVENTS_PROTOBUF, false, 5000 },
		{ "protobuf, being deleted", TAP_EVENTS_PROTOBUF, true, 5000 },
	};

	printf("%-32s %8s %9s %9s %9s\n", "event", "bytes", "ns", "copy ns",
		"GB/s");
	for (size_t i = 0; i < ARRAY_SIZE(SUBJECTS); i++)
		run(&SUBJECTS[i]);
	return 0;
}
