/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules: which lane a request belongs to, and how its flow is told.
 *
 * Compiled once.  For each value that a condition can name there is the set of
 * rules that it leaves possible, a bit a rule, in order of matchingPrecedence;
 * ties go by order of appearance (the API server's FlowSchemas: by name).
 *
 *	verb effect kind | group resource namespace name
 *	      \    \   \       |   |   |   |     an index each, by hashing
 *	       `----`---`------+---+---+---'
 *	                       v
 *	                  intersection -> first bit -> what no set can tell
 *
 * so that a request looks at the rules that can be its own, and at nothing of
 * them but what the sets cannot tell: prefixes, wildcards in parts, sizes.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "policy/request.h"
#include "policy/settings.h"

/* What a rule may ask for. */
enum condition {
	CONDITION_REQUESTS, /* resource or not */
	CONDITION_DURATION, /* long-running or not */
	CONDITION_VERBS,
	CONDITION_EFFECTS,
	CONDITION_API_GROUPS,
	CONDITION_RESOURCES,
	CONDITION_NAMESPACES,
	CONDITION_NAMES,
	CONDITION_URLS,
	CONDITION_QUERY,
	CONDITION_FINALIZERS,
	CONDITION_PURE,
	CONDITION_SUBJECTS,
	CONDITION_USER_AGENTS,
	CONDITION_BODY,
	CONDITION_RELEASED,
	CONDITION_REVIEWS,
	CONDITION_COUNT,
};

struct rule_set {
	uint64_t words[POLICY_RULES_MAX / 64]; /* bit i: order[i] */
};

/* The rules that a name leaves possible. */
struct rule_slot {
	struct span name; /* absent: the slot is empty */
	struct span sub;  /* of resources: the subresource */
	struct rule_set set;
};

struct rule_index {
	struct rule_slot *slots; /* owned; NULL: no rule asks for it */
	uint32_t mask;
	struct rule_set others; /* of names that no rule has */
};

enum rule_index_of {
	INDEX_GROUP,
	INDEX_RESOURCE,
	INDEX_NAMESPACE,
	INDEX_NAME,
	INDEX_COUNT,
};

struct rules {
	const struct rule_settings *rules; /* borrowed */
	uint32_t count;
	uint32_t words; /* of each set that are in use */
	uint16_t order[POLICY_RULES_MAX]; /* indices, as they are asked */
	/* Of Fairway's own reviews, which no other may take: a review that
	 * waited behind those who wait for it would never end.  RULE_NONE. */
	uint16_t of_reviews;
	struct rule_set by_verb[VERB_COUNT];
	struct rule_set by_effect[EFFECT_COUNT];
	struct rule_set by_kind[2][2]; /* [is_resource][is_long_running] */
	struct rule_index by_name[INDEX_COUNT];
	/* Of order[i]: conditions that no set tells, by [is_resource]. */
	uint32_t untold[2][POLICY_RULES_MAX];
};

#define RULE_NONE REASONS_NO_RULE

struct rule_match {
	uint16_t rule;	 /* or RULE_NONE */
	uint16_t shadow; /* before it, the first in Shadow; or RULE_NONE */
};

void rules_compile(struct rules *ret_rules,
	const struct rule_settings *rules, uint32_t count);
void rules_fini(struct rules *rules);
/* The same rules stand elsewhere now; their texts are where they were. */
void rules_moved(struct rules *rules, const struct rule_settings *to);
/*
 * The rule of a request.  `is_released` says that a finalizer removal of the
 * same object just went through.
 */
struct rule_match rules_match(const struct rules *rules, const struct request *rq,
	bool is_released);
/*
 * The first of a rule's conditions that a request does not meet, or
 * CONDITION_COUNT: looks at all of them, one by one.
 */
enum condition rule_unmet(const struct rule_settings *rule,
	const struct request *rq, bool is_released);
/* As the configuration calls it: "verbs". */
const char *condition_name(enum condition condition);

#endif
