/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>

#define SECONDS_PER_DAY 86400
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z */
#define SECONDS_MIN (-62167219200)
#define SECONDS_MAX 253402300799

/*
 * Days since 1970 of a date in the Gregorian calendar.  Years begin in March,
 * so that the day that comes and goes is their last; 400 of them have 146 097
 * days.
 */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t month_of_year = (month + 9) % 12;
	int64_t day_of_year = (153 * month_of_year + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
		year_of_era / 100 + day_of_year - 719468;
}

/* Reads `digits` digits and the character behind them, if it is `then`. */
static bool take_number(
	struct span *rest, size_t digits, char then, int64_t *ret_number)
{
	int64_t number = 0;

	if (rest->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		char c = rest->ptr[i];

		if (c < '0' || c > '9')
			return false;
		number = number * 10 + (c - '0');
	}
	*rest = span_skip(*rest, digits);
	if (then) {
		if (!rest->len || rest->ptr[0] != then)
			return false;
		*rest = span_skip(*rest, 1);
	}
	*ret_number = number;
	return true;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_of_month(int64_t year, int64_t month)
{
	static const int64_t DAYS[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : DAYS[month - 1];
}

/* ".123456", if it is there. */
static bool skip_fraction(struct span *rest)
{
	if (!rest->len || rest->ptr[0] != '.')
		return true;
	*rest = span_skip(*rest, 1);
	if (!rest->len || rest->ptr[0] < '0' || rest->ptr[0] > '9')
		return false;
	while (rest->len && rest->ptr[0] >= '0' && rest->ptr[0] <= '9')
		*rest = span_skip(*rest, 1);
	return true;
}

/* Go, which writes them, knows no leap seconds. */
static bool is_time(int64_t year, int64_t month, int64_t day, int64_t hour,
	int64_t minute, int64_t second)
{
	return month >= 1 && month <= 12 && day >= 1 &&
		day <= days_of_month(year, month) && hour <= 23 &&
		minute <= 59 && second <= 59;
}

int timestamp_parse(struct span text, int64_t *ret_seconds)
{
	int64_t year, month, day, hour, minute, second;

	if (!take_number(&text, 4, '-', &year) ||
		!take_number(&text, 2, '-', &month) ||
		!take_number(&text, 2, 'T', &day) ||
		!take_number(&text, 2, ':', &hour) ||
		!take_number(&text, 2, ':', &minute) ||
		!take_number(&text, 2, '\0', &second) ||
		!skip_fraction(&text) || !span_eq(text, SPAN("Z")))
		return -1;
	if (!is_time(year, month, day, hour, minute, second))
		return -1;
	*ret_seconds = days_of_date(year, month, day) * SECONDS_PER_DAY +
		hour * 3600 + minute * 60 + second;
	return 0;
}

/* 1 to 12; 0: it is none. */
static int64_t take_month(struct span *rest)
{
	static const char NAMES[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int64_t i = 0; rest->len >= 4 && i < 12; i++) {
		if (memcmp(rest->ptr, NAMES + 3 * i, 3) != 0)
			continue;
		if (rest->ptr[3] != ' ')
			return 0;
		*rest = span_skip(*rest, 4);
		return i + 1;
	}
	return 0;
}

int timestamp_parse_http(struct span text, int64_t *ret_seconds)
{
	int64_t year, month, day, hour, minute, second;

	/* Which day of the week it is says nothing more. */
	if (text.len < 5 || memcmp(text.ptr + 3, ", ", 2) != 0)
		return -1;
	text = span_skip(text, 5);
	if (!take_number(&text, 2, ' ', &day) ||
		!(month = take_month(&text)) ||
		!take_number(&text, 4, ' ', &year) ||
		!take_number(&text, 2, ':', &hour) ||
		!take_number(&text, 2, ':', &minute) ||
		!take_number(&text, 2, ' ', &second) ||
		!span_eq(text, SPAN("GMT")) ||
		!is_time(year, month, day, hour, minute, second))
		return -1;
	*ret_seconds = days_of_date(year, month, day) * SECONDS_PER_DAY +
		hour * 3600 + minute * 60 + second;
	return 0;
}

void timestamp_format(int64_t seconds, char ret_text[TIMESTAMP_CAP])
{
	int64_t days, rest, era, day_of_era, year_of_era, day_of_year;
	int64_t month_of_year, year, month, day;

	if (seconds < SECONDS_MIN)
		seconds = SECONDS_MIN;
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	/* Of the era that begins at 0000-03-01, or the one before. */
	days = seconds / SECONDS_PER_DAY;
	rest = seconds % SECONDS_PER_DAY;
	if (rest < 0) {
		rest += SECONDS_PER_DAY;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			      day_of_era / 146096) /
		365;
	day_of_year = day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month_of_year = (5 * day_of_year + 2) / 153;
	day = day_of_year - (153 * month_of_year + 2) / 5 + 1;
	month = month_of_year < 10 ? month_of_year + 3 : month_of_year - 9;
	year = year_of_era + era * 400 + (month <= 2);
	snprintf(ret_text, TIMESTAMP_CAP,
		"%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
		(unsigned)month % 100, (unsigned)day % 100,
		(unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60) % 100,
		(unsigned)(rest % 60) % 100);
}
