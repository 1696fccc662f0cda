/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/review_text.h"

#include <criterion/criterion.h>

#include "proxy/identity/user_info.h"

/* ---- what is asked --------------------------------------------------------- */

static void assert_asks(const struct access *access, const char *group,
	const char *resource, const char *subresource, const char *ns,
	const char *name)
{
	cr_expect(span_eq_str(access->verb, "impersonate"));
	cr_expect(span_eq_str(access->group, group), "%s", group);
	cr_expect(span_eq_str(access->resource, resource), "%s", resource);
	cr_expect(span_eq_str(access->subresource, subresource));
	cr_expect(span_eq_str(access->ns, ns), "%s", ns);
	cr_expect(span_eq_str(access->name, name), "%s", name);
}

#define ASKS(part, ...)                                             \
	do {                                                        \
		struct access access_ = access_of(wanted, (part));  \
		assert_asks(&access_, __VA_ARGS__);                 \
	} while (0)

Test(review_text, every_part_of_somebody_is_asked_about)
{
	struct user_info *wanted = user_info_new(SPAN("alice"));

	user_info_add_group(wanted, SPAN("a"));
	user_info_add_group(wanted, SPAN("b"));
	user_info_set_uid(wanted, SPAN("u"));
	user_info_add_extra(wanted, SPAN("x/y"), SPAN("1"));
	user_info_add_extra(wanted, SPAN("x/y"), SPAN("2"));
	cr_assert_eq(access_count(wanted), 6);
	ASKS(0, "", "users", "", "", "alice");
	ASKS(1, "authentication.k8s.io", "uids", "", "", "u");
	ASKS(2, "", "groups", "", "", "a");
	ASKS(3, "", "groups", "", "", "b");
	ASKS(4, "authentication.k8s.io", "userextras", "x/y", "", "1");
	ASKS(5, "authentication.k8s.io", "userextras", "x/y", "", "2");
	user_info_unref(wanted);
}

