/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is let in and what goes on: rows H1 to H11 of the threat model.
 */
#include "proxy/exchange/request_head.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "proxy/identity/user_info.h"

static const struct request_head_rules plain = { .key = { 1, 2 } };
static const struct request_head_rules cleartext = {
	.is_cleartext = true,
	.key = { 1, 2 },
};
static const struct request_head_rules lending = {
	.is_cleartext = true,
	.lends_credentials = true,
	.key = { 1, 2 },
};
static const struct request_head_rules own = {
	.has_own_credentials = true,
	.key = { 1, 2 },
};

#define GOOD                           \
	":method: GET\n"               \
	":scheme: https\n"             \
	":authority: localhost:7443\n" \
	":path: /api/v1/pods?limit=5\n"

static struct fields made_of(const char *lines)
{
	struct span rest = span_str(lines);
	struct fields fields = FIELDS_INIT;

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		bool is_pseudo = line.ptr[0] == ':';
		struct span value = span_skip(line, is_pseudo ? 1 : 0);
		struct span name = span_cut(&value, ':');

		if (is_pseudo)
			name = span_of(line.ptr, name.len + 1);
		fields_add_static(&fields, name, span_trim(value));
	}
	return fields;
}

static enum verdict verdict_of(
	const char *lines, const struct request_head_rules *rules)
{
	struct fields fields = made_of(lines);
	struct request_head head;
	enum verdict verdict = request_head_read(&fields, rules, &head);

	fields_clear(&fields);
	return verdict;
}

static struct request_head read_from(const struct fields *fields)
{
	struct request_head head;

	cr_assert_eq(request_head_read(fields, &plain, &head), VERDICT_NONE);
	return head;
}

Test(request_head, what_fairway_wants_to_know_is_read)
{
	struct fields fields = made_of(":method: PATCH\n"
				       ":scheme: https\n"
				       ":authority: x\n"
				       ":path: /p?q\n"
				       "content-type: application/json\n"
				       "content-encoding: gzip\n"
				       "content-length: 32\n"
				       "user-agent: argo\n"
				       "expect: 100-Continue\n");
	struct request_head head = read_from(&fields);

	cr_assert(span_eq_str(head.method, "PATCH"));
	cr_assert(span_eq_str(head.path, "/p?q"));
	cr_assert(span_eq_str(head.content_type, "application/json"));
	cr_assert(span_eq_str(head.content_encoding, "gzip"));
	cr_assert(span_eq_str(head.user_agent, "argo"));
	cr_assert_eq(head.content_length, 32);
	cr_assert(head.expects_continue);
	cr_assert_not(head.is_head);
	cr_assert_eq(head.impersonation, 0);
	cr_assert(span_is_absent(head.authorization));
	fields_clear(&fields);
}

Test(request_head, methods_of_the_api_server_and_no_others)
{
	static const char *const good[] = { "GET", "HEAD", "POST", "PUT",
		"PATCH", "DELETE", "OPTIONS" };
	static const char *const bad[] = { "get", "Get", "TRACE", "CONNECT",
		"PROPFIND", "GETX", "PUT ", "MOVE", "LINK" };
	char lines[256];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		snprintf(lines, sizeof(lines),
			":method: %s\n:authority: a\n:path: /\n", good[i]);
		cr_assert_eq(
			verdict_of(lines, &plain), VERDICT_NONE, "%s", good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fields fields = FIELDS_INIT;
		struct request_head head;

		fields_add_static(&fields, SPAN(":method"), span_str(bad[i]));
		fields_add_static(&fields, SPAN(":authority"), SPAN("a"));
		fields_add_static(&fields, SPAN(":path"), SPAN("/"));
		cr_assert_eq(request_head_read(&fields, &plain, &head),
			VERDICT_METHOD, "%s", bad[i]);
		fields_clear(&fields);
	}
	/* Extended CONNECT (RFC 8441) was never offered. */
	cr_assert_eq(verdict_of(GOOD ":protocol: websocket\n", &plain),
		VERDICT_BAD_REQUEST);
}

