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
 * "1.5s", "300ms", "0".  Units: ns us ms s m h.  Returns 0 or -1.
 */
int units_parse_duration(struct span s, usec_t *ret_usec);

/*
 * A quantity as Kubernetes' resource.Quantity reads it, whole and positive:
 * "65536", "64Ki", "1M", "2Gi".  Returns 0 or -1.
 */
int units_parse_quantity(struct span s, uint64_t *ret_value);

/* Writes the shortest form of a duration ("1m30s", "250ms"). */
void units_format_duration(usec_t usec, char *ret_text, size_t cap);

#endif
