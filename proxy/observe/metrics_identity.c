/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of who clients are. */
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
		metric_put(out, metric, LABELS({ "result", RESULTS[i] }),
			view->exchange->certificates[i]);
}

void metric_write_review_ends(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < REVIEW_KIND_COUNT; i++) {
		const char *kind = review_kind_name((enum review_kind)i);

		for (unsigned j = 0; j < REVIEW_END_COUNT; j++)
			metric_put(out, metric,
				LABELS({ "kind", kind },
					{ "result",
						review_end_name(
							(enum review_end)j) }),
				view->reviews->ends[i][j]);
	}
}

void metric_write_review_lookups(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	for (unsigned i = 0; i < REVIEW_KIND_COUNT; i++) {
		const char *kind = review_kind_name((enum review_kind)i);

		for (unsigned j = 0; j < REVIEW_LOOKUP_COUNT; j++)
			metric_put(out, metric,
				LABELS({ "kind", kind },
					{ "found",
						review_lookup_name(
							(enum review_lookup)
								j) }),
				view->reviews->lookups[i][j]);
	}
}

void metric_write_reviews_u64(
	const struct metric *metric, const struct view *view, struct buf *out)
{
	metric_put(out, metric, NO_LABELS,
		metric_u64_at(view->reviews, metric->offset));
}
