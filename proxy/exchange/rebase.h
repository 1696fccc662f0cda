/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rebase: a finalizer removal whose object has changed meanwhile, written anew
 * for the object as it is (journal.onConflict: Rebase).
 *
 * A JSON patch that tests the uid and each entry that it takes away, and takes
 * no other: what changes once more makes it fail.  What the removal set
 * besides is left out.
 */
#ifndef PROXY_EXCHANGE_REBASE_H
#define PROXY_EXCHANGE_REBASE_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/policy.h"

#define REBASE_CONTENT_TYPE "application/json-patch+json"

/*
 * False: the removal does not say of which uid, or what it removes, or the
 * object has none of it.  `object` is JSON, all of it.
 */
bool rebase_write(const struct class *class, struct span uid,
	struct span object, struct buf *ret_body);

#endif
