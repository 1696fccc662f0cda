/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time as Kubernetes writes them (metav1.Time): RFC 3339 in UTC, to
 * the second.  Inside they are seconds since 1970.
 */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include "base/span.h"
#include "base/util.h"

/*
 * "2026-11-30T15:02:11Z"; a fraction of a second is passed over.  Returns 0,
 * or -1 if it is none, or not in UTC.
 */
int timestamp_parse(struct span text, int64_t *ret_seconds);

/* As HTTP has it (RFC 9110 section 5.6.7): "Mon, 30 Nov 2026 15:02:11 GMT". */
int timestamp_parse_http(struct span text, int64_t *ret_seconds);

/* The same, of the years 0 to 9999; what is beyond is shown as their end. */
#define TIMESTAMP_CAP 24
void timestamp_format(int64_t seconds, char ret_text[TIMESTAMP_CAP]);

#endif
