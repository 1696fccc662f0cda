/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include <criterion/criterion.h>

#include "base/rng.h"

static const usec_t HOUR = 3600 * USEC_PER_SEC;

static bool duration_is(const char *text, usec_t wanted)
{
	usec_t usec = 99;

	return !units_parse_duration(span_str(text), &usec) && usec == wanted;
}

static bool duration_is_refused(struct span text)
{
	usec_t usec = 99;

	return units_parse_duration(text, &usec) == -1 && usec == 99;
}

Test(units, durations_as_go_writes_them)
{
	cr_assert(duration_is("0", 0));
	cr_assert(duration_is("0s", 0));
	cr_assert(duration_is("30s", 30 * USEC_PER_SEC));
	cr_assert(duration_is("300ms", 300 * USEC_PER_MSEC));
	cr_assert(duration_is("1h15m", HOUR + HOUR / 4));
	cr_assert(duration_is("1h15m30.918273645s",
		HOUR + HOUR / 4 + 30 * USEC_PER_SEC + 918274));
	cr_assert(duration_is("1.5s", 1500 * USEC_PER_MSEC));
	cr_assert(duration_is(".5s", 500 * USEC_PER_MSEC));
	cr_assert(duration_is("1.s", USEC_PER_SEC));
	cr_assert(duration_is("0.25h", HOUR / 4));
	cr_assert(duration_is("7us", 7));
	cr_assert(duration_is("7\xc2\xb5s", 7));
	cr_assert(duration_is("7\xce\xbcs", 7));
	cr_assert(duration_is("5000ns", 5));
	cr_assert(duration_is("1m1ms", 60 * USEC_PER_SEC + USEC_PER_MSEC));
	/* Order and repetition are free. */
	cr_assert(duration_is("1ms1h1ms", HOUR + 2 * USEC_PER_MSEC));
}

Test(units, a_duration_above_zero_does_not_become_zero)
{
	cr_assert(duration_is("1ns", 1));
	cr_assert(duration_is("1001ns", 2));
	cr_assert(duration_is("0.0000000001s", 0)); /* below a nanosecond */
}

Test(units, refuses_what_is_not_a_duration)
{
	cr_assert(duration_is_refused(SPAN_NONE));
	cr_assert(duration_is_refused(SPAN("")));
	cr_assert(duration_is_refused(SPAN("3")));
	cr_assert(duration_is_refused(SPAN("00")));
	cr_assert(duration_is_refused(SPAN("s")));
	cr_assert(duration_is_refused(SPAN(".s")));
	cr_assert(duration_is_refused(SPAN(".")));
	cr_assert(duration_is_refused(SPAN("1.2.3s")));
	cr_assert(duration_is_refused(SPAN("-1s")));
	cr_assert(duration_is_refused(SPAN("+1s")));
	cr_assert(duration_is_refused(SPAN("1 s")));
	cr_assert(duration_is_refused(SPAN("1s ")));
	cr_assert(duration_is_refused(SPAN("1S")));
	cr_assert(duration_is_refused(SPAN("1d")));
	cr_assert(duration_is_refused(SPAN("1s5")));
	cr_assert(duration_is_refused(SPAN("1s\0")));
}

Test(units, durations_end_where_those_of_go_do)
{
	/* 2^63 - 1 nanoseconds and one more, as in Go's own test. */
	cr_assert(duration_is(
		"9223372036854775807ns", UINT64_C(9223372036854776)));
	cr_assert(duration_is_refused(SPAN("9223372036854775808ns")));
	cr_assert(duration_is_refused(SPAN("9223372036854775.808us")));
	cr_assert(duration_is_refused(SPAN("3000000h")));
	cr_assert(duration_is_refused(SPAN("18446744073709551616s")));
	cr_assert(duration_is("2562047h", 2562047 * HOUR));
	cr_assert(duration_is_refused(SPAN("2562047h1h")));
	cr_assert(duration_is_refused(SPAN("9223372036.9s")));
}

