/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any head and body through the classifier.  The input is the method, the
 * target and the content type, each with a newline behind it, then the body.
 * What must hold: nothing is read beyond its end, the answer is one that
 * class.h knows and agrees with itself, and a second time it is the same.
 */
#include <stdlib.h>

#include "base/check.h"
#include "policy/classify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct span s, struct span whole)
{
	return !s.len ||
		(s.ptr >= whole.ptr && s.ptr + s.len <= whole.ptr + whole.len);
}

static void check_class(const struct class *class, const struct head *head,
	struct span scratch, struct span body)
{
	const struct span parts[] = { class->path, class->group, class->version,
		class->resource, class->subresource, class->namespace,
		class->name };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		CHECK(is_inside(parts[i], head->target) ||
			is_inside(parts[i], scratch));
	CHECK(class->finalizer_count <= CLASS_FINALIZERS_MAX);
	for (unsigned i = 0; i < class->finalizer_count; i++)
		CHECK(is_inside(class->finalizers[i], body) ||
			class->why == EFFECT_WHY_NAME_LACKS);
	verb_name(class->verb);
	effect_name(class->effect);
	effect_why_name(class->why);
	if (class->effect != EFFECT_NONE) {
		CHECK(class->is_resource && !class->is_dry_run);
		CHECK(class->verb == VERB_PATCH || class->verb == VERB_UPDATE);
		CHECK(class->why == EFFECT_WHY_READ ||
			class->why == EFFECT_WHY_NAME_LACKS ||
			class->why == EFFECT_WHY_STATE);
	}
	CHECK((class->effect == EFFECT_WRITES) ==
		(class->why == EFFECT_WHY_STATE));
	if (class->why == EFFECT_WHY_NAME_LACKS)
		CHECK(class->effect == EFFECT_REMOVES);
	if (class->verb != VERB_PATCH)
		CHECK(!class->is_pure && !class->is_repeatable);
}

static void classify(const struct head *head, char *scratch, struct span body,
	struct class *class)
{
	if (classify_head(head, scratch, class))
		classify_body(&CLASSIFIER_DEFAULT, head, body.ptr, body.len,
			true, class);
}

static char *exact_copy(struct span s)
{
	char *copy = malloc(s.len);

	if (s.len)
		memcpy(copy, s.ptr, s.len);
	return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size);
	struct span method = span_cut(&rest, '\n');
	struct span target = span_cut(&rest, '\n');
	struct span type = span_cut(&rest, '\n');
	char *target_copy = exact_copy(target), *body_copy = exact_copy(rest);
	char *scratch = malloc(target.len);
	struct head head = {
		.method = method,
		.target = span_of(target_copy, target.len),
		.content_type = type,
	};
	struct span body = span_of(body_copy, rest.len);
	struct class first, second;

	classify(&head, scratch, body, &first);
	check_class(&first, &head, span_of(scratch, target.len), body);
	classify(&head, scratch, body, &second);
	CHECK(first.verb == second.verb && first.effect == second.effect &&
		first.why == second.why && first.guards == second.guards);
	free(target_copy);
	free(body_copy);
	free(scratch);
	return 0;
}
