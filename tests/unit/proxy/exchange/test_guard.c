/* SPDX-License-Identifier: Apache-2.0 */
/* A removal without a proof gets one for its replay. */
#include "proxy/exchange/guard.h"

#include <criterion/criterion.h>

static void expect(const char *body, const char *version, const char *expected)
{
	struct buf written = BUF_INIT;
	struct span of = version ? span_str(version) : SPAN_NONE;
	bool is_written =
		guard_write(span_str(body), SPAN("u-1"), of, &written);

	cr_expect_eq(is_written, *expected != '\0', "%s", body);
	cr_expect_str_eq(buf_cstr(&written), expected);
	buf_fini(&written);
}

Test(guard, merge_patches_demand_it_in_their_metadata)
{
	expect("{\"metadata\":{\"finalizers\":null}}", NULL,
		"{\"metadata\":{\"uid\":\"u-1\",\"finalizers\":null}}");
	expect("{\"a\":{\"metadata\":1}, \"metadata\" : { \"finalizers\":[]}}",
		"7",
		"{\"a\":{\"metadata\":1}, \"metadata\" : {\"uid\":\"u-1\","
		"\"resourceVersion\":\"7\", \"finalizers\":[]}}");
}

Test(guard, json_patches_test_it_first)
{
	expect("[{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}]", "7",
		"[{\"op\":\"test\",\"path\":\"/metadata/uid\","
		"\"value\":\"u-1\"},"
		"{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\","
		"\"value\":\"7\"},"
		"{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}]");
}

Test(guard, what_is_no_patch_of_metadata_is_left)
{
	expect("", NULL, "");
	expect("7", NULL, "");
	expect("{}", NULL, "");
	expect("{\"metadata\":null}", NULL, "");
	expect("{\"spec\":{\"metadata\":{}}}", NULL, "");
}

Test(guard, what_is_no_name_of_a_thing_is_not_written)
{
	struct buf written = BUF_INIT;
	struct span body = SPAN("{\"metadata\":{\"finalizers\":null}}");

	cr_expect_not(guard_write(body, SPAN("a\",\"b"), SPAN_NONE, &written));
	cr_expect_not(guard_write(body, SPAN(""), SPAN_NONE, &written));
	cr_expect_not(guard_write(body, SPAN("a"), SPAN("1\\"), &written));
	cr_expect_eq(buf_len(&written), 0);
	buf_fini(&written);
}
