/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live page: how this Fairway is now and was in the last 15 minutes, for
 * a browser on this machine.  Three files that the build puts into the
 * program, and one document that they ask for again and again:
 *
 *	{"status":{…},       as `fairway status -o json`
 *	 "stuck":{…},        as `fairway stuck -o json`, of the objects only the
 *	                     PAGE_ROWS that were deleted first
 *	 "journal":{…},      as `fairway journal -o json`, likewise
 *	 "history":{…}}      history.h
 */
#ifndef PROXY_OBSERVE_PAGE_H
#define PROXY_OBSERVE_PAGE_H

#include "base/buf.h"
#include "proxy/observe/history.h"
#include "proxy/observe/view.h"

#define PAGE_ROWS 12

/* What a browser lets these files do: nothing but what they are for. */
#define PAGE_POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; " \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; " \
	"frame-ancestors 'none'"

struct span page_html(void);
struct span page_css(void);
struct span page_js(void);
void page_write_json(const struct view *view, const struct history *history,
	struct buf *ret_json);

#endif
