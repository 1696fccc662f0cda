/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any rules and any request: the compiled rules give the rule that looking at
 * all of them, one by one, gives.  The input is text, a line each:
 *
 *	+PRECEDENCE	a rule begins; what follows are its conditions:
 *	gNAME rNAME nNAME oNAME	a group, resource, namespace, object
 *	uPATH fNAME aPREFIX	a path, finalizer, user agent
 *	vN eN kN		verbs, effects, kinds: sets of bits
 *	?V E K GROUP RESOURCE SUBRESOURCE NAMESPACE NAME PATH AGENT
 *				a request that is matched
 */
#include <stdlib.h>

#include "base/check.h"
#include "policy/rules.h"

#define RULES_MAX 80 /* more than one word of a set */
#define LIST_MAX 4
#define LISTS 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reader {
	struct rule_settings rules[RULES_MAX];
	const char *items[RULES_MAX][LISTS][LIST_MAX]; /* owned */
	uint32_t count;
};

static unsigned number(struct span text)
{
	uint64_t value;

	return span_to_u64(text, &value) == 0 ? (unsigned)value : 0;
}

static void add(struct reader *reader, struct strings *list, unsigned which,
	struct span value)
{
	const char **items = reader->items[reader->count - 1][which];
	char *copy;

	if (list->count == LIST_MAX || memchr(value.ptr, '\0', value.len))
		return;
	copy = malloc(value.len + 1);
	CHECK(copy);
	memcpy(copy, value.ptr, value.len);
	copy[value.len] = '\0';
	items[list->count] = copy;
	*list = (struct strings){ items, list->count + 1 };
}

static void begin_rule(struct reader *reader, struct span value)
{
	if (reader->count == RULES_MAX)
		return;
	reader->rules[reader->count++] = (struct rule_settings){
		.matching_precedence = number(value),
	};
}

static void set_kinds(struct rule_settings *rule, unsigned kinds)
{
	rule->only_resources = kinds & 1;
	rule->only_non_resources = kinds & 2;
	rule->only_long_running = kinds & 4;
	rule->only_short = kinds & 8;
	rule->cluster_scope = kinds & 16;
	rule->only_released_objects = kinds & 32;
}

static void read_condition(struct reader *reader, char what, struct span value)
{
	struct rule_settings *rule;

	if (!reader->count)
		return;
	rule = &reader->rules[reader->count - 1];
	switch (what) {
	case 'g':
		add(reader, &rule->api_groups, 0, value);
		break;
	case 'r':
		add(reader, &rule->resources, 1, value);
		break;
	case 'n':
		add(reader, &rule->namespaces, 2, value);
		break;
	case 'o':
		add(reader, &rule->names, 3, value);
		break;
	case 'u':
		add(reader, &rule->non_resource_urls, 4, value);
		break;
	case 'f':
		add(reader, &rule->finalizers, 5, value);
		break;
	case 'a':
		add(reader, &rule->user_agents, 6, value);
		break;
	case 'v':
		rule->verbs = number(value);
		break;
	case 'e':
		rule->effects = number(value);
		break;
	case 'k':
		set_kinds(rule, number(value));
		break;
	}
}

static uint16_t naive_match(
	const struct reader *reader, const struct request *rq, bool is_released)
{
	uint16_t best = RULE_NONE;

	for (uint32_t i = 0; i < reader->count; i++) {
		if (rule_unmet(&reader->rules[i], rq, is_released) !=
			CONDITION_COUNT)
			continue;
		if (best == RULE_NONE ||
			reader->rules[i].matching_precedence <
				reader->rules[best].matching_precedence)
			best = (uint16_t)i;
	}
	return best;
}

static void match(const struct reader *reader, struct span line)
{
	unsigned verb = number(span_cut(&line, ' '));
	unsigned effect = number(span_cut(&line, ' '));
	unsigned kinds = number(span_cut(&line, ' '));
	struct class class = {
		.verb = (enum verb)(verb % VERB_COUNT),
		.effect = (enum effect)(effect % EFFECT_COUNT),
		.is_resource = kinds & 1,
		.is_long_running = kinds & 2,
	};
	struct request rq = { .class = &class };
	struct rules rules;

	class.group = span_cut(&line, ' ');
	class.resource = span_cut(&line, ' ');
	class.subresource = span_cut(&line, ' ');
	class.namespace = span_cut(&line, ' ');
	class.name = span_cut(&line, ' ');
	class.path = span_cut(&line, ' ');
	class.finalizers[0] = class.name;
	class.finalizer_count = kinds & 4 ? 1 : 0;
	rq.user_agent = line;
	rules_compile(&rules, reader->rules, reader->count);
	CHECK(rules_match(&rules, &rq, kinds & 8).rule ==
		naive_match(reader, &rq, kinds & 8));
	rules_fini(&rules);
}

static void reader_free(struct reader *reader)
{
	for (uint32_t i = 0; i < reader->count; i++) {
		for (unsigned j = 0; j < LISTS * LIST_MAX; j++)
			free((char *)(uintptr_t)reader
					->items[i][j / LIST_MAX][j % LIST_MAX]);
	}
	free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	struct span rest = span_of(data, size);

	CHECK(reader);
	while (rest.len) {
		struct span line = span_cut(&rest, '\n');
		char what = line.len ? line.ptr[0] : ' ';

		if (!line.len)
			continue;
		line = span_skip(line, 1);
		if (what == '+')
			begin_rule(reader, line);
		else if (what == '?' && !memchr(line.ptr, '\0', line.len))
			match(reader, line);
		else
			read_condition(reader, what, line);
	}
	reader_free(reader);
	return 0;
}
