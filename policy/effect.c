/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/effect.h"

void effect_set(struct class *class, enum effect effect, enum effect_why why)
{
	class->effect = effect;
	class->why = why;
}

void effect_add_finalizer(struct class *class, struct span finalizer)
{
	if (!span_is_absent(finalizer) &&
		class->finalizer_count < CLASS_FINALIZERS_MAX)
		class->finalizers[class->finalizer_count++] = finalizer;
}

void effect_set_malformed(struct class *class, const struct json *json)
{
	class->guards = GUARD_NONE;
	class->is_repeatable = class->is_pure = false;
	class->finalizer_count = 0;
	effect_set(class, EFFECT_NONE,
		json->error == JSON_TOO_DEEP ? EFFECT_WHY_TOO_LARGE
					     : EFFECT_WHY_MALFORMED);
}

/* Adds the configured finalizers of this resource that the list lacks. */
static void add_missing(const struct names *list,
	const struct classifier *classifier, struct class *class)
{
	for (size_t i = 0; i < classifier->known_count; i++) {
		const struct known_finalizer *known = &classifier->known[i];

		if (span_eq(known->group, class->group) &&
			span_eq(known->resource, class->resource) &&
			!names_has(list->raw, known->name))
			effect_add_finalizer(class, known->name);
	}
}

unsigned effect_kept(
	const struct classifier *classifier, const struct names *list)
{
	const struct object_seen *stored = classifier->stored;
	unsigned kept = 0;

	if (!stored || list->kind != NAMES_FULL)
		return 0;
	for (unsigned i = 0; i < stored->finalizer_count; i++) {
		if (names_has(list->raw, stored->finalizers[i]))
			kept |= 1u << i;
	}
	return kept;
}

void effect_of_kept(const struct classifier *classifier, unsigned kept,
	struct class *class)
{
	const struct object_seen *stored = classifier->stored;

	if (!stored) {
		effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
		return;
	}
	effect_set(class, EFFECT_NONE, EFFECT_WHY_REMEMBERED);
	for (unsigned i = 0; i < stored->finalizer_count; i++) {
		if (kept & 1u << i)
			continue;
		effect_set(class, EFFECT_REMOVES, EFFECT_WHY_REMEMBERED);
		effect_add_finalizer(class, stored->finalizers[i]);
	}
}

void effect_of_names(const struct names *list,
	const struct classifier *classifier, struct class *class)
{
	switch (list->kind) {
	case NAMES_NULL:
	case NAMES_EMPTY:
		effect_set(class, EFFECT_REMOVES, EFFECT_WHY_READ);
		return;
	case NAMES_FULL:
		/* A client that adds one has no reason to know the version. */
		if (class->guards & GUARD_RESOURCE_VERSION)
			add_missing(list, classifier, class);
		if (class->finalizer_count)
			effect_set(
				class, EFFECT_REMOVES, EFFECT_WHY_NAME_LACKS);
		else
			effect_of_kept(classifier,
				effect_kept(classifier, list), class);
		return;
	case NAMES_ABSENT:
	case NAMES_INVALID:
	case NAMES_OTHER:
		effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
		return;
	}
}
