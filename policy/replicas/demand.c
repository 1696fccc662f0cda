/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/replicas/demand.h"

/* Thousandths of tokens a second; what waits would go in a second. */
static uint64_t rate_now(const struct demand *demand,
	const struct quota_use *use, usec_t passed)
{
	uint64_t spent =
		use->spent > demand->spent ? use->spent - demand->spent : 0;

	return spent * 1000 * USEC_PER_SEC / u64_max(passed, USEC_PER_MSEC) +
		(uint64_t)use->waiting * 1000;
}

void demand_note(struct demand *demand, const struct quota *quota,
	const struct quota_use *use, usec_t interval, usec_t now)
{
	usec_t passed = usec_since(now, demand->looked_at);
	uint64_t asked = (uint64_t)use->used + (uint64_t)use->waiting * SEAT;
	uint64_t fade;

	if (!quota_is_of_seats(quota))
		asked = demand->looked_at ? rate_now(demand, use, passed) : 0;
	passed = u64_min(passed, interval);
	/* (1 - x), not far from e^-x while looks are many; to nothing. */
	fade = (uint64_t)demand->peak * passed / u64_max(interval, 1);
	fade = u64_min(fade + 1, demand->peak);
	demand->peak = (uint32_t)u64_min(
		u64_max(asked, demand->peak - fade), quota->all);
	demand->spent = use->spent;
	demand->looked_at = now;
}
