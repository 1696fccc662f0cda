/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole objects as protobuf.  Nothing but the metadata is looked into.
 */
#include "policy/effect.h"
#include "policy/protobuf.h"

/* What a message is read for, and what it says. */
struct reading {
	const struct classifier *classifier;
	const struct class *class;
	struct meta meta;
	unsigned kept; /* as effect_of_object() has it */
};

static unsigned kept_by_name(
	const struct classifier *classifier, struct span name)
{
	const struct object_seen *stored = classifier->stored;
	unsigned kept = 0;

	for (unsigned i = 0; stored && i < stored->finalizer_count; i++) {
		if (span_eq(stored->finalizers[i], name))
			kept |= 1u << i;
	}
	return kept;
}

static void meta_take(
	struct reading *reading, const struct protobuf_field *field)
{
	struct meta *meta = &reading->meta;

	switch (field->number) {
	case META_NAME:
		meta->name = span_eq(field->bytes, reading->class->name)
			? MATCH_SAME
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
		reading->kept |=
			kept_by_name(reading->classifier, field->bytes);
		break;
	}
}

/* Fields that come twice are merged, so messages add to what was read. */
static int meta_merge(struct span message, struct reading *reading)
{
	struct protobuf_field field;

	reading->meta.is_present = reading->meta.is_object = true;
	while (message.len) {
		if (protobuf_take(&message, &field))
			return -1;
		if (field.wire == PROTOBUF_BYTES)
			meta_take(reading, &field);
	}
	return 0;
}

static int object_meta(struct span object, struct reading *reading)
{
	struct protobuf_field field;

	while (object.len) {
		if (protobuf_take(&object, &field))
			return -1;
		if (field.number == OBJECT_META &&
			field.wire == PROTOBUF_BYTES &&
			meta_merge(field.bytes, reading))
			return -1;
	}
	return 0;
}

void effect_read_protobuf(const struct classifier *classifier,
	struct span body, struct class *class)
{
	struct reading reading = {
		.classifier = classifier,
		.class = class,
	};
	struct span object;

	if (protobuf_open(body, &object) || object_meta(object, &reading))
		effect_set(class, EFFECT_NONE, EFFECT_WHY_MALFORMED);
	else
		effect_of_object(
			classifier, &reading.meta, reading.kept, class);
}
