/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a request to its lane, by the default rules: what is made
 * to look like a finalizer removal, or is one and something more, does not
 * ride with them (rows B14 and B15 of the list of bad input).
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "policy/policy.h"
#include "tests/unit/classify/case.h"

static const char *lane_of(const struct request_case *asked)
{
	struct policy_settings settings;
	struct policy *policy;
	struct classified c;
	struct request rq = { .body_len = asked->body.len };
	uint16_t rule, lane;
	const char *name;

	classified_init(&c, asked);
	rq.class = &c.class;
	policy_settings_default(&settings);
	policy = policy_new(&settings, 1, 0);
	policy_explain(policy, &rq, &rule, &lane);
	name = settings.lanes[lane].name;
	policy_free(policy);
	classified_fini(&c);
	return name;
}

static const char *patch_lane(const char *type, struct span body)
{
	return lane_of(&(struct request_case){ .method = SPAN("PATCH"),
		.target = SPAN(POD_PATH),
		.content_type = type,
		.body = body });
}

#define EXPECT_LANE(lane, type, rows)                                       \
	do {                                                                \
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)               \
			cr_expect_str_eq(patch_lane(type, (rows)[i]), lane, \
				"%.*s", SPAN_ARG((rows)[i]));               \
	} while (0)

Test(lane, plain_removals_of_every_dialect_ride_with_the_removals)
{
	static const struct span MERGES[] = {
		SPAN_INIT("{\"metadata\":{\"finalizers\":null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			  "\"resourceVersion\":\"7\",\"uid\":\"u\"}}"),
		/* Argo's: with its label */
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],\"labels\":"
			  "{\"workflows.argoproj.io/completed\":\"true\"},"
			  "\"resourceVersion\":\"7\"}}\n"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"],"
			  "\"resourceVersion\":\"7\"}}"),
	};
	static const struct span STRATEGICS[] = {
		SPAN_INIT("{\"metadata\":{\"finalizers\":null}}"),
		SPAN_INIT("{\"metadata\":{"
			  "\"$deleteFromPrimitiveList/finalizers\":[\"a/x\"],"
			  "\"$setElementOrder/finalizers\":[\"b/y\"]}}"),
	};
	static const struct span PATCHES[] = {
		SPAN_INIT("[{\"op\":\"remove\",\"path\":"
			  "\"/metadata/finalizers/0\"}]"),
		SPAN_INIT("[{\"op\":\"test\",\"path\":"
			  "\"/metadata/finalizers/0\",\"value\":\"a/x\"},"
			  "{\"op\":\"remove\",\"path\":"
			  "\"/metadata/finalizers/0\"}]"),
		SPAN_INIT("[{\"op\":\"replace\",\"path\":"
			  "\"/metadata/finalizers\",\"value\":[]}]"),
	};

	EXPECT_LANE("finalizers", MERGE, MERGES);
	EXPECT_LANE("finalizers", STRATEGIC, STRATEGICS);
	EXPECT_LANE("finalizers", JSON_PATCH, PATCHES);
}

/* B15 */
Test(lane, a_merge_patch_with_anything_extra_is_a_write)
{
	static const struct span BODIES[] = {
		SPAN_INIT("{\"metadata\":{\"finalizers\":null},\"spec\":{}}"),
		SPAN_INIT("{\"spec\":{\"finalizers\":[]},"
			  "\"metadata\":{\"finalizers\":[]}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			  "\"ownerReferences\":null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			  "\"annotations\":{\"a\":\"b\"}}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],\"labels\":{"
			  "\"a\":1}}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],\"labels\":null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[\"a/x\"],"
			  "\"finalizers\":[]}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[]},"
			  "\"metadata\":{\"finalizers\":[]}}"),
		SPAN_INIT("{\"metadata\":{\"fin\\u0061lizers\":[]}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[]},"
			  "\"kind\":\"Pod\"}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			  "\"name\":\"p1\"}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],"
			  "\"$patch\":\"merge\"}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],\"x\":[]}}"),
	};

	EXPECT_LANE("writes", MERGE, BODIES);
}

