/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is there or ends the process.
 *
 * Running out of memory is not handled where it is noticed: instead nothing
 * that a peer controls is allocated before it is charged to a budget, so that
 * what remains is bounded by configuration.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include "base/util.h"

ATTR_MALLOC void *xmalloc(size_t size);
ATTR_MALLOC void *xcalloc(size_t count, size_t size); /* zeroed */
void *xrealloc(void *old, size_t size);
ATTR_MALLOC char *xstrdup(const char *text);
/* Exactly `len` bytes of `text`, and a NUL. */
ATTR_MALLOC char *xstrndup(const char *text, size_t len);

#endif
