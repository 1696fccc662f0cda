/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	const char *name;
	uint64_t scale; /* of nanoseconds, or of ones */
};

/* Longer names before their own prefixes: "ms" before "m". */
static const struct unit DURATIONS[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* U+00B5, the micro sign */
	{ "\xce\xbcs", 1000 }, /* U+03BC, the Greek letter */
	{ "ms", 1000 * 1000 },
	{ "s", UINT64_C(1000000000) },
	{ "m", 60 * UINT64_C(1000000000) },
	{ "h", 3600 * UINT64_C(1000000000) },
};

static const struct unit QUANTITIES[] = {
	{ "Ki", UINT64_C(1) << 10 },
	{ "Mi", UINT64_C(1) << 20 },
	{ "Gi", UINT64_C(1) << 30 },
	{ "Ti", UINT64_C(1) << 40 },
	{ "k", 1000 },
	{ "M", 1000 * 1000 },
	{ "G", UINT64_C(1000000000) },
	{ "T", UINT64_C(1000000000000) },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct span take_digits(struct span *s)
{
	struct span digits = { s->ptr, 0 };

	while (digits.len < s->len && is_digit(s->ptr[digits.len]))
		digits.len++;
	*s = span_skip(*s, digits.len);
	return digits;
}

static const struct unit *take_unit(
	struct span *s, const struct unit *units, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct span name = span_str(units[i].name);

		if (span_starts_with(*s, name)) {
			*s = span_skip(*s, name.len);
			return &units[i];
		}
	}
	return NULL;
}

/*
 * whole + fraction, in units of `scale`; the fraction is cut, not rounded.
 * Refuses what does not fit into 63 bits, as Go and Kubernetes do.
 */
static int scaled(struct span whole, struct span fraction, uint64_t scale,
	uint64_t *ret_value)
{
	uint64_t value = 0, part = scale;

	if (whole.len && span_to_u64(whole, &value))
		return -1;
	if (value > INT64_MAX / scale)
		return -1;
	value *= scale;
	for (size_t i = 0; i < fraction.len && part; i++) {
		part /= 10;
		value += part * (uint64_t)(fraction.ptr[i] - '0');
	}
	if (value > INT64_MAX)
		return -1;
	*ret_value = value;
	return 0;
}

int units_parse_duration(struct span s, usec_t *ret_usec)
{
	uint64_t sum = 0;

	if (span_eq(s, SPAN("0"))) {
		*ret_usec = 0;
		return 0;
	}
	if (span_is_empty(s))
		return -1;
	while (s.len) {
		struct span whole = take_digits(&s), fraction = SPAN_NONE;
		const struct unit *unit;
		uint64_t nanoseconds;

		if (s.len && s.ptr[0] == '.') {
			s = span_skip(s, 1);
			fraction = take_digits(&s);
		}
		if (!whole.len && !fraction.len)
			return -1;
		unit = take_unit(&s, DURATIONS, ARRAY_SIZE(DURATIONS));
		if (!unit || scaled(whole, fraction, unit->scale, &nanoseconds))
			return -1;
		sum += nanoseconds; /* both below 2^63 */
		if (sum > INT64_MAX)
			return -1;
	}
	*ret_usec = sum / 1000 + (sum % 1000 != 0);
	return 0;
}

int units_parse_quantity(struct span s, uint64_t *ret_value)
{
	struct span whole = take_digits(&s);
	const struct unit *unit;
	uint64_t scale = 1;

	if (!whole.len)
		return -1;
	if (s.len) {
		unit = take_unit(&s, QUANTITIES, ARRAY_SIZE(QUANTITIES));
		if (!unit || s.len)
			return -1;
		scale = unit->scale;
	}
	return scaled(whole, SPAN_NONE, scale, ret_value);
}

/* "whole.fraction", the fraction without zeros at its end. */
static void format_decimal(uint64_t whole, uint64_t fraction, int digits,
	const char *unit, char *ret_text, size_t cap)
{
	if (!fraction) {
		snprintf(ret_text, cap, "%" PRIu64 "%s", whole, unit);
		return;
	}
	for (; fraction % 10 == 0; fraction /= 10)
		digits--;
	snprintf(ret_text, cap, "%" PRIu64 ".%0*" PRIu64 "%s", whole, digits,
		fraction, unit);
}

void units_format_duration(usec_t usec, char *ret_text, size_t cap)
{
	usec_t seconds = usec / USEC_PER_SEC, rest = usec % USEC_PER_SEC;
	usec_t h = seconds / 3600, m = seconds / 60 % 60, s = seconds % 60;
	char hour[24] = "", minute[24] = "", second[40] = "";

	if (usec && usec < USEC_PER_MSEC) {
		format_decimal(usec, 0, 0, "us", ret_text, cap);
		return;
	}
	if (usec && usec < USEC_PER_SEC) {
		format_decimal(usec / USEC_PER_MSEC, usec % USEC_PER_MSEC, 3,
			"ms", ret_text, cap);
		return;
	}
	if (h)
		snprintf(hour, sizeof(hour), "%" PRIu64 "h", h);
	if (m)
		snprintf(minute, sizeof(minute), "%" PRIu64 "m", m);
	if (s || rest || !usec)
		format_decimal(s, rest, 6, "s", second, sizeof(second));
	snprintf(ret_text, cap, "%s%s%s", hour, minute, second);
}
