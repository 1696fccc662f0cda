/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structured log: one event a line, on standard error, as logfmt or JSON.
 *
 *	time=2026-11-24T18:00:00.000Z level=info msg="upstream is away" …
 *	{"time":"2026-11-24T18:00:00.000Z","level":"info","msg":"…",…}
 *
 * Never waits for who reads it: a line that does not fit into a full pipe is
 * dropped and counted, and the count is told with the next line that fits.
 * Never gets a token, a key or a body: fields are named one by one.
 */
#ifndef PROXY_OBSERVE_LOG_H
#define PROXY_OBSERVE_LOG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "conf/config.h"

enum log_field_kind {
	LOG_FIELD_END,
	LOG_FIELD_SPAN,
	LOG_FIELD_UINT,
	LOG_FIELD_BOOL,
	LOG_FIELD_DURATION, /* usec_t, shown as seconds with a fraction */
};

struct log_field {
	enum log_field_kind kind;
	const char *key;
	struct span text;
	uint64_t number;
};

#define LOG_SPAN(key, span)                      \
	{                                        \
		LOG_FIELD_SPAN, (key), (span), 0 \
	}
#define LOG_STR(key, str) LOG_SPAN(key, span_str(str))
#define LOG_UINT(key, number)                                \
	{                                                    \
		LOG_FIELD_UINT, (key), { NULL, 0 }, (number) \
	}
#define LOG_BOOL(key, truth)                                \
	{                                                   \
		LOG_FIELD_BOOL, (key), { NULL, 0 }, (truth) \
	}
#define LOG_DURATION(key, usec)                                \
	{                                                      \
		LOG_FIELD_DURATION, (key), { NULL, 0 }, (usec) \
	}

struct log {
	int fd; /* borrowed */
	enum log_level level;
	enum log_format format;
	uint64_t dropped; /* lines, in all */
	uint64_t dropped_untold;
	bool is_cut; /* what was written last: a full disk took the rest */
	struct buf line; /* reused */
};

void log_init(
	struct log *log, int fd, enum log_level level, enum log_format format);
void log_fini(struct log *log);

const char *log_level_name(enum log_level level);
/* Returns 0, or -1 if there is none of that name. */
int log_level_by_name(const char *name, enum log_level *ret_level);

/* `fields` ends with LOG_FIELDS_END. */
void log_event(struct log *log, enum log_level level, const char *message,
	const struct log_field *fields);

#define LOG_FIELDS_END                              \
	{                                           \
		LOG_FIELD_END, NULL, { NULL, 0 }, 0 \
	}
/* LOG_FIELDS(LOG_STR("file", path), LOG_UINT("port", port)) */
#define LOG_FIELDS(...) \
	((const struct log_field[]){ __VA_ARGS__, LOG_FIELDS_END })
#define LOG_NO_FIELDS ((const struct log_field[]){ LOG_FIELDS_END })

/* The line for an event at that wall-clock time (seconds, microseconds). */
void log_format_line(const struct log *log, enum log_level level,
	const char *message, const struct log_field *fields, usec_t wall,
	struct buf *ret_line);

#endif
