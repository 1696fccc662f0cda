/* SPDX-License-Identifier: Apache-2.0 */
#include "base/util.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

Test(util, time_since_a_later_moment_is_zero)
{
	cr_assert_eq(usec_since(5, 3), 2);
	cr_assert_eq(usec_since(3, 3), 0);
	cr_assert_eq(usec_since(3, 5), 0);
	cr_assert_eq(usec_since(USEC_NEVER, 0), USEC_NEVER);
}

Test(util, time_does_not_wrap_around)
{
	cr_assert_eq(usec_add(2, 3), 5);
	cr_assert_eq(usec_add(USEC_NEVER, 0), USEC_NEVER);
	cr_assert_eq(usec_add(USEC_NEVER, 1), USEC_NEVER);
	cr_assert_eq(usec_add(1, USEC_NEVER), USEC_NEVER);
	cr_assert_eq(usec_add(USEC_NEVER - 2, 1), USEC_NEVER - 1);
}

Test(util, min_and_max)
{
	cr_assert_eq(u64_min(1, UINT64_MAX), 1);
	cr_assert_eq(u64_max(1, UINT64_MAX), UINT64_MAX);
}

Test(util, container_of_finds_the_outer_struct)
{
	struct outer {
		int before;
		int member;
	} outer = { 1, 2 };

	cr_assert_eq(CONTAINER_OF(&outer.member, struct outer, member), &outer);
}

Test(check, true_passes)
{
	CHECK(1 + 1 == 2);
}

Test(check, false_aborts, .signal = SIGABRT)
{
	CHECK(1 + 1 == 3);
}

Test(check, unreachable_aborts, .signal = SIGABRT)
{
	CHECK_UNREACHABLE();
}

Test(alloc, nothing_is_still_a_place)
{
	void *memory[] = { xmalloc(0), xcalloc(0, 8), xcalloc(8, 0),
		xrealloc(NULL, 0) };

	for (size_t i = 0; i < ARRAY_SIZE(memory); i++) {
		cr_assert_not_null(memory[i]);
		free(memory[i]);
	}
}

Test(alloc, calloc_zeroes)
{
	unsigned char *bytes = xcalloc(100, 3);

	for (int i = 0; i < 300; i++)
		cr_assert_eq(bytes[i], 0);
	free(bytes);
}

Test(alloc, strndup_copies_so_much_and_ends_with_nul)
{
	char *copy = xstrndup("abc", 2);

	cr_assert_str_eq(copy, "ab");
	free(copy);
	copy = xstrdup("abc");
	cr_assert_str_eq(copy, "abc");
	free(copy);
}

/* volatile: the compiler must not see what cannot be had. */
#if !defined(__SANITIZE_ADDRESS__)
Test(alloc, ends_the_process_when_there_is_no_memory, .signal = SIGABRT)
{
	volatile size_t size = SIZE_MAX / 2;

	xmalloc(size);
}

Test(alloc, calloc_does_not_multiply_past_the_end, .signal = SIGABRT)
{
	volatile size_t count = SIZE_MAX / 2 + 2;

	xcalloc(count, 2);
}
#endif
