/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/classify/case.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* No byte more than `len`: malloc(0) is one that a sanitizer guards. */
static char *exact_copy(struct span s)
{
	char *copy = malloc(s.len);

	if (s.len)
		memcpy(copy, s.ptr, s.len);
	return copy;
}

void classified_init(struct classified *c, const struct request_case *request)
{
	struct span body = request->body;
	struct head head = {
		.method = request->method,
		.content_type = span_str(request->content_type),
		.content_encoding = span_str(request->content_encoding),
	};

	c->target = exact_copy(request->target);
	c->body = exact_copy(body);
	c->scratch = malloc(request->target.len);
	head.target = span_of(c->target, request->target.len);
	if (classify_head(&head, c->scratch, &c->class))
		classify_body(&CLASSIFIER_DEFAULT, &head, c->body, body.len,
			!request->is_cut, &c->class);
}

void classified_fini(struct classified *c)
{
	free(c->target);
	free(c->body);
	free(c->scratch);
}

void patch_init(struct classified *c, const char *type, struct span body)
{
	struct request_case request = {
		.method = SPAN("PATCH"),
		.target = SPAN(POD_PATH),
		.content_type = type,
		.body = body,
	};

	classified_init(c, &request);
}

enum effect patch_effect(const char *type, struct span body)
{
	struct classified c;

	patch_init(&c, type, body);
	classified_fini(&c);
	return c.class.effect;
}

void check_effects(
	const char *type, const struct effect_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum effect effect = patch_effect(type, rows[i].body);

		cr_expect_eq(effect, rows[i].effect, "%.*s: %s, not %s",
			SPAN_ARG(rows[i].body), effect_name(effect),
			effect_name(rows[i].effect));
	}
}
