/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of fields, as managedFields has them (FieldsV1): trees whose edges are
 * `f:NAME`, `k:{KEYS}` and `v:VALUE`.
 *
 *   {"f:data": {".": {}, "f:k": {".": {}}}}       data, data.k
 *
 * Here every member says so by a "."; a FieldsV1 leaves it out where nothing
 * is below the member, so that sets are converted when they are read and
 * written.  A set without members has no edges.
 */
#ifndef TESTS_KUBESIM_APPLY_SET_H
#define TESTS_KUBESIM_APPLY_SET_H

#include "base/buf.h"
#include "tests/kubesim/json.h"

cJSON *set_new(void);
/* A set of its own. */
cJSON *set_from_fields(const cJSON *fields_v1);
/* `set` is taken.  Its edges are sorted. */
cJSON *set_to_fields(cJSON *set);

bool set_is_empty(const cJSON *set);
/* Whether the root of this (sub)tree is a member. */
bool set_has_root(const cJSON *set);
void set_add_root(cJSON *set);
/* The subtree behind the edge, made where there was none. */
cJSON *set_descend(cJSON *set, const char *edge);

void set_add(cJSON *set, const cJSON *other);
void set_subtract(cJSON *set, const cJSON *other);
cJSON *set_intersection(const cJSON *a, const cJSON *b);

/* Calls with each member's path as people read it: `.data.k`,
 * `.spec.containers[name="x"].image`. */
typedef void set_member_fn(const char *path, void *user);
void set_each(const cJSON *set, set_member_fn *each, void *user);

#endif
