/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/protobuf.h"

#include <inttypes.h>
#include <stdlib.h>

#include "conf/base64.h"
#include "tests/kubesim/protobuf_time.h"
#include "tests/kubesim/protobuf_type.h"

enum {
	WIRE_VARINT = 0,
	WIRE_LEN = 2,
	MAX_VARINT = 10,
};

/* One field as it comes: a number or bytes, by its wire type. */
struct item {
	uint64_t number;
	bool is_varint;
	uint64_t varint;
	struct span bytes;
};

static int take_varint(struct span *rest, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < MAX_VARINT && i < rest->len; i++) {
		unsigned char byte = (unsigned char)rest->ptr[i];

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		*rest = span_skip(*rest, i + 1);
		*ret_value = value;
		return 0;
	}
	return -1;
}

static int take_item(struct span *rest, struct item *ret_item, struct err *err)
{
	uint64_t tag;
	uint64_t len;

	if (take_varint(rest, &tag) != 0)
		return err_set(err, "unexpected EOF");
	*ret_item = (struct item){ .number = tag >> 3 };
	switch (tag & 7) {
	case WIRE_VARINT:
		ret_item->is_varint = true;
		if (take_varint(rest, &ret_item->varint) != 0)
			return err_set(err, "unexpected EOF");
		return 0;
	case WIRE_LEN:
		if (take_varint(rest, &len) != 0 || len > rest->len)
			return err_set(err, "unexpected EOF");
		ret_item->bytes = span_of(rest->ptr, (size_t)len);
		*rest = span_skip(*rest, (size_t)len);
		return 0;
	default:
		/* Kubernetes has no field of the other wire types. */
		return err_set(err, "field %" PRIu64 " has wire type %u",
			ret_item->number, (unsigned)(tag & 7));
	}
}

/* A string in JSON; NULL when it cannot be one there. */
static cJSON *string_of(struct span bytes, struct err *err)
{
	cJSON *value;
	char *text;

	if (memchr(bytes.len ? bytes.ptr : "", '\0', bytes.len)) {
		err_set(err, "a string with NUL in it");
		return NULL;
	}
	text = span_dup(bytes.len ? bytes : SPAN(""));
	value = cJSON_CreateString(text);
	free(text);
	return value;
}

static cJSON *base64_of(struct span bytes)
{
	struct buf text = BUF_INIT;
	cJSON *value;

	base64_encode(bytes, &text);
	value = cJSON_CreateString(buf_cstr(&text));
	buf_fini(&text);
	return value;
}

static cJSON *time_of(struct span rest, bool micro, struct err *err)
{
	struct protobuf_time time = { 0 };
	char text[PROTOBUF_TIME_SIZE];
	struct item item;

	if (span_is_empty(rest))
		return cJSON_CreateNull();
	while (!span_is_empty(rest)) {
		if (take_item(&rest, &item, err) != 0)
			return NULL;
		if (item.number == 1 && item.is_varint)
			time.seconds = (int64_t)item.varint;
		else if (item.number == 2 && item.is_varint)
			time.nanos = (int32_t)item.varint;
	}
	protobuf_time_print(time, micro, text);
	return cJSON_CreateString(text);
}

/* The one field of a message that wraps it; absent where it is missing. */
static int unwrap(struct span rest, struct span *ret_bytes, struct err *err)
{
	struct item item;

	*ret_bytes = SPAN_NONE;
	while (!span_is_empty(rest)) {
		if (take_item(&rest, &item, err) != 0)
			return -1;
		if (item.number == 1 && !item.is_varint)
			*ret_bytes = item.bytes;
	}
	return 0;
}

static cJSON *quantity_of(struct span rest, struct err *err)
{
	struct span text;

	return unwrap(rest, &text, err) == 0 ? string_of(text, err) : NULL;
}

static cJSON *json_of(struct span rest, struct err *err)
{
	struct span text;

	if (unwrap(rest, &text, err) != 0)
		return NULL;
	return span_is_empty(text) ? cJSON_CreateNull() : json_parse(text, err);
}

