/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/identity_cache.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct hash_key key = { 1, 2 };
static const struct hash_key other_key = { 3, 4 };

static struct identity_cache made(const struct hash_key *with)
{
	struct identity_cache cache;

	identity_cache_init(&cache, with);
	return cache;
}

Test(identity_cache, the_hash_is_the_same_cached_or_not)
{
	struct identity_cache cache = made(&key), fresh = made(&key);
	char token[1000];
	uint64_t first;

	memset(token, 'a', sizeof(token));
	first = identity_cache_hash(&cache, 1, span_of(token, sizeof(token)));
	cr_assert_neq(first, 0);
	for (uint64_t connection = 1; connection < 300; connection++) {
		cr_assert_eq(first,
			identity_cache_hash(&cache, connection,
				span_of(token, sizeof(token))));
	}
	cr_assert_eq(first,
		identity_cache_hash(&fresh, 1, span_of(token, sizeof(token))));
	identity_cache_fini(&cache);
	identity_cache_fini(&fresh);
}

Test(identity_cache, tokens_on_one_connection_are_told_apart)
{
	struct identity_cache cache = made(&key);
	char token[1000];
	uint64_t a, b;

	memset(token, 'a', sizeof(token));
	a = identity_cache_hash(&cache, 1, span_of(token, sizeof(token)));
	token[999] = 'b';
	b = identity_cache_hash(&cache, 1, span_of(token, sizeof(token)));
	cr_assert_neq(a, b);
	cr_assert_neq(b,
		identity_cache_hash(
			&cache, 1, span_of(token, sizeof(token) - 1)));
	token[999] = 'a';
	cr_assert_eq(a,
		identity_cache_hash(&cache, 1, span_of(token, sizeof(token))));
	identity_cache_fini(&cache);
}

Test(identity_cache, short_ones_and_no_key_in_common)
{
	struct identity_cache cache = made(&key), other = made(&other_key);

	cr_assert_neq(identity_cache_hash(&cache, 1, SPAN("Bearer a")),
		identity_cache_hash(&cache, 1, SPAN("Bearer b")));
	cr_assert_neq(identity_cache_hash(&cache, 1, SPAN("Bearer a")),
		identity_cache_hash(&other, 1, SPAN("Bearer a")));
	identity_cache_fini(&cache);
	identity_cache_fini(&other);
}

Test(identity_cache, a_connection_that_is_gone_leaves_no_token)
{
	struct identity_cache cache = made(&key);
	char token[100];

	memset(token, 'a', sizeof(token));
	identity_cache_hash(&cache, 65, span_of(token, sizeof(token)));
	cr_assert_not_null(cache.slots[1].token);
	/* Another one with the same place is not meant. */
	identity_cache_forget(&cache, 1);
	cr_assert_not_null(cache.slots[1].token);
	identity_cache_forget(&cache, 65);
	cr_assert_null(cache.slots[1].token);
	identity_cache_fini(&cache);
}
