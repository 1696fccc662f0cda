/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report: what a sweep found and did, or what one gave back, as a table for
 * people or as one JSON document.
 *
 *	{"applied":true,"error":"…","objects":400,"removed":3,"added":0,
 *	 "unread":0,"kept":{"running":397},
 *	 "candidates":[{"rule":"argo","kind":"Pod","namespace":"argo",
 *	   "name":"p","uid":"…","owner":"wf","proof":"gone",
 *	   "result":"removed","seen":0}]}
 *
 *	{"applied":true,"restored":1,"removals":[{"kind":"Pod",
 *	   "namespace":"argo","name":"p","uid":"…","finalizer":"…",
 *	   "result":"restored"}]}
 */
#ifndef PROXY_SWEEP_REPORT_H
#define PROXY_SWEEP_REPORT_H

#include "base/buf.h"
#include "proxy/sweep/restore.h"
#include "proxy/sweep/sweep.h"

/* `error` says why it ended before its end; NULL: it did not. */
void sweep_report_write_json(const struct sweep_report *report,
	bool is_applied, const char *error, struct buf *ret_json);
void sweep_report_write_table(const struct sweep_report *report,
	bool is_applied, struct buf *ret_table);

void sweep_restore_write_json(const struct sweep_restore_report *report,
	bool is_applied, const char *error, struct buf *ret_json);
void sweep_restore_write_table(const struct sweep_restore_report *report,
	bool is_applied, struct buf *ret_table);

#endif
