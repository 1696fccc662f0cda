/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digest: the SHA-256 of some bytes, as text: to see whether two are the same.
 */
#ifndef PROXY_IDENTITY_DIGEST_H
#define PROXY_IDENTITY_DIGEST_H

#include "base/span.h"

#define DIGEST_CAP 65 /* 64 hexadecimal digits and a NUL */

void digest_write(struct span bytes, char ret_text[DIGEST_CAP]);

#endif
