/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times: text in JSON, numbers in protobuf.
 */
#ifndef TESTS_KUBESIM_PROTOBUF_TIME_H
#define TESTS_KUBESIM_PROTOBUF_TIME_H

#include <stdbool.h>
#include <stdint.h>

enum { PROTOBUF_TIME_SIZE = 40 };

struct protobuf_time {
	int64_t seconds; /* since 1970 */
	int32_t nanos;
};

/* RFC 3339, with Z or an offset; -1 when it is none. */
int protobuf_time_parse(const char *text, struct protobuf_time *ret_time);
/* In UTC; with six digits behind the seconds, or with none. */
void protobuf_time_print(struct protobuf_time time, bool micro,
	char ret_text[PROTOBUF_TIME_SIZE]);

#endif
