/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole objects as protobuf: "k8s\0" and a runtime.Unknown, whose field 2 is
 * the object; field 1 of every kind is its ObjectMeta
 * (apimachinery/pkg/runtime/generated.proto, meta/v1/generated.proto).  Nothing
 * but the metadata is looked into.
 */
#include "policy/effect.h"

enum {
	UNKNOWN_RAW = 2,
	OBJECT_META = 1,
	META_NAME = 1,
	META_UID = 5,
	META_RESOURCE_VERSION = 6,
	META_DELETION_TIMESTAMP = 9,
	META_FINALIZERS = 14,
};

enum {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

struct field {
	uint64_t number;
	unsigned wire;
	struct span bytes; /* of WIRE_BYTES */
};

static int take_varint(struct span *rest, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (!rest->len)
			return -1;
		byte = (unsigned char)rest->ptr[0];
		*rest = span_skip(*rest, 1);
		if (shift == 63 && byte > 1)
			return -1;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret_value = value;
			return 0;
		}
	}
	return -1;
}

/* Cuts one field off a message that is not empty.  Returns 0 or -1. */
static int take_field(struct span *rest, struct field *ret_field)
{
	struct field field = { 0 };
	uint64_t tag, len;

	if (take_varint(rest, &tag))
		return -1;
	field.number = tag >> 3;
	field.wire = tag & 7;
	/* Go's decoders refuse field 0, and numbers beyond 32 bits. */
	if (!field.number || field.number > INT32_MAX)
		return -1;
	switch (field.wire) {
	case WIRE_VARINT:
		if (take_varint(rest, &len))
			return -1;
		len = 0;
		break;
	case WIRE_FIXED64:
		len = 8;
		break;
	case WIRE_FIXED32:
		len = 4;
		break;
	case WIRE_BYTES:
		if (take_varint(rest, &len))
			return -1;
		break;
	default: /* groups, which no Kubernetes message has */
		return -1;
	}
	if (len > rest->len)
		return -1;
	if (field.wire == WIRE_BYTES)
		field.bytes = span_of(rest->ptr, (size_t)len);
	*rest = span_skip(*rest, (size_t)len);
	*ret_field = field;
	return 0;
}

static void meta_take(
	struct meta *meta, const struct field *field, const struct class *class)
{
	switch (field->number) {
	case META_NAME:
		meta->name = span_eq(field->bytes, class->name) ? MATCH_SAME
								: MATCH_OTHER;
		break;
	case META_UID:
		meta->guards &= ~(unsigned)GUARD_UID;
		meta->guards |= field->bytes.len ? GUARD_UID : GUARD_NONE;
		break;
	case META_RESOURCE_VERSION:
		meta->guards &= ~(unsigned)GUARD_RESOURCE_VERSION;
		if (version_is_set(field->bytes))
			meta->guards |= GUARD_RESOURCE_VERSION;
		break;
	case META_DELETION_TIMESTAMP:
		meta->is_deleting = true;
		break;
	case META_FINALIZERS:
		meta->finalizers.kind = NAMES_FULL;
		break;
	}
}

/* Fields that come twice are merged, so messages add to `meta`. */
static int meta_merge(
	struct span message, const struct class *class, struct meta *meta)
{
	struct field field;

	meta->is_present = meta->is_object = true;
	while (message.len) {
		if (take_field(&message, &field))
			return -1;
		if (field.wire == WIRE_BYTES)
			meta_take(meta, &field, class);
	}
	return 0;
}

static int object_meta(
	struct span object, const struct class *class, struct meta *meta)
{
	struct field field;

	while (object.len) {
		if (take_field(&object, &field))
			return -1;
		if (field.number == OBJECT_META && field.wire == WIRE_BYTES &&
			meta_merge(field.bytes, class, meta))
			return -1;
	}
	return 0;
}

void effect_read_protobuf(struct span body, struct class *class)
{
	static const char MAGIC[4] = { 'k', '8', 's', '\0' };
	struct span object = SPAN_NONE;
	struct meta meta = { 0 };
	struct field field;

	if (!span_starts_with(body, span_of(MAGIC, sizeof(MAGIC))))
		goto malformed;
	body = span_skip(body, sizeof(MAGIC));
	while (body.len) {
		if (take_field(&body, &field))
			goto malformed;
		if (field.number == UNKNOWN_RAW && field.wire == WIRE_BYTES)
			object = field.bytes; /* the last one counts */
	}
	if (object_meta(object, class, &meta))
		goto malformed;
	effect_of_object(&meta, class);
	return;
malformed:
	effect_set(class, EFFECT_NONE, EFFECT_WHY_MALFORMED);
}
