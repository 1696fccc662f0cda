/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "proxy/exchange/tap.h"

#define OBJECT(name, more)                                                   \
	"{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name "\",\"uid\":\"u\"," \
	"\"creationTimestamp\":\"2026-11-30T15:00:00Z\"" more "},\"spec\":{}}"
#define DELETING                                         \
	",\"deletionTimestamp\":\"2026-11-30T15:02:11Z\"," \
	"\"finalizers\":[\"a/b\"]"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"

struct told {
	struct buf names; /* "a,-b,": b is gone; "." is one that lives */
};

static void on_seen(void *user, const struct object_seen *seen)
{
	struct told *told = user;

	if (!seen)
		buf_append_str(&told->names, ".");
	else
		buf_printf(&told->names, "%s%.*s,", seen->is_gone ? "-" : "",
			SPAN_ARG(seen->place.name));
}

/* Feeds it in pieces of a size, each in memory of its own. */
static void feed(struct tap *tap, struct span text, size_t piece)
{
	while (text.len) {
		size_t len = u64_min(piece, text.len);
		char *copy = xmalloc(len);

		memcpy(copy, text.ptr, len);
		text = span_skip(text, len);
		tap_feed(tap, span_of(copy, len), false);
		free(copy);
	}
}

static char *told_of(enum tap_kind kind, struct span text, size_t piece)
{
	struct tap_pool pool = { .max = 1 << 20 };
	struct told told = { BUF_INIT };
	struct tap tap;
	char *names;

	tap_open(&tap, kind, &pool, on_seen, &told);
	feed(&tap, text, piece);
	tap_end(&tap);
	cr_expect(pool.held == 0);
	cr_expect(!tap.held && !tap_is_open(&tap));
	names = xstrdup(buf_cstr(&told.names));
	buf_fini(&told.names);
	return names;
}

static const char EVENTS[] =
	EVENT("ADDED", OBJECT("lives", ""))
	EVENT("MODIFIED", OBJECT("one", DELETING))
	EVENT("BOOKMARK", OBJECT("no", ""))
	EVENT("DELETED", OBJECT("two", DELETING))
	EVENT("MODIFIED", OBJECT("three", DELETING));

Test(tap, events_are_seen_however_they_are_cut)
{
	struct span text = span_of(EVENTS, sizeof(EVENTS) - 1);

	for (size_t piece = 1; piece <= text.len; piece++) {
		char *names = told_of(TAP_EVENTS_JSON, text, piece);

		cr_assert(!strcmp(names, "one,-two,three,"), "%zu: %s", piece,
			names);
		free(names);
	}
}

Test(tap, an_event_that_breaks_off_is_none)
{
	struct span whole = SPAN(EVENT("MODIFIED", OBJECT("one", DELETING)));
	char *names;

	whole.len--;
	names = told_of(TAP_EVENTS_JSON, whole, 100);
	cr_expect(!strcmp(names, ""));
	free(names);
}

Test(tap, an_object_is_seen_however_it_is_cut)
{
	struct span text = SPAN(OBJECT("one", DELETING));

	for (size_t piece = 1; piece <= text.len; piece++) {
		char *names = told_of(TAP_OBJECT_JSON, text, piece);

		cr_assert(!strcmp(names, "one,"), "%zu: %s", piece, names);
		free(names);
	}
}

Test(tap, a_single_object_that_lives_is_told)
{
	char *names = told_of(TAP_OBJECT_JSON, SPAN(OBJECT("one", "")), 50);

	cr_expect(!strcmp(names, "."));
	free(names);
	names = told_of(
		TAP_OBJECT_JSON, SPAN("{\"kind\":\"Status\"}"), 50);
	cr_expect(!strcmp(names, ""));
	free(names);
}

Test(tap, what_is_known_to_be_last_is_looked_at_where_it_stands)
{
	struct tap_pool pool = { .max = 0 };
	struct told told = { BUF_INIT };
	struct tap tap;

	tap_open(&tap, TAP_OBJECT_JSON, &pool, on_seen, &told);
	tap_feed(&tap, SPAN(OBJECT("one", DELETING)), true);
	cr_expect(!strcmp(buf_cstr(&told.names), "one,"));
	cr_expect(!tap_is_open(&tap));
	tap_end(&tap);
	buf_fini(&told.names);
}

/* "{…metadata…, "spec": "xxxxx…"}" */
static struct span large_event(size_t len)
{
	static const char head[] =
		"{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":"
		"\"big\",\"uid\":\"u\",\"creationTimestamp\":"
		"\"2026-11-30T15:00:00Z\"" DELETING "},\"spec\":\"";
	char *text = xmalloc(len);

