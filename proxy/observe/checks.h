/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks: what /livez and /readyz say, as the API server's own do
 * (apiserver/pkg/server/healthz): as a whole, without some (?exclude=), with
 * each by its name (?verbose), or one alone (/readyz/NAME).
 *
 * As a whole only what Fairway can do something about counts: not that the API
 * server is away, nor a file that is wrong while the old one is in force.
 * Asked for alone, each counts.
 */
#ifndef PROXY_OBSERVE_CHECKS_H
#define PROXY_OBSERVE_CHECKS_H

#include "base/buf.h"
#include "base/span.h"
#include "proxy/observe/view.h"

enum checks_of {
	CHECKS_LIVE,
	CHECKS_READY,
};

enum checks_result {
	CHECKS_PASSED,
	CHECKS_FAILED,
	CHECKS_UNKNOWN, /* there is no check of that name */
};

/* `query` is "verbose&exclude=loop" as it came, or absent. */
enum checks_result checks_write(enum checks_of of, const struct view *view,
	struct span query, struct buf *ret_text);
enum checks_result checks_write_one(enum checks_of of, const struct view *view,
	struct span name, struct buf *ret_text);

#endif
