/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics: the Prometheus text format (version 0.0.4) of a view, or
 * OpenMetrics 1.0 for who asks for it.  The series are the same in both, to
 * the last byte of their labels: who changes over keeps them.
 *
 * All of them stand in one table (metrics.c): name, type, labels, help and
 * where the value comes from.  docs/metrics.md is written from it.  Names are
 * those of the API server's priority and fairness with "fairway_" before
 * them where they mean the same.
 *
 * No name or namespace of an object, no identity and no address of a client
 * is a label: the number of series is bounded by the configuration.
 */
#ifndef PROXY_OBSERVE_METRICS_H
#define PROXY_OBSERVE_METRICS_H

#include "base/buf.h"
#include "base/span.h"
#include "proxy/observe/view.h"

enum metrics_format {
	METRICS_TEXT,
	METRICS_OPENMETRICS,
};

/* What a request's `accept` prefers; an absent one: text. */
enum metrics_format metrics_format_of(struct span accept);
const char *metrics_content_type(enum metrics_format format);

void metrics_write(const struct view *view, enum metrics_format format,
	struct buf *ret_text);
/* docs/metrics.md */
void metrics_write_reference(struct buf *ret_markdown);

#endif
