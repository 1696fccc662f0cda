/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests: what waits and runs now, one by one and by flows, as JSON; and the
 * flows as a table for people.  As with status.h the first is made by who
 * runs, the second by `fairway flows`.
 *
 *	{"count":1,"requests":[{"id":"12","connection":"3",
 *	   "lane":"reads","rule":"…","flow":"4711",
 *	   "state":"queued","keptBy":"turn","verb":"list",
 *	   "path":"/api/v1/pods","effect":"None","source":"client","attempts":0,"endpoint":"…",
 *	   "waitSeconds":0.012,"runningSeconds":0,"userAgent":"…"}]}
 *	{"flows":[{"flow":"4711","lane":"reads","namespace":"argo",
 *	   "userAgent":"…","queued":1,"running":2,"oldestSeconds":0.012}],
 *	 "drained":["4712"]}
 *
 * Flows are hashes, as text since they do not fit into what JSON calls a
 * number; they are those of the access log.  No bodies, no credentials, but
 * paths and names: for who is on this machine.
 */
#ifndef PROXY_OBSERVE_REQUESTS_H
#define PROXY_OBSERVE_REQUESTS_H

#include "base/buf.h"
#include "base/err.h"
#include "proxy/observe/view.h"

/* So many are listed one by one; `count` is all of them. */
#define REQUESTS_LISTED_MAX 1000

void requests_write_json(const struct view *view, struct buf *ret_json);
/* Those with most requests first. */
void flows_write_json(const struct view *view, struct buf *ret_json);
/* Returns 0, or -1 if it is no such document. */
int flows_write_table(struct span json, struct buf *ret_table, struct err *err);

#endif
