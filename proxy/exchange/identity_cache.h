/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity cache: the keyed hash of a credential, without hashing the same
 * kilobyte of token with each request.
 *
 * A client's connection carries one token, nearly always: the last one of a
 * connection is remembered and compared as a whole.  Tokens of different
 * connections are never compared, so that nobody can learn from the time it
 * takes what others hold.
 *
 * Owns copies of tokens; they are overwritten when they go.
 */
#ifndef PROXY_EXCHANGE_IDENTITY_CACHE_H
#define PROXY_EXCHANGE_IDENTITY_CACHE_H

#include "base/hash.h"
#include "base/span.h"
#include "base/util.h"

#define IDENTITY_CACHE_SLOTS 64

struct identity_slot {
	uint64_t connection; /* its session_serial(); 0: empty */
	char *token;         /* owned */
	size_t len;
	uint64_t hash;
};

struct identity_cache {
	struct hash_key key;
	struct identity_slot slots[IDENTITY_CACHE_SLOTS];
};

void identity_cache_init(
	struct identity_cache *cache, const struct hash_key *key);
void identity_cache_fini(struct identity_cache *cache);

/* Never 0. */
uint64_t identity_cache_hash(struct identity_cache *cache, uint64_t connection,
	struct span credential);
/* The connection is gone. */
void identity_cache_forget(struct identity_cache *cache, uint64_t connection);

#endif
