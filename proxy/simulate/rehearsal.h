/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rehearsal: a recording is played through policy with a configuration, in
 * virtual time (policy/world/world.h): what each lane would have had.
 *
 * The model, and so what it does not tell:
 *
 *   Requests come when they came.  A client that waits for an answer before
 *   it sends the next one would send that later, or earlier.
 *   The API server takes as long as it took, whatever is sent beside; with
 *   `seats` it serves no more at one time, and lets the rest wait.
 *   It is one, is always there, and refuses nobody.
 *
 * Pure: the same recording and configuration give the same outcome.
 */
#ifndef PROXY_SIMULATE_REHEARSAL_H
#define PROXY_SIMULATE_REHEARSAL_H

#include "policy/settings.h"
#include "policy/stats.h"
#include "proxy/simulate/recording.h"
#include "policy/world/histogram.h"

/* Waits to the first start, and what became of the rest. */
struct lane_outcome {
	uint64_t arrived;
	uint64_t started;
	uint64_t left; /* clients that went while it waited or ran */
	uint64_t refused[VERDICT_COUNT];
	uint64_t refused_sum;
	struct histogram waits;
	uint32_t waiting, waiting_max;
	uint32_t in_flight, in_flight_max; /* open watches are not counted */
	uint64_t seat_usec; /* milli-seats times microseconds */
	uint64_t kept_by[KEPT_BY_COUNT]; /* of those that waited */
	/* As it was, by the lane that the log names. */
	uint64_t was_arrived, was_started, was_refused;
	struct histogram was_waits;
};

struct rehearsal_settings {
	const struct policy_settings *policy; /* borrowed */
	uint32_t seats; /* of the API server; 0: as many as are asked for */
};

struct rehearsal {
	const struct policy_settings *policy; /* borrowed */
	struct lane_outcome lanes[POLICY_LANES_MAX];
	usec_t span;            /* from the first to the last that came */
	uint32_t in_flight_max; /* of all lanes, but open watches */
	uint64_t unfinished;    /* that neither started nor ended */
	uint64_t foreign; /* of lanes that the configuration does not have */
};

/* rehearsal_fini() it. */
void rehearsal_play(struct rehearsal *rehearsal,
	const struct recording *recording,
	const struct rehearsal_settings *settings);
void rehearsal_fini(struct rehearsal *rehearsal);

struct buf;

void rehearsal_write_json(const struct rehearsal *rehearsal,
	const struct recording *recording, struct buf *ret_json);
void rehearsal_write_table(const struct rehearsal *rehearsal,
	const struct recording *recording, struct buf *ret_table);

#endif
