/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "policy/sweep/rule.h"

/* 2026-11-30T15:00:00Z */
#define NOW ((int64_t)1796050800)

#define OWNER                                                         \
	"\"ownerReferences\":[{\"apiVersion\":\"example.com/v1\","     \
	"\"kind\":\"Rack\",\"name\":\"r\",\"uid\":\"r-1\"}],"
#define FINALIZER "\"finalizers\":[\"example.com/cleanup\"],"
#define MADE "\"creationTimestamp\":\"2026-11-30T14:00:00Z\","
#define DELETED "\"deletionTimestamp\":\"2026-11-30T14:00:00Z\","
#define WIDGET(meta, status)                                                 \
	"{\"apiVersion\":\"example.com/v1\",\"kind\":\"Widget\","            \
	"\"metadata\":{" meta "\"name\":\"w\",\"namespace\":\"n\","         \
	"\"resourceVersion\":\"7\",\"uid\":\"u-1\"},\"status\":{" status "}}"

static struct sweep_object object_of(
	const struct sweep_rule *rule, const char *text)
{
	const struct sweep_wanted wanted = {
		.kind = SPAN("Widget"),
		.finalizer = rule->finalizer,
		.label = rule->label_key,
		.condition = rule->condition_type,
	};
	struct sweep_object object = { .name = SPAN_NONE };

	cr_assert(!sweep_object_read(span_str(text), &wanted, &object), "%s",
		text);
	return object;
}

struct row {
	const char *text;
	enum sweep_verdict verdict;
};

static void check(
	const struct sweep_rule *rule, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sweep_object object = object_of(rule, rows[i].text);
		enum sweep_verdict verdict =
			sweep_judge_by_rule(rule, &object, NOW);

		cr_expect(verdict == rows[i].verdict, "%s: %s", rows[i].text,
			sweep_verdict_name(verdict));
	}
}

Test(rule, a_label_and_a_condition)
{
	static const struct row ROWS[] = {
		{ WIDGET(FINALIZER MADE "\"labels\":{\"done\":\"yes\"},",
			  "\"conditions\":[{\"type\":\"Other\",\"status\":"
			  "\"False\"},{\"type\":\"Ready\",\"status\":\"True\"}]"),
			SWEEP_BY_RULE },
		{ WIDGET(FINALIZER MADE "\"labels\":{\"done\":\"no\"},",
			  "\"conditions\":[{\"type\":\"Ready\",\"status\":"
			  "\"True\"}]"),
			SWEEP_UNMET },
		{ WIDGET(FINALIZER MADE "\"labels\":{\"done\":\"yes\"},",
			  "\"conditions\":[{\"type\":\"Ready\",\"status\":"
			  "\"Unknown\"}]"),
			SWEEP_UNMET },
		{ WIDGET(FINALIZER MADE "\"labels\":{\"done\":\"yes\"},", ""),
			SWEEP_UNMET },
		{ WIDGET(FINALIZER MADE, ""), SWEEP_UNMET },
		{ WIDGET(MADE "\"labels\":{\"done\":\"yes\"},",
			  "\"conditions\":[{\"type\":\"Ready\",\"status\":"
			  "\"True\"}]"),
			SWEEP_HAS_NONE },
		{ WIDGET(FINALIZER MADE
			  "\"labels\":{\"done\":\"yes\"},\"annotations\":{\""
			  SWEEP_OPT_OUT "\":\"true\"},",
			  "\"conditions\":[{\"type\":\"Ready\",\"status\":"
			  "\"True\"}]"),
			SWEEP_OPTED_OUT },
	};
	const struct sweep_rule rule = {
		.finalizer = SPAN("example.com/cleanup"),
		.label_key = SPAN("done"),
		.label_value = SPAN("yes"),
		.condition_type = SPAN("Ready"),
		.condition_status = SPAN("True"),
		.settled_for = 600,
	};

	check(&rule, ROWS, ARRAY_SIZE(ROWS));
}

