/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of Fairway's access log (proxy/observe/access_log.h), of either form:
 *
 *	time=… level=debug msg="request" method=GET verb=list path=/api/v1/pods …
 *	{"time":"…","level":"debug","msg":"request","method":"GET",…}
 *
 * Distances between requests come from `submitted`, which no clock that is set
 * changes; where that begins comes from `time`, and anew where both differ by
 * more than seconds: Fairway was started on another machine.
 */
#ifndef PROXY_SIMULATE_ACCESS_LINE_H
#define PROXY_SIMULATE_ACCESS_LINE_H

#include "proxy/simulate/fields.h"
#include "proxy/simulate/recording.h"

enum line_kind access_line_read(const struct line_fields *fields,
	struct arena *arena, usec_t *boot, struct recorded *ret);

#endif