/* B15 */
Test(lane, a_strategic_patch_with_anything_extra_is_a_write)
{
	static const struct span BODIES[] = {
		SPAN_INIT("{\"metadata\":{\"finalizers\":null},\"spec\":{}}"),
		SPAN_INIT("{\"metadata\":{"
			  "\"$deleteFromPrimitiveList/finalizers\":[\"a/x\"],"
			  "\"ownerReferences\":[{\"$patch\":\"delete\","
			  "\"uid\":\"u\"}]}}"),
		SPAN_INIT("{\"metadata\":{\"$patch\":\"replace\","
			  "\"name\":\"p1\"}}"),
		SPAN_INIT("{\"$patch\":\"replace\",\"metadata\":{"
			  "\"name\":\"p1\"}}"),
		SPAN_INIT("{\"metadata\":{\"$retainKeys\":[\"name\"],"
			  "\"name\":\"p1\"}}"),
		SPAN_INIT("{\"metadata\":{"
			  "\"$deleteFromPrimitiveList/finalizers\":[\"a/x\"],"
			  "\"finalizers\":[\"b/y\"]}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[]}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			  "\"labels\":{\"$patch\":\"delete\"}}}"),
	};

	EXPECT_LANE("writes", STRATEGIC, BODIES);
}

/* B15 */
Test(lane, a_json_patch_with_anything_extra_is_a_write)
{
#define REMOVE "{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}"
	static const struct span BODIES[] = {
		SPAN_INIT("[" REMOVE ",{\"op\":\"add\",\"path\":\"/spec/a\","
			  "\"value\":1}]"),
		SPAN_INIT("[" REMOVE ",{\"op\":\"remove\","
			  "\"path\":\"/status\"}]"),
		SPAN_INIT("[" REMOVE ",{\"op\":\"add\","
			  "\"path\":\"/metadata/annotations/a~1b\","
			  "\"value\":\"c\"}]"),
		SPAN_INIT("[{\"op\":\"add\",\"path\":"
			  "\"/metadata/finalizers/-\",\"value\":\"a/x\"}]"),
		SPAN_INIT("[{\"op\":\"remove\",\"path\":"
			  "\"/metadata/finalizers/-\"}]"),
		SPAN_INIT("[{\"op\":\"remove\",\"path\":"
			  "\"/metadata~1finalizers/0\"}]"),
		SPAN_INIT("[{\"op\":\"remove\",\"path\":"
			  "\"/metadata/finali~0zers\"}]"),
		SPAN_INIT("[{\"op\":\"move\",\"from\":"
			  "\"/metadata/finalizers/0\",\"path\":\"/spec/a\"}]"),
		SPAN_INIT("[{\"op\":\"copy\",\"from\":"
			  "\"/metadata/finalizers/0\",\"path\":\"/spec/a\"}]"),
		SPAN_INIT("[" REMOVE ",{\"op\":\"copy\",\"from\":\"/spec/a\","
			  "\"path\":\"/spec/b\"}]"),
		SPAN_INIT("[{\"op\":\"replace\",\"path\":\"/metadata\","
			  "\"value\":{\"name\":\"p1\"}}]"),
		SPAN_INIT("[{\"op\":\"remove\",\"path\":"
			  "\"/metadata/finalizers/0\",\"op\":\"remove\"}]"),
		SPAN_INIT("[{\"op\":\"remove\",\"path\":"
			  "\"\\/metadata/finalizers/0\"}]"),
		SPAN_INIT("[{\"op\":\"remove\",\"path\":"
			  "\"/metadata/finalizers/0\",\"x\":1}]"),
	};

	EXPECT_LANE("writes", JSON_PATCH, BODIES);
#undef REMOVE
}

