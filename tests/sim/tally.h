/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tally: what became of a client's requests.  Times are kept in a histogram
 * of less than 1 % error, so that days cost no more than seconds.
 */
#ifndef TESTS_SIM_TALLY_H
#define TESTS_SIM_TALLY_H

#include "base/util.h"
#include "policy/verdict.h"

/* 128 steps in each power of two, from 1 us to 2^40 us. */
#define HISTOGRAM_STEPS 128
#define HISTOGRAM_SIZE (34 * HISTOGRAM_STEPS)

struct histogram {
	uint32_t *counts; /* owned; NULL: nothing was added */
	uint64_t count;
	usec_t max; /* exact */
};

void histogram_fini(struct histogram *histogram);
void histogram_add(struct histogram *histogram, usec_t time);
/* `thousandths` 500: the median; 1000: the worst; 0 if there is none. */
usec_t histogram_at(const struct histogram *histogram, unsigned thousandths);

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