Test(request_head, paths_that_somebody_might_read_differently)
{
	static const char *const bad[] = { "", "*", "api", "http://a/api",
		"/a b", "/a#b", "/a\x7f", "/a\x01", "/\xc3\xa4", "//\t",
		"/a?b=#" };
	static const char *const good[] = { "/", "//", "/a%00b",
		"/api/v1/namespaces/a%2Fb/pods", "/a/../b", "/a;b?c=d&e" };

	for (size_t i = 0; i < ARRAY_SIZE(bad) + ARRAY_SIZE(good); i++) {
		bool is_good = i >= ARRAY_SIZE(bad);
		const char *path = is_good ? good[i - ARRAY_SIZE(bad)] : bad[i];
		struct fields fields = FIELDS_INIT;
		struct request_head head;

		fields_add_static(&fields, SPAN(":method"), SPAN("GET"));
		fields_add_static(&fields, SPAN(":authority"), SPAN("a"));
		fields_add_static(&fields, SPAN(":path"), span_str(path));
		cr_assert_eq(request_head_read(&fields, &plain, &head),
			is_good ? VERDICT_NONE : VERDICT_BAD_REQUEST, "%s",
			path);
		fields_clear(&fields);
	}
}

Test(request_head, authorities)
{
	static const char *const good[] = { "localhost", "127.0.0.1:7443",
		"[::1]:7443", "[fe80::1%25eth0]", "a.b-c_d:1", "K8S" };
	static const char *const bad[] = { "", ":7443", "a:", "a:b", "a:99999",
		"a:123456", "user@host", "host/path", "host?q", "host#f", "a b",
		"a\tb", "[::1", "[]:1", "[::1]x", "a,b", "a\\b", "a:1:2" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(request_authority_is_valid(span_str(good[i])), "%s",
			good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_not(request_authority_is_valid(span_str(bad[i])),
			"%s", bad[i]);
}

Test(request_head, host_and_authority_say_the_same_or_one_is_missing)
{
	static const struct {
		const char *lines;
		enum verdict verdict;
	} cases[] = {
		{ ":authority: a:1\nhost: a:1\n", VERDICT_NONE },
		{ ":authority: a:1\nhost: A:1\n", VERDICT_NONE },
		{ "host: a:1\n", VERDICT_NONE },
		{ ":authority: a:1\nhost: b:1\n", VERDICT_BAD_REQUEST },
		{ ":authority: a:1\nhost: a\n", VERDICT_BAD_REQUEST },
		{ ":authority: a:1\nhost: a:1\nhost: a:1\n",
			VERDICT_BAD_REQUEST },
		{ "host: a\nhost: b\n", VERDICT_BAD_REQUEST },
		{ "accept: x\n", VERDICT_BAD_REQUEST },
		{ ":authority: u@a\n", VERDICT_BAD_REQUEST },
	};
	char lines[256];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(lines, sizeof(lines), ":method: GET\n:path: /\n%s",
			cases[i].lines);
		cr_assert_eq(verdict_of(lines, &plain), cases[i].verdict, "%s",
			cases[i].lines);
	}
}

Test(request_head, one_credential_and_no_more)
{
	cr_assert_eq(verdict_of(GOOD "authorization: Bearer a\n", &plain),
		VERDICT_NONE);
	cr_assert_eq(verdict_of(GOOD "authorization: Bearer a\n"
				     "authorization: Bearer a\n",
			     &plain),
		VERDICT_BAD_REQUEST);
}

Test(request_head, two_lengths_or_an_unknown_expectation)
{
	cr_assert_eq(verdict_of(GOOD "content-length: 5\ncontent-length: 5\n",
			     &plain),
		VERDICT_BAD_REQUEST);
	cr_assert_eq(verdict_of(GOOD "content-length: 5,5\n", &plain),
		VERDICT_BAD_REQUEST);
	cr_assert_eq(verdict_of(GOOD "content-length: -1\n", &plain),
		VERDICT_BAD_REQUEST);
	cr_assert_eq(verdict_of(GOOD "expect: 200-ok\n", &plain),
		VERDICT_BAD_REQUEST);
}

Test(request_head, nobody_impersonates_with_fairways_own_certificate)
{
	static const char *const names[] = { "impersonate-user",
		"impersonate-group", "impersonate-uid",
		"impersonate-extra-scopes" };
	char lines[256];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(lines, sizeof(lines), GOOD "%s: x\n", names[i]);
		cr_assert_eq(verdict_of(lines, &own), VERDICT_IMPERSONATION);
		cr_assert_eq(verdict_of(lines, &plain), VERDICT_NONE);
	}
}

