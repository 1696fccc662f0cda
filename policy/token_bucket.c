/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/token_bucket.h"

/* The time that one token takes to come, in microseconds. */
static usec_t interval(const struct bucket_settings *settings)
{
	return (USEC_PER_SEC * 1000) / settings->milli_qps;
}

usec_t token_bucket_ready_at(const struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now)
{
	usec_t depth;

	if (!settings->is_limited)
		return now;
	if (!settings->milli_qps || !settings->burst)
		return USEC_NEVER;
	depth = interval(settings) * (settings->burst - 1);
	return usec_since(bucket->full_at, depth);
}

usec_t token_bucket_reserve(struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now)
{
	usec_t ready_at = token_bucket_ready_at(bucket, settings, now);

	if (!settings->is_limited || ready_at == USEC_NEVER)
		return ready_at;
	bucket->full_at =
		u64_max(bucket->full_at, now) + interval(settings);
	return u64_max(ready_at, now);
}

bool token_bucket_take(struct token_bucket *bucket,
	const struct bucket_settings *settings, usec_t now)
{
	if (token_bucket_ready_at(bucket, settings, now) > now)
		return false;
	token_bucket_reserve(bucket, settings, now);
	return true;
}