static cJSON *int_or_string_of(struct span rest, struct err *err)
{
	uint64_t is_string = 0;
	uint64_t number = 0;
	struct span text = SPAN_NONE;
	struct item item;

	while (!span_is_empty(rest)) {
		if (take_item(&rest, &item, err) != 0)
			return NULL;
		if (item.number == 1)
			is_string = item.varint;
		else if (item.number == 2)
			number = item.varint;
		else if (item.number == 3)
			text = item.bytes;
	}
	return is_string ? string_of(text, err)
			 : cJSON_CreateNumber((double)(int64_t)number);
}

static cJSON *strings_of(struct span rest, struct err *err)
{
	cJSON *array = cJSON_CreateArray();
	struct item item;

	while (!span_is_empty(rest)) {
		cJSON *text = NULL;

		if (take_item(&rest, &item, err) == 0 && !item.is_varint)
			text = string_of(item.bytes, err);
		if (!text) {
			cJSON_Delete(array);
			return NULL;
		}
		cJSON_AddItemToArray(array, text);
	}
	return array;
}

static cJSON *object_of(
	struct span bytes, const struct pb_type *type, struct err *err);

static cJSON *value_of(
	const struct item *item, const struct pb_type *type, struct err *err)
{
	bool wants_varint = type->kind == PB_INT || type->kind == PB_BOOL;

	if (item->is_varint != wants_varint) {
		err_set(err, "wrong wire type for a %s", type->name);
		return NULL;
	}
	switch (type->kind) {
	case PB_MESSAGE:
		return object_of(item->bytes, type, err);
	case PB_STRING:
		return string_of(item->bytes, err);
	case PB_BYTES:
		return base64_of(item->bytes);
	case PB_INT:
		return cJSON_CreateNumber((double)(int64_t)item->varint);
	case PB_BOOL:
		return cJSON_CreateBool(item->varint != 0);
	case PB_TIME:
	case PB_MICRO_TIME:
		return time_of(item->bytes, type->kind == PB_MICRO_TIME, err);
	case PB_QUANTITY:
		return quantity_of(item->bytes, err);
	case PB_INT_OR_STRING:
		return int_or_string_of(item->bytes, err);
	case PB_STRINGS:
		return strings_of(item->bytes, err);
	case PB_JSON:
		return json_of(item->bytes, err);
	}
	return NULL;
}

/* A zero value; NULL for those that JSON does not show where it is. */
static cJSON *zero_of(const struct pb_type *type)
{
	static const struct item nothing = { .is_varint = false };
	static const struct item zero = { .is_varint = true };
	struct err err;

	return value_of(type->kind == PB_INT || type->kind == PB_BOOL
			? &zero
			: &nothing,
		type, &err);
}

static bool is_zero(const struct item *item)
{
	return item->is_varint ? !item->varint : span_is_empty(item->bytes);
}

static int add_entry(cJSON *map, struct span rest, const struct pb_type *type,
	struct err *err)
{
	struct span key = SPAN("");
	cJSON *value = NULL;
	struct item item;
	char *text;

	while (!span_is_empty(rest)) {
		if (take_item(&rest, &item, err) != 0)
			goto fail;
		if (item.number == 1 && !item.is_varint) {
			key = item.bytes;
		} else if (item.number == 2) {
			cJSON_Delete(value);
			value = value_of(&item, type, err);
			if (!value)
				return -1;
		}
	}
	text = span_dup(span_is_empty(key) ? SPAN("") : key);
	json_set(map, text, value ? value : zero_of(type));
	free(text);
	return 0;
fail:
	cJSON_Delete(value);
	return -1;
}

static int add_fields(cJSON *object, struct span rest,
	const struct pb_type *type, struct err *err);

