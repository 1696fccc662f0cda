/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/query.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that `%xx` at the begin of `s` stands for, or -1. */
static int percent_byte(struct span s)
{
	int high, low;

	if (s.len < 3)
		return -1;
	high = hex_value(s.ptr[1]);
	low = hex_value(s.ptr[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool is_decodable(struct span s)
{
	const char *at;

	while (s.len && (at = memchr(s.ptr, '%', s.len))) {
		s = span_skip(s, (size_t)(at - s.ptr));
		if (percent_byte(s) < 0)
			return false;
		s = span_skip(s, 3);
	}
	return true;
}

/* Cuts the next decoded byte off `*s`, which is decodable and not empty. */
static char take_byte(struct span *s)
{
	char c = s->ptr[0];
	size_t n = 1;

	if (c == '%') {
		c = (char)percent_byte(*s);
		n = 3;
	} else if (c == '+') {
		c = ' ';
	}
	*s = span_skip(*s, n);
	return c;
}

bool query_next(struct span *rest, struct query_pair *ret_pair)
{
	while (rest->len) {
		struct span pair = span_cut(rest, '&'), name;

		if (!pair.len || memchr(pair.ptr, ';', pair.len))
			continue;
		name = span_cut(&pair, '=');
		if (!is_decodable(name) || !is_decodable(pair))
			continue;
		*ret_pair = (struct query_pair){ name, pair };
		return true;
	}
	return false;
}

bool query_is_readable(struct span query)
{
	size_t pairs = 1;

	if (query.len < QUERY_PAIRS_MAX)
		return true;
	for (size_t i = 0; i < query.len; i++)
		pairs += query.ptr[i] == '&';
	return pairs <= QUERY_PAIRS_MAX;
}

bool query_text_is(struct span raw, struct span literal)
{
	for (size_t i = 0; i < literal.len; i++) {
		if (!raw.len || take_byte(&raw) != literal.ptr[i])
			return false;
	}
	return !raw.len;
}

bool query_text_is_nocase(struct span raw, struct span literal)
{
	for (size_t i = 0; i < literal.len; i++) {
		char c;

		if (!raw.len)
			return false;
		c = take_byte(&raw);
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != literal.ptr[i])
			return false;
	}
	return !raw.len;
}

bool query_text_is_true(struct span raw)
{
	/* Go folds U+017F, the long s, to an s. */
	return !query_text_is(raw, SPAN("0")) &&
		!query_text_is_nocase(raw, SPAN("false")) &&
		!query_text_is_nocase(raw,
			SPAN("fal\xc5\xbf"
			     "e"));
}

struct span query_decode(struct span raw, char *out)
{
	size_t n = 0;

	while (raw.len)
		out[n++] = take_byte(&raw);
	return span_of(out, n);
}

int percent_decode(struct span raw, char *out, struct span *ret_text)
{
	size_t n = 0;

	if (!raw.len || !memchr(raw.ptr, '%', raw.len)) {
		*ret_text = raw;
		return 0;
	}
	while (raw.len) {
		if (raw.ptr[0] != '%') {
			out[n++] = raw.ptr[0];
			raw = span_skip(raw, 1);
			continue;
		}
		if (percent_byte(raw) < 0)
			return -1;
		out[n++] = (char)percent_byte(raw);
		raw = span_skip(raw, 3);
	}
	*ret_text = span_of(out, n);
	return 0;
}
