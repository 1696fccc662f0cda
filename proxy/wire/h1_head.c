/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads in HTTP/1.1's words.  Names are written as the API server writes them,
 * Content-Type for content-type, though only people can tell.
 */
#include "proxy/wire/h1_impl.h"
#include "proxy/wire/h1_syntax.h"

static bool is_pseudo(const struct field *field)
{
	return field->name.len > 0 && field->name.ptr[0] == ':';
}

static bool is_one_word(struct span s)
{
	return h1_is_value(s) && s.len > 0 && !memchr(s.ptr, ' ', s.len) &&
		!memchr(s.ptr, '\t', s.len);
}

bool h1_head_is_sound(const struct fields *head)
{
	for (size_t i = 0; i < head->count; i++) {
		const struct field *field = &head->items[i];

		if (is_pseudo(field) ? !is_one_word(field->value)
				     : (!h1_is_token(field->name) ||
					       !h1_is_value(field->value)))
			return false;
	}
	return true;
}

void h1_head_write_field(
	struct buf *ret_text, struct span name, struct span value)
{
	char *at = buf_reserve(ret_text, name.len + value.len + 4);
	bool is_first = true;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		at[i] = is_first && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A')
							 : c;
		is_first = c == '-';
	}
	at += name.len;
	*at++ = ':';
	*at++ = ' ';
	if (value.len > 0)
		memcpy(at, value.ptr, value.len);
	at += value.len;
	*at++ = '\r';
	*at = '\n';
	buf_commit(ret_text, name.len + value.len + 4);
}

void h1_head_end(struct buf *ret_text)
{
	buf_append(ret_text, "\r\n", 2);
}

void h1_head_write_status(struct span status, struct buf *ret_text)
{
	uint64_t number = 0;

	(void)span_to_u64(status, &number);
	buf_append_str(ret_text, "HTTP/1.1 ");
	buf_append_span(ret_text, status);
	buf_append(ret_text, " ", 1);
	buf_append_str(ret_text, h1_status_reason((unsigned)number));
	buf_append(ret_text, "\r\n", 2);
}

void h1_head_write_request(const struct fields *head, struct buf *ret_text)
{
	buf_append_span(ret_text, fields_value(head, FIELD_METHOD));
	buf_append(ret_text, " ", 1);
	buf_append_span(ret_text, fields_value(head, FIELD_PATH));
	buf_append_str(ret_text, " HTTP/1.1\r\n");
	h1_head_write_field(
		ret_text, SPAN("host"), fields_value(head, FIELD_AUTHORITY));
}

static bool is_written(
	const struct field *field, bool has_length, bool is_switch)
{
	switch ((int)field->token) {
	case FIELD_CONNECTION:
	case FIELD_KEEP_ALIVE:
	case FIELD_PROXY_CONNECTION:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_HOST:
		return false;
	case FIELD_CONTENT_LENGTH:
		return has_length;
	case FIELD_UPGRADE:
		return is_switch;
	}
	return !is_pseudo(field);
}

void h1_head_write_fields(const struct fields *head, bool has_length,
	bool is_switch, struct buf *ret_text)
{
	for (size_t i = 0; i < head->count; i++) {
		const struct field *field = &head->items[i];

		if (is_written(field, has_length, is_switch))
			h1_head_write_field(
				ret_text, field->name, field->value);
	}
}
