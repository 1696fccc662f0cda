/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions: what each key of a rule means, looked at one by one.  rules.c
 * compiles most of them away; what is here decides what it must come to, and
 * is what a request is held against where no set can tell.
 */
#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include "policy/rules.h"

bool condition_is_met(enum condition condition,
	const struct rule_settings *rule, const struct request *rq,
	bool is_released);

bool rule_takes_kind(const struct rule_settings *rule, bool is_resource);
bool rule_takes_duration(const struct rule_settings *rule, bool is_long);
/* It says something of namespaces. */
bool rule_has_scope(const struct rule_settings *rule);
/* It says something of who asks. */
bool rule_has_subjects(const struct rule_settings *rule);

bool strings_have(struct strings list, struct span text);
/* "*" is among them. */
bool strings_have_star(struct strings list);

/* "*", "pods", "pods/status", "pods/" + star, star + "/status" */
struct resource_pattern {
	struct span name;
	struct span sub; /* "": the resource itself */
	bool has_star;
};

struct resource_pattern resource_pattern_read(const char *text);

#endif
