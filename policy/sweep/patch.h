/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patch: what is sent for one finalizer of one object: a JSON patch that fails
 * unless the object is the one that was read, and as it was read.
 */
#ifndef POLICY_SWEEP_PATCH_H
#define POLICY_SWEEP_PATCH_H

#include "base/buf.h"
#include "policy/sweep/object.h"

/* Tests uid, resourceVersion and the finalizer's place; others stay. */
void sweep_patch_write_removal(const struct sweep_object *object,
	struct span finalizer, struct buf *ret_json);
/* Behind those that are there; tests uid and resourceVersion. */
void sweep_patch_write_addition(const struct sweep_object *object,
	struct span finalizer, struct buf *ret_json);

#endif