	memset(text, 'x', len);
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + len - 4, "\"}}\n", 4);
	return span_of(text, len);
}

Test(tap, of_a_large_one_the_beginning_says_enough)
{
	struct span text = large_event(300 * 1000);
	char *names = told_of(TAP_EVENTS_JSON, text, 16384);

	cr_expect(!strcmp(names, "big,"));
	free(names);
	names = told_of(TAP_OBJECT_JSON,
		span_skip(text, strlen("{\"type\":\"MODIFIED\",\"object\":")),
		16384);
	cr_expect(!strcmp(names, "big,"));
	free(names);
	free((void *)(uintptr_t)text.ptr);
}

Test(tap, what_finds_no_room_is_passed_over_and_counted)
{
	struct tap_pool pool = { .max = 8192 };
	struct told told = { BUF_INIT };
	struct span text = large_event(20000);
	struct tap tap;

	tap_open(&tap, TAP_EVENTS_JSON, &pool, on_seen, &told);
	feed(&tap, text, 4000);
	cr_expect(pool.unread == 1);
	cr_expect(pool.held == 0);
	/* The next one is seen again. */
	feed(&tap, SPAN(EVENT("MODIFIED", OBJECT("one", DELETING))), 50);
	cr_expect(!strcmp(buf_cstr(&told.names), "one,"));
	tap_close(&tap);
	cr_expect(pool.held == 0);
	buf_fini(&told.names);
	free((void *)(uintptr_t)text.ptr);
}

Test(tap, a_closed_one_gives_its_room_back)
{
	struct tap_pool pool = { .max = 8192 };
	struct told told = { BUF_INIT };
	struct tap tap = { 0 };

	tap_close(&tap);
	tap_open(&tap, TAP_EVENTS_JSON, &pool, on_seen, &told);
	feed(&tap, SPAN("{\"type\""), 3);
	cr_expect(pool.held > 0);
	tap_close(&tap);
	cr_expect(pool.held == 0);
	buf_fini(&told.names);
}

Test(tap, frames_of_protobuf_are_cut_by_their_lengths)
{
	/* WatchEvent { 1: "MODIFIED", 2: { 1: "k8s" Unknown { 2: Pod } } } */
	static const char event[] = "\x0a\x08MODIFIED"
		"\x12\x27\x0a\x25"
		"k8s\0"
		"\x12\x1f"
		"\x0a\x18"
		"\x0a\x03pod"
		"\x2a\x01u"
		"\x4a\x06\x08\x83\x98\xb3\xd8\x06"
		"\x72\x06"
		"ab/cde"
		"\x12\x03xyz";
	char text[200];
	size_t len = 0;

	for (int i = 0; i < 2; i++) {
		memcpy(text + len, "\0\0\0", 3);
		text[len + 3] = (char)(sizeof(event) - 1);
		memcpy(text + len + 4, event, sizeof(event) - 1);
		len += sizeof(event) + 3;
		/* An empty one between them. */
		memcpy(text + len, "\0\0\0\0", 4);
		len += 4;
	}
	for (size_t piece = 1; piece <= len; piece++) {
		char *names = told_of(
			TAP_EVENTS_PROTOBUF, span_of(text, len), piece);

		cr_assert(!strcmp(names, "pod,pod,"), "%zu: %s", piece, names);
		free(names);
	}
}

Test(tap, the_content_type_tells_what_it_is)
{
	static const struct {
		const char *type;
		enum tap_kind object, watch;
	} ROWS[] = {
		{ "application/json", TAP_OBJECT_JSON, TAP_EVENTS_JSON },
		{ "application/json;stream=watch", TAP_OBJECT_JSON,
			TAP_EVENTS_JSON },
		{ "application/vnd.kubernetes.protobuf", TAP_OBJECT_PROTOBUF,
			TAP_NONE },
		{ "application/vnd.kubernetes.protobuf;stream=watch",
			TAP_OBJECT_PROTOBUF, TAP_EVENTS_PROTOBUF },
		{ "application/cbor-seq", TAP_NONE, TAP_NONE },
		{ "text/plain", TAP_NONE, TAP_NONE },
		{ "", TAP_NONE, TAP_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		struct span type = span_str(ROWS[i].type);

		cr_expect(tap_kind_of(type, false) == ROWS[i].object);
		cr_expect(tap_kind_of(type, true) == ROWS[i].watch);
	}
	cr_expect(tap_kind_of(SPAN_NONE, true) == TAP_NONE);
}
