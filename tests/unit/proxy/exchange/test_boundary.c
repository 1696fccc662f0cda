/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/boundary.h"

#include <criterion/criterion.h>

static struct boundary fed(struct span content_type, struct span bytes)
{
	struct boundary boundary;

	boundary_init(&boundary, content_type);
	boundary_feed(&boundary, bytes);
	return boundary;
}

/* Whether it is at a boundary behind each of the bytes, in one string. */
static void assert_boundaries(
	struct span content_type, struct span bytes, const char *expected)
{
	struct boundary boundary;

	boundary_init(&boundary, content_type);
	for (size_t i = 0; i < bytes.len; i++) {
		bool expects = expected[i] == '|';
		struct boundary whole;

		boundary_feed(&boundary, span_of(bytes.ptr + i, 1));
		cr_expect_eq(boundary_is_at_one(&boundary), expects,
			"byte %zu, one by one", i);
		whole = fed(content_type, span_of(bytes.ptr, i + 1));
		cr_expect_eq(boundary_is_at_one(&whole), expects,
			"byte %zu, in one piece", i);
	}
}

static const struct span json = { "application/json", 16 };
static const struct span protobuf = {
	"application/vnd.kubernetes.protobuf;stream=watch", 48
};

Test(boundary, a_stream_without_bytes_is_at_one)
{
	struct boundary boundary;

	boundary_init(&boundary, SPAN_NONE);
	cr_assert(boundary_is_at_one(&boundary));
	boundary_init(&boundary, protobuf);
	cr_assert(boundary_is_at_one(&boundary));
	boundary_feed(&boundary, SPAN(""));
	cr_assert(boundary_is_at_one(&boundary));
}

Test(boundary, json_events_end_with_a_newline)
{
	assert_boundaries(json, SPAN("{}\n{\"a\":1}\n{"), "..|.......|.");
	assert_boundaries(
		SPAN("application/json;stream=watch"), SPAN("{}\n{"), "..|.");
	assert_boundaries(
		SPAN("Application/JSON ; charset=utf-8"), SPAN("{}\n"), "..|");
}

Test(boundary, protobuf_events_have_their_length_before_them)
{
	assert_boundaries(protobuf,
		SPAN("\0\0\0\2ab"
		     "\0\0\0\0"
		     "\0\0\0\1x"
		     "\0"),
		".....|...|....|.");
	assert_boundaries(
		SPAN("application/vnd.kubernetes.protobuf; stream=watch"),
		SPAN("\0\0\0\1x"), "....|");
}

Test(boundary, protobuf_lengths_are_big_endian_and_may_be_large)
{
	struct boundary boundary = fed(protobuf, SPAN("\0\1\0\0"));
	char event[65536] = { 0 };

	boundary_feed(&boundary, span_of(event, sizeof(event) - 1));
	cr_assert_not(boundary_is_at_one(&boundary));
	boundary_feed(&boundary, span_of(event, 1));
	cr_assert(boundary_is_at_one(&boundary));
}

Test(boundary, a_newline_in_protobuf_is_none)
{
	assert_boundaries(protobuf, SPAN("\0\0\0\3a\n\nb"), "......|.");
}

Test(boundary, any_other_framing_is_not_known)
{
	assert_boundaries(SPAN("application/cbor-seq"), SPAN("{}\n"), "...");
	assert_boundaries(SPAN("application/vnd.kubernetes.protobuf"),
		SPAN("\0\0\0\0"), "....");
	assert_boundaries(SPAN("text/plain"), SPAN("a\n"), "..");
}

Test(initial_events, the_name_is_found_however_it_is_cut)
{
	struct span text = SPAN("{\"annotations\":{\"k8s.io/initial-events-end"
				"\":\"true\"}}\n");

	for (size_t first = 0; first <= text.len; first++) {
		for (size_t second = first; second <= text.len; second++) {
			struct initial_events events = { 0 };
			bool found;

			found = initial_events_feed(
				&events, span_of(text.ptr, first));
			found |= initial_events_feed(&events,
				span_of(text.ptr + first, second - first));
			found |= initial_events_feed(
				&events, span_skip(text, second));
			cr_assert(found, "cut at %zu and %zu", first, second);
		}
	}
}

Test(initial_events, what_only_looks_like_it_is_not_it)
{
	struct initial_events events = { 0 };
	struct span text = SPAN("k8s.io/initial-events-enx k8s.io/initial-even"
				"kk8s.io/initial-events-e nd");

	for (size_t i = 0; i < text.len; i++)
		cr_assert_not(
			initial_events_feed(&events, span_of(text.ptr + i, 1)));
	events = (struct initial_events){ 0 };
	cr_assert_not(initial_events_feed(&events, text));
	/* A beginning that failed does not hide one that follows at once. */
	events = (struct initial_events){ 0 };
	cr_assert_not(initial_events_feed(&events, SPAN("k8s.ik8s.io/ini")));
	cr_assert(initial_events_feed(&events, SPAN("tial-events-end")));
}
