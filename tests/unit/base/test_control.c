/* SPDX-License-Identifier: Apache-2.0 */
#include "base/control.h"

#include <criterion/criterion.h>

Test(control, one_byte_or_two)
{
	cr_expect_eq(control_len(SPAN("\n")), 1);
	cr_expect_eq(control_len(SPAN("\0a")), 1);
	cr_expect_eq(control_len(SPAN("\x1f")), 1);
	cr_expect_eq(control_len(SPAN("\x7f")), 1);
	cr_expect_eq(control_len(SPAN("\xc2\x80")), 2);
	cr_expect_eq(control_len(SPAN("\xc2\x9f" "a")), 2);
}

Test(control, what_is_none)
{
	cr_expect_eq(control_len(SPAN("")), 0);
	cr_expect_eq(control_len(SPAN(" ")), 0);
	cr_expect_eq(control_len(SPAN("a\n")), 0);
	cr_expect_eq(control_len(SPAN("\xc2\xa0")), 0);
	cr_expect_eq(control_len(SPAN("\xc3\x9f")), 0);
	cr_expect_eq(control_len(SPAN("\xc2")), 0);
}
