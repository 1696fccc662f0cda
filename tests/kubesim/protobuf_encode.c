/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/protobuf.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "conf/base64.h"
#include "tests/kubesim/protobuf_time.h"
#include "tests/kubesim/protobuf_type.h"

enum {
	WIRE_VARINT = 0,
	WIRE_LEN = 2,
	FIRST_SIZE = 512,
};

/*
 * Bytes that grow at their front: a message is written from its last field
 * to its first, so that each length is known where it is to be written.
 */
struct writer {
	char *data; /* owned */
	size_t cap;
	size_t start; /* the first byte; the last one is at cap - 1 */
	struct err *err;
};

static size_t written(const struct writer *w)
{
	return w->cap - w->start;
}

static void put(struct writer *w, const void *bytes, size_t len)
{
	if (len > w->start) {
		size_t used = written(w);
		size_t cap = (w->cap ? w->cap : FIRST_SIZE) * 2 + len;
		char *data = xmalloc(cap);

		if (used)
			memcpy(data + cap - used, w->data + w->start, used);
		free(w->data);
		w->data = data;
		w->start = cap - used;
		w->cap = cap;
	}
	w->start -= len;
	if (len)
		memcpy(w->data + w->start, bytes, len);
}

static void put_varint(struct writer *w, uint64_t value)
{
	unsigned char bytes[10];
	size_t n = 0;

	while (value > 0x7f) {
		bytes[n++] = (unsigned char)(0x80 | (value & 0x7f));
		value >>= 7;
	}
	bytes[n++] = (unsigned char)value;
	put(w, bytes, n);
}

static void put_tag(struct writer *w, unsigned number, unsigned wire)
{
	put_varint(w, (uint64_t)number << 3 | wire);
}

/* Closes what was written since `before` as a field. */
static void put_length(struct writer *w, unsigned number, size_t before)
{
	put_varint(w, written(w) - before);
	put_tag(w, number, WIRE_LEN);
}

static void put_text(struct writer *w, unsigned number, const char *text)
{
	size_t before = written(w);

	put(w, text, strlen(text));
	put_length(w, number, before);
}

static int mismatch(
	struct writer *w, const struct pb_type *type, const cJSON *value)
{
	return err_set(
		w->err, "a %s is no %s", json_type_name(value), type->name);
}

/* The contents of a value that has a length; NULL: the zero value. */

static int put_bytes(struct writer *w, const char *text)
{
	struct buf bytes = BUF_INIT;
	int ret = base64_decode(span_str(text), &bytes);

	if (ret == 0)
		put(w, buf_span(&bytes).ptr, buf_len(&bytes));
	else
		err_set(w->err, "illegal base64 data");
	buf_fini(&bytes);
	return ret;
}

static int put_time(struct writer *w, const char *text, bool micro)
{
	struct protobuf_time time;

	if (protobuf_time_parse(text, &time) != 0)
		return err_set(w->err, "parsing time \"%s\"", text);
	/* Kubernetes cuts what its JSON would not show. */
	put_varint(w, micro ? (uint64_t)(time.nanos / 1000 * 1000) : 0);
	put_tag(w, 2, WIRE_VARINT);
	put_varint(w, (uint64_t)time.seconds);
	put_tag(w, 1, WIRE_VARINT);
	return 0;
}

static int put_int_or_string(struct writer *w, const cJSON *value)
{
	bool is_string = cJSON_IsString(value);

	put_text(w, 3, is_string ? value->valuestring : "");
	put_varint(w,
		value && !is_string ? (uint64_t)(int64_t)value->valuedouble
				    : 0);
	put_tag(w, 2, WIRE_VARINT);
	put_varint(w, is_string);
	put_tag(w, 1, WIRE_VARINT);
	return 0;
}

static int put_strings(struct writer *w, const cJSON *array)
{
	const cJSON *item = array->child ? array->child->prev : NULL;

	for (; item; item = item == array->child ? NULL : item->prev) {
		if (!cJSON_IsString(item))
			return mismatch(w, &pb_string, item);
		put_text(w, 1, item->valuestring);
	}
	return 0;
}

