/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of reviews: reviews.h. */
#ifndef PROXY_EXCHANGE_REVIEW_STATS_H
#define PROXY_EXCHANGE_REVIEW_STATS_H

#include "base/util.h"

enum review_kind {
	REVIEW_TOKEN,
	REVIEW_ACCESS,
	REVIEW_KIND_COUNT,
};

enum review_end {
	REVIEW_END_YES,
	REVIEW_END_NO,
	REVIEW_END_FAILED,  /* no answer, or none that says it */
	REVIEW_END_TIMEOUT, /* none in time */
	REVIEW_END_COUNT,
};

/* What a request that needed to know it found. */
enum review_lookup {
	REVIEW_LOOKUP_HIT,
	REVIEW_LOOKUP_STALE,  /* old, and asked again meanwhile */
	REVIEW_LOOKUP_JOINED, /* it is asked already */
	REVIEW_LOOKUP_MISS,
	REVIEW_LOOKUP_FULL, /* too many are asked */
	REVIEW_LOOKUP_COUNT,
};

struct review_stats {
	uint64_t ends[REVIEW_KIND_COUNT][REVIEW_END_COUNT];
	uint64_t lookups[REVIEW_KIND_COUNT][REVIEW_LOOKUP_COUNT];
	uint64_t pushed_out;
	/* gauges */
	uint64_t entries; /* remembered or under way */
	uint64_t asking;
};

const char *review_kind_name(enum review_kind kind);
const char *review_end_name(enum review_end end);
const char *review_lookup_name(enum review_lookup lookup);

#endif