static bool duration_writes(usec_t usec, const char *wanted)
{
	char text[UNITS_DURATION_CAP];

	units_format_duration(usec, text, sizeof(text));
	return !strcmp(text, wanted);
}

Test(units, durations_are_written_short)
{
	cr_assert(duration_writes(0, "0s"));
	cr_assert(duration_writes(1, "1us"));
	cr_assert(duration_writes(999, "999us"));
	cr_assert(duration_writes(1000, "1ms"));
	cr_assert(duration_writes(1050, "1.05ms"));
	cr_assert(duration_writes(250000, "250ms"));
	cr_assert(duration_writes(USEC_PER_SEC, "1s"));
	cr_assert(duration_writes(1500000, "1.5s"));
	cr_assert(duration_writes(1000001, "1.000001s"));
	cr_assert(duration_writes(60000001, "1m0.000001s"));
	cr_assert(duration_writes(90 * USEC_PER_SEC, "1m30s"));
	cr_assert(duration_writes(HOUR, "1h"));
	cr_assert(duration_writes(HOUR + 5 * USEC_PER_SEC, "1h5s"));
	cr_assert(duration_writes(USEC_NEVER, "5124095576h1m49.551615s"));
}

Test(units, durations_are_cut_where_there_is_no_room)
{
	char text[4] = "xxx";

	units_format_duration(90 * USEC_PER_SEC, text, sizeof(text));
	cr_assert_str_eq(text, "1m3");
}

Test(units, a_written_duration_reads_the_same)
{
	struct rng rng;

	rng_init(&rng, 5);
	for (int i = 0; i < 20000; i++) {
		char text[UNITS_DURATION_CAP];
		usec_t usec =
			rng_below(&rng, UINT64_C(1) << rng_below(&rng, 53));

		units_format_duration(usec, text, sizeof(text));
		cr_assert(duration_is(text, usec), "%s", text);
	}
}

static bool quantity_is(const char *text, uint64_t wanted)
{
	uint64_t value = 99;

	return !units_parse_quantity(span_str(text), &value) && value == wanted;
}

static bool quantity_is_refused(struct span text)
{
	uint64_t value = 99;

	return units_parse_quantity(text, &value) == -1 && value == 99;
}

Test(units, quantities_as_kubernetes_writes_them)
{
	cr_assert(quantity_is("0", 0));
	cr_assert(quantity_is("65536", 65536));
	cr_assert(quantity_is("64Ki", 65536));
	cr_assert(quantity_is("3Mi", 3 << 20));
	cr_assert(quantity_is("2Gi", UINT64_C(2) << 30));
	cr_assert(quantity_is("1Ti", UINT64_C(1) << 40));
	cr_assert(quantity_is("2k", 2000));
	cr_assert(quantity_is("2M", 2000000));
	cr_assert(quantity_is("2G", UINT64_C(2000000000)));
	cr_assert(quantity_is("2T", UINT64_C(2000000000000)));
	cr_assert(quantity_is("9223372036854775807", INT64_MAX));
}

Test(units, refuses_what_is_not_a_whole_quantity)
{
	cr_assert(quantity_is_refused(SPAN_NONE));
	cr_assert(quantity_is_refused(SPAN("")));
	cr_assert(quantity_is_refused(SPAN("Ki")));
	cr_assert(quantity_is_refused(SPAN("1K")));
	cr_assert(quantity_is_refused(SPAN("1ki")));
	cr_assert(quantity_is_refused(SPAN("1KiB")));
	cr_assert(quantity_is_refused(SPAN("1.5Gi")));
	cr_assert(quantity_is_refused(SPAN("100m")));
	cr_assert(quantity_is_refused(SPAN("1e3")));
	cr_assert(quantity_is_refused(SPAN("-1")));
	cr_assert(quantity_is_refused(SPAN("1 Ki")));
	cr_assert(quantity_is_refused(SPAN("9223372036854775808")));
	cr_assert(quantity_is_refused(SPAN("9007199254740992Ki")));
	cr_assert(quantity_is_refused(SPAN("18446744073709551616Ti")));
}
