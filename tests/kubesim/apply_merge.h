/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as server-side apply sees them (sigs.k8s.io/structured-merge-diff):
 * which fields they have, in which they differ, one merged into the other.
 */
#ifndef TESTS_KUBESIM_APPLY_MERGE_H
#define TESTS_KUBESIM_APPLY_MERGE_H

#include "tests/kubesim/apply_schema.h"

/* Owned sets. */
struct comparison {
	cJSON *added;
	cJSON *modified;
	cJSON *removed;
};

/*
 * Adds the fields of `value` to `set`.  -1 where something is not of the
 * schema: `.spec.x: field not declared in schema`.
 */
int merge_fields(const struct schema *schema, const cJSON *value, cJSON *set,
	struct err *err);

/* Of values that fit the schema. */
struct comparison merge_compare(
	const struct schema *schema, const cJSON *old, const cJSON *now);
void comparison_fini(struct comparison *cmp);

/* Changes `doc` to what `config` wants; what it does not name stays. */
void merge_into(const struct schema *schema, cJSON *doc, const cJSON *config);

/* Removes from `doc` the members of `last` below which nobody owns a field. */
void merge_prune(const struct schema *schema, cJSON *doc, const cJSON *last,
	const cJSON *owned);

#endif
