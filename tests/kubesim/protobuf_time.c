/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/protobuf_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* "Z", "+hh:mm", "-hh:mm": what is to be subtracted, in seconds. */
static int parse_offset(const char *text, int64_t *ret_seconds)
{
	unsigned hours;
	unsigned minutes;
	char end;

	if (!strcmp(text, "Z")) {
		*ret_seconds = 0;
		return 0;
	}
	if ((*text != '+' && *text != '-') ||
		sscanf(text + 1, "%2u:%2u%c", &hours, &minutes, &end) != 2)
		return -1;
	*ret_seconds = (int64_t)(hours * 3600 + minutes * 60);
	if (*text == '-')
		*ret_seconds = -*ret_seconds;
	return 0;
}

int protobuf_time_parse(const char *text, struct protobuf_time *ret_time)
{
	struct protobuf_time time = { 0 };
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int32_t unit = 100000000;
	int64_t offset;

	if (!rest)
		return -1;
	if (*rest == '.') {
		for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
			time.nanos += (*rest - '0') * unit;
			unit /= 10;
		}
	}
	if (parse_offset(rest, &offset) != 0)
		return -1;
	time.seconds = (int64_t)timegm(&tm) - offset;
	*ret_time = time;
	return 0;
}

void protobuf_time_print(struct protobuf_time time, bool micro,
	char ret_text[PROTOBUF_TIME_SIZE])
{
	time_t seconds = (time_t)time.seconds;
	char date[24];
	struct tm tm;

	/* Years beyond 9999 are no RFC 3339: Go refuses them as well. */
	if (!gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900)
		memset(&tm, 0, sizeof(tm));
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	if (micro)
		snprintf(ret_text, PROTOBUF_TIME_SIZE, "%s.%06dZ", date,
			(int)(time.nanos / 1000 % 1000000));
	else
		snprintf(ret_text, PROTOBUF_TIME_SIZE, "%sZ", date);
}
