/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct span: bytes that somebody else owns.  Not NUL-terminated; may hold
 * any byte.  An absent span has a null pointer and length 0, an empty one a
 * pointer and length 0.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <string.h>

#include "base/util.h"

struct span {
	const char *ptr; /* borrowed */
	size_t len;
};

#define SPAN_NONE ((struct span){ NULL, 0 })
/* From a string literal: SPAN("pods"). */
#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })
/* The same as the initializer of a static struct span. */
#define SPAN_INIT(literal)                      \
	{                                       \
		"" literal, sizeof(literal) - 1 \
	}
/* For printf: "%.*s", SPAN_ARG(span). */
#define SPAN_ARG(span) (int)(span).len, (span).ptr ? (span).ptr : ""

static inline struct span span_of(const void *ptr, size_t len)
{
	return (struct span){ ptr, len };
}

static inline struct span span_str(const char *text)
{
	return (struct span){ text, text ? strlen(text) : 0 };
}

static inline bool span_is_absent(struct span s)
{
	return !s.ptr;
}

static inline bool span_is_empty(struct span s)
{
	return s.len == 0;
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

static inline bool span_eq_str(struct span a, const char *text)
{
	return span_eq(a, span_str(text));
}

static inline bool span_starts_with(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
		(!prefix.len || !memcmp(s.ptr, prefix.ptr, prefix.len));
}

static inline bool span_ends_with(struct span s, struct span suffix)
{
	return s.len >= suffix.len &&
		(!suffix.len ||
			!memcmp(s.ptr + s.len - suffix.len, suffix.ptr,
				suffix.len));
}

/* The rest of `s` after its first `n` bytes; n must not exceed its length. */
static inline struct span span_skip(struct span s, size_t n)
{
	/* NULL + 0 is undefined, and absent spans are skipped by 0. */
	return (struct span){ n ? s.ptr + n : s.ptr, s.len - n };
}

/* ASCII only; other bytes compare as they are. */
bool span_eq_nocase(struct span a, struct span b);

/*
 * Cuts `*rest` at the first `sep`: returns what stood before it and leaves
 * what stands behind it.  Without a `sep` returns all and leaves an absent
 * span.
 */
struct span span_cut(struct span *rest, char sep);

/* Without the spaces and tabs at both ends. */
struct span span_trim(struct span s);

/* A NUL-terminated copy; free() it. */
char *span_dup(struct span s);

/*
 * A decimal number without sign, space or other decoration that fits into
 * 64 bits.  Returns 0 or -1.
 */
int span_to_u64(struct span s, uint64_t *ret_value);

#endif
