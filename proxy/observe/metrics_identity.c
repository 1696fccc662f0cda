/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of who clients are. */
#include <inttypes.h>
#include <string.h>

#include "proxy/observe/metrics_impl.h"

void metric_write_certificates(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	static const char *const RESULTS[CERTIFICATE_RESULT_COUNT] = {
		[CERTIFICATE_ACCEPTED] = "accepted",
		[CERTIFICATE_REFUSED] = "refused",
		[CERTIFICATE_INVALID] = "invalid",
	};

	for (unsigned i = 0; i < CERTIFICATE_RESULT_COUNT; i++)
		buf_printf(out, "%s{result=\"%s\"} %" PRIu64 "\n",
			metric->name, RESULTS[i],
			view->exchange->certificates[i]);
}

void metric_write_review_ends(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < REVIEW_KIND_COUNT; i++) {
		for (unsigned j = 0; j < REVIEW_END_COUNT; j++)
			buf_printf(out,
				"%s{kind=\"%s\",result=\"%s\"} %" PRIu64 "\n",
				metric->name,
				review_kind_name((enum review_kind)i),
				review_end_name((enum review_end)j),
				view->reviews->ends[i][j]);
	}
}

void metric_write_review_lookups(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < REVIEW_KIND_COUNT; i++) {
		for (unsigned j = 0; j < REVIEW_LOOKUP_COUNT; j++)
			buf_printf(out,
				"%s{kind=\"%s\",found=\"%s\"} %" PRIu64 "\n",
				metric->name,
				review_kind_name((enum review_kind)i),
				review_lookup_name((enum review_lookup)j),
				view->reviews->lookups[i][j]);
	}
}

void metric_write_reviews_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	uint64_t number;

	memcpy(&number, (const char *)view->reviews + metric->offset,
		sizeof(number));
	buf_printf(out, "%s %" PRIu64 "\n", metric->name, number);
}
