/* SPDX-License-Identifier: Apache-2.0 */
/* Which removals may be sent again, and what becomes of one. */
#include <criterion/criterion.h>
#include <string.h>

#include "policy/removal.h"
#include "tests/unit/classify/case.h"

#define MERGE "application/merge-patch+json"
#define STRATEGIC "application/strategic-merge-patch+json"
#define JSON_PATCH "application/json-patch+json"

static const char *const PERMITTED[] = { "a", "b.io/c" };
static const struct strings LABELS = { PERMITTED, 2 };

static bool may(const char *type, const char *body)
{
	struct classified c;
	bool result;

	patch_init(&c, type, span_str(body));
	result = removal_may_be_replayed(&c.class, span_str(body), &LABELS);
	classified_fini(&c);
	return result;
}

#define META(text) "{\"metadata\":{" text "}}"
#define UID "\"uid\":\"u\""
#define NONE "\"finalizers\":null"
#define OF_F "\"$deleteFromPrimitiveList/finalizers\":[\"f\"]"
#define VERSION "\"resourceVersion\":\"7\""

#define LABEL(key)                                                   \
	"[{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\"," \
	"\"value\":\"7\"},{\"op\":\"add\",\"value\":\"1\","        \
	"\"path\":\"" key "\"},{\"op\":\"remove\","                  \
	"\"path\":\"/metadata/finalizers\"}]"

#define TEST_UID                                               \
	"{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u\"}"
#define TEST_ENTRY                                           \
	"{\"op\":\"test\",\"path\":\"/metadata/finalizers/0\"," \
	"\"value\":\"f\"}"

Test(removal, needs_a_version_or_a_uid_and_names)
{
	cr_expect(may(MERGE, META(VERSION "," NONE)));
	cr_expect(may(STRATEGIC, META(UID "," OF_F)));
	/* It would take what somebody else adds meanwhile. */
	cr_expect_not(may(MERGE, META(UID "," NONE)));
	cr_expect_not(may(STRATEGIC, META(OF_F)));
	cr_expect_not(may(MERGE, META(NONE)));
	cr_expect_not(may(MERGE, META("\"resourceVersion\":\"0\"," NONE)));
}

Test(removal, of_a_json_patch_tests_what_it_takes)
{
	cr_expect(may(JSON_PATCH,
		"[" TEST_UID "," TEST_ENTRY
		",{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}"
		"]"));
	cr_expect_not(may(JSON_PATCH,
		"[" TEST_UID
		",{\"op\":\"remove\",\"path\":\"/metadata/finalizers\"}"
		"]"));
	cr_expect_not(may(JSON_PATCH,
		"[" TEST_UID
		",{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}"
		"]"));
	/* Another object of that name may have the same finalizer. */
	cr_expect_not(may(JSON_PATCH,
		"[" TEST_ENTRY
		",{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}"
		"]"));
}

#define REMOVE_LIST "{\"op\":\"remove\",\"path\":\"/metadata/finalizers\"}"
#define SET_LIST(op, value)                                     \
	"{\"op\":\"" op "\",\"path\":\"/metadata/finalizers\"," \
	"\"value\":" value "}"

/* Somebody else's may be there by then, behind those that it knows of. */
Test(removal, of_all_that_is_there_has_seen_all_that_is_there)
{
	cr_expect(may(JSON_PATCH,
		"[" TEST_UID "," SET_LIST("test", "[\"f\"]") "," REMOVE_LIST
		"]"));
	cr_expect_not(may(
		JSON_PATCH, "[" TEST_UID "," TEST_ENTRY "," REMOVE_LIST "]"));
	cr_expect_not(may(JSON_PATCH,
		"[" TEST_UID "," TEST_ENTRY "," SET_LIST("replace", "[]") "]"));
	cr_expect_not(may(JSON_PATCH,
		"[" TEST_UID "," TEST_ENTRY "," SET_LIST("add", "null") "]"));
	cr_expect_not(may(JSON_PATCH,
		"[" TEST_UID "," TEST_ENTRY
		",{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"},"
		REMOVE_LIST "]"));
	cr_expect_not(may(STRATEGIC, META(UID "," OF_F "," NONE)));
	cr_expect_not(may(STRATEGIC, META(UID "," NONE "," OF_F)));
	cr_expect_not(may(MERGE, META(UID "," NONE "," OF_F)));
}

Test(removal, does_nothing_besides)
{
	cr_expect_not(may(MERGE,
		"{\"metadata\":{" VERSION "," NONE "},\"spec\":{}}"));
	cr_expect_not(
		may(MERGE, META(VERSION "," NONE ",\"annotations\":{}")));
	cr_expect_not(may(MERGE,
		META(VERSION
			 ",\"finalizers\":[\"workflows.argoproj.io/status\"]")));
}