static uint64_t impersonation_of(
	const char *lines, const struct request_head_rules *rules)
{
	struct fields fields = made_of(lines);
	struct request_head head;

	cr_assert_eq(request_head_read(&fields, rules, &head), VERDICT_NONE);
	fields_clear(&fields);
	return head.impersonation;
}

Test(request_head, whom_a_credential_wants_to_be_is_told_apart)
{
	const struct request_head_rules other = { .key = { 3, 4 } };
	uint64_t x = impersonation_of(GOOD "impersonate-user: x\n", &plain);
	uint64_t y = impersonation_of(GOOD "impersonate-user: y\n", &plain);
	uint64_t group =
		impersonation_of(GOOD "impersonate-group: x\n", &plain);
	uint64_t both = impersonation_of(
		GOOD "impersonate-user: x\nimpersonate-group: x\n", &plain);

	cr_assert_neq(x, 0);
	cr_assert_neq(x, y);
	cr_assert_neq(x, group);
	cr_assert_neq(x, both);
	cr_assert_eq(x,
		impersonation_of(
			GOOD "accept: a\nimpersonate-user: x\n", &plain));
	/* Without the key nobody can tell. */
	cr_assert_neq(
		x, impersonation_of(GOOD "impersonate-user: x\n", &other));
	cr_assert_eq(impersonation_of(GOOD, &plain), 0);
}

static void assert_is_written(const struct request_route *route,
	const char *lines, const char *expected)
{
	struct fields in = made_of(lines), out = FIELDS_INIT;
	char text[2048];
	size_t len = 0;

	request_head_write(&in, route, &out);
	for (size_t i = 0; i < out.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"%.*s: %.*s\n", SPAN_ARG(out.items[i].name),
			SPAN_ARG(out.items[i].value));
	text[len] = '\0';
	cr_assert_str_eq(text, expected);
	fields_clear(&in);
	fields_clear(&out);
}

static void assert_goes_on_as(
	const char *lines, const char *prefix, const char *expected)
{
	const struct request_route route = {
		.authority = SPAN("10.0.0.1:443"),
		.prefix = span_str(prefix),
		.authorization = SPAN_NONE,
	};

	assert_is_written(&route, lines, expected);
}

#define WRITTEN                      \
	":method: GET\n"             \
	":scheme: https\n"           \
	":authority: 10.0.0.1:443\n" \
	":path: /api/v1/pods?limit=5\n"

Test(request_head, all_other_fields_go_on_in_their_order)
{
	assert_goes_on_as(GOOD "accept: application/json\n"
			       "accept: text/plain\n"
			       "authorization: Bearer a\n"
			       "impersonate-user: x\n"
			       "audit-id: 1\n"
			       "traceparent: 00-1-2-03\n"
			       "x-forwarded-for: 1.2.3.4\n"
			       "te: trailers\n"
			       "cookie: a=b\n",
		"",
		WRITTEN "accept: application/json\n"
			"accept: text/plain\n"
			"authorization: Bearer a\n"
			"impersonate-user: x\n"
			"audit-id: 1\n"
			"traceparent: 00-1-2-03\n"
			"x-forwarded-for: 1.2.3.4\n"
			"te: trailers\n"
			"cookie: a=b\n");
}

Test(request_head, the_authority_and_the_prefix_are_ours_the_path_is_theirs)
{
	assert_goes_on_as(":method: GET\n"
			  ":path: /a%2fb/../c?x=%00&y\n"
			  "host: evil.example\n",
		"/k8s/clusters/c1",
		":method: GET\n"
		":scheme: https\n"
		":authority: 10.0.0.1:443\n"
		":path: /k8s/clusters/c1/a%2fb/../c?x=%00&y\n");
}

