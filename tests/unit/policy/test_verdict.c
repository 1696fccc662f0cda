/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "policy/verdict.h"

/* Retry-After makes client-go repeat any verb: a promise. */
Test(verdict, only_429_and_503_promise_that_nothing_was_done)
{
	for (int v = 1; v < VERDICT_COUNT; v++) {
		const struct verdict_info *info = verdict_info((enum verdict)v);

		if (info->is_not_executed)
			cr_expect(info->status == 429 || info->status == 503,
				"%s", info->word);
		if (info->status == 429)
			cr_expect(info->is_not_executed, "%s", info->word);
	}
}

/* Argo takes them as final and drops the removal. */
Test(verdict, none_is_500_or_502)
{
	for (int v = 1; v < VERDICT_COUNT; v++) {
		unsigned status = verdict_info((enum verdict)v)->status;

		cr_expect(status != 500 && status != 502);
		cr_expect(status >= 400 && status < 600);
	}
}

Test(verdict, fate_unknown_is_504_or_said_so)
{
	cr_expect_eq(verdict_info(VERDICT_NO_ANSWER)->status, 504);
	cr_expect_not(verdict_info(VERDICT_NO_ANSWER)->is_not_executed);
	cr_expect_not(verdict_info(VERDICT_SERVER_ERROR)->is_not_executed);
	cr_expect_not(verdict_info(VERDICT_DEADLINE)->is_not_executed);
}

Test(verdict, each_has_a_word_of_its_own_and_says_something)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		const struct verdict_info *info = verdict_info((enum verdict)v);

		cr_assert_not_null(info->word);
		cr_assert_not_null(info->reason);
		cr_assert_not_null(info->message);
		cr_expect_eq(strspn(info->word, "abcdefghijklmnopqrstuvwxyz-"),
			strlen(info->word));
		if (v != VERDICT_NONE)
			cr_expect(info->reason[0] && info->message[0]);
		for (int w = 0; w < v; w++)
			cr_expect_str_neq(info->word,
				verdict_info((enum verdict)w)->word);
	}
}
