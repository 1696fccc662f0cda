/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/object_seen.h"

#define META_TYPED(more)                                                       \
	"\"metadata\":{\"name\":\"p\",\"namespace\":\"argo\",\"uid\":\"u-1\"," \
	"\"resourceVersion\":\"42\","                                          \
	"\"creationTimestamp\":\"2026-11-30T15:00:00Z\"" more "}"
#define DELETED_AT ",\"deletionTimestamp\":\"2026-11-30T15:02:11Z\""
#define FINALIZERS ",\"finalizers\":[\"a/b\",\"c\"]"
#define POD(more)                                  \
	"{\"kind\":\"Pod\",\"apiVersion\":\"v1\"," \
	META_TYPED(more) ",\"spec\":{\"a\":[1,2"

/* A copy of its very length, so that a sanitizer sees what is beyond. */
static char *copy_of(struct span text)
{
	char *copy = malloc(text.len ? text.len : 1);

	if (text.len)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

static enum object_glance glance(struct span text)
{
	char *copy = copy_of(text);
	enum object_glance glance = object_glance_json(span_of(copy, text.len));

	free(copy);
	return glance;
}

Test(object_seen, a_glance_tells_what_is_being_deleted)
{
	static const struct {
		struct span text;
		enum object_glance glance;
	} ROWS[] = {
		{ SPAN_INIT(POD("")), OBJECT_GLANCE_LIVING },
		{ SPAN_INIT(POD(FINALIZERS)), OBJECT_GLANCE_LIVING },
		{ SPAN_INIT(POD(DELETED_AT)), OBJECT_GLANCE_DELETING },
		{ SPAN_INIT(POD(DELETED_AT FINALIZERS)),
			OBJECT_GLANCE_DELETING },
		/* Sorted, as custom resources are. */
		{ SPAN_INIT("{\"metadata\":{\"annotations\":{\"T\":\"Time"
			    "stamp\"},\"creationTimestamp\":\"2026-11-30T15:00:"
			    "00Z\",\"deletionGracePeriodSeconds\":0,"
			    "\"deletionTimestamp\":\"2026-11-30T15:02:11Z\""),
			OBJECT_GLANCE_DELETING },
		{ SPAN_INIT(""), OBJECT_GLANCE_NONE },
		{ SPAN_INIT("T"), OBJECT_GLANCE_NONE },
		{ SPAN_INIT("Timestamp\":"), OBJECT_GLANCE_NONE },
		{ SPAN_INIT("deletionTimestamp\":"), OBJECT_GLANCE_NONE },
		{ SPAN_INIT("\"deletionTimestamp\":"), OBJECT_GLANCE_NONE },
		{ SPAN_INIT("{\"deletionTimestamp\":"),
			OBJECT_GLANCE_DELETING },
		/* Inside a string, as kubectl's last-applied has it. */
		{ SPAN_INIT("{\"a\":\"{\\\"creationTimestamp\\\":null,"
			    "\\\"deletionTimestamp\\\":null}\"}"),
			OBJECT_GLANCE_NONE },
		{ SPAN_INIT("{\"kind\":\"Status\",\"metadata\":{}}"),
			OBJECT_GLANCE_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect(glance(ROWS[i].text) == ROWS[i].glance, "%.*s",
			SPAN_ARG(ROWS[i].text));
}

/* Not the whole of a large object is looked through. */
Test(object_seen, what_is_far_behind_the_creation_is_somebody_elses)
{
	char text[2048];
	int len = snprintf(text, sizeof(text),
		"{" META_TYPED("") ",\"spec\":\"%*s\"" DELETED_AT, 600, "");

	cr_expect(glance(span_of(text, (size_t)len)) == OBJECT_GLANCE_LIVING);
}

static int read_json(struct span text, struct object_seen *seen)
{
	return object_seen_read_json(text, seen);
}

Test(object_seen, an_objects_metadata_is_read)
{
	struct object_seen seen;

	cr_assert(!read_json(SPAN(POD(DELETED_AT FINALIZERS)), &seen));
	cr_expect(span_eq_str(seen.place.namespace, "argo"));
	cr_expect(span_eq_str(seen.place.name, "p"));
	cr_expect(span_eq_str(seen.uid, "u-1"));
	cr_expect(span_eq_str(seen.resource_version, "42"));
	cr_expect(seen.is_deleting);
	cr_expect(seen.deleted_at == 1796050931);
	cr_assert(seen.finalizer_count == 2);
	cr_expect(span_eq_str(seen.finalizers[0], "a/b"));
	cr_expect(span_eq_str(seen.finalizers[1], "c"));
	cr_expect(object_seen_is_kept(&seen));

	cr_assert(!read_json(SPAN(POD(DELETED_AT)), &seen));
	cr_expect(!object_seen_is_kept(&seen));
	cr_assert(!read_json(SPAN(POD(FINALIZERS)), &seen));
	cr_expect(!object_seen_is_kept(&seen));
}

Test(object_seen, more_finalizers_than_have_room_are_counted)
{
	struct object_seen seen;

	cr_assert(!read_json(
		SPAN(POD(",\"finalizers\":[\"1\",\"2\",\"3\",\"4\",\"5\"]")),
		&seen));
	cr_expect(seen.finalizer_count == 5);
}

Test(object_seen, what_is_no_object_is_not_read)
{
	static const struct span TEXTS[] = {
		SPAN_INIT(""),
		SPAN_INIT("[]"),
		SPAN_INIT("{}"),
		SPAN_INIT("{\"kind\":\"Table\"," META_TYPED(DELETED_AT) "}"),
		SPAN_INIT("{\"kind\":\"Status\"," META_TYPED("") "}"),
		SPAN_INIT("{\"kind\":\"PodList\"," META_TYPED("") "}"),
		SPAN_INIT("{\"metadata\":null}"),
		SPAN_INIT("{\"metadata\":{\"name\":\"p\"}}"),
		SPAN_INIT("{" META_TYPED(",\"finalizers\":{}") "}"),
		SPAN_INIT("{" META_TYPED(",\"finalizers\":[1]") "}"),
		SPAN_INIT("{" META_TYPED(",\"finalizers\":[\"\\u0061\"]") "}"),
		SPAN_INIT("{" META_TYPED(",\"uid\":7") "}"),
		SPAN_INIT("{" META_TYPED(",\"deletionTimestamp\":\"now\"") "}"),
		/* Its metadata is not whole. */
		SPAN_INIT("{\"metadata\":{\"name\":\"p\",\"uid\":\"u\""),
		SPAN_INIT("{\"metadata\":{\"name\":\"p\",\"uid\":\"u\",\"a"),
	};
	struct object_seen seen;

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++) {
		char *copy = copy_of(TEXTS[i]);

		cr_expect(read_json(span_of(copy, TEXTS[i].len), &seen) == -1,
			"%.*s", SPAN_ARG(TEXTS[i]));
		free(copy);
	}
}

Test(object_seen, an_event_says_whether_it_is_gone)
{
	struct object_seen seen;

	cr_assert(!object_seen_read_json_event(
		SPAN("{\"type\":\"MODIFIED\",\"object\":" POD(
			DELETED_AT FINALIZERS)),
		&seen));
	cr_expect(object_seen_is_kept(&seen));
	cr_assert(!object_seen_read_json_event(
		SPAN("{\"type\":\"DELETED\",\"object\":" POD(
			DELETED_AT FINALIZERS)),
		&seen));
	cr_expect(seen.is_gone && !object_seen_is_kept(&seen));
	cr_expect(object_seen_read_json_event(
			  SPAN("{\"type\":\"BOOKMARK\",\"object\":" POD("")),
			  &seen) == -1);
	cr_expect(object_seen_read_json_event(
			  SPAN("{\"object\":" POD("") "},\"type\":\"ADDED\"}"),
			  &seen) == -1);
}

/* ---- protobuf ------------------------------------------------------------ */

/* A field of fewer than 128 bytes. */
static size_t put(char *at, unsigned number, const void *bytes, size_t len)
{
	at[0] = (char)(number << 3 | 2);
	at[1] = (char)len;
	memcpy(at + 2, bytes, len);
	return len + 2;
}

static size_t put_text(char *at, unsigned number, const char *text)
{
	return put(at, number, text, strlen(text));
}

static struct span pod_protobuf(char *out, bool is_deleting, bool is_kept)
{
	static const char TIME[] = "\x08\x83\x98\xb3\xd8\x06"; /* 1796000771 */
	char meta[128], object[128], *at = meta;
	size_t len;

	at += put_text(at, 1, "p");
	at += put_text(at, 3, "argo");
	at += put_text(at, 5, "u-1");
	at += put_text(at, 6, "42");
	if (is_deleting)
		at += put(at, 9, TIME, sizeof(TIME) - 1);
	at += put_text(at, 11, "label");
	if (is_kept)
		at += put_text(at, 14, "a/b");
	len = put(object, 1, meta, (size_t)(at - meta));
	len += put_text(object + len, 2, "spec");
	memcpy(out, "k8s\0", 4);
	return span_of(out, 4 + put(out + 4, 2, object, len));
}

Test(object_seen, protobuf_is_read_as_json_is)
{
	struct object_seen seen;
	char text[256];
	struct span pod;

	pod = pod_protobuf(text, false, true);
	cr_expect(object_glance_protobuf(pod) == OBJECT_GLANCE_LIVING);
	pod = pod_protobuf(text, true, true);
	cr_expect(object_glance_protobuf(pod) == OBJECT_GLANCE_DELETING);
	cr_assert(!object_seen_read_protobuf(pod, &seen));
	cr_expect(span_eq_str(seen.place.name, "p"));
	cr_expect(span_eq_str(seen.place.namespace, "argo"));
	cr_expect(span_eq_str(seen.uid, "u-1"));
	cr_expect(span_eq_str(seen.resource_version, "42"));
	cr_expect(seen.deleted_at == 1796000771);
	cr_assert(seen.finalizer_count == 1);
	cr_expect(span_eq_str(seen.finalizers[0], "a/b"));
	pod = pod_protobuf(text, true, false);
	cr_assert(!object_seen_read_protobuf(pod, &seen));
	cr_expect(!object_seen_is_kept(&seen));
}

Test(object_seen, a_watchs_protobuf_has_the_event_around_it)
{
	char text[256], raw[160], event[192];
	struct span pod = pod_protobuf(text, true, true);
	size_t len = put(raw, 1, pod.ptr, pod.len);
	struct object_seen seen;
	size_t end = put_text(event, 1, "DELETED");

	end += put(event + end, 2, raw, len);
	cr_expect(object_glance_protobuf_event(span_of(event, end)) ==
		OBJECT_GLANCE_DELETING);
	cr_assert(!object_seen_read_protobuf_event(
		span_of(event, end), &seen));
	cr_expect(seen.is_gone);
	end = put_text(event, 1, "MODIFIED");
	end += put(event + end, 2, raw, len);
	cr_assert(!object_seen_read_protobuf_event(
		span_of(event, end), &seen));
	cr_expect(object_seen_is_kept(&seen));
	cr_expect(object_seen_read_protobuf_event(
			  span_of(event, end - 1), &seen) == -1);
}