Test(request_head, what_is_hop_by_hop_forged_or_ours_does_not_go_on)
{
	static const char *const dropped[] = { "connection", "keep-alive",
		"proxy-connection", "proxy-authorization", "proxy-authenticate",
		"transfer-encoding", "upgrade", "te", "expect", "host",
		"x-remote-user", "x-remote-group", "x-remote-uid",
		"x-remote-extra-scopes", "x_remote_user", "x-remote_user",
		"x_remote-group", "x_remote_extra_a", "x-fairway-lane",
		"x-fairway-rule", "x-fairway-anything" };
	char lines[256];

	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++) {
		snprintf(lines, sizeof(lines), GOOD "%s: gzip\n", dropped[i]);
		assert_goes_on_as(lines, "", WRITTEN);
	}
}

Test(request_head, trailers_say_nothing_of_who_or_where)
{
	struct fields in = made_of("x-checksum: 1\n"
				   "authorization: Bearer a\n"
				   "x-remote-user: evil\n"
				   "x_remote_group: system:masters\n"
				   "impersonate-user: admin\n"
				   "host: a\n"
				   "content-length: 5\n"
				   "content-type: a\n"
				   "transfer-encoding: chunked\n"
				   "x-forwarded-for: 1\n"
				   "x-fairway-lane: a\n");
	struct fields out = FIELDS_INIT;

	request_trailers_write(&in, &out);
	cr_assert_eq(out.count, 1);
	cr_assert(span_eq_str(out.items[0].name, "x-checksum"));
	fields_clear(&in);
	fields_clear(&out);
}

/* ---- HTTP/1.1 and cleartext ---------------------------------------------- */

#define BARE                           \
	":method: GET\n"               \
	":authority: localhost:7443\n" \
	":path: /api/v1/pods?limit=5\n"

Test(request_head, the_scheme_is_that_of_the_connection)
{
	cr_assert_eq(verdict_of(BARE, &plain), VERDICT_NONE);
	cr_assert_eq(verdict_of(BARE, &cleartext), VERDICT_NONE);
	cr_assert_eq(
		verdict_of(BARE ":scheme: http\n", &cleartext), VERDICT_NONE);
	cr_assert_eq(verdict_of(BARE ":scheme: https\n", &cleartext),
		VERDICT_BAD_REQUEST);
	cr_assert_eq(verdict_of(BARE ":scheme: http\n", &plain),
		VERDICT_BAD_REQUEST);
}

/* ---- credentials of our own ---------------------------------------------- */

static bool is_lent(const char *lines, const struct request_head_rules *rules)
{
	struct fields fields = made_of(lines);
	struct request_head head;

	cr_assert_eq(request_head_read(&fields, rules, &head), VERDICT_NONE);
	fields_clear(&fields);
	return head.is_lent;
}

Test(request_head, our_credentials_are_for_those_that_bring_none)
{
	cr_expect(is_lent(BARE, &lending));
	cr_expect_not(is_lent(BARE, &cleartext));
	cr_expect_not(is_lent(BARE "authorization: Bearer a\n", &lending));
	cr_expect_not(is_lent(BARE "authorization:\n", &lending));
}

Test(request_head, nobody_impersonates_with_credentials_that_were_lent)
{
	cr_expect_eq(verdict_of(BARE "impersonate-user: x\n", &lending),
		VERDICT_IMPERSONATION);
	cr_expect_eq(verdict_of(BARE "authorization: Bearer a\n"
				     "impersonate-user: x\n",
			     &lending),
		VERDICT_NONE);
}

Test(request_head, our_credentials_come_last)
{
	const struct request_route route = {
		.authority = SPAN("10.0.0.1:443"),
		.prefix = SPAN(""),
		.authorization = SPAN("Bearer own"),
	};

	assert_is_written(&route, BARE "accept: a\n",
		WRITTEN "accept: a\nauthorization: Bearer own\n");
}

