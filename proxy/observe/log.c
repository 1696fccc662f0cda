/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/log.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_quote.h"
#include "proxy/loop/loop.h"

/*
 * What a pipe takes as one piece, and without waiting where poll() says that
 * there is room (PIPE_BUF).  A value is cut, and a field that finds no room
 * is left out: what remains is whole.
 */
#define LOG_LINE_MAX ((size_t)4096)
#define LOG_VALUE_MAX ((size_t)1024)

static const char *const LEVEL_NAMES[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_init(
	struct log *log, int fd, enum log_level level, enum log_format format)
{
	*log = (struct log){ .fd = fd, .level = level, .format = format };
}

void log_fini(struct log *log)
{
	buf_fini(&log->line);
}

const char *log_level_name(enum log_level level)
{
	return LEVEL_NAMES[level];
}

int log_level_by_name(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_SIZE(LEVEL_NAMES); i++) {
		if (strcmp(LEVEL_NAMES[i], name) != 0)
			continue;
		*ret_level = (enum log_level)i;
		return 0;
	}
	return -1;
}

/* RFC 3339 in UTC with milliseconds. */
static void append_time(struct buf *line, usec_t wall)
{
	time_t seconds = (time_t)(wall / USEC_PER_SEC);
	struct tm tm;
	char text[32];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_printf(line, "%s.%03uZ", text,
		(unsigned)(wall % USEC_PER_SEC / USEC_PER_MSEC));
}

static bool is_bare(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
			return false;
	}
	return text.len > 0 && text.len <= LOG_VALUE_MAX;
}

static void append_value(
	struct buf *line, const struct log_field *field, bool json)
{
	switch (field->kind) {
	case LOG_FIELD_SPAN:
		if (!json && is_bare(field->text))
			buf_append_span(line, field->text);
		else
			json_append_quoted(line, field->text, LOG_VALUE_MAX);
		break;
	case LOG_FIELD_UINT:
		buf_printf(line, "%" PRIu64, field->number);
		break;
	case LOG_FIELD_BOOL:
		buf_append_str(line, field->number ? "true" : "false");
		break;
	case LOG_FIELD_DURATION:
		buf_printf(line, "%" PRIu64 ".%06" PRIu64,
			field->number / USEC_PER_SEC,
			field->number % USEC_PER_SEC);
		break;
	case LOG_FIELD_END:
		break;
	}
}

static void append_field(
	const struct log *log, struct buf *line, const struct log_field *field)
{
	bool json = log->format == LOG_FORMAT_JSON;
	size_t before = buf_len(line);

	buf_printf(line, json ? ",\"%s\":" : " %s=", field->key);
	append_value(line, field, json);
	/* Room for the end as well. */
	if (buf_len(line) > LOG_LINE_MAX - 2)
		line->end = line->start + before;
}

void log_format_line(const struct log *log, enum log_level level,
	const char *message, const struct log_field *fields, usec_t wall,
	struct buf *ret_line)
{
	const char *name = LEVEL_NAMES[level];
	bool json = log->format == LOG_FORMAT_JSON;

	buf_append_str(ret_line, json ? "{\"time\":\"" : "time=");
	append_time(ret_line, wall);
	buf_printf(ret_line,
		json ? "\",\"level\":\"%s\",\"msg\":" : " level=%s msg=", name);
	json_append_quoted(ret_line, span_str(message), LOG_VALUE_MAX);
	for (; fields->kind != LOG_FIELD_END; fields++)
		append_field(log, ret_line, fields);
	buf_append_str(ret_line, json ? "}\n" : "\n");
}

static bool write_line(struct log *log, struct span line)
{
	struct pollfd room = { .fd = log->fd, .events = POLLOUT };
	ssize_t n;

	if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))
		return false;
	n = write(log->fd, line.ptr, line.len);
	if (n > 0)
		log->is_cut = (size_t)n < line.len;
	return n == (ssize_t)line.len;
}

static bool write_event(struct log *log, enum log_level level,
	const char *message, const struct log_field *fields)
{
	buf_clear(&log->line);
	if (log->is_cut)
		buf_append_str(&log->line, "\n");
	log_format_line(
		log, level, message, fields, loop_wall_clock(), &log->line);
	return write_line(log, buf_span(&log->line));
}

void log_event(struct log *log, enum log_level level, const char *message,
	const struct log_field *fields)
{
	if (level > log->level)
		return;
	if (log->dropped_untold &&
		write_event(log, LOG_LEVEL_WARN, "log lines were dropped",
			LOG_FIELDS(LOG_UINT("lines", log->dropped_untold))))
		log->dropped_untold = 0;
	if (!write_event(log, level, message, fields)) {
		log->dropped++;
		log->dropped_untold++;
	}
}
