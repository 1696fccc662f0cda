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

static bool lets_through(const struct bucket_settings *settings)
{
	return settings->is_limited && settings->milli_qps && settings->burst;
}

/*
 * value * to / from, rounded up.  The product may be too long for 64 bits, so
 * bit by bit: at each of them `whole` and `rest` / from are what `value` times
 * the bits so far is.
 */
static uint64_t in_proportion(uint64_t value, uint64_t from, uint64_t to)
{
	uint64_t whole = 0, rest = 0;

	for (unsigned bit = 64; bit-- > 0;) {
		rest *= 2;
		whole *= 2;
		if (to >> bit & 1) {
			rest += value % from;
			whole += value / from;
		}
		whole += rest / from;
		rest %= from;
	}
	return whole + (rest > 0);
}

void token_bucket_resettle(struct token_bucket *bucket,
	const struct bucket_settings *from, const struct bucket_settings *to,
	usec_t now)
{
	usec_t missing = usec_since(bucket->full_at, now);

	if (!missing || !lets_through(from) || !lets_through(to)) {
		bucket->full_at = 0;
		return;
	}
	bucket->full_at = usec_add(now,
		in_proportion(missing, interval(from) * from->burst,
			interval(to) * to->burst));
}

void token_bucket_resize(struct token_bucket *bucket,
	const struct bucket_settings *from, const struct bucket_settings *to,
	usec_t now)
{
	usec_t missing = usec_since(bucket->full_at, now);
	uint64_t before, then;

	if (!lets_through(from) || !lets_through(to)) {
		bucket->full_at = 0;
		return;
	}
	/* As many as were missing, and those that the burst now is more. */
	missing = in_proportion(missing, interval(from), interval(to));
	before = interval(to) * from->burst;
	then = interval(to) * to->burst;
	bucket->full_at = usec_add(
		now, then > before ? missing + (then - before)
				   : usec_since(missing, before - then));
}
