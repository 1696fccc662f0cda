/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "conf/yaml_doc.h"

static bool is_word(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(text, words[i]))
			return true;
	}
	return false;
}

/* Digits, perhaps with a sign, a point and an exponent; or hexadecimal. */
static bool is_number(const char *text)
{
	const char *at = text + (*text == '-' || *text == '+');
	size_t digits;

	if (at[0] == '0' && at[1] == 'x')
		return at[2] &&
			strspn(at + 2, "0123456789abcdefABCDEF") ==
			strlen(at + 2);
	digits = strspn(at, "0123456789");
	at += digits;
	if (*at == '.') {
		size_t more = strspn(at + 1, "0123456789");

		digits += more;
		at += 1 + more;
	}
	if (digits && (*at == 'e' || *at == 'E')) {
		at++;
		at += *at == '-' || *at == '+';
		if (!strspn(at, "0123456789"))
			return false;
		at += strspn(at, "0123456789");
	}
	return digits && !*at;
}

/* YAML 1.1: a leading zero makes it octal, where it can be that. */
static double number_of(const char *text)
{
	const char *at = text + (*text == '-' || *text == '+');

	if (*at == '0' && at[1] && strspn(at, "01234567") == strlen(at))
		return (double)strtoll(text, NULL, 8);
	return strtod(text, NULL);
}

static cJSON *scalar_of(const struct node *node)
{
	static const char *const yes[] = { "true", "True", "TRUE", "y", "Y",
		"yes", "Yes", "YES", "on", "On", "ON" };
	static const char *const no[] = { "false", "False", "FALSE", "n", "N",
		"no", "No", "NO", "off", "Off", "OFF" };
	static const char *const nothing[] = { "", "~", "null", "Null",
		"NULL" };
	const char *text = node->text.ptr;

	if (!node->is_plain)
		return cJSON_CreateString(text);
	if (is_word(text, nothing, ARRAY_SIZE(nothing)))
		return cJSON_CreateNull();
	if (is_word(text, yes, ARRAY_SIZE(yes)))
		return cJSON_CreateTrue();
	if (is_word(text, no, ARRAY_SIZE(no)))
		return cJSON_CreateFalse();
	return is_number(text) ? cJSON_CreateNumber(number_of(text))
			       : cJSON_CreateString(text);
}

/* YAML_DOC_DEPTH_MAX bounds the depth. */
static cJSON *value_of(const struct node *node)
{
	cJSON *value;

	if (!node)
		return cJSON_CreateNull();
	switch (node->kind) {
	case NODE_SCALAR:
		return scalar_of(node);
	case NODE_SEQUENCE:
		value = cJSON_CreateArray();
		for (const struct node *item = node->first; item;
			item = item->next)
			cJSON_AddItemToArray(value, value_of(item));
		return value;
	case NODE_MAPPING:
		break;
	}
	value = cJSON_CreateObject();
	for (const struct node *item = node->first; item; item = item->next) {
		char *key = span_dup(item->key);

		json_set(value, key, value_of(item));
		free(key);
	}
	return value;
}

cJSON *yaml_parse(struct span text, struct err *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct yaml_doc *doc = yaml_doc_parse(text, &problems);
	cJSON *value = NULL;

	if (doc && !problems.count)
		value = value_of(doc->root);
	else
		err_set(err, "yaml: line %u: %s",
			problems.count ? problems.items[0].line : 0,
			problems.count ? problems.items[0].text
				       : "no document");
	yaml_doc_free(doc);
	problems_fini(&problems);
	return value;
}
