/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/reply.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>

#include "proxy/exchange/decimal.h"
#include "proxy/exchange/record.h"

static struct span value_of(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (span_eq_str(fields->items[i].name, name))
			return fields->items[i].value;
	}
	return SPAN_NONE;
}

static cJSON *body_of(enum verdict verdict, unsigned retry_after)
{
	char body[REPLY_BODY_CAP];
	size_t len = reply_body_write(verdict, retry_after, 0, body);

	cr_assert_lt(len, REPLY_BODY_CAP);
	return cJSON_ParseWithLength(body, len);
}

static const char *text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(object, key));
}

Test(reply, every_verdict_is_a_status_object)
{
	for (int i = VERDICT_NONE + 1; i < VERDICT_COUNT; i++) {
		const struct verdict_info *info = verdict_info((enum verdict)i);
		cJSON *status = body_of((enum verdict)i, 0);
		const cJSON *code;

		cr_assert_not_null(status, "%s", info->word);
		cr_assert_str_eq(text_of(status, "kind"), "Status");
		cr_assert_str_eq(text_of(status, "apiVersion"), "v1");
		cr_assert_str_eq(text_of(status, "status"), "Failure");
		cr_assert_str_eq(text_of(status, "reason"), info->reason);
		code = cJSON_GetObjectItemCaseSensitive(status, "code");
		cr_assert_eq(code->valueint, (int)info->status);
		cr_assert_not_null(
			strstr(text_of(status, "message"), info->message));
		cJSON_Delete(status);
	}
}

Test(reply, never_what_clients_take_for_final)
{
	/* Argo gives up on 500 and 502. */
	for (int i = VERDICT_NONE + 1; i < VERDICT_COUNT; i++) {
		unsigned status = verdict_info((enum verdict)i)->status;

		cr_assert(status != 500 && status != 502);
	}
}

Test(reply, retry_after_stands_in_head_and_body)
{
	struct response_notes notes = {
		.lane = "writes",
		.rule = "everything-else",
		.wait = 1234567,
	};
	struct fields head = FIELDS_INIT;
	cJSON *status = body_of(VERDICT_QUEUE_FULL, 2);

	cr_assert_eq(
		cJSON_GetObjectItemCaseSensitive(
			cJSON_GetObjectItemCaseSensitive(status, "details"),
			"retryAfterSeconds")
			->valueint,
		2);
	cJSON_Delete(status);
	reply_head_write(VERDICT_QUEUE_FULL, 2, 77, &notes, &head);
	cr_assert(span_eq_str(head.items[0].name, ":status"));
	cr_assert(span_eq_str(value_of(&head, ":status"), "429"));
	cr_assert(span_eq_str(value_of(&head, "retry-after"), "2"));
	cr_assert(span_eq_str(value_of(&head, "content-length"), "77"));
	cr_assert(span_eq_str(
		value_of(&head, "content-type"), "application/json"));
	cr_assert(span_eq_str(value_of(&head, "x-fairway-lane"), "writes"));
	cr_assert(span_eq_str(value_of(&head, "x-fairway-wait"), "1234ms"));
	cr_assert(
		span_eq_str(value_of(&head, "x-fairway-reason"), "queue-full"));
	fields_clear(&head);
}

Test(reply, an_unknown_fate_has_no_retry_after)
{
	struct response_notes notes = { 0 };
	struct fields head = FIELDS_INIT;

	reply_head_write(VERDICT_NO_ANSWER, 0, 1, &notes, &head);
	cr_assert(span_eq_str(value_of(&head, ":status"), "504"));
	cr_assert(span_is_absent(value_of(&head, "retry-after")));
	cr_assert(span_is_absent(value_of(&head, "x-fairway-lane")));
	fields_clear(&head);
}

Test(decimal, writes_every_length)
{
	char digits[DECIMAL_CAP];

	cr_assert_eq(decimal_write(0, digits), 1);
	cr_assert_eq(digits[0], '0');
	cr_assert_eq(decimal_write(UINT64_MAX, digits), DECIMAL_CAP);
	cr_assert_arr_eq(digits, "18446744073709551615", DECIMAL_CAP);
	cr_assert_eq(decimal_write(1000, digits), 4);
	cr_assert_arr_eq(digits, "1000", 4);
}

Test(record, codes_are_found_and_others_share_the_last_place)
{
	for (unsigned i = 0; i < STATS_CODE_COUNT - 1; i++) {
		cr_assert_eq(stats_code_index(STATS_CODES[i]), i);
		cr_assert(i == 0 || STATS_CODES[i - 1] < STATS_CODES[i]);
	}
	cr_assert_eq(stats_code_index(0), STATS_CODE_COUNT - 1);
	cr_assert_eq(stats_code_index(299), STATS_CODE_COUNT - 1);
	cr_assert_eq(stats_code_index(599), STATS_CODE_COUNT - 1);
}
