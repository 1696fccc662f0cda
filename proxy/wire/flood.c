/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/flood.h"

#define MICRO UINT64_C(1000000)

void flood_init(struct flood_bucket *bucket, uint32_t burst,
	uint32_t per_second, usec_t now)
{
	*bucket = (struct flood_bucket){
		.micro = burst * MICRO,
		.at = now,
		.burst = burst,
		.per_second = per_second,
	};
}

static void gain(struct flood_bucket *bucket, usec_t now)
{
	uint64_t room = bucket->burst * MICRO - bucket->micro;
	usec_t passed = usec_since(now, bucket->at);

	/* One a second is one millionth a microsecond. */
	if (bucket->per_second && passed > room / bucket->per_second)
		bucket->micro += room;
	else
		bucket->micro += passed * bucket->per_second;
	bucket->at = u64_max(now, bucket->at);
}

bool flood_has(struct flood_bucket *bucket, usec_t now)
{
	if (bucket->micro < MICRO)
		gain(bucket, now);
	return bucket->micro >= MICRO;
}

void flood_give(struct flood_bucket *bucket, uint32_t n)
{
	bucket->micro =
		u64_min(bucket->micro + n * MICRO, bucket->burst * MICRO);
}

bool flood_take(struct flood_bucket *bucket, usec_t now)
{
	/* Full again is found out when it seems empty: no work before. */
	if (!flood_has(bucket, now))
		return false;
	bucket->micro -= MICRO;
	return true;
}
