/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/json_quote.h"
#include "proxy/observe/journal.h"

static const char *truth(bool is_so)
{
	return is_so ? "true" : "false";
}

static void append_row(
	const struct view *view, const struct intent_row *row, struct buf *out)
{
	buf_printf(out, "{\"id\":\"%" PRIu64 "\",\"path\":", row->id);
	json_append_quoted(out, row->path, SIZE_MAX);
	buf_append_str(out, ",\"uid\":");
	json_append_quoted(out, row->uid, SIZE_MAX);
	buf_printf(out,
		",\"state\":\"%s\",\"durable\":%s,\"own\":%s,\"sent\":%s,"
		"\"ageSeconds\":%" PRIu64 ",\"expiresSeconds\":%" PRIu64
		",\"replays\":%u}",
		row->state, truth(row->is_durable), truth(row->is_own),
		truth(row->was_sent),
		usec_since(view->wall, row->opened_at) / USEC_PER_SEC,
		usec_since(row->expires_at, view->now) / USEC_PER_SEC,
		row->replays);
}

/* Thousands of them, perhaps: no tree is made of it. */
void journal_write_oldest_json(
	const struct view *view, size_t max, struct buf *ret_json)
{
	struct intent_row row = { .cursor = NULL };
	const char *separator = "";

	buf_printf(ret_json, "{\"wanted\":%s,\"on\":%s,\"intents\":[",
		truth(view->intents->is_wanted), truth(view->intents->is_on));
	while (max-- && intents_next_row(view->open_intents, &row)) {
		buf_append_str(ret_json, separator);
		append_row(view, &row, ret_json);
		separator = ",";
	}
	buf_append_str(ret_json, "]}\n");
}

void journal_write_json(const struct view *view, struct buf *ret_json)
{
	journal_write_oldest_json(view, SIZE_MAX, ret_json);
}
