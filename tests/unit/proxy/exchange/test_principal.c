/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a bearer token names. */
#include "proxy/exchange/principal.h"

#include <criterion/criterion.h>
#include <string.h>

#include "conf/base64.h"

static const struct hash_key KEY = { 1, 2 };

/* "Bearer x.CLAIMS.SIGNATURE", as RFC 7515 writes it. */
static uint64_t of_claims(const char *claims, const char *signature)
{
	struct buf token = BUF_INIT, coded = BUF_INIT;
	uint64_t principal;

	base64_encode(span_str(claims), &coded);
	for (size_t i = coded.start; i < coded.end; i++) {
		char *c = &coded.data[i];

		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	}
	while (coded.end > coded.start && coded.data[coded.end - 1] == '=')
		coded.end--;
	buf_printf(&token, "Bearer eyJ9.%.*s.%s", SPAN_ARG(buf_span(&coded)),
		signature);
	principal = principal_of(&KEY, buf_span(&token));
	buf_fini(&token);
	buf_fini(&coded);
	return principal;
}

Test(principal, a_renewed_token_names_the_same_one)
{
	uint64_t first = of_claims(
		"{\"iss\":\"https://k\",\"sub\":\"a:b\",\"exp\":1}", "s");

	cr_expect_eq(first,
		of_claims("{\"exp\":22,\"sub\":\"a:b\","
			  "\"iss\":\"https://k\"}",
			"other"));
	cr_expect_neq(first,
		of_claims("{\"iss\":\"https://k\",\"sub\":\"a:c\"}", "s"));
	cr_expect_neq(first,
		of_claims("{\"iss\":\"https://l\",\"sub\":\"a:b\"}", "s"));
}

static void expect_subject(const char *claims, const char *expected)
{
	struct buf coded = BUF_INIT, token = BUF_INIT, subject = BUF_INIT;
	bool is_said;

	base64_encode(span_str(claims), &coded);
	while (coded.end > coded.start && coded.data[coded.end - 1] == '=')
		coded.end--;
	buf_printf(&token, "Bearer eyJ9.%.*s.s", SPAN_ARG(buf_span(&coded)));
	is_said = principal_subject(buf_span(&token), &subject);
	cr_expect_eq(is_said, expected != NULL, "%s", claims);
	if (expected)
		cr_expect_str_eq(buf_cstr(&subject), expected);
	else
		cr_expect_eq(buf_len(&subject), 0);
	buf_fini(&coded);
	buf_fini(&token);
	buf_fini(&subject);
}

Test(principal, the_subject_is_shown_where_it_is_plain)
{
	expect_subject("{\"iss\":\"k\",\"sub\":\"a:b\"}", "a:b");
	expect_subject("{\"iss\":\"k\",\"sub\":\"a\\u0062\"}", NULL);
	expect_subject("{\"sub\":\"a\"}", NULL);
	expect_subject("x", NULL);
}

Test(principal, who_does_not_say_it_is_the_token_itself)
{
	static const char *const CLAIMS[] = { "{\"sub\":\"a\"}",
		"{\"iss\":\"a\"}", "{\"iss\":1,\"sub\":\"a\"}",
		"{\"iss\":\"a\",\"sub\":\"\"}", "[]", "",
		"{\"iss\":\"a\",\"sub\":\"b\"" };

	for (size_t i = 0; i < ARRAY_SIZE(CLAIMS); i++)
		cr_expect_neq(of_claims(CLAIMS[i], "s"),
			of_claims(CLAIMS[i], "t"), "%s", CLAIMS[i]);
}

/* To such the API server answers as to anybody, with 200 for /version. */
Test(principal, what_the_api_server_takes_for_no_token_is_itself)
{
	static const char CLAIMS[] = "eyJpc3MiOiJrIiwic3ViIjoiYSJ9";
	static const char *const BEFORE[] = { "Basic e", "Bearer  e",
		"Bearer x e", "Bearer\te", " Bearer e", "e" };
	struct buf text = BUF_INIT;
	uint64_t named;

	buf_printf(&text, "bearer e.%s.s", CLAIMS);
	named = principal_of(&KEY, buf_span(&text));
	buf_clear(&text);
	buf_printf(&text, "Bearer e.%s.t", CLAIMS);
	cr_expect_eq(principal_of(&KEY, buf_span(&text)), named);
	for (size_t i = 0; i < ARRAY_SIZE(BEFORE); i++) {
		buf_clear(&text);
		buf_printf(&text, "%s.%s.s", BEFORE[i], CLAIMS);
		cr_expect_neq(principal_of(&KEY, buf_span(&text)), named, "%s",
			BEFORE[i]);
	}
	buf_clear(&text);
	buf_printf(&text, "Bearer e.%s.s x", CLAIMS);
	cr_expect_neq(principal_of(&KEY, buf_span(&text)), named);
	buf_fini(&text);
}

Test(principal, of_any_text_there_is_one)
{
	static const char *const TEXTS[] = { "", "Bearer", "Bearer ", "Bearer x",
		"Bearer a.b", "Bearer ..", "Bearer .=.", "Basic YTpi",
		"Bearer a.b.c.d" };

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(principal_of(&KEY, span_str(TEXTS[i])),
				principal_of(&KEY, span_str(TEXTS[j])));
}
