/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/total.h"

#define TICK (100 * USEC_PER_MSEC)
#define CUT_EVERY (250 * USEC_PER_MSEC)
#define TOLERANCE 4
#define SAMPLES_MIN 5
#define OURS_MIN (4 * SEAT)
#define GROWTH (SEAT / 2)
/* Ticks in the 60 s with which the baseline rises. */
#define RISE 600
/* Ticks that are caught up at once, so that a long stop costs nothing. */
#define TICKS_MAX 32

void total_init(struct total *total, const struct total_settings *settings,
	usec_t now)
{
	*total = (struct total){
		.limit = settings->initial,
		.ramp = UINT32_MAX,
		.tick_at = usec_add(now, TICK),
	};
}

uint32_t total_allowed(const struct total *total)
{
	return (uint32_t)u64_min(total->limit, total->ramp);
}

void total_sample(struct total *total, usec_t ttfb)
{
	total->sample_sum = usec_add(total->sample_sum, ttfb);
	total->samples++;
}

static void set_limit(struct total *total,
	const struct total_settings *settings, uint64_t limit)
{
	limit = u64_max(limit, settings->min);
	total->limit = (uint32_t)u64_min(limit, settings->max);
}

void total_refused(struct total *total,
	const struct total_settings *settings, usec_t now)
{
	if (total->cut_at && usec_since(now, total->cut_at) < CUT_EVERY)
		return;
	total->cut_at = now;
	set_limit(total, settings, (uint64_t)total->limit * 7 / 10);
}

void total_start_ramp(
	struct total *total, const struct health_settings *health, usec_t now)
{
	total->ramp = health->ramp_start;
	total->ramp_at = usec_add(now, health->ramp_step);
}

static bool ramp_tick(struct total *total,
	const struct health_settings *health, usec_t now)
{
	for (int i = 0; i < TICKS_MAX && total->ramp_at <= now; i++) {
		if (total->ramp == UINT32_MAX)
			return false;
		total->ramp_at = usec_add(total->ramp_at, health->ramp_step);
		total->ramp = (uint32_t)u64_min(UINT32_MAX - 1,
			(uint64_t)total->ramp * health->ramp_growth / 1000 + 1);
		if (total->ramp >= total->limit) {
			total->ramp = UINT32_MAX;
			return true;
		}
	}
	return false;
}

/* One tick's samples into the two means. */
static void learn(struct total *total)
{
	usec_t mean = total->sample_sum / total->samples;

	if (!total->short_mean) {
		total->short_mean = total->base = mean;
		return;
	}
	total->short_mean = (total->short_mean * 4 + mean) / 5;
	if (total->short_mean < total->base)
		total->base -= (total->base - total->short_mean) * 3 / 10;
	else
		total->base += (total->short_mean - total->base) / RISE + 1;
}

static bool is_congested(const struct total *total)
{
	return total->samples >= SAMPLES_MIN && total->in_flight > OURS_MIN &&
	       total->short_mean > total->base * TOLERANCE;
}

static void adapt(struct total *total, const struct total_settings *settings)
{
	if (total->samples)
		learn(total);
	if (is_congested(total))
		set_limit(total, settings, (uint64_t)total->limit * 9 / 10);
	else if (total->was_full)
		set_limit(total, settings, (uint64_t)total->limit + GROWTH);
	total->samples = 0;
	total->sample_sum = 0;
	total->was_full = false;
}

/* Without adaptation a cut is made good step by step. */
static void restore(struct total *total, const struct total_settings *settings)
{
	if (total->limit < settings->initial)
		set_limit(total, settings,
			u64_min(settings->initial,
				(uint64_t)total->limit + GROWTH));
	total->samples = 0;
	total->sample_sum = 0;
}

bool total_tick(struct total *total, const struct total_settings *settings,
	const struct health_settings *health, usec_t now)
{
	if (total->tick_at <= now) {
		if (settings->is_adaptive)
			adapt(total, settings);
		else
			restore(total, settings);
		total->tick_at = usec_add(now, TICK);
	}
	return ramp_tick(total, health, now);
}

usec_t total_wake_at(
	const struct total *total, const struct total_settings *settings)
{
	usec_t at = total->ramp == UINT32_MAX ? USEC_NEVER : total->ramp_at;

	if (settings->is_adaptive || total->limit < settings->initial)
		at = u64_min(at, total->tick_at);
	return at;
}
