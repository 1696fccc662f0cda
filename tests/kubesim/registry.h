/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What creating, updating and deleting an object means: identity, optimistic
 * locking, finalizers, graceful deletion.  The rules are those of
 * k8s.io/apiserver/pkg/registry/{rest,generic/registry}:
 *
 *   live --DELETE, no finalizer, no grace--------------------> gone
 *   live --DELETE--> deletionTimestamp set --last finalizer--> gone
 *                                            removed, grace 0
 *
 * An object whose last finalizer goes is removed inside that very update,
 * and the answer carries the resourceVersion from before.
 */
#ifndef TESTS_KUBESIM_REGISTRY_H
#define TESTS_KUBESIM_REGISTRY_H

#include <time.h>

#include "base/rng.h"
#include "tests/kubesim/apply.h"
#include "tests/kubesim/status.h"
#include "tests/kubesim/store.h"

struct registry {
	struct store *store; /* borrowed */
	struct rng *rng;     /* borrowed: uids and generated names */
};

/* Where a request points to. */
struct target {
	const struct resource *res;
	const char *ns;          /* "" for cluster scope, or for all */
	const char *name;        /* "" for a collection */
	const char *subresource; /* "" for the object itself */
	bool dry_run;
	bool applied; /* the managedFields are as they are to be */
	struct writer writer;
	time_t wall; /* seconds since 1970, for time stamps */
};

enum update_kind {
	UPDATE_PUT,
	UPDATE_PATCH,
};

struct delete_options {
	const char *uid;    /* precondition; NULL: none.  Borrowed. */
	const char *rv;     /* precondition; NULL: none.  Borrowed. */
	double grace;       /* seconds; negative: the object's own */
	const char *policy; /* propagationPolicy; NULL: none.  Borrowed. */
};

/* RFC 3339, as metav1.Time. */
void registry_set_time(cJSON *object, const char *key, time_t wall);

/* All return the resulting version with a reference. */

/* `obj` is taken, also on failure. */
int registry_create(struct registry *reg, const struct target *target,
	cJSON *obj, struct object **ret_obj, struct status *st);

/* `next` is taken, also on failure. */
int registry_update(struct registry *reg, const struct target *target,
	enum update_kind kind, cJSON *next, struct object **ret_obj,
	struct status *st);

/* `*ret_gone`: removed, or only marked. */
int registry_delete(struct registry *reg, const struct target *target,
	const struct delete_options *options, bool *ret_gone,
	struct object **ret_obj, struct status *st);

#endif
