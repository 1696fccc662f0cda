/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal: the finalizer removals that are open, as one JSON document, and
 * that document as a table for people.  As with status.h the first is made by
 * who runs, the second by `fairway journal`.
 *
 *	{"wanted":true,"on":true,"intents":[{"id":"4294967297",
 *	   "path":"/api/v1/namespaces/argo/pods/p","uid":"","state":"due",
 *	   "durable":true,"own":true,"sent":false,"ageSeconds":12,
 *	   "expiresSeconds":888,"replays":3}]}
 *
 * An id is a string: it does not fit a number of JSON.
 */
#ifndef PROXY_OBSERVE_JOURNAL_H
#define PROXY_OBSERVE_JOURNAL_H

#include "base/buf.h"
#include "base/err.h"
#include "proxy/observe/view.h"

void journal_write_json(const struct view *view, struct buf *ret_json);
/* Of the removals only the first `max`, the oldest. */
void journal_write_oldest_json(
	const struct view *view, size_t max, struct buf *ret_json);
/* The oldest first.  Returns 0, or -1 if it is no such document. */
int journal_write_table(
	struct span json, struct buf *ret_table, struct err *err);
/*
 * One of them as a page for people, or as the member of "intents" that it is.
 * Returns 0, or -1 if it is no such document or has no such intent.
 */
int journal_write_one(struct span json, const char *id, bool is_json,
	struct buf *ret_text, struct err *err);

#endif