Test(removal, sets_permitted_labels_only)
{
	cr_expect(may(MERGE, META(VERSION "," NONE ",\"labels\":{\"a\":\"1\"}")));
	cr_expect(may(MERGE,
		META(VERSION "," NONE ",\"labels\":{\"b.io/c\":null}")));
	cr_expect_not(may(MERGE,
		META(VERSION "," NONE
			 ",\"labels\":{\"a\":\"1\",\"x\":\"1\"}")));
	cr_expect(may(JSON_PATCH, LABEL("/metadata/labels/a")));
	cr_expect(may(JSON_PATCH, LABEL("/metadata/labels/b.io~1c")));
	cr_expect_not(may(JSON_PATCH, LABEL("/metadata/labels/x")));
	cr_expect_not(may(JSON_PATCH, LABEL("/metadata/labels/b.io~0c")));
	cr_expect_not(may(JSON_PATCH, LABEL("x/metadata/labels/x")));
}

Test(removal, is_small)
{
	char body[REMOVAL_BODY_MAX + 128];
	struct span plain = span_str(META(VERSION "," NONE));

	memset(body, ' ', sizeof(body));
	memcpy(body, plain.ptr, plain.len);
	body[REMOVAL_BODY_MAX] = '\0';
	cr_expect(may(MERGE, body));
	body[REMOVAL_BODY_MAX] = ' ';
	body[REMOVAL_BODY_MAX + 1] = '\0';
	cr_expect_not(may(MERGE, body));
}

Test(removal, says_the_uid_that_it_demands)
{
	cr_expect(span_eq(removal_uid(span_str(META(UID "," NONE))), SPAN("u")));
	cr_expect(span_is_absent(removal_uid(span_str(META(NONE)))));
	cr_expect(span_eq(removal_uid(span_str("[" TEST_UID "]")), SPAN("u")));
}

static bool names_all(const char *type, const char *body)
{
	struct classified c;
	bool result;

	patch_init(&c, type, span_str(body));
	cr_expect_eq(c.class.effect, EFFECT_REMOVES, "%s", body);
	result = removal_names_all(&c.class, span_str(body));
	classified_fini(&c);
	return result;
}

#define TAKE(index) \
	"{\"op\":\"remove\",\"path\":\"/metadata/finalizers/" index "\"}"
#define DELETES(list) "\"$deleteFromPrimitiveList/finalizers\":[" list "]"

/* Else an object that lacks those that have a name is not yet as wanted. */
Test(removal, may_take_what_has_no_name)
{
	cr_expect(names_all(MERGE, META(VERSION "," NONE)));
	cr_expect(names_all(STRATEGIC, META(DELETES("\"f\",\"g\""))));
	cr_expect_not(names_all(STRATEGIC, META(DELETES("\"f\",\"a\\/g\""))));
	cr_expect_not(names_all(STRATEGIC,
		META(DELETES("\"a\",\"b\",\"c\",\"d\",\"e\""))));
	cr_expect(names_all(JSON_PATCH,
		"[" TEST_UID "," TEST_ENTRY "," TAKE("0") "]"));
	cr_expect_not(names_all(JSON_PATCH,
		"[" TEST_UID "," TAKE("1") "," TEST_ENTRY "," TAKE("0") "]"));
}

#define AT(number) "\"resourceVersion\":\"" number "\""
#define TEST_AT(number) \
	"[{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\"," \
	"\"value\":\"" number "\"}]"

