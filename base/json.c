/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/check.h"

/* What may come next: bits of json.expect. */
enum {
	EXPECT_VALUE = 1 << 0,
	EXPECT_KEY = 1 << 1,
	EXPECT_COLON = 1 << 2,
	EXPECT_COMMA = 1 << 3,
	EXPECT_CLOSE = 1 << 4,
	EXPECT_END = 1 << 5,
};

void json_init(
	struct json *json, const void *ptr, size_t len, unsigned depth_max)
{
	CHECK(depth_max <= JSON_DEPTH_MAX);
	/* Not in_object: it is written before it is read. */
	json->token = JSON_END;
	json->has_escape = false;
	json->error = JSON_OK;
	json->text = SPAN_NONE;
	json->start = json->begin = json->at = len ? ptr : "";
	json->end = json->start + len;
	json->expect = EXPECT_VALUE;
	json->depth = 0;
	json->depth_max = depth_max;
}

static enum json_token fail(struct json *json, enum json_error error)
{
	json->error = error;
	json->text = SPAN_NONE;
	return json->token = JSON_ERROR;
}

static bool in_object(const struct json *json)
{
	unsigned level = json->depth - 1;

	return json->in_object[level / 64] >> (level % 64) & 1;
}

/* What may follow a complete value. */
static unsigned after_value(const struct json *json)
{
	return json->depth ? EXPECT_COMMA | EXPECT_CLOSE : EXPECT_END;
}

static enum json_token open_container(struct json *json, bool is_object)
{
	uint64_t bit = UINT64_C(1) << (json->depth % 64);
	uint64_t *word = &json->in_object[json->depth / 64];