Test(review_text, a_service_account_is_one_and_what_looks_like_one_is_a_user)
{
	static const struct {
		const char *user, *resource, *ns, *name;
	} CASES[] = {
		{ "system:serviceaccount:argo:x", "serviceaccounts", "argo",
			"x" },
		{ "system:serviceaccount::x", "users", "",
			"system:serviceaccount::x" },
		{ "system:serviceaccount:argo:", "users", "",
			"system:serviceaccount:argo:" },
		{ "system:serviceaccount:argo", "users", "",
			"system:serviceaccount:argo" },
		{ "system:serviceaccount:a:b:c", "users", "",
			"system:serviceaccount:a:b:c" },
		{ "System:serviceaccount:a:b", "users", "",
			"System:serviceaccount:a:b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		struct user_info *wanted =
			user_info_new(span_str(CASES[i].user));

		ASKS(0, "", CASES[i].resource, "", CASES[i].ns, CASES[i].name);
		user_info_unref(wanted);
	}
}

Test(review_text, a_token_is_quoted)
{
	struct buf body = BUF_INIT;

	review_write_token(SPAN("a\"b\\c"), &body);
	cr_assert_str_eq(buf_cstr(&body),
		"{\"apiVersion\":\"authentication.k8s.io/v1\","
		"\"kind\":\"TokenReview\",\"spec\":{\"token\":\"a\\\"b\\\\c\"}}"
		"\n");
	buf_fini(&body);
}

Test(review_text, who_asks_is_said_in_full)
{
	struct user_info *who = user_info_new(SPAN("alice"));
	struct access access = { SPAN("impersonate"), SPAN("g"), SPAN("r"),
		SPAN("s"), SPAN("n"), SPAN("x\"y") };
	struct buf body = BUF_INIT;

	user_info_add_group(who, SPAN("a"));
	user_info_set_uid(who, SPAN("u"));
	user_info_add_extra(who, SPAN("k"), SPAN("1"));
	user_info_add_extra(who, SPAN("l"), SPAN("2"));
	user_info_add_extra(who, SPAN("k"), SPAN("3"));
	review_write_access(who, &access, &body);
	cr_assert_str_eq(buf_cstr(&body),
		"{\"apiVersion\":\"authorization.k8s.io/v1\","
		"\"kind\":\"SubjectAccessReview\",\"spec\":{\"user\":\"alice\","
		"\"uid\":\"u\",\"groups\":[\"a\",\"system:authenticated\"],"
		"\"extra\":{\"k\":[\"1\",\"3\"],\"l\":[\"2\"]},"
		"\"resourceAttributes\":{\"verb\":\"impersonate\","
		"\"group\":\"g\",\"version\":\"v1\",\"resource\":\"r\","
		"\"subresource\":\"s\",\"namespace\":\"n\","
		"\"name\":\"x\\\"y\"}}}\n");
	buf_fini(&body);
	user_info_unref(who);
}

/* ---- what is answered ------------------------------------------------------ */

#define TOKEN_ANSWER(status) \
	"{\"kind\":\"TokenReview\",\"spec\":{\"token\":\"x\"},\"status\":" \
	status "}"

Test(review_text, a_token_is_somebodys)
{
	struct user_info *user = NULL;

	cr_assert_eq(review_read_token(
			     SPAN(TOKEN_ANSWER(
				     "{\"authenticated\":true,\"user\":{"
				     "\"username\":\"system:\\u0061\","
				     "\"uid\":\"1\",\"groups\":[\"g\",\"h\"],"
				     "\"extra\":{\"k\":[\"v\"]}},"
				     "\"audiences\":[\"x\"]}")),
			     &user),
		0);
	cr_assert(user);
	cr_assert(span_eq_str(user->user, "system:a"));
	cr_assert_eq(user->group_count, 2);
	cr_assert(span_eq_str(user->groups[1], "h"));
	user_info_unref(user);
}

Test(review_text, a_token_is_nobodys)
{
	static const char *const ANSWERS[] = {
		TOKEN_ANSWER("{\"user\":{},\"error\":\"[invalid]\"}"),
		TOKEN_ANSWER("{\"authenticated\":false}"),
		TOKEN_ANSWER("{}"),
		TOKEN_ANSWER("{\"user\":{\"username\":\"admin\"}}"),
		TOKEN_ANSWER("{\"authenticated\":true,"
			     "\"authenticated\":false}"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(ANSWERS); i++) {
		struct user_info *user = user_info_new(SPAN("x"));
		struct user_info *said = user;

		cr_expect_eq(
			review_read_token(span_str(ANSWERS[i]), &said), 0);
		cr_expect_null(said, "%s", ANSWERS[i]);
		user_info_unref(user);
	}
}

Test(review_text, what_does_not_say_whose_it_is_is_no_answer)
{
	static const char *const ANSWERS[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"kind\":\"TokenReview\"}",
		"{\"kind\":\"Status\",\"status\":{\"authenticated\":true}}",
		"{\"Kind\":\"TokenReview\",\"status\":{}}",
		"{\"kind\":\"TokenReview\",\"status\":\"Failure\"}",
		"{\"kind\":\"TokenReview\",\"Status\":{}}",
		TOKEN_ANSWER("{\"authenticated\":true}"),
		TOKEN_ANSWER("{\"authenticated\":true,\"user\":{}}"),
		TOKEN_ANSWER("{\"authenticated\":true,\"user\":{"
			     "\"username\":\"\"}}"),
		TOKEN_ANSWER("{\"authenticated\":true,\"user\":{"
			     "\"username\":1}}"),
		TOKEN_ANSWER("{\"authenticated\":true,\"user\":\"a\"}"),
		TOKEN_ANSWER("{\"authenticated\":\"true\"}"),
		TOKEN_ANSWER("{\"authenticated\":1}"),
		TOKEN_ANSWER("{\"authenticated\":true,\"user\":{"
			     "\"username\":\"a\",\"groups\":\"b\"}}"),
		TOKEN_ANSWER("{\"authenticated\":true,\"user\":{"
			     "\"username\":\"a\",\"groups\":[1]}}"),
		TOKEN_ANSWER("{},\"status\":{\"authenticated\":false}"),
		TOKEN_ANSWER("{}") "x",
		("{\"kind\":\"TokenReview\",\"status\":{"
		 "\"authenticated\":true,\"user\":{\"username\":\"a\""),
	};

	for (size_t i = 0; i < ARRAY_SIZE(ANSWERS); i++) {
		struct user_info *user = NULL;

		cr_expect_eq(review_read_token(span_str(ANSWERS[i]), &user),
			-1, "%s", ANSWERS[i]);
		user_info_unref(user);
	}
}

#define ACCESS_ANSWER(status) \
	"{\"kind\":\"SubjectAccessReview\",\"status\":" status "}"

Test(review_text, only_a_clear_yes_is_one)
{
	static const struct {
		const char *answer;
		int result;
		bool is_allowed;
	} CASES[] = {
		{ ACCESS_ANSWER("{\"allowed\":true,\"reason\":\"x\"}"), 0,
			true },
		{ ACCESS_ANSWER("{\"allowed\":true,\"denied\":false}"), 0,
			true },
		{ ACCESS_ANSWER("{\"allowed\":false}"), 0, false },
		{ ACCESS_ANSWER("{\"allowed\":true,\"denied\":true}"), 0,
			false },
		{ ACCESS_ANSWER("{}"), 0, false },
		{ ACCESS_ANSWER("{\"allowed\":\"true\"}"), -1, false },
		{ ACCESS_ANSWER("{\"allowed\":null}"), -1, false },
		{ TOKEN_ANSWER("{\"allowed\":true}"), -1, false },
		{ "{\"status\":{\"allowed\":true}}", -1, false },
		{ ACCESS_ANSWER("{\"allowed\":true") , -1, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
		bool is_allowed = false;

		cr_expect_eq(review_read_access(
				     span_str(CASES[i].answer), &is_allowed),
			CASES[i].result, "%s", CASES[i].answer);
		cr_expect_eq(is_allowed, CASES[i].is_allowed, "%s",
			CASES[i].answer);
	}
}
