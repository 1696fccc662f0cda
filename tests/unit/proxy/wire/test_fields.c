/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/fields.h"

#include <criterion/criterion.h>
#include <stdio.h>

static enum field_name token_of(const char *name)
{
	return field_name_of(span_str(name));
}

struct known {
	const char *name;
	enum field_name token;
};

Test(fields, every_name_that_we_look_at_is_found)
{
	static const struct known known[] = {
		{ ":method", FIELD_METHOD },
		{ ":scheme", FIELD_SCHEME },
		{ ":authority", FIELD_AUTHORITY },
		{ ":path", FIELD_PATH },
		{ ":status", FIELD_STATUS },
		{ ":protocol", FIELD_PROTOCOL },
		{ "authorization", FIELD_AUTHORIZATION },
		{ "content-type", FIELD_CONTENT_TYPE },
		{ "content-length", FIELD_CONTENT_LENGTH },
		{ "content-encoding", FIELD_CONTENT_ENCODING },
		{ "user-agent", FIELD_USER_AGENT },
		{ "host", FIELD_HOST },
		{ "retry-after", FIELD_RETRY_AFTER },
		{ "audit-id", FIELD_AUDIT_ID },
		{ "traceparent", FIELD_TRACEPARENT },
		{ "x-kubernetes-pf-flowschema-uid", FIELD_PF_FLOWSCHEMA_UID },
		{ "x-kubernetes-pf-prioritylevel-uid",
			FIELD_PF_PRIORITYLEVEL_UID },
		{ "connection", FIELD_CONNECTION },
		{ "keep-alive", FIELD_KEEP_ALIVE },
		{ "proxy-connection", FIELD_PROXY_CONNECTION },
		{ "proxy-authenticate", FIELD_PROXY_AUTHENTICATE },
		{ "proxy-authorization", FIELD_PROXY_AUTHORIZATION },
		{ "te", FIELD_TE },
		{ "trailer", FIELD_TRAILER },
		{ "transfer-encoding", FIELD_TRANSFER_ENCODING },
		{ "upgrade", FIELD_UPGRADE },
		{ "expect", FIELD_EXPECT },
		{ "x-remote-user", FIELD_X_REMOTE },
		{ "x-remote-extra-scopes", FIELD_X_REMOTE },
		{ "impersonate-user", FIELD_IMPERSONATE },
		{ "impersonate-extra-scopes", FIELD_IMPERSONATE },
		{ "x-fairway-lane", FIELD_X_FAIRWAY },
		{ "forwarded", FIELD_FORWARDED },
		{ "x-forwarded-for", FIELD_FORWARDED },
	};
	bool found[FIELD_NAME_COUNT] = { [FIELD_OTHER] = true };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		cr_assert_eq(token_of(known[i].name), known[i].token, "%s",
			known[i].name);
		found[known[i].token] = true;
	}
	for (unsigned i = 0; i < FIELD_NAME_COUNT; i++)
		cr_assert(found[i], "name %u is in no line above", i);
}

Test(fields, identity_is_found_in_every_spelling)
{
	/* Some servers read _ as -, so both are the same name here. */
	cr_assert_eq(token_of("x_remote_user"), FIELD_X_REMOTE);
	cr_assert_eq(token_of("x-remote_group"), FIELD_X_REMOTE);
	cr_assert_eq(token_of("x_remote-extra-a"), FIELD_X_REMOTE);
	cr_assert_eq(token_of("x-remote-"), FIELD_X_REMOTE);
	cr_assert_eq(token_of("impersonate_user"), FIELD_IMPERSONATE);
	cr_assert_eq(token_of("x_fairway_lane"), FIELD_X_FAIRWAY);
}