	if (json->depth == json->depth_max)
		return fail(json, JSON_TOO_DEEP);
	*word = is_object ? *word | bit : *word & ~bit;
	json->depth++;
	json->at++;
	json->expect = (is_object ? EXPECT_KEY : EXPECT_VALUE) | EXPECT_CLOSE;
	return json->token = is_object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_token close_container(struct json *json, bool is_object)
{
	if (!(json->expect & EXPECT_CLOSE) || in_object(json) != is_object)
		return fail(json, JSON_SYNTAX);
	json->depth--;
	json->at++;
	json->expect = after_value(json);
	return json->token = is_object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') ||
		((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

#define ONES (UINT64_MAX / 255)
#define HIGHS (ONES * 0x80)

/*
 * The high bit of each byte of `word` that ends a run of plain characters: a
 * quote, a backslash or a control.  Bytes above the first such one may be
 * marked too.
 */
static uint64_t specials(uint64_t word)
{
	uint64_t quote = word ^ ONES * '"', slash = word ^ ONES * '\\';

	return (((word - ONES * 0x20) & ~word) | ((quote - ONES) & ~quote) |
		       ((slash - ONES) & ~slash)) &
		HIGHS;
}

static const char *skip_plain(const char *at, const char *end)
{
	uint64_t word, marks;

	while (end - at >= (ptrdiff_t)sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		marks = specials(word);
		if (marks) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			return at + __builtin_ctzll(marks) / 8;
#else
			break;
#endif
		}
		at += sizeof(word);
	}
	while (at < end && *at != '"' && *at != '\\' &&
		(unsigned char)*at >= 0x20)
		at++;
	return at;
}

/* `at` is behind the opening quote. */
static enum json_token scan_string(struct json *json, bool is_key)
{
	const char *begin = ++json->at;

	json->has_escape = false;
	for (;;) {
		const char *at = skip_plain(json->at, json->end);

		json->at = at;
		if (at == json->end)
			return fail(json, JSON_TRUNCATED);
		if (*at == '"')
			break;
		if (*at != '\\')
			return fail(json, JSON_BAD_STRING);
		json->has_escape = true;
		if (++at == json->end)
			return fail(json, JSON_TRUNCATED);
		if (*at == 'u') {
			for (int i = 0; i < 4; i++) {
				if (++at == json->end)
					return fail(json, JSON_TRUNCATED);
				if (!is_hex(*at))
					return fail(json, JSON_BAD_STRING);
			}
		} else if (!*at || !strchr("\"\\/bfnrt", *at)) {
			return fail(json, JSON_BAD_STRING);
		}
		json->at = at + 1;
	}
	json->text = span_of(begin, (size_t)(json->at - begin));
	json->at++;
	json->expect = is_key ? EXPECT_COLON : after_value(json);
	return json->token = is_key ? JSON_KEY : JSON_STRING;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/*
 * The largest power of ten that a double holds is 308, and there the digits
 * decide: half a unit above DBL_MAX is where rounding gives infinity.
 */
static bool exceeds_double(struct span digits, struct span fraction, long exp10)
{
	static const char LIMIT[] = "179769313486231580793728971405303415";
	size_t skip = 0, total;

	while (skip < digits.len && digits.ptr[skip] == '0')
		skip++;
	if (skip == digits.len) {
		size_t zeros = 0;

		while (zeros < fraction.len && fraction.ptr[zeros] == '0')
			zeros++;
		if (zeros == fraction.len)
			return false;
		digits = span_skip(fraction, zeros);
		fraction = SPAN_NONE;
		exp10 -= (long)zeros + 1;
	} else {
		digits = span_skip(digits, skip);
		exp10 += (long)digits.len - 1;
	}
	if (exp10 != 308)
		return exp10 > 308;
	total = digits.len + fraction.len;
	for (size_t i = 0; i < sizeof(LIMIT) - 1; i++) {
		char digit = i < digits.len ? digits.ptr[i]
			: i < total         ? fraction.ptr[i - digits.len]
					    : '0';
		if (digit != LIMIT[i])
			return digit > LIMIT[i];
	}
	return true;
}

static enum json_token scan_number(struct json *json)
{
	const char *begin = json->at, *at = begin, *end = json->end;
	struct span digits, fraction = SPAN_NONE;
	bool is_negative = false;
	long exp10 = 0;

	if (*at == '-')
		at++;
	digits.ptr = at;
	at = at < end && *at == '0' ? at + 1 : skip_digits(at, end);
	digits.len = (size_t)(at - digits.ptr);
	if (!digits.len)
		goto bad;
	if (at < end && *at == '.') {
		fraction.ptr = ++at;
		at = skip_digits(at, end);
		fraction.len = (size_t)(at - fraction.ptr);
		if (!fraction.len)
			goto bad;
	}
	if (at < end && (*at | 0x20) == 'e') {
		const char *power;

		if (++at < end && (*at == '+' || *at == '-'))
			is_negative = *at++ == '-';
		power = at;
		at = skip_digits(at, end);
		if (at == power)
			goto bad;
		/* Beyond any document's length the digits cannot matter. */
		for (; power < at && exp10 < INT32_MAX / 16; power++)
			exp10 = exp10 * 10 + (*power - '0');
	}
	if (digits.len + fraction.len > 308 || exp10) {
		if (exceeds_double(
			    digits, fraction, is_negative ? -exp10 : exp10))
			return fail(json, JSON_BAD_NUMBER);
	}
	json->at = at;
	json->text = span_of(begin, (size_t)(at - begin));
	json->expect = after_value(json);
	return json->token = JSON_NUMBER;
bad:
	json->at = at;
	return fail(json, at == end ? JSON_TRUNCATED : JSON_BAD_NUMBER);
}

static enum json_token scan_word(
	struct json *json, struct span word, enum json_token token)
{
	size_t left = (size_t)(json->end - json->at), n = 0;

	while (n < word.len && n < left && json->at[n] == word.ptr[n])
		n++;
	json->at += n;
	if (n < word.len)
		return fail(json, n == left ? JSON_TRUNCATED : JSON_SYNTAX);
	json->expect = after_value(json);
	return json->token = token;
}

static enum json_token scan_value(struct json *json)
{
	switch (*json->at) {
	case '{':
		return open_container(json, true);
	case '[':
		return open_container(json, false);
	case '"':
		return scan_string(json, false);
	case 'n':
		return scan_word(json, SPAN("null"), JSON_NULL);
	case 't':
		return scan_word(json, SPAN("true"), JSON_TRUE);
	case 'f':
		return scan_word(json, SPAN("false"), JSON_FALSE);
	default:
		if (*json->at == '-' || (*json->at >= '0' && *json->at <= '9'))
			return scan_number(json);
		return fail(json, JSON_SYNTAX);
	}
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* To the next byte that is no white space; false if there is none. */
static bool skip_space(struct json *json)
{
	const char *at = json->at, *end = json->end;

	while (at < end && UNLIKELY(is_space(*at)))
		at++;
	json->at = at;
	return at < end;
}

enum json_token json_next(struct json *json)
{
	if (json->token == JSON_ERROR)
		return JSON_ERROR;
	if (!skip_space(json)) {
		if (json->expect != EXPECT_END)
			return fail(json, JSON_TRUNCATED);
		return json->token = JSON_END;
	}
	if (json->expect & EXPECT_END)
		return fail(json, JSON_TRAILING);
	if (json->expect & (EXPECT_COMMA | EXPECT_COLON)) {
		bool is_comma = json->expect & EXPECT_COMMA;

		if (*json->at == (is_comma ? ',' : ':')) {
			json->at++;
			json->expect = is_comma && in_object(json)
				? EXPECT_KEY
				: EXPECT_VALUE;
			if (!skip_space(json))
				return fail(json, JSON_TRUNCATED);
		}
	}
	json->begin = json->at;
	if (*json->at == '}')
		return close_container(json, true);
	if (*json->at == ']')
		return close_container(json, false);
	if (json->expect & EXPECT_VALUE)
		return scan_value(json);
	if (json->expect & EXPECT_KEY && *json->at == '"')
		return scan_string(json, true);
	return fail(json, JSON_SYNTAX);
}

/* Moves from a key to its value; true: that is a container. */
static bool enters_container(struct json *json)
{
	if (json->token == JSON_KEY)
		json_next(json);
	return json->token == JSON_OBJECT || json->token == JSON_ARRAY;
}

int json_skip(struct json *json)
{
	unsigned depth;

	if (!enters_container(json))
		return json->token == JSON_ERROR ? -1 : 0;
	for (depth = json->depth - 1; json->depth > depth;) {
		if (json_next(json) == JSON_ERROR)
			return -1;
	}
	return 0;
}

/* Behind the string that begins before `at`; NULL: it does not end. */
static const char *end_of_string(const char *at, const char *end)
{
	while (at < end) {
		char c = *at++;

		if (c == '"')
			return at;
		if (c == '\\' && at < end)
			at++;
	}
	return NULL;
}

/* Behind the container that begins before `at`; NULL: it does not end. */
static const char *end_of_container(const char *at, const char *end)
{
	size_t open = 1;

	while (open && at && at < end) {
		char c = *at++;

		if (c == '"')
			at = end_of_string(at, end);
		else if (c == '{' || c == '[')
			open++;
		else if (c == '}' || c == ']')
			open--;
	}
	return open ? NULL : at;
}

int json_pass_over(struct json *json)
{
	const char *end;

	if (!enters_container(json))
		return json->token == JSON_ERROR ? -1 : 0;
	end = end_of_container(json->at, json->end);
	if (!end || end[-1] != (json->token == JSON_OBJECT ? '}' : ']')) {
		fail(json, end ? JSON_SYNTAX : JSON_TRUNCATED);
		return -1;
	}
	json->at = end;
	json->depth--;
	json->expect = after_value(json);
	json->token = json->token == JSON_OBJECT ? JSON_OBJECT_END
						 : JSON_ARRAY_END;
	return 0;
}

struct span json_since(const struct json *json, const char *begin)
{
	return span_of(begin, (size_t)(json->at - begin));
}

size_t json_offset(const struct json *json)
{
	return (size_t)(json->at - json->start);
}

const char *json_error_text(enum json_error error)
{
	switch (error) {
	case JSON_OK:
		return "no error";
	case JSON_TRUNCATED:
		return "unexpected end";
	case JSON_SYNTAX:
		return "unexpected character";
	case JSON_BAD_STRING:
		return "bad character or escape in a string";
	case JSON_BAD_NUMBER:
		return "bad number";
	case JSON_TOO_DEEP:
		return "nested too deep";
	case JSON_TRAILING:
		return "something follows the value";
	}
	CHECK_UNREACHABLE();
}

void json_chars_init(struct json_chars *chars, struct span raw)
{
	chars->at = raw.len ? raw.ptr : "";
	chars->end = chars->at + raw.len;
	chars->pending_at = chars->pending_len = 0;
}

static unsigned hex_value(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* The four digits behind `\u`; the scanner has seen that they are there. */
static unsigned take_hex4(struct json_chars *chars)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 | hex_value(*chars->at++);
	return value;
}

#define REPLACEMENT 0xfffdu

/* `at` is behind the `\u`. */
static unsigned take_unicode(struct json_chars *chars)
{
	unsigned high = take_hex4(chars), low;
	const char *mark = chars->at;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	/* The second half must be there, else it is read on its own. */
	if (high < 0xdc00 && chars->end - mark >= 6 && mark[0] == '\\' &&
		mark[1] == 'u') {
		chars->at += 2;
		low = take_hex4(chars);
		if (low >= 0xdc00 && low <= 0xdfff)
			return 0x10000 + ((high - 0xd800) << 10) +
				(low - 0xdc00);
		chars->at = mark;
	}
	return REPLACEMENT;
}

static int put_rune(struct json_chars *chars, unsigned rune)
{
	unsigned char *out = chars->pending;
	unsigned char n = 0;

	if (rune < 0x80)
		return (int)rune;
	if (rune < 0x800) {
		out[n++] = (unsigned char)(0xc0 | rune >> 6);
	} else {
		if (rune < 0x10000) {
			out[n++] = (unsigned char)(0xe0 | rune >> 12);
		} else {
			out[n++] = (unsigned char)(0xf0 | rune >> 18);
			out[n++] = (unsigned char)(0x80 | (rune >> 12 & 0x3f));
		}
		out[n++] = (unsigned char)(0x80 | (rune >> 6 & 0x3f));
	}
	out[n++] = (unsigned char)(0x80 | (rune & 0x3f));
	chars->pending_len = n;
	chars->pending_at = 1;
	return out[0];
}

/* The length of the well-formed sequence at `s` (RFC 3629), else 0. */
static unsigned utf8_len(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	unsigned n;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	if (s[0] == 0xed)
		high = 0x9f;
	if (s[0] == 0xf0)
		low = 0x90;
	if (s[0] == 0xf4)
		high = 0x8f;
	if (left < n || s[1] < low || s[1] > high)
		return 0;
	for (unsigned i = 2; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

int json_chars_next(struct json_chars *chars)
{
	const unsigned char *at;
	unsigned n;

	if (chars->pending_at < chars->pending_len)
		return chars->pending[chars->pending_at++];
	if (chars->at == chars->end)
		return -1;
	if (*chars->at == '\\') {
		char escape = chars->at[1];

		chars->at += 2;
		switch (escape) {
		case 'u':
			return put_rune(chars, take_unicode(chars));
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		default:
			return escape;
		}
	}
	at = (const unsigned char *)chars->at;
	if (*at < 0x80) {
		chars->at++;
		return *at;
	}
	n = utf8_len(at, (size_t)(chars->end - chars->at));
	if (!n) {
		chars->at++;
		return put_rune(chars, REPLACEMENT);
	}
	memcpy(chars->pending, at, n);
	chars->pending_len = (unsigned char)n;
	chars->pending_at = 1;
	chars->at += n;
	return *at;
}

bool json_text_is(const struct json *json, struct span literal)
{
	struct json_chars chars;

	if (!json->has_escape)
		return span_eq(json->text, literal);
	json_chars_init(&chars, json->text);
	for (size_t i = 0; i < literal.len; i++) {
		if (json_chars_next(&chars) != (unsigned char)literal.ptr[i])
			return false;
	}
	return json_chars_next(&chars) == -1;
}

size_t json_unescape(struct span raw, char *out, size_t cap)
{
	struct json_chars chars;
	size_t n = 0;
	int c;

	json_chars_init(&chars, raw);
	while ((c = json_chars_next(&chars)) != -1) {
		if (n < cap)
			out[n] = (char)c;
		n++;
	}
	return n;
}
