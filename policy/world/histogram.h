/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histogram of times, of less than 1 % error, so that days cost no more than
 * seconds.
 */
#ifndef SIM_HISTOGRAM_H
#define SIM_HISTOGRAM_H

#include "base/util.h"

/* 128 steps in each power of two, from 1 us to 2^40 us; then all are one. */
#define HISTOGRAM_STEPS 128
#define HISTOGRAM_SIZE (34 * HISTOGRAM_STEPS)
#define HISTOGRAM_TIME_MAX ((UINT64_C(1) << 40) - 1)

struct histogram {
	uint32_t *counts; /* owned; NULL: nothing was added */
	uint64_t count;
	usec_t max; /* exact */
};

void histogram_fini(struct histogram *histogram);
void histogram_add(struct histogram *histogram, usec_t time);
/* `thousandths` 500: the median; 1000: the worst; 0 if there is none. */
usec_t histogram_at(const struct histogram *histogram, unsigned thousandths);

#endif
