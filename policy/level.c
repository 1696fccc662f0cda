/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/level.h"

#include "base/check.h"

/* So many refusals in a row close a gate behind which others still run. */
#define REFUSALS_TO_CLOSE 4
/* A raise that lasts so long has proved itself. */
#define RAISE_TRIAL USEC_PER_SEC
/* So long a lease waits at a closed gate; at a full one that stands still. */
#define FIRST_CLOSED_MAX (16 * USEC_PER_MSEC)
#define FIRST_FULL_MAX (250 * USEC_PER_MSEC)

void level_init(struct level *level, unsigned endpoint, uint64_t uid,
	const struct gate_settings *settings, uint32_t limit)
{
	*level = (struct level){
		.uid = uid,
		.endpoint = endpoint,
		.limit = limit,
		.raised_at = USEC_NEVER,
		.raise_wait = settings->raise_min_usec,
	};
}

bool level_is_open(struct level *level, usec_t now, usec_t *wake_at)
{
	if (now < level->closed_until) {
		*wake_at = u64_min(*wake_at, level->closed_until);
		return false;
	}
	if (level->in_flight >= level->limit) {
		level->was_full = true;
		return false;
	}
	return true;
}

bool level_is_open_first(const struct level *level, usec_t now, usec_t *wake_at)
{
	usec_t open_at = u64_min(level->closed_until,
		usec_add(level->refused_at, FIRST_CLOSED_MAX));

	if (level->in_flight >= level->limit)
		open_at = u64_max(
			open_at, usec_add(level->moved_at, FIRST_FULL_MAX));
	if (now >= open_at)
		return true;
	*wake_at = u64_min(*wake_at, open_at);
	return false;
}

void level_started(struct level *level, usec_t now)
{
	level->in_flight++;
	level->used_at = level->moved_at = now;
}

void level_left(struct level *level, usec_t now)
{
	CHECK(level->in_flight > 0);
	level->in_flight--;
	level->moved_at = now;
}

static usec_t closing_time(uint32_t refusals,
	const struct gate_settings *settings, int32_t retry_after,
	struct rng *rng)
{
	usec_t time = settings->closed_min_usec;

	for (uint32_t i = 0; i < refusals && time < settings->closed_max_usec;
		i++)
		time *= 2;
	time += rng_below(rng, time / 2 + 1);
	time = u64_min(time, settings->closed_max_usec);
	if (retry_after > 0)
		time = u64_min(time, (usec_t)retry_after * USEC_PER_SEC);
	return time;
}

void level_refused(struct level *level, const struct gate_settings *settings,
	int32_t retry_after, usec_t started_at, struct rng *rng, usec_t now)
{
	uint32_t others = level->in_flight;
	/* Of one burst: it left before the last refusal could be heeded. */
	bool is_news = started_at >= level->refused_at;

	level->refusals++;
	level->limit = (uint32_t)u64_max(1, u64_min(level->limit - 1, others));
	if (!is_news)
		return;
	level->refused_at = now;
	level->refusals_in_a_row++;
	if (level->raised_at != USEC_NEVER &&
		usec_since(now, level->raised_at) < RAISE_TRIAL) {
		level->raise_wait = u64_min(
			level->raise_wait * 2, settings->raise_max_usec);
		level->raised_at = USEC_NEVER;
	}
	level->raise_at = usec_add(now, level->raise_wait);
	if (others && level->refusals_in_a_row < REFUSALS_TO_CLOSE)
		return;
	level->closed_until = usec_add(now,
		closing_time(
			level->refusals_in_a_row, settings, retry_after, rng));
}

void level_answered(
	struct level *level, const struct gate_settings *settings, usec_t now)
{
	level->refusals_in_a_row = 0;
	if (level->raised_at != USEC_NEVER &&
		usec_since(now, level->raised_at) >= RAISE_TRIAL) {
		level->raise_wait = settings->raise_min_usec;
		level->raised_at = USEC_NEVER;
	}
	if (!level->was_full || now < level->raise_at)
		return;
	level->limit++;
	level->was_full = false;
	level->raised_at = now;
	level->raise_at = usec_add(now, level->raise_wait);
}
