/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics of the last sweep as a file, in the text format of Prometheus, for
 * the textfile collector of the node exporter or whatever else reads it.
 * Written beside it and renamed: a reader sees the old one or the new one.
 * The time of the last success is taken over from the one that was there.
 */
#ifndef PROXY_SWEEP_METRICS_H
#define PROXY_SWEEP_METRICS_H

#include "base/buf.h"
#include "proxy/sweep/sweep.h"

struct sweep_outcome {
	bool is_applied;
	bool is_whole;      /* it came to its end */
	int64_t ended_at;   /* seconds since 1970 */
	usec_t took;
	int64_t succeeded_at; /* an earlier one; 0: none */
};

void sweep_metrics_format(const struct sweep_report *report,
	const struct sweep_outcome *outcome, struct buf *ret_text);
int sweep_metrics_write(const char *path, const struct sweep_report *report,
	struct sweep_outcome *outcome, struct err *err);

#endif