Test(fields, names_that_only_look_alike_are_others)
{
	static const char *const others[] = {
		"",
		"x",
		"x-remote",
		"x-remot-user",
		"xx-remote-user",
		"impersonate",
		":methoe",
		":paths",
		"hosts",
		"content-typf",
		"audit-ie",
		"x-kubernetes-pf-flowschema-uie",
		"trailers",
		"a-name-that-is-longer-than-all-that-are-known-to-us",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		cr_assert_eq(token_of(others[i]), FIELD_OTHER, "%s", others[i]);
}

Test(fields, keep_order_and_duplicates)
{
	struct fields fields = FIELDS_INIT;

	fields_add(&fields, SPAN("warning"), SPAN("one"));
	fields_add(&fields, SPAN("content-type"), SPAN("application/json"));
	fields_add_static(&fields, SPAN("warning"), SPAN("two"));
	cr_assert_eq(fields.count, 3);
	cr_assert(span_eq_str(fields.items[0].value, "one"));
	cr_assert(span_eq_str(fields.items[2].value, "two"));
	cr_assert_eq(
		fields_find(&fields, FIELD_CONTENT_TYPE), &fields.items[1]);
	cr_assert_null(fields_find(&fields, FIELD_HOST));
	cr_assert(span_is_absent(fields_value(&fields, FIELD_HOST)));
	cr_assert_eq(fields_count_of(&fields, FIELD_OTHER), 2);
	fields_clear(&fields);
	cr_assert_eq(fields.count, 0);
	cr_assert_eq(fields.bytes, 0);
}

Test(fields, count_bytes_as_http2_does)
{
	struct fields fields = FIELDS_INIT;

	fields_add(&fields, SPAN("ab"), SPAN("cde"));
	cr_assert_eq(fields.bytes, 37);
	fields_add_static(&fields, SPAN("x"), SPAN(""));
	cr_assert_eq(fields.bytes, 70);
	fields_clear(&fields);
}

Test(fields, copies_outlive_what_they_were_made_from)
{
	struct fields fields = FIELDS_INIT;
	char name[] = "user-agent", value[] = "argo/3.6";

	fields_add(&fields, span_str(name), span_str(value));
	memset(name, 'x', sizeof(name) - 1);
	memset(value, 'x', sizeof(value) - 1);
	cr_assert(span_eq_str(
		fields_value(&fields, FIELD_USER_AGENT), "argo/3.6"));
	fields_clear(&fields);
}

Test(fields, references_outlive_the_message_they_came_from)
{
	struct fields one = FIELDS_INIT, two = FIELDS_INIT;

	fields_add(&one, SPAN("authorization"), SPAN("Bearer abc"));
	fields_add_static(&one, SPAN(":path"), SPAN("/api"));
	fields_add_ref(&two, &one.items[1]);
	fields_add_ref(&two, &one.items[0]);
	fields_clear(&one);
	cr_assert_eq(two.bytes, 5 + 4 + 32 + 13 + 10 + 32);
	cr_assert(span_eq_str(fields_value(&two, FIELD_PATH), "/api"));
	cr_assert(span_eq_str(
		fields_value(&two, FIELD_AUTHORIZATION), "Bearer abc"));
	cr_assert(fields_find(&two, FIELD_AUTHORIZATION)->never_index);
	fields_clear(&two);
}

Test(fields, secrets_and_what_is_unique_stay_out_of_the_table)
{
	struct fields fields = FIELDS_INIT;

	fields_add(&fields, SPAN("authorization"), SPAN("Bearer abc"));
	fields_add(&fields, SPAN("audit-id"), SPAN("5c4b"));
	fields_add(&fields, SPAN("content-type"), SPAN("application/json"));
	cr_assert(fields.items[0].never_index);
	cr_assert(fields.items[1].no_index);
	cr_assert_not(fields.items[1].never_index);
	cr_assert_not(fields.items[2].never_index || fields.items[2].no_index);
	/* A number that is made for each response, and a name. */
	fields_add(&fields, SPAN("x-fairway-wait"), SPAN("12ms"));
	fields_add_static(&fields, SPAN("x-fairway-lane"), SPAN("reads"));
	cr_assert(fields.items[3].no_index);
	cr_assert_not(fields.items[4].no_index);
	fields_clear(&fields);
}

Test(fields, grow_as_needed)
{
	struct fields fields = FIELDS_INIT;
	char name[16];

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		fields_add(&fields, span_str(name), SPAN("v"));
	}
	cr_assert_eq(fields.count, 1000);
	cr_assert(span_eq_str(fields.items[999].name, "n999"));
	cr_assert(span_eq_str(fields.items[0].name, "n0"));
	fields_clear(&fields);
}
