/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/server_url.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect(
	const char *text, const char *host, unsigned port, const char *prefix)
{
	struct server_url url;
	struct err err = { "" };

	cr_assert_eq(server_url_parse(span_str(text), &url, &err), 0, "%s: %s",
		text, err.text);
	cr_expect_str_eq(url.host, host);
	cr_expect_eq(url.port, port);
	cr_expect_str_eq(url.prefix, prefix);
	server_url_fini(&url);
}

static void expect_refused(const char *text, const char *why)
{
	struct server_url url;
	struct err err = { "" };

	cr_assert_eq(
		server_url_parse(span_str(text), &url, &err), -1, "%s", text);
	cr_expect_str_eq(err.text, why);
}

Test(server_url, host_port_and_prefix)
{
	expect("https://example.org", "example.org", 443, "");
	expect("https://example.org/", "example.org", 443, "");
	expect("HTTPS://example.org:6443", "example.org", 6443, "");
	expect("https://10.0.0.1:6443", "10.0.0.1", 6443, "");
	expect("https://[::1]:6443", "::1", 6443, "");
	expect("https://[fd00::1]", "fd00::1", 443, "");
	expect("https://r.example/k8s/clusters/c-m-x", "r.example", 443,
		"/k8s/clusters/c-m-x");
	expect("https://r.example:8443/k8s//", "r.example", 8443, "/k8s");
	expect("https://my_host:65535", "my_host", 65535, "");
	expect("localhost:6443", "localhost", 6443, "");
}

Test(server_url, what_is_no_api_server_is_refused)
{
	static const char SCHEME[] =
		"only https:// is supported towards the API server";
	static const char PORT[] = "the port must be 1 to 65535";
	static const char V6[] = "what stands in [ ] is no IPv6 address";
	static const char HOST[] = "the host is no name or address";

	expect_refused("http://localhost:8080", SCHEME);
	expect_refused("unix:///run/x", SCHEME);
	expect_refused("https://", HOST);
	expect_refused("", HOST);
	expect_refused("https://a b", HOST);
	expect_refused("https://a%20b", HOST);
	expect_refused("https://a:0", PORT);
	expect_refused("https://a:65536", PORT);
	expect_refused("https://a:", PORT);
	expect_refused("https://a:1x", PORT);
	expect_refused("https://a:-1", PORT);
	expect_refused("https://[::1", V6);
	expect_refused("https://[]:1", V6);
	expect_refused("https://[a.b]:1", V6);
	expect_refused("https://[::1]x", "only \":PORT\" may follow a \"]\"");
	expect_refused("https://::1", "put an IPv6 address into [ ]");
	expect_refused(
		"https://user@a", "a user name has no place in a server's URL");
	expect_refused("https://a/b?c",
		"a query or fragment has no place in a server's URL");
	expect_refused("https://a#b",
		"a query or fragment has no place in a server's URL");
	expect_refused("https://a/b c",
		"the path has a character that must be percent-encoded");
	expect_refused("https://a/\xc3\xa9",
		"the path has a character that must be percent-encoded");
}

static int split(const char *text, const char *host, unsigned port)
{
	struct span found;
	uint16_t number;
	struct err err;

	if (host_port_split(span_str(text), &found, &number, &err))
		return -1;
	return span_eq_str(found, host) && number == port ? 0 : 1;
}

Test(host_port, both_parts_are_needed)
{
	cr_assert_eq(split("127.0.0.1:7443", "127.0.0.1", 7443), 0);
	cr_assert_eq(split("[::1]:0", "::1", 0), 0);
	cr_assert_eq(split("[::]:65535", "::", 65535), 0);
	cr_assert_eq(split("localhost:1", "localhost", 1), 0);
	cr_assert_eq(split("localhost", "", 0), -1);
	cr_assert_eq(split(":7443", "", 0), -1);
	cr_assert_eq(split("::1:7443", "", 0), -1);
	cr_assert_eq(split("localhost:65536", "", 0), -1);
	cr_assert_eq(split("localhost: 1", "", 0), -1);
	cr_assert_eq(split("[::1]", "", 0), -1);
	cr_assert_eq(split("", "", 0), -1);
}

static bool joins(const char *host, unsigned port, const char *wanted)
{
	char *joined = host_port_join(span_str(host), port);
	bool is_so = strcmp(joined, wanted) == 0;

	free(joined);
	return is_so;
}

Test(host_port, joined_as_it_is_split)
{
	cr_assert(joins("127.0.0.1", 7443, "127.0.0.1:7443"));
	cr_assert(joins("::1", 0, "[::1]:0"));
	cr_assert(joins("localhost", 65535, "localhost:65535"));
}
