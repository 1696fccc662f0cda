/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/h1_head.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"

/* What is being read, and where what was read goes. */
struct reader {
	struct span rest;
	char *to;
	struct h1_head *head;
	struct h1_refusal *refusal;
};

enum { LINE_MISSING, LINE_READ };

static int refuse(struct reader *r, int code, const char *text)
{
	r->refusal->code = code;
	r->refusal->text = text;
	return -1;
}

/* Up to a LF, without it and without one CR before it. */
static int read_line(struct reader *r, struct span *ret_line)
{
	const char *end =
		r->rest.len ? memchr(r->rest.ptr, '\n', r->rest.len) : NULL;
	struct span line;

	if (!end)
		return LINE_MISSING;
	line = span_of(r->rest.ptr, (size_t)(end - r->rest.ptr));
	r->rest = span_skip(r->rest, line.len + 1);
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	*ret_line = line;
	return LINE_READ;
}

static char *put(struct reader *r, struct span s)
{
	char *at = r->to;

	if (s.len)
		memcpy(at, s.ptr, s.len);
	at[s.len] = '\0';
	r->to = at + s.len + 1;
	return at;
}

static bool is_token_char(char c)
{
	return isalnum((unsigned char)c) ||
		(c && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_token_char(s.ptr[i]))
			return false;
	}
	return s.len > 0;
}

/* url.ParseRequestURI: what it refuses. */
static bool is_good_target(struct span target)
{
	struct span path = target;

	for (size_t i = 0; i < target.len; i++) {
		unsigned char c = (unsigned char)target.ptr[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	path = span_cut(&path, '?');
	for (size_t i = 0; i < path.len; i++) {
		if (path.ptr[i] != '%')
			continue;
		if (i + 2 >= path.len ||
			!isxdigit((unsigned char)path.ptr[i + 1]) ||
			!isxdigit((unsigned char)path.ptr[i + 2]))
			return false;
	}
	return target.len > 0;
}

/* Without scheme and authority; absent where it is no URI. */
static struct span origin_form(struct span target)
{
	size_t i = 0;

	if (*target.ptr == '/' || span_eq(target, SPAN("*")))
		return target;
	while (i < target.len &&
		(isalnum((unsigned char)target.ptr[i]) ||
			(i && strchr("+-.", target.ptr[i]))))
		i++;
	if (!i || i == target.len || target.ptr[i] != ':')
		return SPAN_NONE;
	target = span_skip(target, i + 1);
	if (!span_starts_with(target, SPAN("//")))
		return span_of("", 0); /* opaque: no path */
	target = span_skip(target, 2);
	while (target.len && *target.ptr != '/' && *target.ptr != '?')
		target = span_skip(target, 1);
	return target;
}

static bool is_version(struct span s)
{
	return s.len == strlen("HTTP/1.1") &&
		span_starts_with(s, SPAN("HTTP/")) &&
		isdigit((unsigned char)s.ptr[5]) && s.ptr[6] == '.' &&
		isdigit((unsigned char)s.ptr[7]);
}

static int read_request_line(struct reader *r, struct span *ret_version)
{
	struct span version;
	struct span method;
	struct span target;
	int ret = read_line(r, &version);

	if (ret != LINE_READ)
		return ret;
	method = span_cut(&version, ' ');
	if (span_is_absent(version))
		return refuse(r, 400, NULL);
	target = span_cut(&version, ' ');
	if (span_is_absent(version) || !is_token(method) ||
		!is_version(version))
		return refuse(r, 400, NULL);
	/* authority-form, without a path */
	if (span_eq(method, SPAN("CONNECT")) &&
		(!target.len || *target.ptr != '/'))
		target = span_of("", 0);
	else if (!is_good_target(target) ||
		span_is_absent(target = origin_form(target)))
		return refuse(r, 400, NULL);
	r->head->method = put(r, method);
	r->head->target = put(r, target);
	*ret_version = version;
	return LINE_READ;
}

static bool is_good_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* A space in the name is complained about later, and in other words. */
static bool is_name_or_space(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_token_char(s.ptr[i]) && s.ptr[i] != ' ')
			return false;
	}
	return s.len > 0;
}

