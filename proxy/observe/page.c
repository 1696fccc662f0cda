/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/page.h"

#include "proxy/observe/journal.h"
#include "proxy/observe/status.h"
#include "proxy/observe/stuck.h"

/* PAGE_HTML, PAGE_CSS and PAGE_JS: made of page/ by local.mk. */
#include "proxy/observe/page_files.inc"

#define SPAN_OF(bytes) span_of((const char *)(bytes), sizeof(bytes))

struct span page_html(void)
{
	return SPAN_OF(PAGE_HTML);
}

struct span page_css(void)
{
	return SPAN_OF(PAGE_CSS);
}

struct span page_js(void)
{
	return SPAN_OF(PAGE_JS);
}

void page_write_json(const struct view *view, const struct history *history,
	struct buf *ret_json)
{
	buf_append_str(ret_json, "{\"status\":");
	status_write_json(view, ret_json);
	buf_append_str(ret_json, ",\"stuck\":");
	stuck_write_oldest_json(view, PAGE_ROWS, ret_json);
	buf_append_str(ret_json, ",\"journal\":");
	journal_write_oldest_json(view, PAGE_ROWS, ret_json);
	buf_append_str(ret_json, ",\"history\":");
	history_write_json(history, ret_json);
	buf_append_str(ret_json, "}\n");
}
