/* SPDX-License-Identifier: Apache-2.0 */
/*
 * History: the last 15 minutes of a Fairway, for the live page.  A ring of
 * samples, one for every 5 seconds, of fixed size (about 140 KiB): what came,
 * was refused and waited in each lane, and what the API servers did.
 *
 * A lane is known by its name.  After a reload its past goes with it to where
 * it then stands; what a lane has that was not there before is 0.
 */
#ifndef PROXY_OBSERVE_HISTORY_H
#define PROXY_OBSERVE_HISTORY_H

#include "base/buf.h"
#include "proxy/observe/view.h"

#define HISTORY_EVERY (5 * USEC_PER_SEC)
#define HISTORY_SAMPLES 180

struct history;

struct history *history_new(void);
void history_free(struct history *history);
/* What is now, and what was counted since the sample before. */
void history_add(struct history *history, const struct view *view);
/*
 * The oldest first; a wait is that of what started in the sample's time, in
 * milliseconds, or null: nothing did.
 *
 *	{"everySeconds":5,"max":180,"samples":2,
 *	 "lanes":{"bulk":{"arrivals":[0,7],"refused":[0,0],"queued":[0,3],
 *	    "seats":[0,2],"p50":[null,1],"p99":[null,20]}},
 *	 "upstream":{"executing":[0,2],"limit":[8,8],"throttled":[0,0]}}
 */
void history_write_json(const struct history *history, struct buf *ret_json);

#endif
