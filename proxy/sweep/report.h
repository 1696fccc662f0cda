/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report: what a sweep found and did, as a table for people or as one JSON
 * document.
 *
 *	{"applied":true,"error":"…","pods":400,"removed":3,"unread":0,
 *	 "kept":{"running":397},
 *	 "candidates":[{"kind":"Pod","namespace":"argo","name":"p","uid":"…",
 *	   "workflow":"wf","proof":"gone","result":"removed"}]}
 */
#ifndef PROXY_SWEEP_REPORT_H
#define PROXY_SWEEP_REPORT_H

#include "base/buf.h"
#include "proxy/sweep/sweep.h"

/* `error` says why it ended before its end; NULL: it did not. */
void sweep_report_write_json(const struct sweep_report *report,
	bool is_applied, const char *error, struct buf *ret_json);
void sweep_report_write_table(const struct sweep_report *report,
	bool is_applied, struct buf *ret_table);

#endif
