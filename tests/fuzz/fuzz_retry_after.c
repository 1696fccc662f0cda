/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any Retry-After in a response's head: what comes of it is a number only if
 * it is nothing but digits, and then that number, capped; a date, a sign, a
 * fraction, a blank count as none, as client-go has it (but for signs, which
 * it takes and nobody sends).
 */
#include "base/check.h"
#include "proxy/exchange/response_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int32_t expected(struct span value)
{
	uint64_t seconds = 0;

	if (!value.len)
		return -1;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c < '0' || c > '9')
			return -1;
		if (seconds > (UINT64_MAX - (uint64_t)(c - '0')) / 10)
			return -1;
		seconds = seconds * 10 + (uint64_t)(c - '0');
	}
	return (int32_t)u64_min(seconds, INT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hash_key key = { 1, 2 };
	struct span value = span_of(data, size);
	struct fields fields = FIELDS_INIT;
	struct response_head head;

	fields_add(&fields, SPAN(":status"), SPAN("429"));
	fields_add(&fields, SPAN("retry-after"), value);
	CHECK(response_head_read(&fields, &key, &head) == 0);
	CHECK(head.retry_after == expected(value));
	fields_clear(&fields);
	return 0;
}
