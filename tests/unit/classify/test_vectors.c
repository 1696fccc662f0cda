/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorded and constructed requests of tests/vectors/finalizers.jsonl, one
 * JSON object a line.  `is_finalizer_removal` and `oracle` are what the API
 * server's own code makes of the request; `effect` is what we say.
 */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/classify/case.h"

static const char *text_of(const cJSON *vector, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(vector, key);

	return item ? item->valuestring : NULL;
}

/* Decodes in place; returns the length. */
static size_t decode_base64(char *text)
{
	static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, value = 0;
	size_t out = 0;

	for (const char *at = text; *at && *at != '='; at++) {
		value = value << 6 | (unsigned)(strchr(DIGITS, *at) - DIGITS);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			text[out++] = (char)(value >> bits & 0xff);
		}
	}
	return out;
}

static void check_vector(const cJSON *vector)
{
	const cJSON *removal = cJSON_GetObjectItemCaseSensitive(
		vector, "is_finalizer_removal");
	const char *id = text_of(vector, "id");
	const char *type = text_of(vector, "content_type");
	char *body = strdup(text_of(vector, "body"));
	size_t len = strlen(body);
	struct classified c;
	const char *effect;
	bool removes;

	if (!strcmp(text_of(vector, "body_encoding"), "base64"))
		len = decode_base64(body);
	classified_init(&c,
		&(struct request_case){
			.method = span_str(text_of(vector, "method")),
			.target = span_str(text_of(vector, "path")),
			.content_type = *type ? type : NULL,
			.body = span_of(body, len),
		});
	effect = effect_name(c.class.effect);
	cr_expect_str_eq(
		effect, text_of(vector, "effect"), "%s: %s", id, effect);
	removes = c.class.effect == EFFECT_REMOVES ||
		c.class.effect == EFFECT_MIXED;
	if (cJSON_IsTrue(removal))
		cr_expect(removes, "%s removes", id);
	else if (cJSON_IsFalse(removal))
		cr_expect_not(removes, "%s does not remove", id);
	else
		cr_expect_not_null(text_of(vector, "why"), "%s", id);
	classified_fini(&c);
	free(body);
}

Test(vectors, each_has_its_effect)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *line = NULL;
	size_t cap = 0, count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/vectors/finalizers.jsonl",
		top ? top : ".");
	file = fopen(path, "r");
	cr_assert_not_null(file, "%s", path);
	while (getline(&line, &cap, file) > 0) {
		cJSON *vector = cJSON_Parse(line);

		cr_assert_not_null(vector, "%s", line);
		check_vector(vector);
		cJSON_Delete(vector);
		count++;
	}
	cr_assert_gt(count, 100);
	free(line);
	fclose(file);
}
