/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/selector.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/alloc.h"

static bool is_key_char(char c)
{
	return isalnum((unsigned char)c) || strchr("-_./", c);
}

static void skip_spaces(const char **at)
{
	while (**at == ' ')
		(*at)++;
}

/* Copies a word from `*at` to `*to`, with a NUL behind it. */
static char *take_word(const char **at, char **to)
{
	char *word = *to;

	skip_spaces(at);
	while (**at && is_key_char(**at))
		*(*to)++ = *(*at)++;
	*(*to)++ = '\0';
	skip_spaces(at);
	return word;
}

static bool take(const char **at, const char *token)
{
	size_t len = strlen(token);

	if (strncmp(*at, token, len) != 0)
		return false;
	*at += len;
	return true;
}

/* "in (a, b)" and "notin (a, b)", from the parenthesis on */
static int take_set(const char **at, char **to, struct term *term)
{
	skip_spaces(at);
	if (!take(at, "("))
		return -1;
	term->values = *to;
	do {
		take_word(at, to);
		term->value_count++;
	} while (take(at, ","));
	return take(at, ")") ? 0 : -1;
}

static int take_term(const char **at, char **to, struct term *term)
{
	skip_spaces(at);
	if (take(at, "!")) {
		term->op = TERM_ABSENT;
		term->key = take_word(at, to);
		return *term->key ? 0 : -1;
	}
	term->key = take_word(at, to);
	if (!*term->key)
		return -1;
	if (take(at, "notin")) {
		term->op = TERM_NOT_IN;
		return take_set(at, to, term);
	}
	if (take(at, "in")) {
		term->op = TERM_IN;
		return take_set(at, to, term);
	}
	if (take(at, "!="))
		term->op = TERM_NOT_IN;
	else if (take(at, "==") || take(at, "="))
		term->op = TERM_IN;
	else {
		term->op = TERM_EXISTS;
		return 0;
	}
	term->values = take_word(at, to);
	term->value_count = 1;
	return 0;
}

enum { MAX_LABEL_VALUE = 63 };

/* k8s.io/apimachinery/pkg/labels: validateLabelValue */
static bool has_value_too_long(const struct selector *sel)
{
	for (size_t i = 0; sel->by_label && i < sel->count; i++) {
		const struct term *term = &sel->terms[i];
		const char *value = term->values;

		for (size_t j = 0; j < term->value_count; j++) {
			if (strlen(value) > MAX_LABEL_VALUE)
				return true;
			value += strlen(value) + 1;
		}
	}
	return false;
}

static int selector_init(struct selector *sel, const char *text, bool by_label)
{
	const char *at = text ? text : "";
	char *to;

	*sel = (struct selector){ .by_label = by_label };
	if (!*at)
		return 0;
	/* Each byte of the text brings at most one NUL. */
	sel->text = xmalloc(2 * strlen(at) + 2);
	to = sel->text;
	for (;;) {
		if (sel->count == SELECTOR_MAX_TERMS ||
			take_term(&at, &to, &sel->terms[sel->count]) != 0)
			return -1;
		sel->count++;
		skip_spaces(&at);
		if (!*at)
			return has_value_too_long(sel) ? -1 : 0;
		if (!take(&at, ","))
			return -1;
	}
}

int selector_init_labels(
	struct selector *sel, const char *text, struct status *st)
{
	if (selector_init(sel, text, true) == 0)
		return 0;
	selector_fini(sel);
	return status_bad_request(
		st, "unable to parse requirement: found '%s'", text);
}

/* The fields that the real server has indexed or made selectable. */
static bool is_selectable(const struct resource *res, const char *field)
{
	static const char *const fields[][2] = {
		{ "", "metadata.name" },
		{ "", "metadata.namespace" },
		{ "Pod", "spec.nodeName" },
		{ "Pod", "spec.restartPolicy" },
		{ "Pod", "spec.schedulerName" },
		{ "Pod", "spec.serviceAccountName" },
		{ "Pod", "status.phase" },
		{ "Pod", "status.podIP" },
		{ "Pod", "status.nominatedNodeName" },
		{ "Namespace", "status.phase" },
		{ "Secret", "type" },
		{ "Event", "involvedObject.kind" },
		{ "Event", "involvedObject.namespace" },
		{ "Event", "involvedObject.name" },
		{ "Event", "involvedObject.uid" },
		{ "Event", "involvedObject.apiVersion" },
		{ "Event", "involvedObject.resourceVersion" },
		{ "Event", "involvedObject.fieldPath" },
		{ "Event", "reason" },
		{ "Event", "reportingComponent" },
		{ "Event", "source" },
		{ "Event", "type" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (*fields[i][0] && strcmp(fields[i][0], res->kind) != 0)
			continue;
		if (!strcmp(fields[i][1], field))
			return true;
	}
	return false;
}

int selector_init_fields(struct selector *sel, const struct resource *res,
	const char *text, struct status *st)
{
	if (selector_init(sel, text, false) != 0) {
		selector_fini(sel);
		return status_bad_request(
			st, "invalid field selector: %s", text);
	}
	for (unsigned i = 0; i < sel->count; i++) {
		if (is_selectable(res, sel->terms[i].key))
			continue;
		if (!strcmp(res->kind, "Pod") || !strcmp(res->kind, "Event"))
			status_bad_request(st, "field label not supported: %s",
				sel->terms[i].key);
		else
			status_bad_request(st,
				"\"%s\" is not a known field selector: only "
				"\"metadata.name\", \"metadata.namespace\"",
				sel->terms[i].key);
		selector_fini(sel);
		return -1;
	}
	return 0;
}

void selector_fini(struct selector *sel)
{
	free(sel->text);
	*sel = (struct selector){ 0 };
}

static bool has_value(const struct term *term, const char *value)
{
	const char *at = term->values;

	for (unsigned i = 0; i < term->value_count; i++) {
		if (!strcmp(at, value))
			return true;
		at += strlen(at) + 1;
	}
	return false;
}

static bool term_matches(
	const struct term *term, const cJSON *obj, bool by_label)
{
	const char *value;

	if (by_label)
		value = cJSON_GetStringValue(json_get(
			json_get_path(obj, "metadata.labels"), term->key));
	else
		value = json_str(obj, term->key);
	/* A field that is not there is empty; a label is absent. */
	if (!value && !by_label)
		value = "";
	switch (term->op) {
	case TERM_IN:
		return value && has_value(term, value);
	case TERM_NOT_IN:
		return !value || !has_value(term, value);
	case TERM_EXISTS:
		return value != NULL;
	case TERM_ABSENT:
		return value == NULL;
	}
	return false;
}

bool selector_matches(const struct selector *sel, const cJSON *obj)
{
	for (unsigned i = 0; i < sel->count; i++) {
		if (!term_matches(&sel->terms[i], obj, sel->by_label))
			return false;
	}
	return true;
}
