/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations and quantities as Kubernetes writes them.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/span.h"
#include "base/util.h"

/*
 * A duration as Go's time.ParseDuration() reads it, without sign: "1h15m",
 * "1.5s", "300ms", "0".  Units: ns us ms s m h.  Rounds up to a microsecond,
 * so that only zero is zero; not more than Go's 2^63 - 1 ns.  Returns 0 or -1.
 */
int units_parse_duration(struct span s, usec_t *ret_usec);

/*
 * A quantity as Kubernetes' resource.Quantity reads it, whole and positive:
 * "65536", "64Ki", "1M", "2Gi".  Returns 0 or -1.
 */
int units_parse_quantity(struct span s, uint64_t *ret_value);

/*
 * Writes a duration so that units_parse_duration() reads the same again:
 * "1m30s", "1.5s", "250ms", "0s".  UNITS_DURATION_CAP bytes hold any.
 */
#define UNITS_DURATION_CAP 40
void units_format_duration(usec_t usec, char *ret_text, size_t cap);

#endif
