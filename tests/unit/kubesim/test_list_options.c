/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/kubesim/list_options.h"

/* The fields and texts of all causes; "" where nothing is wrong. */
static void expect(
	const char *query, bool is_watch, unsigned causes, const char *message)
{
	struct request req;
	struct status st = { 0 };
	int ret;

	request_init(&req, SPAN("GET"), span_str(query));
	ret = list_options_check(&req, is_watch, &st);
	cr_assert_eq(ret, causes ? -1 : 0, "%s", query);
	cr_assert_eq(st.cause_count, causes, "%s: %u", query, st.cause_count);
	if (causes)
		cr_assert(strstr(st.message, message), "%s: %s", query,
			st.message);
	request_fini(&req);
}

Test(list_options, what_a_watch_may_ask_for)
{
	expect("/api/v1/pods?watch=1", true, 0, NULL);
	expect("/api/v1/pods?sendInitialEvents=true"
	       "&resourceVersionMatch=NotOlderThan",
		true, 0, NULL);
	expect("/api/v1/pods?sendInitialEvents=true", true, 1,
		"resourceVersionMatch: Forbidden: sendInitialEvents requires");
	expect("/api/v1/pods?resourceVersionMatch=NotOlderThan", true, 1,
		"is forbidden for watch unless sendInitialEvents");
	expect("/api/v1/pods?sendInitialEvents=1&resourceVersionMatch=Exact",
		true, 2,
		"[resourceVersionMatch: Forbidden: sendInitialEvents requires "
		"setting resourceVersionMatch to NotOlderThan, "
		"resourceVersionMatch: Unsupported value: \"Exact\": "
		"supported values: \"NotOlderThan\"]");
}

Test(list_options, what_a_list_may_ask_for)
{
	expect("/api/v1/pods?resourceVersion=5&resourceVersionMatch=Exact",
		false, 0, NULL);
	expect("/api/v1/pods?sendInitialEvents=true", false, 1,
		"sendInitialEvents is forbidden for list");
	expect("/api/v1/pods?resourceVersionMatch=Exact", false, 1,
		"forbidden unless resourceVersion is provided");
	expect("/api/v1/pods?resourceVersion=0&resourceVersionMatch=Exact",
		false, 1, "\"exact\" is forbidden for resourceVersion \"0\"");
	expect("/api/v1/pods?resourceVersion=1&resourceVersionMatch=X&"
	       "continue=y",
		false, 2, "[resourceVersionMatch: Forbidden: ");
}

Test(list_options, nobody_is_ahead_of_the_store)
{
	struct request req;
	struct status st;

	request_init(&req, SPAN("GET"), SPAN("/api/v1/pods?resourceVersion=7"));
	cr_assert_eq(list_options_check_version(&req, 7, &st), 0);
	cr_assert_eq(list_options_check_version(&req, 6, &st), -1);
	cr_assert_eq(st.code, 504);
	cr_assert_eq(st.retry_after, 1);
	cr_assert_str_eq(st.message,
		"Timeout: Too large resource version: 7, current: 6");
	request_fini(&req);
}
