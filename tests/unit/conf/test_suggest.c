/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/suggest.h"

#include <criterion/criterion.h>

static unsigned distance(const char *a, const char *b)
{
	return suggest_distance(span_str(a), span_str(b), 100);
}

Test(suggest, distance_counts_each_kind_of_slip_once)
{
	cr_assert_eq(distance("seats", "seats"), 0);
	cr_assert_eq(distance("seat", "seats"), 1);
	cr_assert_eq(distance("seeats", "seats"), 1);
	cr_assert_eq(distance("sexts", "seats"), 1);
	cr_assert_eq(distance("saets", "seats"), 1);
	cr_assert_eq(distance("SEATS", "seats"), 0);
	cr_assert_eq(distance("", "seats"), 5);
	cr_assert_eq(distance("seats", ""), 5);
	cr_assert_eq(distance("", ""), 0);
	cr_assert_eq(distance("kitten", "sitting"), 3);
}

static const char *best(const char *wrong)
{
	struct suggest suggest;

	suggest_init(&suggest, span_str(wrong));
	suggest_offer(&suggest, "address");
	suggest_offer(&suggest, "kubeconfig");
	suggest_offer(&suggest, "min");
	suggest_offer(&suggest, "max");
	return suggest.best;
}

Test(suggest, the_nearest_word_or_none)
{
	cr_assert_str_eq(best("adress"), "address");
	cr_assert_str_eq(best("Address"), "address");
	cr_assert_str_eq(best("kubeConfg"), "kubeconfig");
	cr_assert_str_eq(best("mxa"), "max");
	cr_assert_str_eq(best("mux"), "max");
	cr_assert_null(best("x"));
	cr_assert_null(best(""));
	cr_assert_null(best("stateDir"));
}

Test(suggest, a_word_that_is_too_long_comes_near_to_nothing)
{
	char text[200];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_assert_null(best(text));
}
