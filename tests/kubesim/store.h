/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: versions of objects, in order, and the log of their changes.
 *
 * A struct object is one version of one object and never changes; the store
 * holds a reference to the current versions, and answers that are being sent
 * and the log hold others.  Each version is kept as a tree, to be worked on,
 * and as the text that goes out.
 *
 *   collection[resource]:  current versions, sorted by namespace, name
 *   log:  ... ADDED 41  MODIFIED 42  DELETED 43   <- the newest LOG entries
 *
 * One counter numbers all changes: an object's resourceVersion is the number
 * of its last change, a list's that of the last change of all.  A watch
 * resumes behind any number that the log still reaches back to.
 *
 * The store knows what an object is called and nothing else about it; what
 * may be stored is for registry.h to say.
 */
#ifndef TESTS_KUBESIM_STORE_H
#define TESTS_KUBESIM_STORE_H

#include "tests/kubesim/json.h"
#include "tests/kubesim/resource.h"

struct object {
	unsigned refs;
	uint64_t rv;
	const char *ns;   /* borrowed from the tree; "" for cluster scope */
	const char *name; /* borrowed from the tree */
	cJSON *tree;      /* owned */
	char *text;       /* owned */
	size_t len;
	size_t list_skip; /* where the members of a list's item begin */
};

struct object *object_ref(struct object *obj);
void object_unref(struct object *obj); /* NULL is fine */

enum change_type {
	CHANGE_ADDED,
	CHANGE_MODIFIED,
	CHANGE_DELETED,
};

struct change {
	uint64_t rv;
	enum change_type type;
	const struct resource *res;
	struct object *before; /* NULL for CHANGE_ADDED */
	struct object *now;    /* for CHANGE_DELETED as it was last, new rv */
};

/* A range of current versions, valid until the next change. */
struct object_range {
	struct object *const *items; /* borrowed */
	size_t count;
};

struct store;

/* The log keeps the last `log_size` changes. */
struct store *store_new(size_t log_size);
void store_free(struct store *store);

/* The number of the last change. */
uint64_t store_rv(const struct store *store);

/* NULL when there is none.  Borrowed. */
struct object *store_get(const struct store *store, const struct resource *res,
	const char *ns, const char *name);

/* Those of one namespace, or of all with "". */
struct object_range store_range(
	const struct store *store, const struct resource *res, const char *ns);

/* The part of `range` behind that name. */
struct object_range object_range_behind(
	struct object_range range, const char *ns, const char *name);

/*
 * Makes `tree` (taken) the current version, under the name that stands in
 * it, and sets its resourceVersion.  Returns the version, borrowed.
 */
struct object *store_put(
	struct store *store, const struct resource *res, cJSON *tree);

/*
 * Removes the object.  The change in the log carries `tree` (taken): its
 * last state, which the update that freed it may have changed.
 */
void store_remove(struct store *store, const struct resource *res, cJSON *tree);

/*
 * The first change behind `rv`, NULL when there is none yet; walk on with
 * the change's own rv.  Borrowed until the next change.
 */
const struct change *store_change_behind(
	const struct store *store, uint64_t rv);

/* Whether changes behind `rv` are all there still. */
bool store_reaches(const struct store *store, uint64_t rv);

/* Forgets the log, as if etcd had been compacted. */
void store_compact(struct store *store);

/* Is told of each change, behind it. */
typedef void store_change_fn(void *user, const struct change *change);
void store_on_change(struct store *store, store_change_fn *fn, void *user);

/* A change of before, `tree` (taken) as it left the object. */
void store_restore(struct store *store, const struct resource *res,
	cJSON *tree, uint64_t rv, bool is_removed);

/* That was the number of the last change. */
void store_go_on_from(struct store *store, uint64_t rv);

/* A version that is not stored: an answer to a dry run. */
struct object *object_new(const struct resource *res, cJSON *tree, uint64_t rv);

void store_check(const struct store *store);

#endif
