/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/simulate/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "conf/arena.h"

/* More than anything takes, and few enough to be added up. */
#define SECONDS_MAX UINT64_C(1000000000000)

static void add(struct line_fields *fields, struct span key, struct span value)
{
	if (fields->count < LINE_FIELDS_MAX)
		fields->list[fields->count++] =
			(struct line_field){ key, value };
}

/* ---- text ---------------------------------------------------------------- */

/* The length of a quoted value with its quotes; 0: it has no end. */
static size_t quoted_len(struct span text)
{
	for (size_t i = 1; i < text.len; i++) {
		if (text.ptr[i] == '\\')
			i++;
		else if (text.ptr[i] == '"')
			return i + 1;
	}
	return 0;
}

static size_t bare_len(struct span text)
{
	const char *end = text.len ? memchr(text.ptr, ' ', text.len) : NULL;

	return end ? (size_t)(end - text.ptr) : text.len;
}

/* A value as the log writes it: JSON, where it is quoted. */
static bool take_value(
	struct span *rest, struct arena *arena, struct span *ret_value)
{
	bool is_quoted = rest->len && rest->ptr[0] == '"';
	size_t len = is_quoted ? quoted_len(*rest) : bare_len(*rest);
	struct span value = span_of(rest->ptr, len);
	struct json json;

	if (is_quoted && !len)
		return false;
	*rest = span_skip(*rest, len);
	if (is_quoted) {
		char *text = arena_alloc(arena, 3 * len + 1);

		json_init(&json, value.ptr, value.len, 1);
		if (json_next(&json) != JSON_STRING)
			return false;
		value = span_of(
			text, json_unescape(json.text, text, 3 * len));
	}
	*ret_value = value;
	return true;
}

static bool take_key(struct span *rest, struct span *ret_key)
{
	const char *end = rest->len ? memchr(rest->ptr, '=', rest->len) : NULL;
	size_t len = end ? (size_t)(end - rest->ptr) : 0;

	if (!len || memchr(rest->ptr, ' ', len))
		return false;
	*ret_key = span_of(rest->ptr, len);
	*rest = span_skip(*rest, len + 1);
	return true;
}

bool line_fields_read_text(
	struct span line, struct arena *arena, struct line_fields *ret)
{
	ret->count = 0;
	for (line = span_trim(line); line.len; line = span_trim(line)) {
		struct span key, value;

		if (!take_key(&line, &key) || !take_value(&line, arena, &value))
			return false;
		add(ret, key, value);
	}
	return ret->count > 0;
}

/* ---- JSON ---------------------------------------------------------------- */

static struct span number_text(const cJSON *item, struct arena *arena)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%.6f", item->valuedouble);

	/* No number of Fairway's is as long. */
	if (len < 0 || (size_t)len >= sizeof(text))
		return SPAN_NONE;
	return span_of(arena_dup(arena, span_of(text, (size_t)len)),
		(size_t)len);
}

static struct span text_of(const cJSON *item, struct arena *arena)
{
	if (cJSON_IsString(item))
		return span_str(
			arena_dup(arena, span_str(item->valuestring)));
	if (cJSON_IsNumber(item))
		return number_text(item, arena);
	if (cJSON_IsBool(item))
		return cJSON_IsTrue(item) ? SPAN("true") : SPAN("false");
	return SPAN_NONE;
}

void line_fields_read_json(
	const cJSON *object, struct arena *arena, struct line_fields *ret)
{
	const cJSON *item;

	ret->count = 0;
	cJSON_ArrayForEach(item, object)
	{
		struct span value = text_of(item, arena);

		if (item->string && !span_is_absent(value))
			add(ret,
				span_str(arena_dup(
					arena, span_str(item->string))),
				value);
	}
}

/* ---- values -------------------------------------------------------------- */

struct span line_field(const struct line_fields *fields, const char *key)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (!span_eq_str(fields->list[i].key, key))
			continue;
		return span_eq(fields->list[i].value, SPAN("-"))
			? SPAN_NONE
			: fields->list[i].value;
	}
	return SPAN_NONE;
}

bool line_field_is(
	const struct line_fields *fields, const char *key, const char *value)
{
	return span_eq_str(line_field(fields, key), value);
}

/* Digits behind a point, as microseconds; those beyond are passed over. */
static bool read_fraction(struct span digits, usec_t *ret_usec)
{
	usec_t unit = USEC_PER_SEC, sum = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		unit /= 10;
		sum += unit * (usec_t)(digits.ptr[i] - '0');
	}
	*ret_usec = sum;
	return true;
}

static bool read_seconds(struct span text, usec_t *ret_time)
{
	struct span whole = span_cut(&text, '.');
	uint64_t seconds;
	usec_t fraction;

	if (span_to_u64(whole, &seconds) || seconds > SECONDS_MAX ||
		!read_fraction(text, &fraction))
		return false;
	*ret_time = seconds * USEC_PER_SEC + fraction;
	return true;
}

bool line_field_time(const struct line_fields *fields, const char *key,
	usec_t *ret_time)
{
	return read_seconds(line_field(fields, key), ret_time);
}

uint64_t line_field_number(const struct line_fields *fields, const char *key)
{
	usec_t value;

	return line_field_time(fields, key, &value) ? value / USEC_PER_SEC : 0;
}

bool line_wall_time(struct span text, usec_t *ret_time)
{
	const char *point = text.len ? memchr(text.ptr, '.', text.len) : NULL;
	usec_t fraction = 0;
	int64_t seconds;

	if (timestamp_parse(text, &seconds) || seconds < 0)
		return false;
	if (point) {
		struct span digits = span_skip(
			text, (size_t)(point + 1 - text.ptr));

		if (!digits.len)
			return false;
		digits.len--; /* the Z */
		if (!read_fraction(digits, &fraction))
			return false;
	}
	*ret_time = (usec_t)seconds * USEC_PER_SEC + fraction;
	return true;
}
