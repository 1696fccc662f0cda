/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"

#include "base/alloc.h"

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool span_eq_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	}
	return true;
}

struct span span_cut(struct span *rest, char sep)
{
	struct span whole = *rest;
	const char *at = whole.len ? memchr(whole.ptr, sep, whole.len) : NULL;

	if (!at) {
		*rest = SPAN_NONE;
		return whole;
	}
	*rest = span_skip(whole, (size_t)(at - whole.ptr) + 1);
	return span_of(whole.ptr, (size_t)(at - whole.ptr));
}

struct span span_trim(struct span s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = span_skip(s, 1);
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

char *span_dup(struct span s)
{
	return xstrndup(s.ptr ? s.ptr : "", s.len);
}

int span_to_u64(struct span s, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!s.len)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(s.ptr[i] - '0');

		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return -1;
		if (value > (UINT64_MAX - digit) / 10)
			return -1;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}
