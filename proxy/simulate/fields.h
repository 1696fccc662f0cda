/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of a line of the log: names and values as text, whether the line is
 * logfmt or JSON.  Values borrow from the line or from the arena.
 */
#ifndef PROXY_SIMULATE_FIELDS_H
#define PROXY_SIMULATE_FIELDS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

struct arena;

#define LINE_FIELDS_MAX 64

struct line_field {
	struct span key, value;
};

struct line_fields {
	struct line_field list[LINE_FIELDS_MAX];
	size_t count;
};

/* False: it is no key=value.  More than there is room for are passed over. */
bool line_fields_read_text(
	struct span line, struct arena *arena, struct line_fields *ret);
/* Of an object; what is neither text, number nor bool is passed over. */
void line_fields_read_json(
	const cJSON *object, struct arena *arena, struct line_fields *ret);

/* Absent, if there is none; "-" is as if there were none. */
struct span line_field(const struct line_fields *fields, const char *key);
bool line_field_is(
	const struct line_fields *fields, const char *key, const char *value);
/* "12.000345": 12 s and 345 us.  False: it is none, or not there. */
bool line_field_time(const struct line_fields *fields, const char *key,
	usec_t *ret_time);
/* 0, where it is not there. */
uint64_t line_field_number(const struct line_fields *fields, const char *key);

/*
 * "2026-11-30T15:02:11.123456Z" as microseconds since 1970; a fraction of any
 * length.  False: it is none.
 */
bool line_wall_time(struct span text, usec_t *ret_time);

#endif