static void put_json(struct writer *w, const cJSON *value)
{
	char *text = json_print(value);

	put_text(w, 1, text);
	free(text);
}

static int put_message(
	struct writer *w, const struct pb_type *type, const cJSON *object);

static int put_content(
	struct writer *w, const struct pb_type *type, const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);

	switch (type->kind) {
	case PB_MESSAGE:
		return value && !cJSON_IsObject(value)
			? mismatch(w, type, value)
			: put_message(w, type, value);
	case PB_STRINGS:
		if (!value)
			return 0;
		return cJSON_IsArray(value) ? put_strings(w, value)
					    : mismatch(w, type, value);
	case PB_INT_OR_STRING:
		return value && !text && !cJSON_IsNumber(value)
			? mismatch(w, type, value)
			: put_int_or_string(w, value);
	case PB_JSON:
		if (value)
			put_json(w, value);
		return 0;
	case PB_STRING:
	case PB_BYTES:
	case PB_QUANTITY:
	case PB_TIME:
	case PB_MICRO_TIME:
		break;
	case PB_INT:
	case PB_BOOL:
		CHECK_UNREACHABLE(); /* a varint has no length */
	}
	if (value && !text)
		return mismatch(w, type, value);
	if (type->kind == PB_BYTES)
		return text ? put_bytes(w, text) : 0;
	if (type->kind == PB_TIME || type->kind == PB_MICRO_TIME)
		return text ? put_time(w, text, type->kind == PB_MICRO_TIME)
			    : 0;
	if (type->kind == PB_QUANTITY)
		put_text(w, 1, text ? text : "");
	else if (text)
		put(w, text, strlen(text));
	return 0;
}

static int put_field(struct writer *w, unsigned number,
	const struct pb_type *type, const cJSON *value)
{
	size_t before = written(w);

	if (cJSON_IsNull(value))
		value = NULL;
	if (type->kind == PB_INT) {
		if (value && !cJSON_IsNumber(value))
			return mismatch(w, type, value);
		put_varint(
			w, value ? (uint64_t)(int64_t)value->valuedouble : 0);
		put_tag(w, number, WIRE_VARINT);
		return 0;
	}
	if (type->kind == PB_BOOL) {
		if (value && !cJSON_IsBool(value))
			return mismatch(w, type, value);
		put_varint(w, cJSON_IsTrue(value) ? 1 : 0);
		put_tag(w, number, WIRE_VARINT);
		return 0;
	}
	if (put_content(w, type, value) != 0)
		return -1;
	put_length(w, number, before);
	return 0;
}

static int put_list(
	struct writer *w, const struct pb_field *field, const cJSON *array)
{
	const cJSON *item = array->child ? array->child->prev : NULL;

	if (!cJSON_IsArray(array))
		return mismatch(w, field->type, array);
	for (; item; item = item == array->child ? NULL : item->prev) {
		if (put_field(w, field->number, field->type, item) != 0)
			return -1;
	}
	return 0;
}

static int key_cmp(const void *left, const void *right)
{
	const cJSON *const *a = left;
	const cJSON *const *b = right;

	return strcmp((*a)->string, (*b)->string);
}

static int put_map(
	struct writer *w, const struct pb_field *field, const cJSON *object)
{
	size_t count = json_count(object);
	const cJSON **entries;
	size_t n = 0;
	int ret = 0;

	if (!cJSON_IsObject(object))
		return mismatch(w, field->type, object);
	entries = xcalloc(count + 1, sizeof(*entries));
	for (const cJSON *item = object->child; item; item = item->next)
		entries[n++] = item;
	qsort(entries, n, sizeof(cJSON *), key_cmp);
	while (ret == 0 && n--) {
		size_t before = written(w);

		ret = put_field(w, 2, field->type, entries[n]);
		put_text(w, 1, entries[n]->string);
		put_length(w, field->number, before);
	}
	free(entries);
	return ret;
}

static int put_fields(
	struct writer *w, const struct pb_type *type, const cJSON *object)
{
	const struct pb_field *first = type->fields;
	const struct pb_field *field = first;
	int ret = 0;

