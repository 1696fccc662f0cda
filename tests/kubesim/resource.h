/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of objects that kubesim knows, and in what they differ.
 */
#ifndef TESTS_KUBESIM_RESOURCE_H
#define TESTS_KUBESIM_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct resource {
	const char *group; /* "" for the core group */
	const char *version;
	const char *api_version; /* as objects say it: "v1", "g/v" */
	const char *kind;
	const char *list_kind;
	const char *plural;
	const char *singular;
	const char *short_name; /* "" for none */
	bool namespaced;
	bool custom;          /* defined by a CRD: no strategic patch */
	bool has_status;      /* a status subresource */
	bool has_generation;  /* metadata.generation counts spec changes */
	bool graceful;        /* deletion waits for a grace period */
	bool update_needs_rv; /* a PUT without resourceVersion is 422 */
	bool put_creates;     /* a PUT of an absent object creates it */
	bool returns_deleted; /* DELETE answers the object, not a Status */
	bool any_path_name;   /* names are path segments, not DNS names */
};

enum { RESOURCE_COUNT = 8 };

extern const struct resource resources[RESOURCE_COUNT];

/* NULL when there is none. */
const struct resource *resource_find(
	const char *group, const char *version, const char *plural);

static inline size_t resource_index(const struct resource *res)
{
	return (size_t)(res - resources);
}

#endif
