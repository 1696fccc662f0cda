/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/protobuf.h"

/* runtime.Unknown: 1 the type, 2 the object */
#define UNKNOWN_RAW 2

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

int protobuf_take(struct span *rest, struct protobuf_field *ret_field)
{
	struct protobuf_field field = { 0 };
	uint64_t tag, len = 0;

	if (take_varint(rest, &tag))
		return -1;
	field.number = tag >> 3;
	field.wire = tag & 7;
	/* Go's decoders refuse field 0, and numbers beyond 32 bits. */
	if (!field.number || field.number > INT32_MAX)
		return -1;
	switch (field.wire) {
	case PROTOBUF_VARINT:
		if (take_varint(rest, &field.value))
			return -1;
		break;
	case PROTOBUF_FIXED64:
		len = 8;
		break;
	case PROTOBUF_FIXED32:
		len = 4;
		break;
	case PROTOBUF_BYTES:
		if (take_varint(rest, &len))
			return -1;
		break;
	default: /* groups, which no Kubernetes message has */
		return -1;
	}
	if (len > rest->len)
		return -1;
	if (field.wire == PROTOBUF_BYTES)
		field.bytes = span_of(rest->ptr, (size_t)len);
	*rest = span_skip(*rest, (size_t)len);
	*ret_field = field;
	return 0;
}

int protobuf_open(struct span body, struct span *ret_object)
{
	static const char MAGIC[4] = { 'k', '8', 's', '\0' };
	struct span object = SPAN_NONE;
	struct protobuf_field field;

	if (!span_starts_with(body, span_of(MAGIC, sizeof(MAGIC))))
		return -1;
	body = span_skip(body, sizeof(MAGIC));
	while (body.len) {
		if (protobuf_take(&body, &field))
			return -1;
		if (field.number == UNKNOWN_RAW && field.wire == PROTOBUF_BYTES)
			object = field.bytes; /* the last one counts */
	}
	*ret_object = object;
	return 0;
}
