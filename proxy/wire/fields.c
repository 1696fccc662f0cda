/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/fields.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/fields_impl.h"

enum {
	FIRST_CAP = 16,
	FIELD_OVERHEAD = 32, /* RFC 9113 section 6.5.2 */
};

/* A copy of names and values, shared by the fields that refer to it. */
struct fields_text {
	uint32_t refs;
	char bytes[];
};

static struct field *push(struct fields *fields)
{
	if (fields->count == fields->cap) {
		fields->cap = fields->cap ? fields->cap * 2 : FIRST_CAP;
		fields->items = xrealloc(
			fields->items, fields->cap * sizeof(*fields->items));
	}
	return &fields->items[fields->count++];
}

static void count_bytes(struct fields *fields, const struct field *field)
{
	fields->bytes += (uint32_t)(field->name.len + field->value.len) +
		FIELD_OVERHEAD;
}

/*
 * Unique in each response, or nearly: in the table it would only push others
 * out.  Of Fairway's own those that are copied hold a number, the rest names.
 */
static bool is_worth_no_index(enum field_name token, bool is_copy)
{
	return token == FIELD_AUDIT_ID || (token == FIELD_X_FAIRWAY && is_copy);
}

static bool is_secret(enum field_name token)
{
	return token == FIELD_AUTHORIZATION ||
		token == FIELD_PROXY_AUTHORIZATION;
}

static void add_literal(struct fields *fields, struct span name,
	struct span value, struct fields_text *text)
{
	struct field *field = push(fields);
	enum field_name token = field_name_of(name);

	*field = (struct field){
		.name = name,
		.value = value,
		.token = token,
		.never_index = is_secret(token),
		.no_index = is_worth_no_index(token, text != NULL),
		.is_copy = text != NULL,
		.name_ref = text,
	};
	count_bytes(fields, field);
}

static struct fields_text *text_new(size_t len)
{
	struct fields_text *text = xmalloc(sizeof(*text) + len);

	text->refs = 1;
	return text;
}

struct fields_text *fields_text_new(struct span bytes)
{
	struct fields_text *text = text_new(bytes.len);

	if (bytes.len > 0)
		memcpy(text->bytes, bytes.ptr, bytes.len);
	return text;
}

char *fields_text_bytes(struct fields_text *text)
{
	return text->bytes;
}

void fields_text_unref(struct fields_text *text)
{
	CHECK(text->refs > 0);
	if (--text->refs == 0)
		free(text);
}

void fields_add_text(struct fields *fields, struct fields_text *text,
	struct span name, struct span value)
{
	text->refs++;
	add_literal(fields, name, value, text);
}

void fields_add(struct fields *fields, struct span name, struct span value)
{
	struct fields_text *text = text_new(name.len + value.len);

	if (name.len > 0)
		memcpy(text->bytes, name.ptr, name.len);
	if (value.len > 0)
		memcpy(text->bytes + name.len, value.ptr, value.len);
	add_literal(fields, span_of(text->bytes, name.len),
		span_of(text->bytes + name.len, value.len), text);
}

void fields_add_static(
	struct fields *fields, struct span name, struct span value)
{
	add_literal(fields, name, value, NULL);
}

void fields_add_received(
	struct fields *fields, const struct received_field *received)
{
	struct field *field = push(fields);
	enum field_name token = field_name_of(received->name);

	nghttp2_rcbuf_incref(received->name_ref);
	nghttp2_rcbuf_incref(received->value_ref);
	*field = (struct field){
		.name = received->name,
		.value = received->value,
		.token = token,
		.never_index = received->never_index || is_secret(token),
		.no_index = is_worth_no_index(token, false),
		.name_ref = received->name_ref,
		.value_ref = received->value_ref,
	};
	count_bytes(fields, field);
}

static void take_refs(const struct field *field)
{
	if (field->is_copy) {
		((struct fields_text *)field->name_ref)->refs++;
		return;
	}
	if (field->name_ref)
		nghttp2_rcbuf_incref(field->name_ref);
	if (field->value_ref)
		nghttp2_rcbuf_incref(field->value_ref);
}

static void drop_refs(const struct field *field)
{
	if (field->is_copy) {
		fields_text_unref(field->name_ref);
		return;
	}
	if (field->name_ref)
		nghttp2_rcbuf_decref(field->name_ref);
	if (field->value_ref)
		nghttp2_rcbuf_decref(field->value_ref);
}

void fields_add_ref(struct fields *fields, const struct field *field)
{
	struct field *copy = push(fields);

	take_refs(field);
	*copy = *field;
	count_bytes(fields, copy);
}

const struct field *fields_find(
	const struct fields *fields, enum field_name token)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (fields->items[i].token == token)
			return &fields->items[i];
	}
	return NULL;
}

struct span fields_value(const struct fields *fields, enum field_name token)
{
	const struct field *field = fields_find(fields, token);

	return field ? field->value : SPAN_NONE;
}

size_t fields_count_of(const struct fields *fields, enum field_name token)
{
	size_t count = 0;

	for (size_t i = 0; i < fields->count; i++)
		count += fields->items[i].token == token;
	return count;
}

void fields_move(struct fields *from, struct fields *to)
{
	fields_clear(to);
	*to = *from;
	*from = FIELDS_INIT;
}

void fields_clear(struct fields *fields)
{
	if (!fields->items)
		return;
	for (size_t i = 0; i < fields->count; i++)
		drop_refs(&fields->items[i]);
	free(fields->items);
	*fields = FIELDS_INIT;
}
