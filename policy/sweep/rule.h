/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule: when a finalizer of another controller than Argo's is one that nobody
 * will remove any more.  Of what a rule demands all must be so: the owner is
 * gone, a label has a value, a condition has a status, the deletion was long
 * ago.  In any case nothing about the object has changed for a while, as far as
 * its times tell (creation, managed fields, status, deletion).
 */
#ifndef POLICY_SWEEP_RULE_H
#define POLICY_SWEEP_RULE_H

#include "policy/sweep/proof.h"

struct sweep_rule {
	struct span finalizer;
	bool with_orphans; /* the owner is not found, or is another one */
	/* Absent: it does not matter. */
	struct span label_key, label_value;
	struct span condition_type, condition_status;
	bool with_deletion;
	int64_t deleted_for; /* seconds since the deletion's grace was over */
	int64_t settled_for; /* seconds without a change */
};

/* A whole rule demands something. */
static inline bool sweep_rule_is_whole(const struct sweep_rule *rule)
{
	return rule->with_orphans || rule->label_key.len ||
		rule->condition_type.len || rule->with_deletion;
}

/* "key=value", "Ready=False": both parts; -1: one of them is missing. */
int sweep_rule_split(
	struct span text, struct span *ret_name, struct span *ret_value);

/* What the object alone says; `wall`: seconds since 1970. */
enum sweep_verdict sweep_judge_by_rule(const struct sweep_rule *rule,
	const struct sweep_object *object, int64_t wall);

/*
 * … and a live GET of its owner, or of its metadata, without resourceVersion.
 * `resource` is what the owner's kind is called in paths, by what the API
 * server says it serves.  What may not be read proves nothing, and is no reason
 * to end a sweep: which kind it is says whoever made the object.
 */
enum sweep_verdict sweep_judge_orphan(const struct sweep_object *object,
	struct span resource, unsigned status, struct span body);

#endif
