/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/broken.h"

#include <criterion/criterion.h>

#include "conf/config.h"

static void expect_one(const struct broken *broken)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf text = BUF_INIT, lines = BUF_INIT;
	struct config *config;

	buf_append_str(&text,
		"apiVersion: fairway.dev/v1alpha1\n"
		"kind: Configuration\n");
	buf_append_str(&text, broken->yaml);
	config = config_parse("f", buf_span(&text), &problems);
	problems_print(&problems, &lines);
	cr_expect_str_eq(buf_cstr(&lines), broken->wanted, "%s", broken->yaml);
	cr_expect_eq(
		!config, problems_has_errors(&problems), "%s", broken->yaml);
	config_unref(config);
	buf_fini(&text);
	buf_fini(&lines);
	problems_fini(&problems);
}

void broken_expect(const struct broken *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect_one(&cases[i]);
}