/* ---- upgrades ------------------------------------------------------------ */

Test(request_head, an_upgrade_keeps_what_it_is_about)
{
	const struct request_route route = {
		.authority = SPAN("10.0.0.1:443"),
		.prefix = SPAN(""),
		.authorization = SPAN_NONE,
		.is_upgrade = true,
	};

	assert_is_written(&route,
		BARE "connection: Upgrade\n"
		     "upgrade: SPDY/3.1\n"
		     "x-stream-protocol-version: v4.channel.k8s.io\n"
		     "x-stream-protocol-version: v3.channel.k8s.io\n"
		     "sec-websocket-key: abc=\n"
		     "sec-websocket-version: 13\n"
		     "sec-websocket-protocol: v5.channel.k8s.io\n"
		     "content-length: 0\n"
		     "transfer-encoding: chunked\n"
		     "keep-alive: 1\n"
		     "x-remote-user: admin\n"
		     "authorization: Bearer a\n",
		WRITTEN "upgrade: SPDY/3.1\n"
			"x-stream-protocol-version: v4.channel.k8s.io\n"
			"x-stream-protocol-version: v3.channel.k8s.io\n"
			"sec-websocket-key: abc=\n"
			"sec-websocket-version: 13\n"
			"sec-websocket-protocol: v5.channel.k8s.io\n"
			"authorization: Bearer a\n");
}

/* ---- clients with certificates -------------------------------------------- */

static const struct request_head_rules certified = {
	.is_certified = true,
	.key = { 1, 2 },
};
static const struct request_head_rules reviewed = {
	.is_certified = true,
	.is_reviewed = true,
	.key = { 1, 2 },
};

Test(request_head, beside_a_certificate_there_is_no_other_credential)
{
	static const char *const LINES[] = {
		"authorization: Bearer a\n",
		"authorization: Basic YTpi\n",
		"authorization: \n",
		"sec-websocket-protocol: "
		"base64url.bearer.authorization.k8s.io.YQ\n",
		"sec-websocket-protocol: v4.channel.k8s.io, "
		"base64url.bearer.authorization.k8s.io.YQ\n",
	};
	char text[512];

	cr_assert_eq(verdict_of(GOOD, &certified), VERDICT_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(LINES); i++) {
		snprintf(text, sizeof(text), GOOD "%s", LINES[i]);
		cr_expect_eq(verdict_of(text, &certified),
			VERDICT_TWO_CREDENTIALS, "%s", LINES[i]);
		cr_expect_eq(verdict_of(text, &plain), VERDICT_NONE, "%s",
			LINES[i]);
	}
	cr_assert_eq(verdict_of(GOOD "sec-websocket-protocol: "
				     "v4.channel.k8s.io\n",
			     &certified),
		VERDICT_NONE);
}

Test(request_head, a_certificate_impersonates_only_where_that_is_reviewed)
{
	static const char lines[] = GOOD "impersonate-user: a\n";

	cr_assert_eq(verdict_of(lines, &certified), VERDICT_IMPERSONATION);
	cr_assert_eq(verdict_of(lines, &reviewed), VERDICT_NONE);
	cr_assert_eq(verdict_of(lines, &plain), VERDICT_NONE);
}

Test(request_head, whom_the_request_is_to_be_is_fairways_to_say)
{
	struct user_info *user = user_info_new(SPAN("alice"));
	const struct request_route route = {
		.authority = SPAN("10.0.0.1:443"),
		.prefix = SPAN(""),
		.authorization = SPAN("Bearer own"),
		.as = user,
	};

	user_info_add_group(user, SPAN("team"));
	assert_is_written(&route,
		BARE "impersonate-user: bob\n"
		     "impersonate-uid: 1\n"
		     "impersonate_group: x\n"
		     "impersonate-extra-a: b\n"
		     "x-remote-user: bob\n"
		     "accept: */*\n",
		WRITTEN "accept: */*\n"
			"authorization: Bearer own\n"
			"impersonate-user: alice\n"
			"impersonate-group: team\n");
	user_info_unref(user);
}
