/* SPDX-License-Identifier: Apache-2.0 */
/* What registry.c and registry_delete.c share. */
#ifndef TESTS_KUBESIM_REGISTRY_IMPL_H
#define TESTS_KUBESIM_REGISTRY_IMPL_H

#include "tests/kubesim/registry.h"

/* It is being deleted, and nothing keeps it. */
bool registry_is_released(const struct resource *res, const cJSON *obj);
/* Stores `tree` (taken), or only pretends to. */
struct object *registry_keep(
	struct registry *reg, const struct target *target, cJSON *tree);
/* Removes an object that nothing keeps; `last` (taken) is how it was. */
struct object *registry_let_go(struct registry *reg,
	const struct target *target, const struct object *old, cJSON *last);

#endif
