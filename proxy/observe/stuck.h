/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stuck: the objects that a Fairway saw being deleted and kept by a finalizer,
 * as one JSON document, and that document as a table for people.  As with
 * status.h the first is made by who runs, the second by `fairway stuck`.
 *
 *	{"stuckAfterSeconds":300,"remembered":1,"max":4096,"givenUp":0,
 *	 "objects":[{"group":"","resource":"pods","namespace":"argo",
 *	   "name":"p","uid":"…","resourceVersion":"…",
 *	   "finalizers":["workflows.argoproj.io/status"],
 *	   "deletedAt":"2026-11-30T15:02:11Z","deletedSeconds":12,
 *	   "firstSeenSeconds":11.5,"seenSeconds":0.2}]}
 */
#ifndef PROXY_OBSERVE_STUCK_H
#define PROXY_OBSERVE_STUCK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "proxy/observe/view.h"

void stuck_write_json(const struct view *view, struct buf *ret_json);
/* Of the objects only the `max` that were deleted first, in that order. */
#define STUCK_OLDEST_MAX 32
void stuck_write_oldest_json(
	const struct view *view, unsigned max, struct buf *ret_json);
/*
 * The oldest deletion first; without `all` only what counts as stuck.
 * Returns 0, or -1 if it is no such document.
 */
int stuck_write_table(
	struct span json, bool all, struct buf *ret_table, struct err *err);

#endif
