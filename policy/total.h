/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Total: how many seats Fairway uses at one API server.
 *
 * Priority works only over a small, bounded number of requests in flight.
 * Where it adapts (facts/policy-experiments.md section 3, "K"), it looks once
 * each 100 ms at the time to first byte of mutating requests, for each kind
 * (create, update, patch, delete) by itself, since a change of the mixture is
 * no congestion; the age of the oldest that has no answer counts as an answer:
 *
 *	short	moving mean of the samples (weight 1/5)
 *	base	the low baseline: falls with weight 3/10, rises with a time
 *		constant of 60 s while no more than 4 seats of our own are in
 *		flight.  Never a long-term mean, and never up under load of our
 *		own: with either the total creeps up
 *
 *	short > 4 * base, at least 5 samples, more than 4 of our own in
 *	flight, for any kind: total * 0.9.  With fewer of our own the
 *	congestion is not ours.
 *	else, if the total itself made somebody wait: + 0.5 seats
 *	a 429 that names no level: * 0.7, once each 250 ms
 *
 * After an outage it ramps: it begins small and grows by a factor a step.
 */
#ifndef POLICY_TOTAL_H
#define POLICY_TOTAL_H

#include <stdbool.h>

#include "base/util.h"
#include "policy/settings.h"

#define TOTAL_KINDS 4

struct total_kind {
	usec_t short_mean; /* 0: no sample yet */
	usec_t base;
	usec_t sum; /* of this tick's samples */
	uint32_t samples;
};

struct total {
	uint32_t limit;	    /* milli-seats, without the ramp */
	uint32_t ramp;	    /* milli-seats; UINT32_MAX: no ramp */
	uint32_t in_flight; /* milli-seats */
	bool was_full;	    /* it made somebody wait since the last tick */
	struct total_kind kinds[TOTAL_KINDS];
	usec_t tick_at;
	usec_t ramp_at;
	usec_t cut_at; /* of the last cut for a 429 */
};

void total_init(struct total *total, const struct total_settings *settings,
	usec_t now);
/* What was learned stays, as far as the new bounds allow. */
void total_resettle(
	struct total *total, const struct total_settings *settings);
/* What is allowed in flight now, in milli-seats. */
uint32_t total_allowed(const struct total *total);
/* Which kind a verb is, or TOTAL_KINDS: it does not count. */
unsigned total_kind_of(enum verb verb);
/* The time to first byte of a mutating request. */
void total_sample(struct total *total, unsigned kind, usec_t ttfb);
/* A 429 that names no level. */
void total_refused(struct total *total,
	const struct total_settings *settings, usec_t now);
void total_start_ramp(
	struct total *total, const struct health_settings *health, usec_t now);
/*
 * Moves on to `now`.  True: a ramp has just ended.  `oldest_age` is that of
 * the oldest unanswered request, of kind `oldest_kind`.
 */
bool total_tick(struct total *total, const struct total_settings *settings,
	const struct health_settings *health, unsigned oldest_kind,
	usec_t oldest_age, usec_t now);
/* When to call total_tick() next, for somebody who waits for a seat. */
usec_t total_wake_at(
	const struct total *total, const struct total_settings *settings);

#endif
