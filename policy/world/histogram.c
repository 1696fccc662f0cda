/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/world/histogram.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

void histogram_fini(struct histogram *histogram)
{
	free(histogram->counts);
	*histogram = (struct histogram){ 0 };
}

/* Below HISTOGRAM_STEPS exact, then so many steps for each power of two. */
static size_t index_of(usec_t time)
{
	unsigned shift = 0;

	while (time >> shift >= 2 * HISTOGRAM_STEPS)
		shift++;
	return (size_t)shift * HISTOGRAM_STEPS + (size_t)(time >> shift);
}

/* The largest time that is counted there. */
static usec_t time_of(size_t index)
{
	size_t shift =
		index < 2 * HISTOGRAM_STEPS ? 0 : index / HISTOGRAM_STEPS - 1;
	usec_t step = index - shift * HISTOGRAM_STEPS;

	return ((step + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, usec_t time)
{
	size_t index = index_of(u64_min(time, HISTOGRAM_TIME_MAX));

	CHECK(index < HISTOGRAM_SIZE);
	if (!histogram->counts)
		histogram->counts =
			xcalloc(HISTOGRAM_SIZE, sizeof(*histogram->counts));
	histogram->counts[index]++;
	histogram->count++;
	histogram->max = u64_max(histogram->max, time);
}

usec_t histogram_at(const struct histogram *histogram, unsigned thousandths)
{
	uint64_t left = histogram->count * thousandths / 1000;

	if (!histogram->count || left >= histogram->count)
		return histogram->max;
	for (size_t i = 0; i < HISTOGRAM_SIZE; i++) {
		if (left < histogram->counts[i])
			return u64_min(time_of(i), histogram->max);
		left -= histogram->counts[i];
	}
	return histogram->max;
}
