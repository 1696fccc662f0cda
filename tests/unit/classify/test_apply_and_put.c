/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/unit/classify/case.h"

#define PVC "/api/v1/namespaces/n/persistentvolumeclaims/c"
#define PROTOBUF "application/vnd.kubernetes.protobuf"

struct put_row {
	struct span target;
	const char *type;
	struct span body;
	enum effect effect;
	enum effect_why why;
};

static void check_writes(
	struct span method, const struct put_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct classified c;

		classified_init(&c,
			&(struct request_case){
				.method = method,
				.target = rows[i].target,
				.content_type = rows[i].type,
				.body = rows[i].body,
			});
		cr_expect_eq(c.class.effect, rows[i].effect, "%zu: %.*s: %s", i,
			SPAN_ARG(rows[i].body), effect_name(c.class.effect));
		cr_expect_eq(c.class.why, rows[i].why, "%zu: %.*s: %s", i,
			SPAN_ARG(rows[i].body), effect_why_name(c.class.why));
		cr_expect_not(c.class.is_repeatable);
		classified_fini(&c);
	}
}

#define DELETING "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\""
#define JSON "application/json"

Test(put, a_deleting_object_that_lists_nothing_lost_its_last)
{
	static const struct put_row ROWS[] = {
		{ SPAN_INIT(PVC), JSON,
			SPAN_INIT(
				"{\"metadata\":{\"name\":\"c\"," DELETING "}}"),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		{ SPAN_INIT(PVC), NULL,
			SPAN_INIT("{\"metadata\":{" DELETING
				  ",\"finalizers\":null}}"),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		{ SPAN_INIT(PVC), "Application/JSON ; charset=utf-8",
			SPAN_INIT("{\"metadata\":{" DELETING
				  ",\"finalizers\":[]}}"),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		{ SPAN_INIT(PVC), JSON,
			SPAN_INIT("{\"metadata\":{" DELETING
				  ",\"finalizers\":[\"a/x\"]}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(PVC), JSON,
			SPAN_INIT("{\"metadata\":{\"deletionTimestamp\":null,"
				  "\"finalizers\":[]}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(PVC), JSON, SPAN_INIT("{\"metadata\":{}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		/* a pod may be deleting for the kubelet's sake alone */
		{ SPAN_INIT(POD_PATH), JSON,
			SPAN_INIT("{\"metadata\":{" DELETING "}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		/* typed objects merge duplicates, others take the last */
		{ SPAN_INIT(PVC), JSON,
			SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"]},"
				  "\"metadata\":{" DELETING "}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(PVC), JSON,
			SPAN_INIT(
				"{\"metadata\":{\"name\":\"d\"," DELETING "}}"),
			EFFECT_NONE, EFFECT_WHY_READ },
		{ SPAN_INIT(PVC), JSON,
			SPAN_INIT("{\"metadata\":{" DELETING "}"), EFFECT_NONE,
			EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), "application/yaml", SPAN_INIT("metadata: {}"),
			EFFECT_NONE, EFFECT_WHY_UNDECODED },
	};

	check_writes(SPAN("PUT"), ROWS, ARRAY_SIZE(ROWS));
}

/* Unknown{raw: object{metadata}}, in the simplest of encodings. */
#define KUBE "k8s\0"
#define NAME_C     \
	"\x0a\x01" \
	"c"
#define TIME "\x4a\x02\x08\x01"
#define FINALIZER  \
	"\x72\x03" \
	"a/x"

Test(put, protobuf_is_read_as_far_as_the_metadata)
{
	static const struct put_row ROWS[] = {
		/* name and deletionTimestamp */
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(KUBE "\x12\x09\x0a\x07" NAME_C TIME),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		/* any order, something unknown of each wire type first */
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(KUBE "\x12\x1a\x0a\x18"
				       "\xa0\x06\x96\x01"
				       "\xa5\x06"
				       "1234"
				       "\xa1\x06"
				       "12345678" TIME),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(
				KUBE "\x12\x0e\x0a\x0c" FINALIZER NAME_C TIME),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		/* metadata in two halves is merged */
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(KUBE "\x12\x0d\x0a\x05" FINALIZER
				       "\x0a\x04" TIME),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(KUBE "\x12\x05\x0a\x03" NAME_C),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(POD_PATH), PROTOBUF,
			SPAN_INIT(KUBE "\x12\x06\x0a\x04" TIME), EFFECT_WRITES,
			EFFECT_WHY_STATE },
		/* another name is refused */
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(KUBE "\x12\x09\x0a\x07"
				       "\x0a\x01"
				       "d" TIME),
			EFFECT_NONE, EFFECT_WHY_READ },
		{ SPAN_INIT(PVC), PROTOBUF, SPAN_INIT(KUBE), EFFECT_NONE,
			EFFECT_WHY_READ },
		/* no envelope, lengths beyond the end, endless varint */
		{ SPAN_INIT(PVC), PROTOBUF, SPAN_INIT("k8s"), EFFECT_NONE,
			EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), PROTOBUF, SPAN_INIT(""), EFFECT_NONE,
			EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), PROTOBUF, SPAN_INIT(KUBE "\x12\x09\x0a\x07"),
			EFFECT_NONE, EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(KUBE "\x12\x04\x0a\x07" TIME), EFFECT_NONE,
			EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), PROTOBUF,
			SPAN_INIT(KUBE "\x12\xff\xff\xff\xff\xff\xff\xff\xff"
				       "\xff\xff\x01"),
			EFFECT_NONE, EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), PROTOBUF, SPAN_INIT(KUBE "\x13\x14"),
			EFFECT_NONE, EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), PROTOBUF, SPAN_INIT(KUBE "\x02\x00"),
			EFFECT_NONE, EFFECT_WHY_MALFORMED },
	};

	check_writes(SPAN("PUT"), ROWS, ARRAY_SIZE(ROWS));
}

#define FINALIZE "/api/v1/namespaces/n/finalize"

Test(put, finalize_releases_a_namespace)
{
	static const struct put_row ROWS[] = {
		{ SPAN_INIT(FINALIZE), JSON,
			SPAN_INIT("{\"metadata\":{\"name\":\"n\"},"
				  "\"spec\":{}}"),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		{ SPAN_INIT(FINALIZE), JSON,
			SPAN_INIT("{\"metadata\":{\"name\":\"n\"}}"),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		{ SPAN_INIT(FINALIZE), JSON,
			SPAN_INIT("{\"metadata\":{\"name\":\"n\"},"
				  "\"spec\":{\"finalizers\":[]}}"),
			EFFECT_REMOVES, EFFECT_WHY_READ },
		{ SPAN_INIT(FINALIZE), JSON,
			SPAN_INIT("{\"metadata\":{\"name\":\"n\"},\"spec\":"
				  "{\"finalizers\":[\"kubernetes\"]}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(FINALIZE), JSON,
			SPAN_INIT("{\"metadata\":{\"name\":\"m\"},"
				  "\"spec\":{}}"),
			EFFECT_NONE, EFFECT_WHY_READ },
		{ SPAN_INIT(FINALIZE), JSON,
			SPAN_INIT("{\"metadata\":{},\"spec\":"
				  "{\"finalizers\":[1]}}"),
			EFFECT_NONE, EFFECT_WHY_READ },
		{ SPAN_INIT(FINALIZE), JSON, SPAN_INIT("{"), EFFECT_NONE,
			EFFECT_WHY_MALFORMED },
		/* the finalize of something else is no such thing */
		{ SPAN_INIT("/api/v1/namespaces/n/pods/p/finalize"), JSON,
			SPAN_INIT("{\"metadata\":{},\"spec\":{}}"), EFFECT_NONE,
			EFFECT_WHY_NOT_A_WRITE },
	};
	static const struct put_row PATCHES[] = {
		{ SPAN_INIT(FINALIZE), MERGE,
			SPAN_INIT("{\"spec\":{\"finalizers\":null}}"),
			EFFECT_NONE, EFFECT_WHY_NOT_A_WRITE },
	};

	check_writes(SPAN("PUT"), ROWS, ARRAY_SIZE(ROWS));
	check_writes(SPAN("PATCH"), PATCHES, ARRAY_SIZE(PATCHES));
}

#define APPLY "application/apply-patch+yaml"

Test(apply, a_list_is_weighed_against_what_the_manager_owned)
{
	static const struct put_row ROWS[] = {
		{ SPAN_INIT(PVC), APPLY,
			SPAN_INIT("{\"metadata\":{\"finalizers\":[]}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(PVC), APPLY,
			SPAN_INIT(" {\"metadata\":{\"finalizers\":"
				  "[\"a/x\"]}}"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(PVC), APPLY,
			SPAN_INIT("{\"spec\":{\"finalizers\":[]}}"),
			EFFECT_NONE, EFFECT_WHY_READ },
		{ SPAN_INIT(PVC), APPLY, SPAN_INIT("{\"metadata\":{}}"),
			EFFECT_NONE, EFFECT_WHY_NO_HINT },
		{ SPAN_INIT(PVC), APPLY,
			SPAN_INIT("{\"metadata\":{\"\\x66inalizers\":[]}}"),
			EFFECT_NONE, EFFECT_WHY_MALFORMED },
		{ SPAN_INIT(PVC), APPLY,
			SPAN_INIT("metadata:\n  finalizers: []\n"),
			EFFECT_WRITES, EFFECT_WHY_STATE },
		{ SPAN_INIT(PVC), "application/apply-patch+cbor",
			SPAN_INIT("\xd9\xd9\xf7\xa0"), EFFECT_NONE,
			EFFECT_WHY_UNDECODED },
	};

	check_writes(SPAN("PATCH"), ROWS, ARRAY_SIZE(ROWS));
}

Test(apply, plain_yaml_is_read)
{
	static const struct span LISTS[] = {
		SPAN_INIT("metadata:\n  finalizers:\n  - a/x\n"),
		SPAN_INIT("metadata:\n  finalizers:\n    - a/x"),
		SPAN_INIT("---\nkind: Pod\nmetadata: # here\n"
			  "    name: \"p\"\n    finalizers: [\"a/x\"]\n"),
		SPAN_INIT("metadata:\r\n  labels: {a: b}\r\n"
			  "  finalizers: null\r\n"),
		SPAN_INIT("# what\n\nspec:\n- a\n- b: c\nmetadata:\n"
			  "  annotations:\n    x: |\n      finalizers: no\n"
			  "\n      metadata:\n  finalizers: []\n"),
		SPAN_INIT("data:\n  a: >-\n    text\n     text\n"
			  "metadata:\n finalizers:\n"),
	};
	static const struct span OTHERS[] = {
		SPAN_INIT("spec:\n  finalizers: []\n"),
		SPAN_INIT("finalizers: []\nmetadata:\n  name: a\n"),
		SPAN_INIT("metadata:\n  labels:\n    finalizers: a\n"),
		SPAN_INIT("metadata:\n  name: a\nspec:\n  finalizers: b\n"),
		SPAN_INIT("metadata:\n  annotations:\n    a: |\n"
			  "      finalizers:\n  name: a\n"),
		SPAN_INIT("metadata:\n  # finalizers: []\n  name: a\n"),
		SPAN_INIT("metadata:\n  Finalizers: []\n  finalizersx: a\n"),
	};
	struct put_row row = { SPAN_INIT(PVC), APPLY, SPAN_INIT(""),
		EFFECT_WRITES, EFFECT_WHY_STATE };

	for (size_t i = 0; i < ARRAY_SIZE(LISTS); i++) {
		row.body = LISTS[i];
		check_writes(SPAN("PATCH"), &row, 1);
	}
	row.effect = EFFECT_NONE;
	row.why = EFFECT_WHY_READ;
	for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++) {
		row.body = OTHERS[i];
		check_writes(SPAN("PATCH"), &row, 1);
	}
}

Test(apply, yaml_that_is_not_plain_is_not_read)
{
	static const struct span BODIES[] = {
		SPAN_INIT("metadata: {finalizers: []}\n"),
		SPAN_INIT("metadata: &a\n  finalizers: []\n"),
		SPAN_INIT("metadata:\n  <<: *a\n  finalizers: []\n"),
		SPAN_INIT("metadata:\n  \"finalizers\": []\n"),
		SPAN_INIT("metadata:\n  ? finalizers\n  : []\n"),
		SPAN_INIT("metadata:\n  finalizers : []\n"),
		SPAN_INIT("metadata:\n  finalizers: []\n  finalizers: [a]\n"),
		SPAN_INIT("metadata:\n  finalizers: []\nmetadata:\n"),
		SPAN_INIT("metadata:\n  name: a\n finalizers: []\n"),
		SPAN_INIT("metadata:\n\tfinalizers: []\n"),
		SPAN_INIT("metadata:\n  finalizers: []\n---\na: b\n"),
		SPAN_INIT("metadata:\n  finalizers: [a,\n  b]\n"),
		SPAN_INIT("metadata:\n  finalizers: [[]]\n"),
		SPAN_INIT("a: \"b\nmetadata:\n  finalizers: []\n\"\n"),
		SPAN_INIT("a: 'b\nmetadata:\n  finalizers: []\n'\n"),
		SPAN_INIT("a: \"b\\\"\"\nmetadata:\n  finalizers: []\n"),
		SPAN_INIT("a: {b: \"c\nfinalizers: []\n"),
		SPAN_INIT("a: !!str b\nfinalizers: []\n"),
		SPAN_INIT("%YAML 1.1\n---\nfinalizers: []\n"),
		SPAN_INIT("spec:\n  a: @finalizers\n"),
		SPAN_INIT("spec:\n  - \"finalizers\n"),
		SPAN_INIT("a: \xc2\x85metadata:\n  finalizers: []\n"),
		SPAN_INIT("metadata:\n  \"finalizer\\x73\": []\n"),
		SPAN_INIT("metadata:\n  finalizers:x\n"),
		SPAN_INIT("finalizers"),
		SPAN_INIT(":finalizers"),
		SPAN_INIT(" kind: Pod\nmetadata:\n  finalizers: []\n"),
		SPAN_INIT(" # what\n  a: b\nmetadata:\n finalizers: []\n"),
	};
	struct put_row row = { SPAN_INIT(PVC), APPLY, SPAN_INIT(""),
		EFFECT_NONE, EFFECT_WHY_UNDECODED };

	for (size_t i = 0; i < ARRAY_SIZE(BODIES); i++) {
		row.body = BODIES[i];
		check_writes(SPAN("PATCH"), &row, 1);
	}
}

Test(apply, guards_of_plain_yaml)
{
	static const struct {
		struct span body;
		unsigned guards;
	} ROWS[] = {
		{ SPAN_INIT("metadata:\n  finalizers: []\n  uid: u\n"),
			GUARD_UID },
		{ SPAN_INIT("metadata:\n  uid: \"u\"\n"
			    "  resourceVersion: \"7\"\n  finalizers: []\n"),
			GUARD_UID | GUARD_RESOURCE_VERSION },
		{ SPAN_INIT("metadata:\n  uid: null\n  resourceVersion: ~\n"
			    "  finalizers: []\n"),
			GUARD_NONE },
		{ SPAN_INIT("metadata:\n  uid: ''\n  resourceVersion:\n"
			    "  finalizers: []\n"),
			GUARD_NONE },
		{ SPAN_INIT("metadata:\n  uid: \"\"\n"
			    "  resourceVersion: # none\n  finalizers: []\n"),
			GUARD_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
		struct classified c;

		patch_init(&c, APPLY, ROWS[i].body);
		cr_expect_eq(c.class.guards, ROWS[i].guards, "%.*s",
			SPAN_ARG(ROWS[i].body));
		cr_expect_eq(c.class.effect, EFFECT_WRITES);
		classified_fini(&c);
	}
}

Test(put, protobuf_that_ends_anywhere_is_malformed)
{
	static const char WHOLE[] = KUBE "\x12\x14\x0a\x12"
					 "\xa0\x06\x96\x01"
					 "\xa5\x06"
					 "1234" FINALIZER NAME_C;
	struct put_row row = { SPAN_INIT(PVC), PROTOBUF, SPAN_INIT(""),
		EFFECT_NONE, EFFECT_WHY_MALFORMED };

	for (size_t len = 0; len < sizeof(WHOLE) - 1; len++) {
		if (len == 4) /* an envelope with nothing in it */
			continue;
		row.body = span_of(WHOLE, len);
		check_writes(SPAN("PUT"), &row, 1);
	}
	row.body = span_of(WHOLE, sizeof(WHOLE) - 1);
	row.effect = EFFECT_WRITES;
	row.why = EFFECT_WHY_STATE;
	check_writes(SPAN("PUT"), &row, 1);
}

Test(put, protobuf_with_numbers_that_are_none_is_malformed)
{
	static const struct span BODIES[] = {
		/* a tag above 32 bits, a varint of eleven bytes, one above 64
		 * bits, a varint that does not end, a bad field inside */
		SPAN_INIT(KUBE "\x80\x80\x80\x80\x80\x01\x00"),
		SPAN_INIT(KUBE "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
		SPAN_INIT(KUBE "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
		SPAN_INIT(KUBE "\x08\x80"),
		SPAN_INIT(KUBE "\x08"),
		SPAN_INIT(KUBE "\x12\x02\x0a\x01"),
		SPAN_INIT(KUBE "\x12\x03\x0a\x01\x0b"),
		SPAN_INIT(KUBE "\x12\x01\x0b"),
	};
	struct put_row row = { SPAN_INIT(PVC), PROTOBUF, SPAN_INIT(""),
		EFFECT_NONE, EFFECT_WHY_MALFORMED };

	for (size_t i = 0; i < ARRAY_SIZE(BODIES); i++) {
		row.body = BODIES[i];
		check_writes(SPAN("PUT"), &row, 1);
	}
}
