/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of who clients are. */
#include <inttypes.h>

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
