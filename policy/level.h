/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Level: one priority level of one API server, and the gate in front of it.
 *
 * The API server names the level that a request met by a UID in its response
 * headers.  The gate is a limit in whole seats on what is in flight there.
 * It begins wide open and comes down gently with each 429; it goes up rarely
 * and carefully, since each raise that fails costs a stall
 * (facts/policy-experiments.md section 3, "Level gate", and surprises 3 to 5):
 *
 *	429      limit = max(1, min(limit - 1, others in flight))
 *		 closed for 2 ms * 2^n, n refusals in a row, plus up to half of
 *		 it, at most 2 s and at most Retry-After; but not while others
 *		 are in flight and fewer than 4 were refused in a row
 *	answer   n = 0; if the limit was reached and the time to raise is here:
 *		 limit + 1
 *	a raise that a 429 follows within 1 s doubles the time to the next,
 *		 250 ms up to 8 s; one that holds makes it short again
 *
 * A lease waits for nothing here but milliseconds: 16 ms of a closed gate, and
 * 250 ms in which nobody came or went at a full one (level_is_open_first).
 *
 * Retry-After is only an upper bound: waiting it out gave 0.5 requests a
 * second where this gives 357.
 */
#ifndef POLICY_LEVEL_H
#define POLICY_LEVEL_H

#include <stdbool.h>

#include "base/rng.h"
#include "base/util.h"
#include "policy/settings.h"

struct level {
	uint64_t uid; /* 0: of the endpoint, where no level is known yet */
	unsigned endpoint;
	uint32_t limit; /* whole seats */
	uint32_t in_flight;
	uint32_t users;	    /* requests that point here */
	uint32_t refusals_in_a_row;
	bool was_full;	    /* the limit kept somebody since the last raise */
	usec_t closed_until;
	usec_t refused_at; /* the last time */
	usec_t moved_at;   /* when the last one came or went */
	usec_t raised_at;   /* USEC_NEVER: no raise is on trial */
	usec_t raise_at;    /* not before */
	usec_t raise_wait;
	uint64_t refusals;
	usec_t used_at;
};

void level_init(struct level *level, unsigned endpoint, uint64_t uid,
	const struct gate_settings *settings, uint32_t limit);
/*
 * Whether one more may start.  If not, `*wake_at` comes down to when it may
 * be asked again, as far as time alone decides.
 */
bool level_is_open(struct level *level, usec_t now, usec_t *wake_at);
/* The same for a request that must not wait: it is first, and impatient. */
bool level_is_open_first(
	const struct level *level, usec_t now, usec_t *wake_at);
void level_started(struct level *level, usec_t now);
/* It is no longer in flight there, whatever became of it. */
void level_left(struct level *level, usec_t now);
/*
 * Refused with 429; it has left already.  `retry_after` in s, -1: none.  One
 * that started before the last refusal came lowers the limit and no more.
 */
void level_refused(struct level *level, const struct gate_settings *settings,
	int32_t retry_after, usec_t started_at, struct rng *rng, usec_t now);
/* Answered with anything else. */
void level_answered(struct level *level, const struct gate_settings *settings,
	usec_t now);

#endif
