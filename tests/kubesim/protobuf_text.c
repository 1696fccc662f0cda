/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/protobuf_text.h"

#include <stdio.h>
#include <time.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct span bytes, char *ret_text)
{
	const unsigned char *in = (const unsigned char *)bytes.ptr;
	char *to = ret_text;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t group = (uint32_t)in[i] << 16;

		if (left > 1)
			group |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			group |= in[i + 2];
		*to++ = alphabet[group >> 18];
		*to++ = alphabet[group >> 12 & 63];
		*to++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
		*to++ = left > 2 ? alphabet[group & 63] : '=';
	}
	*to = '\0';
}

static int digit_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

long base64_decode(struct span text, char *ret_bytes)
{
	char *to = ret_bytes;
	size_t len = text.len;

	if (len % 4)
		return -1;
	for (unsigned pad = 0; pad < 2 && len && text.ptr[len - 1] == '=';
		pad++)
		len--;
	for (size_t i = 0; i < len; i += 4) {
		size_t count = len - i < 4 ? len - i : 4;
		uint32_t group = 0;

		for (size_t k = 0; k < 4; k++) {
			int digit = k < count ? digit_of(text.ptr[i + k]) : 0;

			if (digit < 0)
				return -1;
			group = group << 6 | (uint32_t)digit;
		}
		for (size_t k = 0; k + 1 < count; k++)
			*to++ = (char)(group >> (16 - 8 * k) & 0xff);
	}
	return to - ret_bytes;
}

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
