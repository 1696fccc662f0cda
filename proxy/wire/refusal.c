/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/refusal.h"

#include <stdio.h>

#include "base/check.h"

const struct refusal REFUSAL_HEAD_TOO_LARGE = {
	431,
	"the request's header fields are too large",
};
const struct refusal REFUSAL_METHOD = {
	405,
	"the method is not one of the API server's",
};
const struct refusal REFUSAL_TARGET_TOO_LONG = {
	414,
	"the request's path and query are too long",
};

/* As Fairway's other answers name them. */
static const char *reason_of(unsigned status)
{
	switch (status) {
	case 405:
		return "MethodNotAllowed";
	case 408:
		return "Timeout";
	case 429:
		return "TooManyRequests";
	case 431:
		return "RequestHeaderFieldsTooLarge";
	default:
		return "BadRequest";
	}
}

static void add_number(struct fields *fields, struct span name, size_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%zu", number);

	fields_add(fields, name, span_of(digits, (size_t)len));
}

size_t refusal_write(const struct refusal *refusal, struct fields *ret_head,
	char ret_body[static REFUSAL_BODY_CAP])
{
	int len = snprintf(ret_body, REFUSAL_BODY_CAP,
		"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
		"\"status\":\"Failure\",\"message\":\"fairway: %s\","
		"\"reason\":\"%s\",\"code\":%u}\n",
		refusal->message, reason_of(refusal->status), refusal->status);

	CHECK(len > 0 && len < REFUSAL_BODY_CAP);
	add_number(ret_head, SPAN(":status"), refusal->status);
	fields_add_static(
		ret_head, SPAN("content-type"), SPAN("application/json"));
	fields_add_static(
		ret_head, SPAN("cache-control"), SPAN("no-cache, private"));
	add_number(ret_head, SPAN("content-length"), (size_t)len);
	if (refusal->status == 405)
		fields_add_static(ret_head, SPAN("allow"),
			SPAN("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
	/* Not executed: it may come again. */
	if (refusal->status == 429)
		fields_add_static(ret_head, SPAN("retry-after"), SPAN("1"));
	return (size_t)len;
}
