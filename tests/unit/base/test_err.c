/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <criterion/criterion.h>
#include <string.h>

Test(err, set_returns_failure)
{
	struct err err;

	cr_assert_eq(err_set(&err, "cannot open %s: %d", "file", 7), -1);
	cr_assert_str_eq(err.text, "cannot open file: 7");
}

Test(err, prefix_says_where)
{
	struct err err;

	err_set(&err, "unknown key");
	cr_assert_eq(err_prefix(&err, "%s:%d", "fairway.yaml", 3), -1);
	cr_assert_str_eq(err.text, "fairway.yaml:3: unknown key");
	err_prefix(&err, "reload");
	cr_assert_str_eq(err.text, "reload: fairway.yaml:3: unknown key");
}

Test(err, long_texts_are_cut_and_terminated)
{
	struct err err;

	err_set(&err, "%0*d", (int)sizeof(err.text) * 2, 1);
	cr_assert_eq(strlen(err.text), sizeof(err.text) - 1);
	err_prefix(&err, "where");
	cr_assert_eq(strlen(err.text), sizeof(err.text) - 1);
	cr_assert_eq(strncmp(err.text, "where: 0000", 11), 0);
	err_prefix(&err, "%0*d", (int)sizeof(err.text) * 2, 1);
	cr_assert_eq(strlen(err.text), sizeof(err.text) - 1);
}
