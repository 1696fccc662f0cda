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
	{ "\xc2\xb5s", 1000 },
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
	size_t n = 0;

	while (n < s->len && is_digit(s->ptr[n]))
		n++;
	*s = span_skip(*s, n);
	return span_of(s->ptr - n, n);
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

/* whole + fraction, in units of `scale`; the fraction is cut, not rounded. */
static int scaled(struct span whole, struct span fraction, uint64_t scale,
	uint64_t *ret_value)
{
	uint64_t value = 0, part = scale;

	if (whole.len && span_to_u64(whole, &value))
		return -1;
	if (value > UINT64_MAX / scale)
		return -1;
	value *= scale;
	for (size_t i = 0; i < fraction.len; i++) {
		part /= 10;
		value += part * (uint64_t)(fraction.ptr[i] - '0');
	}
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
		if (nanoseconds > UINT64_MAX - sum)
			return -1;
		sum += nanoseconds;
	}
	*ret_usec = sum / 1000;
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

void units_format_duration(usec_t usec, char *ret_text, size_t cap)
{
	usec_t seconds = usec / USEC_PER_SEC, rest = usec % USEC_PER_SEC;
	usec_t h = seconds / 3600, m = seconds / 60 % 60, s = seconds % 60;
	char hour[24] = "", minute[24] = "", second[40] = "";

	if (!seconds && usec) {
		if (rest % 1000 == 0)
			snprintf(ret_text, cap, "%" PRIu64 "ms", rest / 1000);
		else
			snprintf(ret_text, cap, "%" PRIu64 "us", rest);
		return;
	}
	if (h)
		snprintf(hour, sizeof(hour), "%" PRIu64 "h", h);
	if (m)
		snprintf(minute, sizeof(minute), "%" PRIu64 "m", m);
	if (rest)
		snprintf(second, sizeof(second), "%" PRIu64 ".%06" PRIu64 "s",
			s, rest);
	else if (s || !usec)
		snprintf(second, sizeof(second), "%" PRIu64 "s", s);
	snprintf(ret_text, cap, "%s%s%s", hour, minute, second);
}
