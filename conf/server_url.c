/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/server_url.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

#define HOST_LEN_MAX 253 /* a DNS name's */
#define HTTPS_PORT 443

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9');
}

/* A DNS name or an IPv4 address; "_" is met in real names. */
static bool is_host_name(struct span host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (!is_alnum(c) && c != '.' && c != '-' && c != '_')
			return false;
	}
	return host.len > 0 && host.len <= HOST_LEN_MAX;
}

static bool is_ipv6(struct span host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* "HOST", "HOST:PORT", "[IPV6]", "[IPV6]:PORT"; the port absent or text. */
static int split(struct span text, struct span *ret_host, struct span *ret_port,
	struct err *err)
{
	struct span rest = text;

	if (span_starts_with(text, SPAN("["))) {
		rest = span_skip(text, 1);
		*ret_host = span_cut(&rest, ']');
		if (span_is_absent(rest) || !is_ipv6(*ret_host))
			return err_set(
				err, "what stands in [ ] is no IPv6 address");
		if (rest.len && rest.ptr[0] != ':')
			return err_set(
				err, "only \":PORT\" may follow a \"]\"");
		*ret_port = rest.len ? span_skip(rest, 1) : SPAN_NONE;
		return 0;
	}
	*ret_host = span_cut(&rest, ':');
	*ret_port = rest;
	if (is_ipv6(text))
		return err_set(err, "put an IPv6 address into [ ]");
	if (!is_host_name(*ret_host))
		return err_set(err, "the host is no name or address");
	return 0;
}

static int parse_port(
	struct span text, uint64_t min, uint16_t *ret_port, struct err *err)
{
	uint64_t port;

	if (span_to_u64(text, &port) || port < min || port > UINT16_MAX)
		return err_set(
			err, "the port must be %u to 65535", (unsigned)min);
	*ret_port = (uint16_t)port;
	return 0;
}

int host_port_split(struct span text, struct span *ret_host, uint16_t *ret_port,
	struct err *err)
{
	struct span host, port;

	if (split(text, &host, &port, err))
		return -1;
	if (span_is_absent(port))
		return err_set(err, "the port is missing");
	if (parse_port(port, 0, ret_port, err))
		return -1;
	*ret_host = host;
	return 0;
}

/* Takes "https://" off; no scheme at all is https, as kubectl has it. */
static int take_scheme(struct span *text, struct err *err)
{
	struct span https = SPAN("https://");

	if (text->len >= https.len &&
		span_eq_nocase(span_of(text->ptr, https.len), https)) {
		*text = span_skip(*text, https.len);
		return 0;
	}
	for (size_t i = 0; i + 2 < text->len; i++)
		if (!memcmp(text->ptr + i, "://", 3))
			return err_set(err,
				"only https:// is supported towards the API "
				"server");
	return 0;
}

char *host_port_join(struct span host, unsigned port)
{
	bool is_v6 = memchr(host.ptr, ':', host.len) != NULL;
	struct buf text = BUF_INIT;
	char *copy;

	buf_printf(
		&text, is_v6 ? "[%.*s]:%u" : "%.*s:%u", SPAN_ARG(host), port);
	copy = xstrdup(buf_cstr(&text));
	buf_fini(&text);
	return copy;
}

/* The path that all requests go below: clean, without a slash at its end. */
static int check_prefix(struct span *path, struct err *err)
{
	while (path->len && path->ptr[path->len - 1] == '/')
		path->len--;
	for (size_t i = 0; i < path->len; i++) {
		char c = path->ptr[i];

		if (c == '?' || c == '#')
			return err_set(err,
				"a query or fragment has no place "
				"in a server's URL");
		if (c <= ' ' || c >= 0x7f)
			return err_set(err,
				"the path has a character that "
				"must be percent-encoded");
	}
	return 0;
}

int server_url_parse(
	struct span text, struct server_url *ret_url, struct err *err)
{
	struct span authority = text, path = SPAN_NONE, host, port;
	uint16_t number = HTTPS_PORT;
	size_t end = 0;

	if (take_scheme(&authority, err))
		return -1;
	while (end < authority.len && !strchr("/?#", authority.ptr[end]))
		end++;
	path = span_skip(authority, end);
	authority.len = end;
	if (memchr(authority.ptr, '@', authority.len))
		return err_set(err,
			"a user name has no place in a server's "
			"URL");
	if (split(authority, &host, &port, err))
		return -1;
	if (!span_is_absent(port) && parse_port(port, 1, &number, err))
		return -1;
	if (check_prefix(&path, err))
		return -1;
	*ret_url = (struct server_url){
		.host = span_dup(host),
		.port = number,
		.prefix = xstrndup(path.ptr, path.len),
	};
	return 0;
}

void server_url_fini(struct server_url *url)
{
	free(url->host);
	free(url->prefix);
	*url = (struct server_url){ 0 };
}