Test(rule, what_changed_not_long_ago_stays)
{
	static const struct row ROWS[] = {
		{ WIDGET(FINALIZER MADE DELETED, ""), SWEEP_BY_RULE },
		/* Its grace ends later, or not long ago. */
		{ WIDGET(FINALIZER MADE
			  "\"deletionTimestamp\":\"2026-11-30T14:30:01Z\",",
			  ""),
			SWEEP_UNSETTLED },
		{ WIDGET(FINALIZER MADE DELETED "\"managedFields\":[{\"time\":"
						"\"2026-11-30T14:10:00Z\"},{"
						"\"time\":"
						"\"2026-11-30T14:50:01Z\"}],",
			  ""),
			SWEEP_UNSETTLED },
		{ WIDGET(FINALIZER MADE DELETED, "\"conditions\":[{"
			  "\"lastTransitionTime\":\"2026-11-30T14:50:01Z\"}]"),
			SWEEP_UNSETTLED },
		/* Nobody has deleted it. */
		{ WIDGET(FINALIZER MADE, ""), SWEEP_UNMET },
	};
	const struct sweep_rule rule = {
		.finalizer = SPAN("example.com/cleanup"),
		.with_deletion = true,
		.deleted_for = 1800,
		.settled_for = 600,
	};

	check(&rule, ROWS, ARRAY_SIZE(ROWS));
}

static const struct sweep_rule ORPHANS = {
	.finalizer = SPAN_INIT("example.com/cleanup"),
	.with_orphans = true,
};

#define OWNERS(a, b)                                                        \
	"\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"A\",\"name\":" \
	"\"a\",\"uid\":\"1\"" a "},{\"apiVersion\":\"v1\",\"kind\":\"B\","    \
	"\"name\":\"b\",\"uid\":\"2\"" b "}],"

Test(rule, whose_owner_it_is)
{
	static const struct row ROWS[] = {
		{ WIDGET(FINALIZER MADE OWNER, ""), SWEEP_ASK_OWNER },
		{ WIDGET(FINALIZER MADE, ""), SWEEP_NO_OWNER },
		/* Two, and none of them is the controller. */
		{ WIDGET(FINALIZER MADE OWNERS("", ""), ""), SWEEP_NO_OWNER },
	};
	static const char *const CONTROLLED[] = {
		WIDGET(FINALIZER MADE OWNERS("", ",\"controller\":true"), ""),
		WIDGET(FINALIZER MADE OWNERS(",\"controller\":true", ""), ""),
	};

	check(&ORPHANS, ROWS, ARRAY_SIZE(ROWS));
	cr_expect(span_eq_str(object_of(&ORPHANS, CONTROLLED[0]).owner, "b"));
	cr_expect(span_eq_str(object_of(&ORPHANS, CONTROLLED[1]).owner, "a"));
}

#define OWNED_BY(version, name)                                        \
	WIDGET(FINALIZER MADE "\"ownerReferences\":[{\"apiVersion\":\""   \
			      version "\",\"kind\":\"Rack\",\"name\":\"" \
			      name "\",\"uid\":\"r-1\"}],",               \
		"")

/* The API server takes any text for them; we do not put it into a path. */
Test(rule, an_owner_that_cannot_be_asked_for_is_none)
{
	static const struct row ROWS[] = {
		{ OWNED_BY("v1", "r"), SWEEP_ASK_OWNER },
		{ OWNED_BY("example.com/v1beta1", "a:b c"), SWEEP_ASK_OWNER },
		{ OWNED_BY("v1", "r/status"), SWEEP_NO_OWNER },
		{ OWNED_BY("v1", ".."), SWEEP_NO_OWNER },
		{ OWNED_BY("v1", "r%2fstatus"), SWEEP_NO_OWNER },
		{ OWNED_BY("v1 x", "r"), SWEEP_NO_OWNER },
		{ OWNED_BY("v1?watch=1", "r"), SWEEP_NO_OWNER },
		{ OWNED_BY("../api/v1", "r"), SWEEP_NO_OWNER },
		{ OWNED_BY("../v1", "r"), SWEEP_NO_OWNER },
		{ OWNED_BY("a/b/c", "r"), SWEEP_NO_OWNER },
		{ OWNED_BY("a/", "r"), SWEEP_NO_OWNER },
		{ OWNED_BY("/v1", "r"), SWEEP_NO_OWNER },
	};

	check(&ORPHANS, ROWS, ARRAY_SIZE(ROWS));
}

