/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/identity_cache.h"

#include <stdlib.h>

#include "base/alloc.h"

/* Shorter ones are hashed as fast as they are compared. */
#define CACHED_MIN 64

void identity_cache_init(
	struct identity_cache *cache, const struct hash_key *key)
{
	*cache = (struct identity_cache){ .key = *key };
}

static void slot_clear(struct identity_slot *slot)
{
	if (slot->token)
		explicit_bzero(slot->token, slot->len);
	free(slot->token);
	*slot = (struct identity_slot){ 0 };
}

void identity_cache_fini(struct identity_cache *cache)
{
	for (size_t i = 0; i < IDENTITY_CACHE_SLOTS; i++)
		slot_clear(&cache->slots[i]);
}

static uint64_t hash_of(
	const struct identity_cache *cache, struct span credential)
{
	uint64_t hash = hash_span(&cache->key, 0, credential);

	return hash ? hash : 1;
}

uint64_t identity_cache_hash(struct identity_cache *cache, uint64_t connection,
	struct span credential)
{
	struct identity_slot *slot =
		&cache->slots[connection % IDENTITY_CACHE_SLOTS];

	if (credential.len < CACHED_MIN)
		return hash_of(cache, credential);
	if (slot->connection == connection &&
		span_eq(span_of(slot->token, slot->len), credential))
		return slot->hash;
	slot_clear(slot);
	slot->connection = connection;
	slot->token = xstrndup(credential.ptr, credential.len);
	slot->len = credential.len;
	slot->hash = hash_of(cache, credential);
	return slot->hash;
}

void identity_cache_forget(struct identity_cache *cache, uint64_t connection)
{
	struct identity_slot *slot =
		&cache->slots[connection % IDENTITY_CACHE_SLOTS];

	if (slot->connection == connection)
		slot_clear(slot);
}
