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
			effect_set(class, EFFECT_WRITES, EFFECT_WHY_STATE);
		return;
	case NAMES_ABSENT:
	case NAMES_INVALID:
	case NAMES_OTHER:
		effect_set(class, EFFECT_NONE, EFFECT_WHY_READ);
		return;
	}
}
