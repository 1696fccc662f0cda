/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules: which lane a request belongs to, and how its flow is told.
 *
 * Compiled once: for each verb, effect and kind of request the set of rules
 * that it leaves possible.  A request takes the intersection of its sets and
 * looks at names only in what is left, in order of matchingPrecedence; ties
 * go by order of appearance (the API server's FlowSchemas: by name).
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "policy/request.h"
#include "policy/settings.h"

struct rule_set {
	uint64_t words[POLICY_RULES_MAX / 64]; /* bit i: order[i] */
};

struct rules {
	const struct rule_settings *rules; /* borrowed */
	uint32_t count;
	uint16_t order[POLICY_RULES_MAX]; /* indices, as they are asked */
	struct rule_set by_verb[VERB_COUNT];
	struct rule_set by_effect[EFFECT_COUNT];
	struct rule_set by_kind[2][2]; /* [is_resource][is_long_running] */
};

#define RULE_NONE UINT16_MAX

void rules_compile(struct rules *ret_rules,
	const struct rule_settings *rules, uint32_t count);
/*
 * The rule of a request, or RULE_NONE.  `is_released` says that a finalizer
 * removal of the same object just went through.
 */
uint16_t rules_match(const struct rules *rules, const struct request *rq,
	bool is_released);

#endif
