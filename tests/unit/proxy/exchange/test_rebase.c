/* SPDX-License-Identifier: Apache-2.0 */
/* A removal that is written anew for an object that has changed. */
#include "proxy/exchange/rebase.h"

#include <criterion/criterion.h>

#define OBJECT(list) \
	"{\"spec\":{\"metadata\":{\"finalizers\":[\"a\"]}}," \
	"\"metadata\":{\"name\":\"x\",\"finalizers\":" list "}}"

static const struct class REMOVES_A_AND_C = {
	.verb = VERB_PATCH,
	.effect = EFFECT_REMOVES,
	.finalizers = { SPAN_INIT("a"), SPAN_INIT("c") },
	.finalizer_count = 2,
};

static void expect(struct span uid, const char *object, const char *body)
{
	struct buf written = BUF_INIT;
	bool is_written = rebase_write(
		&REMOVES_A_AND_C, uid, span_str(object), &written);

	cr_expect_eq(is_written, body != NULL, "%s", object);
	if (body)
		cr_expect_str_eq(buf_cstr(&written), body);
	buf_fini(&written);
}

Test(rebase, takes_what_is_named_and_tests_it)
{
	expect(SPAN("u"), OBJECT("[\"a\",\"b\",\"c\"]"),
		"[{\"op\":\"test\",\"path\":\"/metadata/uid\","
		"\"value\":\"u\"},"
		"{\"op\":\"test\",\"path\":\"/metadata/finalizers/2\","
		"\"value\":\"c\"},"
		"{\"op\":\"remove\",\"path\":\"/metadata/finalizers/2\"},"
		"{\"op\":\"test\",\"path\":\"/metadata/finalizers/0\","
		"\"value\":\"a\"},"
		"{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}"
		"]");
}

Test(rebase, needs_a_uid_and_something_to_take)
{
	expect(SPAN(""), OBJECT("[\"a\"]"), NULL);
	expect(SPAN("u"), OBJECT("[\"b\"]"), NULL);
	expect(SPAN("u"), OBJECT("null"), NULL);
	expect(SPAN("u"), "{}", NULL);
	expect(SPAN("u"), "[", NULL);
}

/* The rest would stay, and the intent would end as if it had gone. */
Test(rebase, does_not_take_a_part_of_what_may_be_more)
{
	static const struct class REMOVES_MANY = {
		.verb = VERB_PATCH,
		.effect = EFFECT_REMOVES,
		.finalizers = { SPAN_INIT("a"), SPAN_INIT("b"), SPAN_INIT("c"),
			SPAN_INIT("d") },
		.finalizer_count = CLASS_FINALIZERS_MAX,
	};
	struct buf written = BUF_INIT;

	cr_expect_not(rebase_write(&REMOVES_MANY, SPAN("u"),
		SPAN(OBJECT("[\"a\",\"b\",\"c\",\"d\",\"e\"]")),
		&written));
	buf_fini(&written);
}
