/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/reply.h"

#include <string.h>

#include "base/check.h"
#include "proxy/exchange/decimal.h"

struct writer {
	char *at;
	char *end;
};

static void write_text(struct writer *writer, const char *text)
{
	size_t len = strlen(text);

	CHECK(len <= (size_t)(writer->end - writer->at));
	memcpy(writer->at, text, len);
	writer->at += len;
}

static void write_number(struct writer *writer, uint64_t number)
{
	CHECK(writer->end - writer->at >= DECIMAL_CAP);
	writer->at += decimal_write(number, writer->at);
}

/* Reasons and messages are the verdict table's: nothing in them to escape. */
size_t reply_body_write(enum verdict verdict, unsigned retry_after,
	uint64_t intent, char ret_body[static REPLY_BODY_CAP])
{
	const struct verdict_info *info = verdict_info(verdict);
	struct writer writer = { ret_body, ret_body + REPLY_BODY_CAP };

	write_text(&writer,
		"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
		"\"status\":\"Failure\",\"message\":\"fairway: ");
	write_text(&writer, info->message);
	if (intent) {
		write_text(&writer,
			"; the finalizer removal is pending, as intent ");
		write_number(&writer, intent);
	}
	write_text(&writer, "\",\"reason\":\"");
	write_text(&writer, info->reason);
	write_text(&writer, "\",\"details\":{");
	if (retry_after) {
		write_text(&writer, "\"retryAfterSeconds\":");
		write_number(&writer, retry_after);
	}
	write_text(&writer, "},\"code\":");
	write_number(&writer, info->status);
	write_text(&writer, "}\n");
	return (size_t)(writer.at - ret_body);
}

static void add_number(struct fields *fields, struct span name, uint64_t number)
{
	char digits[DECIMAL_CAP];
	size_t len = decimal_write(number, digits);

	fields_add(fields, name, span_of(digits, len));
}

void reply_head_write(enum verdict verdict, unsigned retry_after,
	size_t body_len, const struct response_notes *notes,
	struct fields *ret_fields)
{
	const struct verdict_info *info = verdict_info(verdict);
	struct response_notes own = *notes;

	/* A promise that only some verdicts may give. */
	CHECK(!retry_after || info->is_not_executed);
	own.reason = info->word;
	response_status_write(info->status, ret_fields);
	fields_add_static(
		ret_fields, SPAN("content-type"), SPAN("application/json"));
	fields_add_static(
		ret_fields, SPAN("cache-control"), SPAN("no-cache, private"));
	add_number(ret_fields, SPAN("content-length"), body_len);
	if (retry_after)
		add_number(ret_fields, SPAN("retry-after"), retry_after);
	if (verdict == VERDICT_METHOD)
		fields_add_static(ret_fields, SPAN("allow"),
			SPAN("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
	response_notes_write(&own, ret_fields);
}
