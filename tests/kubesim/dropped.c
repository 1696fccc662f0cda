/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/dropped.h"

void dropped_init(struct dropped *dropped)
{
	*dropped = (struct dropped){ .retry_after = 1 };
}

/* Drops in the `retry_after` seconds before this one. */
static unsigned recent_drops(const struct dropped *dropped, uint64_t second)
{
	unsigned drops = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dropped->history); i++) {
		uint64_t then = dropped->history[i].second;

		if (then < second && second - then <= dropped->retry_after)
			drops += dropped->history[i].count;
	}
	return drops;
}

static void dropped_adjust(struct dropped *dropped, uint64_t second)
{
	unsigned drops = recent_drops(dropped, second);
	unsigned old = dropped->retry_after;

	if (drops >= 3 * old && second - dropped->changed_at >= old) {
		dropped->retry_after = (unsigned)u64_min(
			2 * (uint64_t)old, DROPPED_MAX_RETRY_AFTER);
		dropped->changed_at = second;
	} else if (drops < old && old > 1) {
		dropped->retry_after--;
		dropped->changed_at = second;
	}
}

void dropped_record(struct dropped *dropped, usec_t now)
{
	uint64_t second = now / USEC_PER_SEC;
	size_t place = second % ARRAY_SIZE(dropped->history);

	if (second != dropped->second) {
		dropped->second = second;
		dropped_adjust(dropped, second);
	}
	if (dropped->history[place].second != second) {
		dropped->history[place].second = second;
		dropped->history[place].count = 0;
	}
	dropped->history[place].count++;
}
