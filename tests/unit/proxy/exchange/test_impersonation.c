/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/impersonation.h"

#include <criterion/criterion.h>

#include "base/buf.h"
#include "proxy/identity/user_info.h"

static struct fields made_of(const char *lines)
{
	struct span rest = span_str(lines);
	struct fields fields = FIELDS_INIT;

	while (rest.len > 0) {
		struct span value = span_cut(&rest, '\n');
		struct span name = span_cut(&value, ':');

		fields_add_static(&fields, name, span_skip(value, 1));
	}
	return fields;
}

static void assert_writes(const struct user_info *user, const char *lines)
{
	struct fields fields = FIELDS_INIT;
	struct buf text = BUF_INIT;

	impersonation_write(user, &fields);
	for (size_t i = 0; i < fields.count; i++)
		buf_printf(&text, "%.*s: %.*s\n",
			SPAN_ARG(fields.items[i].name),
			SPAN_ARG(fields.items[i].value));
	cr_assert_str_eq(buf_cstr(&text), lines);
	buf_fini(&text);
	fields_clear(&fields);
}

static struct user_info *read_from(const char *lines)
{
	struct fields fields = made_of(lines);
	struct user_info *wanted = NULL;
	enum verdict verdict = impersonation_read(&fields, &wanted);

	cr_assert((verdict == VERDICT_NONE) == (wanted != NULL));
	cr_assert(wanted || verdict == VERDICT_BAD_REQUEST);
	fields_clear(&fields);
	return wanted;
}

#define ALL                                                           \
	"impersonate-user: alice\n"                                   \
	"impersonate-group: team-a\n"                                 \
	"impersonate-group: b,c\n"                                    \
	"impersonate-uid: uid-1\n"                                    \
	"impersonate-extra-example.com%2fteam: red\n"                 \
	"impersonate-extra-example.com%2fteam: blue\n"                \
	"impersonate-extra-%41b_%25: x\n"

Test(impersonation, what_is_written_is_what_was_read)
{
	struct user_info *user = read_from("accept: */*\n" ALL "x: y\n");

	cr_assert(user);
	cr_assert(span_eq(user->user, SPAN("alice")));
	cr_assert_eq(user->group_count, 2);
	cr_assert(span_eq(user->groups[1], SPAN("b,c")));
	cr_assert(span_eq(user->uid, SPAN("uid-1")));
	cr_assert_eq(user->extra_count, 3);
	cr_assert(span_eq(user->extras[1].key, SPAN("example.com/team")));
	cr_assert(span_eq(user->extras[1].value, SPAN("blue")));
	cr_assert(span_eq(user->extras[2].key, SPAN("Ab_%")));
	assert_writes(user, ALL);
	user_info_unref(user);
}

Test(impersonation, a_name_alone_is_enough)
{
	struct user_info *user = read_from("impersonate-user: alice\n");

	cr_assert(user);
	assert_writes(user, "impersonate-user: alice\n");
	user_info_unref(user);
}

Test(impersonation, nothing_is_written_that_would_be_read_as_two)
{
	struct user_info *user = user_info_new(SPAN("alice"));

	cr_assert_eq(user_info_add_extra(
			     user, SPAN("a: b\nimpersonate-user"), SPAN("x")),
		0);
	assert_writes(user,
		"impersonate-user: alice\n"
		"impersonate-extra-a%3a%20b%0aimpersonate-user: x\n");
	user_info_unref(user);
}

Test(impersonation, what_the_api_server_might_read_otherwise_is_refused)
{
	static const char *const BAD[] = {
		"",
		"impersonate-group: team-a\n",
		"impersonate-user: \n",
		"impersonate-user:  alice\n",
		"impersonate-user: alice \n",
		"impersonate-user: a\tb\n",
		"impersonate-user: a\x7f" "b\n",
		"impersonate-user: alice\nimpersonate-user: bob\n",
		"impersonate-user: alice\nimpersonate-user: alice\n",
		"impersonate_user: alice\n",
		"impersonate-user: alice\nimpersonate_group: a\n",
		"impersonate-user: alice\nimpersonate-other: a\n",
		"impersonate-user: alice\nimpersonate-group: \n",
		"impersonate-user: al\xffice\n",
		"impersonate-user: alice\nimpersonate-extra-%ff: a\n",
		"impersonate-user: alice\nimpersonate-uid: 1\n"
		"impersonate-uid: 2\n",
		"impersonate-user: alice\nimpersonate-uid: \n",
		"impersonate-user: alice\nimpersonate-extra-: a\n",
		"impersonate-user: alice\nimpersonate-extra-a%2: a\n",
		"impersonate-user: alice\nimpersonate-extra-a%zz: a\n",
		"impersonate-user: alice\nimpersonate-extra-a: \n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(BAD); i++)
		cr_expect_null(read_from(BAD[i]), "%s", BAD[i]);
}

Test(impersonation, more_groups_than_anybody_has_are_refused)
{
	struct buf text = BUF_INIT;

	buf_append_str(&text, "impersonate-user: alice\n");
	for (int i = 0; i < USER_INFO_GROUPS_MAX + 1; i++)
		buf_printf(&text, "impersonate-group: g%d\n", i);
	cr_assert_null(read_from(buf_cstr(&text)));
	buf_fini(&text);
}
