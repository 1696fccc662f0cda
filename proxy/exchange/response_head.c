/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/response_head.h"

#include "base/check.h"
#include "proxy/exchange/decimal.h"

static int read_status(struct span value, unsigned *ret_status)
{
	uint64_t status;

	if (value.len != 3 || span_to_u64(value, &status) != 0 ||
		(status < 200 && status != 101) || status > 599)
		return -1;
	*ret_status = (unsigned)status;
	return 0;
}

/* RFC 9110, 10.2.3; a date is no integer, as for client-go. */
static int32_t read_retry_after(struct span value)
{
	uint64_t seconds;

	if (span_to_u64(value, &seconds) != 0)
		return -1;
	return (int32_t)u64_min(seconds, INT32_MAX);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * The first 64 bits of a UID, so that people find the level by what they are
 * shown; of what is no UID a hash.
 */
static uint64_t read_level(struct span value, const struct hash_key *key)
{
	static const char FORM[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	uint64_t level = 0;

	if (value.len != sizeof(FORM) - 1)
		return hash_span(key, 0, value);
	for (size_t i = 0; i < value.len; i++) {
		int digit = hex_value(value.ptr[i]);

		if (FORM[i] == '-' ? value.ptr[i] != '-' : digit < 0)
			return hash_span(key, 0, value);
		if (digit >= 0 && i < 18)
			level = level << 4 | (uint64_t)digit;
	}
	return level ? level : hash_span(key, 0, value);
}

int response_head_read(const struct fields *fields, const struct hash_key *key,
	struct response_head *ret_head)
{
	struct response_head head = {
		.retry_after = -1,
		.content_length = UINT64_MAX,
	};

	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		/* The other names say nothing to Fairway. */
		switch ((int)field->token) {
		case FIELD_STATUS:
			if (read_status(field->value, &head.status) != 0)
				return -1;
			break;
		case FIELD_RETRY_AFTER:
			head.retry_after = read_retry_after(field->value);
			break;
		case FIELD_CONTENT_TYPE:
			head.content_type = field->value;
			head.is_plain_text = span_starts_with(
				field->value, SPAN("text/plain"));
			break;
		case FIELD_CONTENT_ENCODING:
			head.has_encoding = true;
			break;
		case FIELD_CONTENT_LENGTH:
			if (span_to_u64(field->value, &head.content_length) !=
				0)
				return -1;
			break;
		case FIELD_AUDIT_ID:
			head.audit_id = field->value;
			break;
		case FIELD_PF_PRIORITYLEVEL_UID:
			head.level_uid = read_level(field->value, key);
			break;
		}
	}
	if (head.status == 0)
		return -1;
	*ret_head = head;
	return 0;
}

bool response_head_is_strange(const struct response_head *head)
{
	return head->status >= 502 && head->status <= 504 &&
		span_is_empty(head->audit_id);
}

/* Whether a field stays between Fairway and the API server. */
static bool field_ends_here(const struct field *field)
{
	switch ((int)field->token) {
	case FIELD_CONNECTION:
	case FIELD_KEEP_ALIVE:
	case FIELD_PROXY_CONNECTION:
	case FIELD_PROXY_AUTHENTICATE:
	case FIELD_PROXY_AUTHORIZATION:
	case FIELD_TE:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_UPGRADE:
	case FIELD_X_FAIRWAY:
		return true;
	}
	return false;
}

void response_head_write(
	const struct fields *received, struct fields *ret_fields)
{
	bool is_upgrade =
		span_eq(fields_value(received, FIELD_STATUS), SPAN("101"));

	for (size_t i = 0; i < received->count; i++) {
		const struct field *field = &received->items[i];

		if (!field_ends_here(field) ||
			(is_upgrade && field->token == FIELD_UPGRADE))
			fields_add_ref(ret_fields, field);
	}
}

void response_trailers_write(
	const struct fields *received, struct fields *ret_fields)
{
	for (size_t i = 0; i < received->count; i++) {
		const struct field *field = &received->items[i];

		if (!field_ends_here(field) &&
			field->token != FIELD_CONTENT_LENGTH)
			fields_add_ref(ret_fields, field);
	}
}

static void write_wait(usec_t wait, struct fields *ret_fields)
{
	char text[DECIMAL_CAP + 2];
	size_t len;

	/* By far the most frequent one. */
	if (wait < USEC_PER_MSEC) {
		fields_add_static(
			ret_fields, SPAN("x-fairway-wait"), SPAN("0ms"));
		return;
	}
	len = decimal_write(wait / USEC_PER_MSEC, text);
	text[len++] = 'm';
	text[len++] = 's';
	fields_add(ret_fields, SPAN("x-fairway-wait"), span_of(text, len));
	ret_fields->items[ret_fields->count - 1].no_index = true;
}

static void write_intent(uint64_t intent, struct fields *ret_fields)
{
	char text[DECIMAL_CAP];
	size_t len = decimal_write(intent, text);

	fields_add(
		ret_fields, SPAN("x-fairway-intent"), span_of(text, len));
}

void response_notes_write(
	const struct response_notes *notes, struct fields *ret_fields)
{
	if (notes->lane) {
		/* Copies: another configuration may come before it is sent. */
		fields_add(ret_fields, SPAN("x-fairway-lane"),
			span_str(notes->lane));
		fields_add(ret_fields, SPAN("x-fairway-rule"),
			span_str(notes->rule));
		write_wait(notes->wait, ret_fields);
	}
	if (notes->intent)
		write_intent(notes->intent, ret_fields);
	if (notes->reason)
		fields_add_static(ret_fields, SPAN("x-fairway-reason"),
			span_str(notes->reason));
}

void response_status_write(unsigned status, struct fields *ret_fields)
{
	char text[DECIMAL_CAP];
	size_t len = decimal_write(status, text);

	CHECK(len == 3);
	fields_add(ret_fields, SPAN(":status"), span_of(text, len));
}
