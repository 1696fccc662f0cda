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

#include "base/hash.h"
#include "base/span.h"

/* Never 0.  `authorization` is the field's value, "Bearer …". */
uint64_t principal_of(const struct hash_key *key, struct span authorization);

#endif
