/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_refused(const char *text)
{
	int64_t seconds = 99;

	return timestamp_parse(span_str(text), &seconds) == -1 && seconds == 99;
}

static int64_t seconds_of(const char *text)
{
	int64_t seconds = INT64_MIN;

	cr_expect(!timestamp_parse(span_str(text), &seconds), "%s", text);
	return seconds;
}

Test(timestamp, seconds_since_1970)
{
	cr_expect(seconds_of("1970-01-01T00:00:00Z") == 0);
	cr_expect(seconds_of("1969-12-31T23:59:59Z") == -1);
	cr_expect(seconds_of("2000-02-29T12:00:00Z") == 951825600);
	cr_expect(seconds_of("2026-11-30T15:02:11Z") == 1796050931);
	cr_expect(seconds_of("2026-11-30T15:02:11.123456Z") == 1796050931);
	cr_expect(seconds_of("0000-01-01T00:00:00Z") == -62167219200);
	cr_expect(seconds_of("9999-12-31T23:59:59Z") == 253402300799);
}

Test(timestamp, what_is_none_is_refused)
{
	static const char *const TEXTS[] = {
		"",
		"null",
		"2026-11-30",
		"2026-11-30T15:02:11",
		"2026-11-30 15:02:11Z",
		"2026-11-30T15:02:11+01:00",
		"2026-11-30T15:02:11.Z",
		"2026-11-30T15:02:11ZZ",
		"2026-13-30T15:02:11Z",
		"2026-00-30T15:02:11Z",
		"2026-11-31T15:02:11Z",
		"2026-02-29T15:02:11Z",
		"1900-02-29T15:02:11Z",
		"2026-11-30T24:02:11Z",
		"2026-11-30T15:60:11Z",
		"2026-11-30T15:02:60Z",
		"2026-11-30T15:02:-1Z",
		"+026-11-30T15:02:11Z",
	};

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		cr_expect(is_refused(TEXTS[i]), "%s", TEXTS[i]);
}

Test(timestamp, of_http)
{
	static const char *const NONE[] = {
		"",
		"Mon, 30",
		"Mon, 30 Nov 2026 15:02:11",
		"Mon, 30 Nov 2026 15:02:11 UTC",
		"Mon, 30 Nov 2026 15:02:11 GMT ",
		"Mon, 31 Nov 2026 15:02:11 GMT",
		"Mon, 30 Nox 2026 15:02:11 GMT",
		"Mon, 30 Nove2026 15:02:11 GMT",
		"Monday, 30-Nov-26 15:02:11 GMT",
		"Mon Nov 30 15:02:11 2026",
		"2026-11-30T15:02:11Z",
	};
	int64_t seconds;

	cr_assert(!timestamp_parse_http(
		SPAN("Mon, 30 Nov 2026 15:02:11 GMT"), &seconds));
	cr_expect(seconds == 1796050931);
	cr_assert(!timestamp_parse_http(
		SPAN("Thu, 01 Jan 1970 00:00:00 GMT"), &seconds));
	cr_expect(seconds == 0);
	for (size_t i = 0; i < ARRAY_SIZE(NONE); i++)
		cr_expect(timestamp_parse_http(span_str(NONE[i]), &seconds) ==
				-1,
			"%s", NONE[i]);
}

/* Steps of a prime of seconds, so that all fields take all values. */
Test(timestamp, what_is_written_is_read_again)
{
	for (int64_t s = -62167219200; s <= 253402300799; s += 99999989) {
		char text[TIMESTAMP_CAP];

		timestamp_format(s, text);
		cr_assert(seconds_of(text) == s, "%s", text);
	}
}

Test(timestamp, beyond_what_can_be_written_it_is_the_end)
{
	char text[TIMESTAMP_CAP];

	timestamp_format(INT64_MIN, text);
	cr_expect(!strcmp(text, "0000-01-01T00:00:00Z"));
	timestamp_format(INT64_MAX, text);
	cr_expect(!strcmp(text, "9999-12-31T23:59:59Z"));
}
