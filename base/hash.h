/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4: a keyed hash for tables whose keys a peer chooses.  Without
 * the key nobody can make names that collide.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"
#include "base/util.h"

struct hash_key {
	uint64_t k0;
	uint64_t k1;
};

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t len);

/* The hash of `s`, mixed with an earlier hash. */
uint64_t hash_span(const struct hash_key *key, uint64_t earlier, struct span s);

/*
 * For keys of several parts; other parts have another hash, wherever they
 * meet.  Costs little more than one hash of them all.
 */
uint64_t hash_spans(const struct hash_key *key, uint64_t earlier,
	const struct span *parts, size_t count);

#endif