Test(removal, is_older_by_its_version)
{
	static const struct {
		const char *body, *other;
		bool is_older;
	} CASES[] = {
		{ META(AT("9") "," NONE), META(AT("10") "," NONE), true },
		{ META(AT("10") "," NONE), META(AT("9") "," NONE), false },
		{ META(AT("10") "," NONE), META(AT("10") "," NONE), false },
		{ TEST_AT("10"), META(AT("11") "," NONE), true },
		{ TEST_AT("12"), TEST_AT("11"), false },
		{ META(NONE), META(AT("11") "," NONE), false },
		{ META(AT("9") "," NONE), META(NONE), false },
		{ META(AT("9x") "," NONE), META(AT("10") "," NONE), false },
		{ META(AT("9") "," NONE), META(AT("010") "," NONE), false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
		cr_expect_eq(removal_is_older(span_str(CASES[i].body),
				     span_str(CASES[i].other)),
			CASES[i].is_older, "%zu", i);
}

#define LABELLED(value) "\"labels\":{\"a\":\"" value "\"}"

/* Without a version nobody can tell which of two was meant last. */
Test(removal, is_one_with_what_it_makes_superfluous)
{
	static const struct {
		const char *body, *other;
		bool is_one;
	} CASES[] = {
		{ META(UID "," OF_F), META(UID "," OF_F), true },
		{ META(UID "," OF_F), META("\"uid\":\"v\"," OF_F), false },
		{ META(UID "," OF_F), META(UID "," LABELLED("1") "," OF_F),
			false },
		{ META(UID "," LABELLED("1") "," OF_F),
			META(UID "," LABELLED("2") "," OF_F), false },
		{ META(UID "," OF_F), META(UID "," AT("9") "," OF_F), false },
		{ META(AT("9") "," NONE), META(AT("10") "," NONE), true },
		{ META(AT("9") "," NONE),
			META(AT("10") "," NONE "," LABELLED("1")), true },
		{ META(AT("9") "," NONE), META(AT("9") "," NONE), true },
		{ META(AT("9") "," NONE),
			META(AT("9") "," NONE "," LABELLED("1")), false },
		{ META(AT("x") "," NONE), META(AT("y") "," NONE), false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		struct span body = span_str(CASES[i].body);
		struct span other = span_str(CASES[i].other);

		cr_expect_eq(removal_is_one_with(body, other),
			CASES[i].is_one, "%zu", i);
		cr_expect_eq(removal_is_one_with(other, body),
			CASES[i].is_one, "%zu", i);
	}
}

static enum removal_fate fate_of_answer(
	const char *path, unsigned status, const char *body)
{
	struct request_case request = {
		.method = SPAN("PATCH"),
		.target = span_str(path),
		.content_type = MERGE,
		.body = SPAN("{}"),
	};
	struct classified c;
	enum removal_fate fate;

	classified_init(&c, &request);
	fate = removal_fate_of_answer(&c.class, status, span_str(body));
	classified_fini(&c);
	return fate;
}

Test(removal, an_answer_ends_it_or_does_not)
{
	static const struct {
		unsigned status;
		enum removal_fate fate;
	} CASES[] = {
		{ 200, REMOVAL_DONE },
		{ 404, REMOVAL_OPEN },
		{ 401, REMOVAL_UNAUTHORIZED },
		{ 403, REMOVAL_FORBIDDEN },
		{ 400, REMOVAL_REFUSED },
		{ 415, REMOVAL_REFUSED },
		{ 409, REMOVAL_UNDECIDED },
		{ 422, REMOVAL_UNDECIDED },
		{ 429, REMOVAL_OPEN },
		{ 500, REMOVAL_OPEN },
		{ 503, REMOVAL_OPEN },
		{ 504, REMOVAL_OPEN },
		{ 302, REMOVAL_OPEN },
		{ 0, REMOVAL_OPEN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
		cr_expect_eq(fate_of_answer(POD_PATH, CASES[i].status, "{}"),
			CASES[i].fate, "%u", CASES[i].status);
}

#define STATUS(reason, message, details)                            \
	"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{}," \
	"\"status\":\"Failure\",\"message\":\"" message              \
	"\",\"reason\":\"" reason "\",\"details\":{" details          \
	"},\"code\":404}\n"
#define MISSING(details) STATUS("NotFound", "missing", details)
#define P1 "\"name\":\"p1\",\"kind\":\"pods\""
#define CORE "\"group\":\"\""
#define WF_PATH "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows/a%3Ab"
#define WF "\"name\":\"a\\u003ab\",\"kind\":\"workflows\""
#define ARGO "\"group\":\"argoproj.io\""

/* As 1.36.2 says it, and as nobody should be believed. */
Test(removal, an_object_is_gone_when_the_api_server_says_so_of_it)
{
	static const struct {
		const char *path, *body;
		enum removal_fate fate;
	} CASES[] = {
		{ POD_PATH,
			STATUS("NotFound", "pods \\\"p1\\\" not found", P1),
			REMOVAL_GONE },
		{ POD_PATH, MISSING(P1 "," CORE), REMOVAL_GONE },
		{ WF_PATH, MISSING(WF "," ARGO), REMOVAL_GONE },
		/* Of something else. */
		{ POD_PATH, MISSING(P1 "," ARGO), REMOVAL_OPEN },
		{ WF_PATH, MISSING(WF), REMOVAL_OPEN },
		{ WF_PATH, MISSING(WF "," CORE), REMOVAL_OPEN },
		{ POD_PATH,
			MISSING("\"name\":\"p2\",\"kind\":\"pods\""),
			REMOVAL_OPEN },
		{ POD_PATH,
			MISSING("\"name\":\"argo\","
				"\"kind\":\"namespaces\""),
			REMOVAL_OPEN },
		{ POD_PATH, MISSING("\"name\":\"p1\""), REMOVAL_OPEN },
		{ POD_PATH, MISSING("\"kind\":\"pods\""), REMOVAL_OPEN },
		{ POD_PATH, MISSING("\"name\":null,\"kind\":[]"),
			REMOVAL_OPEN },
		{ POD_PATH, MISSING(""), REMOVAL_OPEN },
		/* Of no object. */
		{ POD_PATH,
			STATUS("NotFound",
				"the server could not find the requested "
				"resource", P1),
			REMOVAL_OPEN },
		{ POD_PATH,
			STATUS("NotFound",
				"the server could not find the requested "
				"resource (patch pods p1)", P1),
			REMOVAL_OPEN },
		{ POD_PATH, STATUS("Gone", "pods", P1), REMOVAL_OPEN },
		/* Of nobody that we know, or not all of it. */
		{ POD_PATH, "404 page not found\n", REMOVAL_OPEN },
		{ POD_PATH, "", REMOVAL_OPEN },
		{ POD_PATH, "[]", REMOVAL_OPEN },
		{ POD_PATH, "{\"kind\":\"Status\"}", REMOVAL_OPEN },
		{ POD_PATH,
			"{\"reason\":\"NotFound\",\"details\":{" P1 "}}",
			REMOVAL_OPEN },
		{ POD_PATH, MISSING(P1) "x", REMOVAL_OPEN },
		{ POD_PATH,
			"{\"kind\":\"Status\",\"reason\":\"NotFound\","
			"\"details\":{" P1 "}",
			REMOVAL_OPEN },
		{ POD_PATH,
			"{\"kind\":\"Status\",\"reason\":\"NotFound\","
			"\"details\":\"p1\"}",
			REMOVAL_OPEN },
		{ POD_PATH,
			"{\"kind\":{},\"reason\":\"NotFound\","
			"\"details\":{" P1 "}}",
			REMOVAL_OPEN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
		cr_expect_eq(
			fate_of_answer(CASES[i].path, 404, CASES[i].body),
			CASES[i].fate, "%zu: %s", i, CASES[i].body);
}

static enum removal_fate fate_of(const char *type, const char *body,
	struct span uid, const char *object)
{
	struct classified c;
	enum removal_fate result;

	patch_init(&c, type, span_str(body));
	result = removal_fate_by_object(&c.class, uid, span_str(object));
	classified_fini(&c);
	return result;
}

static enum removal_fate fate(
	const char *body, struct span uid, const char *object)
{
	return fate_of(STRATEGIC, body, uid, object);
}

/*
 * Of what it takes only the finalizers of the settings have a name: that these
 * are gone does not say that the others are.
 */
Test(removal, a_list_of_what_stays_is_no_list_of_what_goes)
{
	static const char BODY[] = META(VERSION ",\"finalizers\":[\"late\"]");
	struct span u = SPAN("u");

	cr_expect_eq(fate_of(MERGE, BODY, u,
			     META(UID ",\"finalizers\":[\"other\",\"late\"]")),
		REMOVAL_CONFLICT);
	cr_expect_eq(fate_of(MERGE, BODY, u, META(UID)), REMOVAL_ABSENT);
}

Test(removal, the_object_has_the_last_word)
{
	struct span u = SPAN("u");

	cr_expect_eq(fate(META(UID "," OF_F), u,
			     META(UID ",\"finalizers\":[\"f\",\"g\"]")),
		REMOVAL_CONFLICT);
	cr_expect_eq(fate(META(UID "," OF_F), u,
			     META(UID ",\"finalizers\":[\"g\"]")),
		REMOVAL_ABSENT);
	cr_expect_eq(fate(META(UID "," OF_F), u, META(UID)), REMOVAL_ABSENT);
	cr_expect_eq(fate(META(UID "," OF_F), u,
			     META("\"uid\":\"v\",\"finalizers\":[\"f\"]")),
		REMOVAL_RECREATED);
	/* All of them were to go. */
	cr_expect_eq(fate(META(UID "," NONE), u,
			     META(UID ",\"finalizers\":[\"g\"]")),
		REMOVAL_CONFLICT);
	cr_expect_eq(fate(META(UID "," NONE), u, META(UID)), REMOVAL_ABSENT);
	/* From the disk what is absent comes back as empty. */
	cr_expect_eq(fate(META(UID "," NONE), SPAN(""), META(UID)),
		REMOVAL_ABSENT);
	/* No object, or not all of it. */
	cr_expect_eq(fate(META(UID "," NONE), u, "{}"), REMOVAL_OPEN);
	cr_expect_eq(fate(META(UID "," NONE), u, "{\"metadata\":{" UID),
		REMOVAL_OPEN);
	cr_expect_eq(fate(META(UID "," NONE), u, "[]"), REMOVAL_OPEN);
}
