/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Principal: whom a bearer token names, so that a renewed token, or that of a
 * controller that was started anew, is known as the same one's.
 *
 * What a JSON web token says of itself is believed of no token that the API
 * server has not accepted: it verifies the signature, Fairway does not.  Of
 * others, and where issuer and subject are not said, the token itself is the
 * principal.
 */
#ifndef PROXY_EXCHANGE_PRINCIPAL_H
#define PROXY_EXCHANGE_PRINCIPAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/span.h"

/* Never 0.  `authorization` is the field's value, "Bearer …". */
uint64_t principal_of(const struct hash_key *key, struct span authorization);
/* Whether it says issuer and subject. */
bool principal_is_named(struct span authorization);

/*
 * The subject that it gives itself, for people to read and for nothing else;
 * false: it gives none, or one that is written with an escape.
 */
bool principal_subject(struct span authorization, struct buf *ret_subject);

#endif
