/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event of an API server's audit log (audit.k8s.io/v1), at level Request or
 * above: with requestObject, the body as JSON.
 *
 * What such an event does not say is guessed, and always the same way:
 *
 *	content type	of a patch by its form: a list is a JSON patch; with
 *			$-keys a strategic one; with apiVersion, kind and
 *			fieldManager= an apply; else a merge patch
 *	service		all of the time from requestReceivedTimestamp to
 *			stageTimestamp, the API server's own queue included
 *	of a watch	a millisecond of that, then it is open
 *
 * An event at level Metadata is taken with what its head says.
 */
#ifndef PROXY_SIMULATE_AUDIT_LINE_H
#define PROXY_SIMULATE_AUDIT_LINE_H

#include <cjson/cJSON.h>

#include "proxy/simulate/recording.h"

bool audit_line_is(const cJSON *event);
enum line_kind audit_line_read(
	const cJSON *event, struct arena *arena, struct recorded *ret);

#endif
