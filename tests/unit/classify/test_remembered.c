/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of an object says what a list does that is set: it is
 * being deleted and has x/a and y/b, and none can be added.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/classify/case.h"

static const struct object_seen STORED = {
	.finalizers = { SPAN_INIT("x/a"), SPAN_INIT("y/b") },
	.finalizer_count = 2,
	.is_deleting = true,
};

struct row {
	struct span body;
	enum effect effect;
	enum effect_why why;
	const char *removed; /* "x/a,y/b" */
};

static void check(const struct row *row, struct span method, const char *type)
{
	struct classifier classifier = CLASSIFIER_DEFAULT;
	struct head head = {
		.method = method,
		.target = SPAN("/apis/g/v1/namespaces/n/things/t"),
		.content_type = span_str(type),
	};
	char scratch[64], removed[64] = "";
	struct class class;

	classifier.stored = &STORED;
	cr_assert(classify_head(&head, scratch, &class));
	classify_body(&classifier, &head, row->body.ptr, row->body.len, true,
		&class);
	for (unsigned i = 0; i < class.finalizer_count; i++)
		snprintf(removed + strlen(removed),
			sizeof(removed) - strlen(removed), "%s%.*s",
			i ? "," : "", SPAN_ARG(class.finalizers[i]));
	cr_expect(class.effect == row->effect && class.why == row->why &&
			!strcmp(removed, row->removed),
		"%.*s: %s, %s, %s", SPAN_ARG(row->body),
		effect_name(class.effect), effect_why_name(class.why),
		removed);
}

#define OBJECT(more) \
	SPAN_INIT("{\"metadata\":{\"name\":\"t\",\"uid\":\"u\"" more "}}")

Test(remembered, a_whole_object_removes_what_it_lacks)
{
	static const struct row ROWS[] = {
		{ OBJECT(""), EFFECT_REMOVES, EFFECT_WHY_REMEMBERED,
			"x/a,y/b" },
		{ OBJECT(",\"finalizers\":null"), EFFECT_REMOVES,
			EFFECT_WHY_REMEMBERED, "x/a,y/b" },
		{ OBJECT(",\"finalizers\":[]"), EFFECT_REMOVES,
			EFFECT_WHY_REMEMBERED, "x/a,y/b" },
		{ OBJECT(",\"finalizers\":[\"x/a\"]"), EFFECT_REMOVES,
			EFFECT_WHY_REMEMBERED, "y/b" },
		{ OBJECT(",\"finalizers\":[\"z\",\"y\\/b\"]"), EFFECT_REMOVES,
			EFFECT_WHY_REMEMBERED, "x/a" },
		{ OBJECT(",\"finalizers\":[\"y/b\",\"x/a\"]"), EFFECT_NONE,
			EFFECT_WHY_REMEMBERED, "" },
		/* The body alone was enough before. */
		{ OBJECT(",\"deletionTimestamp\":\"2026-11-30T15:02:11Z\""),
			EFFECT_REMOVES, EFFECT_WHY_READ, "" },
		/* Nobody knows what becomes of these. */
		{ OBJECT(",\"finalizers\":[1]"), EFFECT_WRITES,
			EFFECT_WHY_STATE, "" },
		{ OBJECT(",\"finalizers\":[\"x/a\"],\"finalizers\":[]"),
			EFFECT_WRITES, EFFECT_WHY_STATE, "" },
		{ SPAN_INIT("{\"metadata\":{\"name\":\"other\"}}"),
			EFFECT_NONE, EFFECT_WHY_READ, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		check(&ROWS[i], SPAN("PUT"), "application/json");
}

Test(remembered, a_list_in_a_patch_removes_what_it_lacks)
{
	static const struct row MERGES[] = {
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"x/a\"]}}"),
			EFFECT_REMOVES, EFFECT_WHY_REMEMBERED, "y/b" },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":[\"x/a\","
			    "\"y/b\"]}}"),
			EFFECT_NONE, EFFECT_WHY_REMEMBERED, "" },
		{ SPAN_INIT("{\"metadata\":{\"finalizers\":null}}"),
			EFFECT_REMOVES, EFFECT_WHY_READ, "" },
	};
	static const struct row PATCH = {
		SPAN_INIT("[{\"op\":\"replace\",\"path\":"
			  "\"/metadata/finalizers\",\"value\":[\"y/b\"]}]"),
		EFFECT_REMOVES, EFFECT_WHY_REMEMBERED, "x/a"
	};

	for (size_t i = 0; i < ARRAY_SIZE(MERGES); i++)
		check(&MERGES[i], SPAN("PATCH"), MERGE);
	check(&PATCH, SPAN("PATCH"), JSON_PATCH);
}

/* "k8s\0" Unknown { 2: { 1: ObjectMeta { 1: "t", 14: "y/b" } } } */
Test(remembered, protobuf_too)
{
	static const struct row ROWS[] = {
		{ SPAN_INIT("k8s\0\x12\x0a\x0a\x08\x0a\x01t\x72\x03y/b"),
			EFFECT_REMOVES, EFFECT_WHY_REMEMBERED, "x/a" },
		{ SPAN_INIT("k8s\0\x12\x05\x0a\x03\x0a\x01t"), EFFECT_REMOVES,
			EFFECT_WHY_REMEMBERED, "x/a,y/b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		check(&ROWS[i], SPAN("PUT"),
			"application/vnd.kubernetes.protobuf");
}
