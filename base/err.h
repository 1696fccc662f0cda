/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct err: why something failed, in words for the person who reads the
 * log: what was being done, to what, why not, and where.
 *
 * A function that can fail returns 0 or -1 and takes a `struct err *` last;
 * it sets the text only on failure.  Only the layer that decides what to do
 * about it logs it, once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/util.h"

struct err {
	char text[512]; /* NUL-terminated, cut where it does not fit */
};

/* Sets the text.  Always returns -1, so that a caller can return it. */
int err_set(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Puts "prefix: " before the text that is there.  Always returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);

#endif
