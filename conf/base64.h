/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 (RFC 4648, section 4), as Go's encoding/base64 reads it: padded,
 * line ends passed over.
 */
#ifndef CONF_BASE64_H
#define CONF_BASE64_H

#include "base/buf.h"
#include "base/span.h"

void base64_encode(struct span bytes, struct buf *ret_text);
/* Returns 0 or -1; on -1 `ret_bytes` holds what came before the fault. */
int base64_decode(struct span text, struct buf *ret_bytes);

#endif
