/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is text in JSON and bytes or numbers in protobuf: base64, times.
 */
#ifndef TESTS_KUBESIM_PROTOBUF_TEXT_H
#define TESTS_KUBESIM_PROTOBUF_TEXT_H

#include <stdint.h>

#include "base/span.h"

enum { PROTOBUF_TIME_SIZE = 40 };

struct protobuf_time {
	int64_t seconds; /* since 1970 */
	int32_t nanos;
};

/* Room for what `len` bytes become in base64, its NUL included. */
static inline size_t base64_size(size_t len)
{
	return (len + 2) / 3 * 4 + 1;
}

void base64_encode(struct span bytes, char *ret_text);
/*
 * Writes at most text.len / 4 * 3 bytes and returns their number; -1 when
 * the text is not base64 with its padding.
 */
long base64_decode(struct span text, char *ret_bytes);

/* RFC 3339, with Z or an offset; -1 when it is none. */
int protobuf_time_parse(const char *text, struct protobuf_time *ret_time);
/* In UTC; with six digits behind the seconds, or with none. */
void protobuf_time_print(struct protobuf_time time, bool micro,
	char ret_text[PROTOBUF_TIME_SIZE]);

#endif
