/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tally: what became of a client's requests.
 */
#ifndef TESTS_SIM_TALLY_H
#define TESTS_SIM_TALLY_H

#include "policy/verdict.h"
#include "policy/world/histogram.h"

struct tally {
	uint32_t done;    /* answered by the API server with 2xx */
	uint32_t failed;  /* … with anything else, passed on */
	uint32_t saw_429; /* of either's making */
	uint32_t rejected[VERDICT_COUNT];
	uint32_t rejections; /* their sum */
	usec_t first_done_at;
	usec_t last_done_at;
	/* From a request's first submission to its 2xx. */
	struct histogram latencies;
	struct histogram calm; /* of those that met no outage */
	/* Progress while somebody wants it. */
	uint32_t wanting;
	usec_t wanting_since;
	usec_t longest_pause; /* without any 2xx; outside outages */
};

usec_t tally_latency(const struct tally *tally, unsigned thousandths);

#endif