static int add_field(struct reader *r, struct span line)
{
	struct h1_head *head = r->head;
	struct span name = span_cut(&line, ':');
	struct h1_field *field;

	line = span_trim(line);
	if (span_is_absent(line) || !is_name_or_space(name) ||
		!is_good_value(line))
		return refuse(r, 400, NULL);
	if (head->count % 16 == 0)
		head->fields = xrealloc(head->fields,
			(head->count + 16) * sizeof(*head->fields));
	field = &head->fields[head->count++];
	field->name = put(r, name);
	for (char *c = field->name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	field->value = put(r, line);
	return LINE_READ;
}

static bool begins_with_space(struct span s)
{
	return s.len && (*s.ptr == ' ' || *s.ptr == '\t');
}

/* A line and those that continue it; `spare` has room for all of them. */
static int read_long_line(struct reader *r, char *spare, struct span *ret_line)
{
	struct span line;
	size_t len = 0;

	do {
		if (read_line(r, &line) != LINE_READ)
			return LINE_MISSING;
		line = span_trim(line);
		if (len)
			spare[len++] = ' ';
		if (line.len)
			memcpy(spare + len, line.ptr, line.len);
		len += line.len;
		/* The empty line is the end, whatever stands behind it. */
		if (!len)
			break;
		/* What comes next decides. */
		if (!r->rest.len)
			return LINE_MISSING;
	} while (begins_with_space(r->rest));
	*ret_line = span_of(spare, len);
	return LINE_READ;
}

static int read_fields(struct reader *r)
{
	char *spare;
	struct span line;
	int ret;

	if (begins_with_space(r->rest))
		return refuse(r, 400, NULL);
	spare = xmalloc(r->rest.len + 1);
	do {
		ret = read_long_line(r, spare, &line);
		if (ret == LINE_READ && line.len)
			ret = add_field(r, line);
	} while (ret == LINE_READ && line.len);
	free(spare);
	return ret;
}

static size_t count_fields(
	const struct h1_head *head, const char *name, const char **ret_first)
{
	size_t count = 0;

	for (size_t i = head->count; i-- > 0;) {
		if (strcmp(head->fields[i].name, name) != 0)
			continue;
		*ret_first = head->fields[i].value;
		count++;
	}
	return count;
}

/* net/http/transfer.go: readTransfer() */
static int read_framing(struct reader *r)
{
	struct h1_head *head = r->head;
	const char *coding = NULL;
	const char *length = NULL;
	size_t codings = count_fields(head, "transfer-encoding", &coding);

	if (codings && head->is_11) {
		if (codings > 1 || strcasecmp(coding, "chunked") != 0)
			return refuse(r, 501, NULL);
		/* The length that is there as well means nothing. */
		head->is_chunked = true;
		return 0;
	}
	if (!count_fields(head, "content-length", &length))
		return 0;
	for (size_t i = 0; i < head->count; i++) {
		if (!strcmp(head->fields[i].name, "content-length") &&
			strcmp(head->fields[i].value, length) != 0)
			return refuse(r, 400, NULL);
	}
	if (span_to_u64(span_str(length), &head->length) != 0 ||
		head->length > INT64_MAX)
		return refuse(r, 400, NULL);
	return 0;
}

/* httpguts.ValidHostHeader() */
static bool is_good_host(const char *host)
{
	for (; *host; host++) {
		if (!isalnum((unsigned char)*host) &&
			!strchr("!$%&()*+,-.:;='[]_~", *host))
			return false;
	}
	return true;
}

/* net/http/server.go: conn.readRequest(), behind what ReadRequest() says */
static int check_request(struct reader *r, struct span version)
{
	const struct h1_head *head = r->head;
	const char *host = NULL;
	size_t hosts = count_fields(head, "host", &host);
	bool is_preface = span_eq(version, SPAN("HTTP/2.0")) && !head->count &&
		!strcmp(head->method, "PRI") && !strcmp(head->target, "*");

	if (version.ptr[5] != '1' && !is_preface)
		return refuse(r, 505, "unsupported protocol version");
	if (head->is_11 && !hosts && !is_preface &&
		strcmp(head->method, "CONNECT") != 0)
		return refuse(r, 400, "missing required Host header");
	if (hosts && !is_good_host(host))
		return refuse(r, 400, "malformed Host header");
	for (size_t i = 0; i < head->count; i++) {
		if (strchr(head->fields[i].name, ' '))
			return refuse(r, 400, "invalid header name");
	}
	return 0;
}

static int check_head(struct reader *r, struct span version)
{
	struct h1_head *head = r->head;
	const char *expect = h1_head_field(head, "expect");
	const char *ignored;

	if (count_fields(head, "host", &ignored) > 1)
		return refuse(r, 400, NULL);
	if (read_framing(r) != 0 || check_request(r, version) != 0)
		return -1;
	head->wants_close = h1_head_has_token(head, "connection", "close") ||
		version.ptr[5] != '1';
	head->wants_keep_alive = !head->is_11 &&
		h1_head_has_token(head, "connection", "keep-alive");
	if (h1_head_has_token(head, "expect", "100-continue"))
		head->expects_continue =
			head->is_11 && (head->is_chunked || head->length);
	else
		head->expects_other = expect && *expect;
	return 0;
}

ssize_t h1_head_read(
	struct h1_head *head, struct span bytes, struct h1_refusal *ret_refusal)
{
	struct span version = SPAN_NONE;
	struct reader r = {
		.rest = bytes,
		.head = head,
		.refusal = ret_refusal,
	};
	int ret;

	if (bytes.len > H1_MAX_HEAD)
		r.rest.len = H1_MAX_HEAD;
	/* Each name and value takes a NUL for what stood behind it. */
	*head = (struct h1_head){ .text = xmalloc(r.rest.len + 4) };
	r.to = head->text;
	ret = read_request_line(&r, &version);
	if (ret == LINE_READ) {
		head->is_11 = memcmp(version.ptr + 5, "1.1", 3) >= 0;
		ret = read_fields(&r);
	}
	if (ret == LINE_READ && check_head(&r, version) != 0)
		ret = -1;
	if (ret == LINE_READ)
		return r.rest.ptr - bytes.ptr;
	if (ret == LINE_MISSING && bytes.len >= H1_MAX_HEAD)
		ret = refuse(&r, 431, NULL);
	h1_head_fini(head);
	return ret == LINE_MISSING ? 0 : -1;
}

void h1_head_fini(struct h1_head *head)
{
	free(head->text);
	free(head->fields);
	*head = (struct h1_head){ 0 };
}

bool h1_list_has(const char *list, const char *token)
{
	struct span rest = span_str(list);

	while (!span_is_absent(rest)) {
		struct span item = span_trim(span_cut(&rest, ','));

		if (span_eq_nocase(item, span_str(token)))
			return true;
	}
	return false;
}

const char *h1_head_field(const struct h1_head *head, const char *name)
{
	const char *value = NULL;

	count_fields(head, name, &value);
	return value;
}

bool h1_head_has_token(
	const struct h1_head *head, const char *name, const char *token)
{
	for (size_t i = 0; i < head->count; i++) {
		if (!strcmp(head->fields[i].name, name) &&
			h1_list_has(head->fields[i].value, token))
			return true;
	}
	return false;
}
