/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guard: what an object that passed by says of itself, written into a removal
 * that carries no proof, so that it meets no other object of that name when it
 * is sent again (DESIGN.md section 9).  Only what is journaled is written so:
 * the client's own bytes go as they came.
 */
#ifndef PROXY_EXCHANGE_GUARD_H
#define PROXY_EXCHANGE_GUARD_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends the patch with a demand for that uid, and for that resourceVersion
 * unless it is absent.  False: it is no such patch; whether the result is
 * sound is the classifier's to say.
 */
bool guard_write(struct span body, struct span uid, struct span version,
	struct buf *ret_body);

#endif