/* B14 */
Test(lane, what_the_api_server_reads_otherwise_is_a_write)
{
#define REMOVAL "{\"metadata\":{\"finalizers\":null}}"
	static const struct span BODIES[] = {
		SPAN_INIT("\xef\xbb\xbf" REMOVAL),
		SPAN_INIT("{\0\"\0m\0e\0t\0a\0d\0a\0t\0a\0\"\0:\0{\0}\0}\0"),
		SPAN_INIT("\xfe\xff\0{\0}"),
		SPAN_INIT("\0" REMOVAL),
		SPAN_INIT("\f" REMOVAL),
		SPAN_INIT("\xc2\xa0" REMOVAL),
		SPAN_INIT(REMOVAL "\0"),
		SPAN_INIT(REMOVAL "//"),
		SPAN_INIT(REMOVAL ","),
		SPAN_INIT("[" REMOVAL "]"),
		SPAN_INIT("{\"Metadata\":{\"finalizers\":null}}"),
		SPAN_INIT("{\"metadata\":{\"Finalizers\":null}}"),
		SPAN_INIT("{\"METADATA\":{\"FINALIZERS\":null}}"),
		SPAN_INIT("{\"metadata\\u0000\":{\"finalizers\":null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\\u0000\":null}}"),
		SPAN_INIT("{\"\\u0000metadata\":{\"finalizers\":null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null},"
			  "\"metadata\":null}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			  "\"finalizers\":[\"a/x\"]}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			  "\"uid\":1e400}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null,\"uid\":NaN}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			  "\"uid\":\"\t\"}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":null,"
			  "\"uid\":\"\\u12\"}}"),
		SPAN_INIT("{metadata:{finalizers:null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":undefined}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[],}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":[,]}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\" null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\"::null}}"),
		SPAN_INIT("{\"metadata\":{/**/\"finalizers\":null}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":false}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":\"\"}}"),
		SPAN_INIT("{\"metadata\":{\"finalizers\":{}}}"),
		SPAN_INIT("{\"metadata\":[{\"finalizers\":null}]}"),
		SPAN_INIT("{\"metadata\":\"{\\\"finalizers\\\":null}\"}"),
		SPAN_INIT("{\"metadata.finalizers\":null}"),
		SPAN_INIT("metadata:\n  finalizers: null\n"),
		SPAN_INIT("\"finalizers\""),
		SPAN_INIT("null"),
		SPAN_INIT(""),
	};
#undef REMOVAL

	EXPECT_LANE("writes", MERGE, BODIES);
}

/* `count` times `filler`, and a removal behind it; the caller frees. */
static char *wide_body(const char *filler, size_t count, size_t *ret_len)
{
	static const char END[] = "\"metadata\":{\"finalizers\":null}}";
	size_t step = strlen(filler);
	char *text = malloc(1 + step * count + sizeof(END));
	size_t len = 1;

	text[0] = '{';
	for (size_t i = 0; i < count; i++, len += step)
		memcpy(text + len, filler, step);
	memcpy(text + len, END, sizeof(END) - 1);
	*ret_len = len + sizeof(END) - 1;
	return text;
}

/* B14: depth 1 001 and 100 000, 7 MB of keys. */
Test(lane, depth_and_width_do_not_ride_along)
{
	static const struct {
		const char *filler;
		size_t count;
	} CASES[] = {
		{ "\"a\":{", 1001 },
		{ "\"a\":{", 100000 },
		{ "\"key\":1,", 900000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		size_t len;
		char *text = wide_body(CASES[i].filler, CASES[i].count, &len);

		cr_expect_str_eq(
			patch_lane(MERGE, span_of(text, len)), "writes");
		free(text);
	}
}

Test(lane, a_removal_that_is_no_patch_or_too_large_is_a_write)
{
	struct request_case put = {
		.method = SPAN("PUT"),
		.target = SPAN("/api/v1/namespaces/argo/configmaps/p1"),
		.body = SPAN("{\"metadata\":{\"name\":\"p1\","
			     "\"deletionTimestamp\":\"t\"}}"),
	};
	size_t len;
	char *text = wide_body(" ", 4100, &len);

	cr_expect_str_eq(lane_of(&put), "writes");
	cr_expect_str_eq(patch_lane(MERGE, span_of(text, len)), "writes");
	free(text);
	text = wide_body(" ", 4000, &len);
	cr_expect_str_eq(patch_lane(MERGE, span_of(text, len)), "finalizers");
	free(text);
	put.method = SPAN("PATCH");
	put.target = SPAN(POD_PATH "?dryRun=All");
	put.content_type = MERGE;
	put.body = SPAN("{\"metadata\":{\"finalizers\":null}}");
	cr_expect_str_eq(lane_of(&put), "writes");
	put.target = SPAN(POD_PATH);
	put.content_encoding = "gzip";
	cr_expect_str_eq(lane_of(&put), "writes");
	put.content_encoding = NULL;
	put.target = SPAN(POD_PATH "/status");
	cr_expect_str_eq(lane_of(&put), "writes");
	put.target = SPAN("/api/v1/namespaces/argo//pods/p1");
	cr_expect_str_neq(lane_of(&put), "finalizers");
}