	while (field->number)
		field++;
	while (ret == 0 && field-- > first) {
		const cJSON *value = json_get(object, field->name);
		size_t before = written(w);

		switch (field->shape) {
		case PB_ALWAYS:
		case PB_FILLED:
			ret = put_field(w, field->number, field->type, value);
			break;
		case PB_OPTIONAL:
			if (value && !cJSON_IsNull(value))
				ret = put_field(
					w, field->number, field->type, value);
			break;
		case PB_LIST:
		case PB_LIST_ALWAYS:
			if (value && !cJSON_IsNull(value))
				ret = put_list(w, field, value);
			break;
		case PB_MAP:
			if (value && !cJSON_IsNull(value))
				ret = put_map(w, field, value);
			break;
		case PB_INLINE:
			ret = put_fields(w, field->type, object);
			put_length(w, field->number, before);
			continue;
		}
		if (ret)
			err_prefix(w->err, "%s", field->name);
	}
	return ret;
}

static bool has_field(const struct pb_type *type, const char *name)
{
	for (const struct pb_field *field = type->fields; field->number;
		field++) {
		if (field->shape == PB_INLINE ? has_field(field->type, name)
					      : !strcmp(field->name, name))
			return true;
	}
	return false;
}

static int check_members(struct writer *w, const struct pb_type *type,
	const cJSON *object, bool is_top)
{
	if (!object)
		return 0;
	for (const cJSON *item = object->child; item; item = item->next) {
		/* These two go into the envelope. */
		if (is_top &&
			(!strcmp(item->string, "kind") ||
				!strcmp(item->string, "apiVersion")))
			continue;
		if (!has_field(type, item->string))
			return err_set(w->err, "%s has no field \"%s\"",
				type->name, item->string);
	}
	return 0;
}

static int put_message(
	struct writer *w, const struct pb_type *type, const cJSON *object)
{
	if (check_members(w, type, object, false) != 0)
		return -1;
	return put_fields(w, type, object);
}

static int put_envelope(struct writer *w, const cJSON *doc)
{
	const char *version = json_str(doc, "apiVersion");
	const char *kind = json_str(doc, "kind");
	const struct pb_type *type;
	size_t before;

	version = version ? version : "";
	kind = kind ? kind : "";
	type = pb_type_find(version, kind);
	if (!type)
		return err_set(
			w->err, "%s/%s has no form in protobuf", version, kind);
	put_text(w, 4, ""); /* contentType */
	put_text(w, 3, ""); /* contentEncoding */
	before = written(w);
	if (check_members(w, type, doc, true) != 0 ||
		put_fields(w, type, doc) != 0)
		return err_prefix(w->err, "%s", kind);
	put_length(w, 2, before);
	before = written(w);
	put_text(w, 2, kind);
	put_text(w, 1, version);
	put_length(w, 1, before);
	put(w, "k8s", 4);
	return 0;
}

bool protobuf_has(const char *api_version, const char *kind)
{
	return pb_type_find(api_version, kind);
}

static int finish(struct writer *w, int ret, struct buf *out)
{
	if (ret == 0)
		buf_append(out, w->data + w->start, written(w));
	free(w->data);
	return ret;
}

int protobuf_encode(struct buf *out, const cJSON *doc, struct err *err)
{
	struct writer w = { .err = err };

	return finish(&w, put_envelope(&w, doc), out);
}

int protobuf_encode_event(
	struct buf *out, const char *type, const cJSON *doc, struct err *err)
{
	struct writer w = { .err = err };
	unsigned char prefix[4];
	size_t len;
	int ret = put_envelope(&w, doc);

	if (ret == 0) {
		put_length(&w, 1, 0);
		put_length(&w, 2, 0);
		put_text(&w, 1, type);
		len = written(&w);
		for (unsigned i = 0; i < sizeof(prefix); i++)
			prefix[i] = (unsigned char)(len >> (24 - 8 * i));
		put(&w, prefix, sizeof(prefix));
	}
	return finish(&w, ret, out);
}