#define NOT_FOUND(kind, name)                                               \
	"{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":"             \
	"\"NotFound\",\"details\":{\"name\":\"" name "\",\"kind\":\"" kind    \
	"\"},\"code\":404}"
#define OF_KIND(kind, name, uid)                                 \
	"{\"kind\":\"" kind "\",\"metadata\":{\"name\":\"" name "\"," \
	"\"uid\":\"" uid "\"}}"
#define RACK(name, uid) OF_KIND("Rack", name, uid)
#define METADATA(name, uid) OF_KIND("PartialObjectMetadata", name, uid)

Test(rule, only_a_proper_answer_makes_an_orphan)
{
	static const struct {
		unsigned status;
		const char *body;
		enum sweep_verdict verdict;
	} ROWS[] = {
		{ 404, NOT_FOUND("racks", "r"), SWEEP_ORPHANED },
		{ 404, NOT_FOUND("racks", "s"), SWEEP_UNREADABLE },
		{ 404, NOT_FOUND("widgets", "r"), SWEEP_UNREADABLE },
		{ 404, "404 page not found\n", SWEEP_UNREADABLE },
		{ 403, NOT_FOUND("racks", "r"), SWEEP_UNREADABLE },
		{ 403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\"}",
			SWEEP_OWNER_FORBIDDEN },
		{ 403, "Forbidden", SWEEP_UNREADABLE },
		{ 500, "{\"kind\":\"Status\",\"reason\":\"Forbidden\"}",
			SWEEP_UNREADABLE },
		{ 503, NOT_FOUND("racks", "r"), SWEEP_UNREADABLE },
		{ 200, RACK("r", "r-1"), SWEEP_OWNER_LIVES },
		{ 200, RACK("r", "r-2"), SWEEP_ORPHANED },
		{ 200, METADATA("r", "r-1"), SWEEP_OWNER_LIVES },
		{ 200, METADATA("r", "r-2"), SWEEP_ORPHANED },
		{ 200, OF_KIND("Shelf", "r", "r-1"), SWEEP_UNREADABLE },
		/* A kind may keep keys that look like others' places. */
		{ 200, "{\"kind\":\"Rack\",\"metadata\":{\"name\":\"r\","
		       "\"uid\":\"r-1\"},\"metadata.uid\":\"r-2\"}",
			SWEEP_OWNER_LIVES },
		{ 200, "{\"kind\":\"Rack\",\"metadata\":{\"name\":\"s\","
		       "\"uid\":\"r-2\"},\"metadata.name\":\"r\"}",
			SWEEP_UNREADABLE },
		{ 200, RACK("s", "r-2"), SWEEP_UNREADABLE },
		{ 200, RACK("r", ""), SWEEP_UNREADABLE },
		{ 200, NOT_FOUND("racks", "r"), SWEEP_UNREADABLE },
		{ 200, "{", SWEEP_UNREADABLE },
	};
	struct sweep_object object =
		object_of(&ORPHANS, WIDGET(FINALIZER MADE OWNER, ""));

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect(sweep_judge_orphan(&object, SPAN("racks"),
				  ROWS[i].status, span_str(ROWS[i].body)) ==
				ROWS[i].verdict,
			"%u %s", ROWS[i].status, ROWS[i].body);
}

Test(rule, a_pair_has_two_parts)
{
	struct span name, value;

	cr_assert(!sweep_rule_split(SPAN("a/b=c"), &name, &value));
	cr_expect(span_eq_str(name, "a/b") && span_eq_str(value, "c"));
	cr_expect(!sweep_rule_split(SPAN("a="), &name, &value));
	cr_expect(sweep_rule_split(SPAN("a"), &name, &value) == -1);
	cr_expect(sweep_rule_split(SPAN("=a"), &name, &value) == -1);
}