static int add_item(cJSON *object, const struct item *item,
	const struct pb_field *field, struct err *err)
{
	cJSON *to = json_get(object, field->name);
	cJSON *value;

	if (field->shape == PB_INLINE)
		return add_fields(object, item->bytes, field->type, err);
	if (field->shape == PB_MAP)
		return add_entry(json_make_object(object, field->name),
			item->bytes, field->type, err);
	if (field->shape == PB_FILLED && is_zero(item))
		return 0;
	value = value_of(item, field->type, err);
	if (!value)
		return -1;
	if (field->shape == PB_LIST || field->shape == PB_LIST_ALWAYS) {
		if (!to) {
			to = cJSON_CreateArray();
			json_set(object, field->name, to);
		}
		cJSON_AddItemToArray(to, value);
	} else {
		json_set(object, field->name, value);
	}
	return 0;
}

/* What a writer may have left out, and JSON shows nevertheless. */
static void add_absent(cJSON *object, const struct pb_type *type)
{
	for (const struct pb_field *field = type->fields; field->number;
		field++) {
		bool is_there = json_get(object, field->name);

		if (field->shape == PB_ALWAYS && !is_there)
			json_set(object, field->name, zero_of(field->type));
		else if (field->shape == PB_LIST_ALWAYS && !is_there)
			json_set(object, field->name, cJSON_CreateNull());
	}
}

static int add_fields(cJSON *object, struct span rest,
	const struct pb_type *type, struct err *err)
{
	struct item item;

	while (!span_is_empty(rest)) {
		const struct pb_field *field = type->fields;

		if (take_item(&rest, &item, err) != 0)
			return err_prefix(err, "%s", type->name);
		while (field->number && field->number != item.number)
			field++;
		if (!field->number)
			return err_set(err,
				"%s: field %" PRIu64 " is not known",
				type->name, item.number);
		if (add_item(object, &item, field, err) != 0)
			return err_prefix(err, "%s", field->name);
	}
	add_absent(object, type);
	return 0;
}

static cJSON *object_of(
	struct span bytes, const struct pb_type *type, struct err *err)
{
	cJSON *object = cJSON_CreateObject();

	if (add_fields(object, bytes, type, err) == 0)
		return object;
	cJSON_Delete(object);
	return NULL;
}

struct envelope {
	struct span api_version;
	struct span kind;
	struct span raw;
};

static int read_envelope(
	struct span rest, struct envelope *ret_envelope, struct err *err)
{
	struct span meta = SPAN_NONE;
	struct item item;

	*ret_envelope = (struct envelope){ 0 };
	if (!span_starts_with(rest, span_of("k8s", 4)))
		return err_set(err,
			"provided data does not appear to be a protobuf "
			"message, expected prefix [107 56 115 0]");
	rest = span_skip(rest, 4);
	while (!span_is_empty(rest)) {
		if (take_item(&rest, &item, err) != 0)
			return -1;
		if (item.number == 1)
			meta = item.bytes;
		else if (item.number == 2)
			ret_envelope->raw = item.bytes;
	}
	while (!span_is_empty(meta)) {
		if (take_item(&meta, &item, err) != 0)
			return -1;
		if (item.number == 1)
			ret_envelope->api_version = item.bytes;
		else if (item.number == 2)
			ret_envelope->kind = item.bytes;
	}
	return 0;
}

bool protobuf_is(struct span bytes)
{
	struct envelope envelope;
	struct err err;

	return read_envelope(bytes, &envelope, &err) == 0;
}

cJSON *protobuf_decode(struct span bytes, struct err *err)
{
	struct envelope envelope;
	const struct pb_type *type;
	cJSON *doc = NULL;
	char *version;
	char *kind;

	if (read_envelope(bytes, &envelope, err) != 0)
		return NULL;
	version = span_dup(span_is_empty(envelope.api_version)
			? SPAN("")
			: envelope.api_version);
	kind = span_dup(
		span_is_empty(envelope.kind) ? SPAN("") : envelope.kind);
	type = pb_type_find(version, kind);
	if (!type)
		err_set(err,
			"no kind \"%s\" is registered for version \"%s\" in "
			"scheme \"pkg/api/legacyscheme/scheme.go:30\"",
			kind, version);
	else
		doc = object_of(envelope.raw, type, err);
	if (doc) {
		json_set_first(doc, "apiVersion", cJSON_CreateString(version));
		json_set_first(doc, "kind", cJSON_CreateString(kind));
	}
	free(version);
	free(kind);
	return doc;
}
