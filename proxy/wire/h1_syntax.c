/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/h1_syntax.h"

static const struct refusal bad_line = {
	400,
	"a line of the request does not end with CR LF",
};
static const struct refusal bad_request_line = {
	400,
	"the request line is not METHOD /PATH HTTP/1.1",
};
static const struct refusal bad_status_line = {
	400,
	"the status line is not HTTP/1.1 STATUS REASON",
};
static const struct refusal bad_target = {
	400,
	"the request target is not a path of printable ASCII",
};
static const struct refusal bad_version = {
	505,
	"only HTTP/1.1 and HTTP/1.0 are spoken here",
};
static const struct refusal bad_name = {
	400,
	"a header field's name is not a token with a colon right behind it",
};
static const struct refusal bad_value = {
	400,
	"a header field's value has a control byte",
};
static const struct refusal folded_line = {
	400,
	"a header field goes on in the next line",
};

/* RFC 9110, 5.6.2, a bit for each of the 128. */
static const uint32_t token_bytes[4] = {
	0,
	UINT32_C(0x03ff6cfa),
	UINT32_C(0xc7fffffe),
	UINT32_C(0x57ffffff),
};

static bool is_token_byte(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 128 && token_bytes[u / 32] & UINT32_C(1) << u % 32;
}

bool h1_is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_token_byte(s.ptr[i]))
			return false;
	}
	return s.len > 0;
}

bool h1_is_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char u = (unsigned char)s.ptr[i];

		if ((u < 0x20 && u != '\t') || u == 0x7f)
			return false;
	}
	return true;
}

/* ---- lines ----------------------------------------------------------------
 */

enum h1_lines h1_find_end(struct span bytes, size_t *scanned)
{
	size_t at = *scanned;

	while (at < bytes.len) {
		const char *lf = memchr(bytes.ptr + at, '\n', bytes.len - at);
		size_t i = lf ? (size_t)(lf - bytes.ptr) : bytes.len;

		if (!lf)
			break;
		if (i == 0 || bytes.ptr[i - 1] != '\r')
			return H1_LINES_BAD;
		at = i + 1;
		if (i == 1 || bytes.ptr[i - 2] == '\n') {
			*scanned = at;
			return H1_LINES_WHOLE;
		}
	}
	*scanned = bytes.len;
	return H1_LINES_MORE;
}

struct span h1_first_line(struct span head)
{
	struct span rest = head;
	struct span line = span_cut(&rest, '\n');

	if (!span_is_absent(rest) && span_ends_with(line, SPAN("\r")))
		line.len--;
	return line;
}

/* "HTTP/1.1", "HTTP/1.0"; or another one that looks like it. */
static const struct refusal *check_version(struct span version)
{
	if (span_eq(version, SPAN("HTTP/1.1")) ||
		span_eq(version, SPAN("HTTP/1.0")))
		return NULL;
	if (version.len == 8 && span_starts_with(version, SPAN("HTTP/")) &&
		version.ptr[5] >= '0' && version.ptr[5] <= '9' &&
		version.ptr[6] == '.' && version.ptr[7] >= '0' &&
		version.ptr[7] <= '9')
		return &bad_version;
	return &bad_request_line;
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f)
			return false;
	}
	return true;
}

const struct refusal *h1_check_request_line(
	struct span line, uint32_t target_bytes_max)
{
	struct span rest = line;
	struct span method = span_cut(&rest, ' ');
	struct span target = span_cut(&rest, ' ');

	if (!h1_is_token(method) || span_is_empty(target))
		return &bad_request_line;
	/* Its target is another host's. */
	if (span_eq(method, SPAN("CONNECT")))
		return &REFUSAL_METHOD;
	if (target.len > target_bytes_max)
		return &REFUSAL_TARGET_TOO_LONG;
	if (span_is_absent(rest))
		return &bad_request_line;
	/* In no other form: what another host is asked is none of ours. */
	if (target.ptr[0] != '/' || !is_printable(target))
		return &bad_target;
	return check_version(rest);
}

const struct refusal *h1_check_status_line(
	struct span line, unsigned *ret_status)
{
	struct span rest = line;
	struct span version = span_cut(&rest, ' ');
	struct span status = span_cut(&rest, ' ');
	uint64_t number;

	/* The reason may be empty, and some leave out its space. */
	if (check_version(version) || status.len != 3 ||
		span_to_u64(status, &number) != 0 || number < 100 ||
		number > 599 || !h1_is_value(rest))
		return &bad_status_line;
	*ret_status = (unsigned)number;
	return NULL;
}

/* ---- fields ---------------------------------------------------------------
 */

static const struct refusal *check_field(char *line, size_t len)
{
	size_t i = 0;

	if (line[0] == ' ' || line[0] == '\t')
		return &folded_line;
	for (; i < len && is_token_byte(line[i]); i++) {
		if (line[i] >= 'A' && line[i] <= 'Z')
			line[i] = (char)(line[i] - 'A' + 'a');
	}
	if (i == 0 || i == len || line[i] != ':')
		return &bad_name;
	return h1_is_value(span_of(line + i, len - i)) ? NULL : &bad_value;
}

const struct refusal *h1_check_fields(
	char *lines, size_t len, uint32_t fields_max)
{
	uint32_t count = 0;

	while (len > 0) {
		const char *lf = memchr(lines, '\n', len);
		size_t n = lf ? (size_t)(lf - lines) : 0;
		const struct refusal *refusal;

		if (n == 0 || lines[n - 1] != '\r')
			return &bad_line;
		if (n == 1)
			return len == 2 ? NULL : &bad_line;
		if (++count > fields_max)
			return &REFUSAL_HEAD_TOO_LARGE;
		refusal = check_field(lines, n - 1);
		if (refusal)
			return refusal;
		lines += n + 1;
		len -= n + 1;
	}
	return &bad_line;
}
