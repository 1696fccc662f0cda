/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(span, absent_is_empty_but_empty_is_not_absent)
{
	cr_assert(span_is_absent(SPAN_NONE));
	cr_assert(span_is_empty(SPAN_NONE));
	cr_assert(span_is_empty(SPAN("")));
	cr_assert_not(span_is_absent(SPAN("")));
	cr_assert(span_is_absent(span_str(NULL)));
	cr_assert(span_eq(SPAN_NONE, SPAN("")));
}

Test(span, equality_is_of_bytes)
{
	cr_assert(span_eq(SPAN("pods"), span_str("pods")));
	cr_assert_not(span_eq(SPAN("pods"), SPAN("pod")));
	cr_assert_not(span_eq(SPAN("pods"), SPAN("Pods")));
	cr_assert(span_eq(SPAN("a\0b"), SPAN("a\0b")));
	cr_assert_not(span_eq(SPAN("a\0b"), SPAN("a\0c")));
	cr_assert(span_eq_str(SPAN("pods"), "pods"));
	cr_assert_not(span_eq_str(SPAN("pods\0"), "pods"));
}

Test(span, case_is_ignored_in_ascii_only)
{
	cr_assert(span_eq_nocase(SPAN("Content-TYPE"), SPAN("content-type")));
	cr_assert_not(span_eq_nocase(SPAN("a"), SPAN("ab")));
	/* '@' and '`', '[' and '{' differ by the same bit as letters do. */
	cr_assert_not(span_eq_nocase(SPAN("@"), SPAN("`")));
	cr_assert_not(span_eq_nocase(SPAN("["), SPAN("{")));
	cr_assert_not(span_eq_nocase(SPAN("\xc3\x84"), SPAN("\xc3\xa4")));
	cr_assert(span_eq_nocase(SPAN_NONE, SPAN("")));
}

Test(span, prefixes_and_suffixes)
{
	struct span s = SPAN("/api/v1");

	cr_assert(span_starts_with(s, SPAN("/api")));
	cr_assert(span_starts_with(s, s));
	cr_assert(span_starts_with(s, SPAN_NONE));
	cr_assert_not(span_starts_with(s, SPAN("/api/v1/")));
	cr_assert_not(span_starts_with(s, SPAN("api")));
	cr_assert(span_ends_with(s, SPAN("/v1")));
	cr_assert(span_ends_with(s, s));
	cr_assert(span_ends_with(s, SPAN("")));
	cr_assert_not(span_ends_with(s, SPAN("//api/v1")));
	cr_assert_not(span_ends_with(s, SPAN("/v2")));
	cr_assert(span_starts_with(SPAN_NONE, SPAN_NONE));
	cr_assert(span_ends_with(SPAN_NONE, SPAN_NONE));
}

Test(span, skip_leaves_the_rest)
{
	cr_assert(span_eq(span_skip(SPAN("abc"), 1), SPAN("bc")));
	cr_assert(span_is_empty(span_skip(SPAN("abc"), 3)));
	cr_assert_not(span_is_absent(span_skip(SPAN("abc"), 3)));
	cr_assert(span_is_absent(span_skip(SPAN_NONE, 0)));
}

Test(span, cut_walks_the_parts)
{
	struct span rest = SPAN("a/bc//d/");

	cr_assert(span_eq(span_cut(&rest, '/'), SPAN("a")));
	cr_assert(span_eq(span_cut(&rest, '/'), SPAN("bc")));
	cr_assert(span_eq(span_cut(&rest, '/'), SPAN("")));
	cr_assert(span_eq(span_cut(&rest, '/'), SPAN("d")));
	/* An empty part is behind the last one, and is not absent. */
	cr_assert_not(span_is_absent(rest));
	cr_assert(span_is_empty(span_cut(&rest, '/')));
	cr_assert(span_is_absent(rest));
	cr_assert(span_is_absent(span_cut(&rest, '/')));
}

Test(span, cut_without_separator_takes_all)
{
	struct span rest = SPAN("pods");

	cr_assert(span_eq(span_cut(&rest, '/'), SPAN("pods")));
	cr_assert(span_is_absent(rest));
}

Test(span, trim_takes_spaces_and_tabs_from_both_ends)
{
	cr_assert(span_eq(span_trim(SPAN(" \t a b\t ")), SPAN("a b")));
	cr_assert(span_eq(span_trim(SPAN("a")), SPAN("a")));
	cr_assert(span_is_empty(span_trim(SPAN(" \t "))));
	cr_assert(span_eq(span_trim(SPAN("\n a\r")), SPAN("\n a\r")));
	cr_assert(span_is_absent(span_trim(SPAN_NONE)));
}

Test(span, dup_ends_with_nul)
{
	char *copy = span_dup(span_of("abcdef", 3));

	cr_assert_str_eq(copy, "abc");
	free(copy);
	copy = span_dup(SPAN_NONE);
	cr_assert_str_eq(copy, "");
	free(copy);
}

Test(span, prints_with_its_length)
{
	char text[32];

	snprintf(text, sizeof(text), "<%.*s><%.*s>",
		SPAN_ARG(span_of("abcdef", 3)), SPAN_ARG(SPAN_NONE));
	cr_assert_str_eq(text, "<abc><>");
}

static bool reads_as(struct span s, uint64_t wanted)
{
	uint64_t value = 99;

	return !span_to_u64(s, &value) && value == wanted;
}

static bool is_refused(struct span s)
{
	uint64_t value = 99;

	/* Outputs are written only on success. */
	return span_to_u64(s, &value) == -1 && value == 99;
}

Test(span, reads_numbers_that_fit)
{
	cr_assert(reads_as(SPAN("0"), 0));
	cr_assert(reads_as(SPAN("007"), 7));
	cr_assert(reads_as(SPAN("18446744073709551615"), UINT64_MAX));
	cr_assert(reads_as(SPAN("00000000000000000000000001"), 1));
}

Test(span, refuses_what_is_not_just_a_number)
{
	cr_assert(is_refused(SPAN("18446744073709551616")));
	cr_assert(is_refused(SPAN("18446744073709551620")));
	cr_assert(is_refused(SPAN("99999999999999999999")));
	cr_assert(is_refused(SPAN("")));
	cr_assert(is_refused(SPAN_NONE));
	cr_assert(is_refused(SPAN("+1")));
	cr_assert(is_refused(SPAN("-1")));
	cr_assert(is_refused(SPAN(" 1")));
	cr_assert(is_refused(SPAN("1 ")));
	cr_assert(is_refused(SPAN("1\0")));
	cr_assert(is_refused(SPAN("0x10")));
	cr_assert(is_refused(SPAN("1e3")));
	cr_assert(is_refused(SPAN("/")));
	cr_assert(is_refused(SPAN(":")));
}
