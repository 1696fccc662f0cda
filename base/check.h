/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CHECK: what cannot happen unless our own code is wrong.  Always compiled
 * in; never used on anything that a peer, a file or a clock may decide.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include "base/util.h"

#define CHECK(expr)                                              \
	do {                                                     \
		if (UNLIKELY(!(expr)))                           \
			check_failed(__FILE__, __LINE__, #expr); \
	} while (0)

/* A branch that no input reaches, such as the end of a full switch. */
#define CHECK_UNREACHABLE() check_failed(__FILE__, __LINE__, "unreachable")

/* Prints where and what to standard error and aborts. */
ATTR_NORETURN ATTR_COLD void check_failed(
	const char *file, int line, const char *expr);

#endif
