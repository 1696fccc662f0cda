/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few macros and types that everything uses.
 */
#ifndef BASE_UTIL_H
#define BASE_UTIL_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds: a point on the monotonic clock, or a length of time. */
typedef uint64_t usec_t;

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_NEVER UINT64_MAX

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The struct that embeds `ptr` as its `member`. */
/* clang-format off: it takes the minus for a sign */
#define CONTAINER_OF(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

#if defined(__GNUC__)
#define ATTR_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define ATTR_MUST_USE __attribute__((warn_unused_result))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_COLD __attribute__((cold))
#define ATTR_MALLOC __attribute__((malloc, returns_nonnull))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define ATTR_PRINTF(fmt, first)
#define ATTR_MUST_USE
#define ATTR_NORETURN
#define ATTR_COLD
#define ATTR_MALLOC
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#endif

static inline uint64_t u64_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t u64_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* a - b, but 0 where b is the later one: clocks may be told out of order. */
static inline usec_t usec_since(usec_t a, usec_t b)
{
	return a > b ? a - b : 0;
}

/* a + b, but USEC_NEVER instead of wrapping around. */
static inline usec_t usec_add(usec_t a, usec_t b)
{
	return a > USEC_NEVER - b ? USEC_NEVER : a + b;
}

#endif
