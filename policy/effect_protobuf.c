/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole objects as protobuf.  Nothing but the metadata is looked into.
 */
#include "policy/effect.h"
#include "policy/protobuf.h"

static void meta_take(struct meta *meta, const struct protobuf_field *field,
	const struct class *class)
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
	struct protobuf_field field;

	meta->is_present = meta->is_object = true;
	while (message.len) {
		if (protobuf_take(&message, &field))
			return -1;
		if (field.wire == PROTOBUF_BYTES)
			meta_take(meta, &field, class);
	}
	return 0;
}

static int object_meta(
	struct span object, const struct class *class, struct meta *meta)
{
	struct protobuf_field field;

	while (object.len) {
		if (protobuf_take(&object, &field))
			return -1;
		if (field.number == OBJECT_META &&
			field.wire == PROTOBUF_BYTES &&
			meta_merge(field.bytes, class, meta))
			return -1;
	}
	return 0;
}

void effect_read_protobuf(struct span body, struct class *class)
{
	struct meta meta = { 0 };
	struct span object;

	if (protobuf_open(body, &object) || object_meta(object, class, &meta))
		effect_set(class, EFFECT_NONE, EFFECT_WHY_MALFORMED);
	else
		effect_of_object(&meta, class);
}
