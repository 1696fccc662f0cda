/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finalizer effect: one reader for each form that a body can have.  Each is
 * given a class with its path read and sets effect, why, guards,
 * is_repeatable, is_pure and finalizer, as class.h describes them.
 *
 * The readers do what the API server's handlers do with the same bytes, as
 * far as the body alone tells.  What is certain to be refused (400, 415, 422)
 * has no effect; what only the stored object can tell is WRITES.
 */
#ifndef POLICY_EFFECT_H
#define POLICY_EFFECT_H

#include "base/json.h"
#include "policy/classify.h"
#include "policy/meta.h"

void effect_read_merge_patch(const struct classifier *classifier,
	struct span body, struct class *class);
void effect_read_strategic_patch(struct span body, struct class *class);
void effect_read_json_patch(const struct classifier *classifier,
	struct span body, struct class *class);

/* A whole object (PUT). */
void effect_read_object(const struct classifier *classifier, struct span body,
	struct class *class);
void effect_read_protobuf(const struct classifier *classifier,
	struct span body, struct class *class);
/* The object of namespaces/finalize: spec.finalizers. */
void effect_read_finalize(struct span body, struct class *class);
/* Server-side apply, written as JSON. */
void effect_read_apply(struct span body, struct class *class);
/* … and as plain YAML. */
void effect_read_apply_yaml(struct span body, struct class *class);

/* What follows is shared by the readers. */

void effect_set(struct class *class, enum effect effect, enum effect_why why);

/* Notes that this one is removed; absent names and those of no room are not. */
void effect_add_finalizer(struct class *class, struct span finalizer);

/* Takes all back: the document is not one, or nests too deep. */
void effect_set_malformed(struct class *class, const struct json *json);

/* The list is set as the object's own: what that does. */
void effect_of_names(const struct names *names,
	const struct classifier *classifier, struct class *class);

/*
 * The object that has this metadata is written as a whole.  `kept` are those
 * of the remembered finalizers that it lists: a set of 1 << their place.
 */
void effect_of_object(const struct classifier *classifier,
	const struct meta *meta, unsigned kept, struct class *class);

/* Those of the remembered finalizers that a list has. */
unsigned effect_kept(
	const struct classifier *classifier, const struct names *list);
/*
 * What the stored object tells if it is remembered; WRITES if not.  Certain to
 * be refused is not looked for: an order is decided, no right.
 */
void effect_of_kept(const struct classifier *classifier, unsigned kept,
	struct class *class);

#endif
