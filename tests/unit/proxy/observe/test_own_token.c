/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/text_file.h"
#include "proxy/identity/own_token.h"

#define SECOND USEC_PER_SEC

static char folder[] = "/tmp/fairway-token.XXXXXX";
static char file[64];

static void set_up(void)
{
	cr_assert(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/token", folder);
}

static void tear_down(void)
{
	unlink(file);
	rmdir(folder);
}

TestSuite(own_token, .init = set_up, .fini = tear_down);

/* By a rename, as a Secret's volume changes. */
static void write_token(const char *text)
{
	struct err err = { "" };

	cr_assert_eq(
		text_file_write(file, span_str(text), &err), 0, "%s", err.text);
}

static void open_well(struct own_token *token, const char *text)
{
	struct err err = { "" };

	cr_assert_eq(own_token_open(token, *text ? "" : file, text, &err), 0,
		"%s", err.text);
}

static void expect_is(struct own_token *token, usec_t now, const char *text)
{
	struct span found = own_token_authorization(token, now);

	cr_expect(span_eq_str(found, text), "is \"%.*s\", not \"%s\"",
		SPAN_ARG(found), text);
}

Test(own_token, none_is_none)
{
	struct own_token token;
	struct err err = { "" };

	cr_assert_eq(own_token_open(&token, "", "", &err), 0);
	cr_expect(span_is_absent(own_token_authorization(&token, 0)));
	cr_expect(span_is_absent(
		own_token_replacement(&token, SPAN(""), 0, 0)));
	own_token_close(&token);
}

Test(own_token, of_a_kubeconfig_stays)
{
	struct own_token token;

	open_well(&token, "abc");
	expect_is(&token, 0, "Bearer abc");
	expect_is(&token, 5 * SECOND, "Bearer abc");
	own_token_close(&token);
}

Test(own_token, of_a_file_loses_the_white_space_around_it)
{
	struct own_token token;

	write_token(" abc\n");
	open_well(&token, "");
	expect_is(&token, 0, "Bearer abc");
	own_token_close(&token);
}

Test(own_token, a_changed_file_is_read_again_within_a_second)
{
	struct own_token token;

	write_token("one");
	open_well(&token, "");
	expect_is(&token, SECOND, "Bearer one");
	write_token("two");
	expect_is(&token, 2 * SECOND - 1, "Bearer one");
	expect_is(&token, 2 * SECOND, "Bearer two");
	cr_expect(span_eq_str(
		own_token_replacement(&token, SPAN("Bearer one"), 0, 0),
		"Bearer two"));
	cr_expect(span_is_absent(
		own_token_replacement(&token, SPAN("Bearer two"), 0, 0)));
	cr_expect(span_is_absent(
		own_token_replacement(&token, SPAN("Bearer on"), 0, 0)));
	own_token_close(&token);
}

static void expect_replaced(struct own_token *token, const char *earlier,
	usec_t came_at, const char *text)
{
	struct span found = own_token_replacement(
		token, span_str(earlier), came_at, 5000 * SECOND);

	cr_expect(text ? span_eq_str(found, text) : span_is_absent(found),
		"\"%.*s\", not \"%s\"", SPAN_ARG(found), text ? text : "");
}

/* It may have been changed because somebody else has it. */
Test(own_token, what_comes_long_after_a_change_is_not_replaced)
{
	struct own_token token, fresh;

	write_token("one");
	open_well(&token, "");
	write_token("two");
	expect_is(&token, 10 * SECOND, "Bearer two");
	expect_replaced(&token, "Bearer one", 0, "Bearer two");
	expect_replaced(&token, "Bearer one", 310 * SECOND - 1, "Bearer two");
	expect_replaced(&token, "Bearer one", 310 * SECOND, NULL);
	/* The same one again, from elsewhere, is no change. */
	open_well(&fresh, "two");
	own_token_succeed(&token, &fresh);
	expect_replaced(&token, "Bearer one", 310 * SECOND, NULL);
	/* … and another one is. */
	open_well(&fresh, "three");
	own_token_succeed(&token, &fresh);
	expect_is(&token, 1000 * SECOND, "Bearer three");
	expect_replaced(
		&token, "Bearer two", 1300 * SECOND - 1, "Bearer three");
	expect_replaced(&token, "Bearer two", 1300 * SECOND, NULL);
	own_token_close(&token);
}

Test(own_token, the_last_one_stays_while_the_file_is_no_good)
{
	struct own_token token;

	write_token("one");
	open_well(&token, "");
	write_token("");
	expect_is(&token, SECOND, "Bearer one");
	write_token("two\r\nx-remote-user: admin");
	expect_is(&token, 2 * SECOND, "Bearer one");
	unlink(file);
	expect_is(&token, 3 * SECOND, "Bearer one");
	write_token("two");
	expect_is(&token, 4 * SECOND, "Bearer two");
	own_token_close(&token);
}

Test(own_token, what_is_none_at_the_start_is_an_error_with_its_file)
{
	struct own_token token;
	struct err err = { "" };

	cr_expect_eq(own_token_open(&token, file, "", &err), -1);
	cr_expect(strstr(err.text, file), "%s", err.text);
	write_token("two words");
	cr_expect_eq(own_token_open(&token, file, "", &err), -1);
	cr_expect(strstr(err.text, "holds no bearer token"), "%s", err.text);
}

Test(own_token, what_comes_from_elsewhere_goes_on_from_the_last)
{
	struct own_token token, fresh;

	open_well(&token, "one");
	open_well(&fresh, "two");
	own_token_succeed(&token, &fresh);
	expect_is(&token, 0, "Bearer two");
	cr_expect(span_eq_str(own_token_replacement(
				      &token, SPAN("Bearer one"), 0, 0),
		"Bearer two"));
	/* The same one again: the earlier one is still known. */
	open_well(&fresh, "two");
	own_token_succeed(&token, &fresh);
	cr_expect(span_eq_str(own_token_replacement(
				      &token, SPAN("Bearer one"), 0, 0),
		"Bearer two"));
	own_token_close(&fresh);
	own_token_close(&token);
}

Test(own_token, stays_while_its_file_cannot_be_read)
{
	struct own_token token, fresh;

	write_token("one");
	open_well(&token, "");
	own_token_await(&fresh, file);
	own_token_succeed(&token, &fresh);
	expect_is(&token, SECOND, "Bearer one");
	own_token_await(&fresh, "/elsewhere");
	own_token_succeed(&token, &fresh);
	cr_expect(span_is_absent(own_token_authorization(&token, SECOND)));
	own_token_close(&fresh);
	own_token_close(&token);
}

Test(own_token, that_is_awaited_comes_with_its_file)
{
	struct own_token token;

	own_token_await(&token, file);
	cr_expect(span_is_absent(own_token_authorization(&token, 0)));
	write_token("one");
	expect_is(&token, SECOND, "Bearer one");
	own_token_close(&token);
}
