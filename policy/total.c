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
/* Steps of the ramp that are caught up at once after a stop. */
#define STEPS_MAX 32

void total_init(
	struct total *total, const struct total_settings *settings, usec_t now)
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

unsigned total_kind_of(enum verb verb)
{
	switch (verb) {
	case VERB_CREATE:
		return 0;
	case VERB_UPDATE:
		return 1;
	case VERB_PATCH:
		return 2;
	case VERB_DELETE:
		return 3;
	case VERB_GET:
	case VERB_LIST:
	case VERB_WATCH:
	case VERB_DELETECOLLECTION:
	case VERB_PROXY:
	case VERB_CONNECT:
	case VERB_HEAD:
	case VERB_POST:
	case VERB_PUT:
	case VERB_OPTIONS:
	case VERB_OTHER:
	case VERB_COUNT:
		break;
	}
	return TOTAL_KINDS;
}

void total_sample(struct total *total, unsigned kind, usec_t ttfb)
{
	if (kind >= TOTAL_KINDS)
		return;
	total->kinds[kind].sum = usec_add(total->kinds[kind].sum, ttfb);
	total->kinds[kind].samples++;
}

static void set_limit(struct total *total,
	const struct total_settings *settings, uint64_t limit)
{
	limit = u64_max(limit, settings->min);
	total->limit = (uint32_t)u64_min(limit, settings->max);
}

void total_resettle(struct total *total, const struct total_settings *settings)
{
	set_limit(total, settings,
		settings->is_adaptive ? total->limit : settings->initial);
}

void total_refused(
	struct total *total, const struct total_settings *settings, usec_t now)
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

static bool ramp_tick(
	struct total *total, const struct health_settings *health, usec_t now)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		if (total->ramp == UINT32_MAX || total->ramp_at > now)
			return false;
		total->ramp_at = usec_add(total->ramp_at, health->ramp_step);
		total->ramp = (uint32_t)u64_min(UINT32_MAX - 1,
			(uint64_t)total->ramp * health->ramp_growth / 1000 + 1);
		if (total->ramp >= total->limit) {
			total->ramp = UINT32_MAX;
			return true;
		}
	}
	total->ramp_at = usec_add(now, health->ramp_step);
	return false;
}

/*
 * One tick's samples into the two means.  True: this kind is congested.  The
 * baseline rises only while what is in flight is little, or congestion of our
 * own making would become what is normal and the total creep up.
 */
static bool learn(struct total_kind *kind, bool may_rise)
{
	uint32_t samples = kind->samples;
	usec_t mean;

	if (!samples)
		return false;
	mean = kind->sum / samples;
	kind->sum = 0;
	kind->samples = 0;
	if (!kind->short_mean) {
		kind->short_mean = kind->base = mean;
		return false;
	}
	kind->short_mean = (kind->short_mean * 4 + mean) / 5;
	if (kind->short_mean < kind->base)
		kind->base -= (kind->base - kind->short_mean) * 3 / 10;
	else if (may_rise)
		kind->base += (kind->short_mean - kind->base) / RISE + 1;
	return samples >= SAMPLES_MIN &&
		kind->short_mean > kind->base * TOLERANCE;
}

static void adapt(struct total *total, const struct total_settings *settings)
{
	bool is_ours = total->in_flight > OURS_MIN;
	bool is_congested = false;

	for (unsigned i = 0; i < TOTAL_KINDS; i++)
		is_congested |= learn(&total->kinds[i], !is_ours);
	if (is_congested && is_ours)
		set_limit(total, settings, (uint64_t)total->limit * 9 / 10);
	else if (total->was_full)
		set_limit(total, settings, (uint64_t)total->limit + GROWTH);
	total->was_full = false;
}

/* Without adaptation a cut is made good step by step. */
static void restore(struct total *total, const struct total_settings *settings)
{
	if (total->limit < settings->initial)
		set_limit(total, settings,
			u64_min(settings->initial,
				(uint64_t)total->limit + GROWTH));
	for (unsigned i = 0; i < TOTAL_KINDS; i++)
		total->kinds[i] = (struct total_kind){ 0 };
}

bool total_tick(struct total *total, const struct total_settings *settings,
	const struct health_settings *health, unsigned oldest_kind,
	usec_t oldest_age, usec_t now)
{
	if (total->tick_at <= now) {
		/* Young ones say nothing yet. */
		if (oldest_kind < TOTAL_KINDS &&
			oldest_age > total->kinds[oldest_kind].short_mean)
			total_sample(total, oldest_kind, oldest_age);
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
