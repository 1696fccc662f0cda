/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/permissions.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* NULL means any. */
struct permission {
	struct list_node node;
	char *user;
	char *verb;
	char *group;
	char *resource; /* with its subresource */
	char *ns;
	char *name;
};

void permissions_init(struct permissions *permissions)
{
	list_init(&permissions->denials);
	list_init(&permissions->grants);
}

static void drop(struct list *list)
{
	LIST_EACH (node, list) {
		struct permission *permission =
			CONTAINER_OF(node, struct permission, node);

		list_remove(node);
		free(permission->user);
		free(permission->verb);
		free(permission->group);
		free(permission->resource);
		free(permission->ns);
		free(permission->name);
		free(permission);
	}
}

void permissions_fini(struct permissions *permissions)
{
	drop(&permissions->denials);
	drop(&permissions->grants);
}

static char *member(const cJSON *what, const char *key)
{
	const char *text = json_str(what, key);

	return text ? xstrdup(text) : NULL;
}

static void add(struct list *list, const cJSON *what)
{
	struct permission *permission = xcalloc(1, sizeof(*permission));

	permission->user = member(what, "user");
	permission->verb = member(what, "verb");
	permission->group = member(what, "group");
	permission->resource = member(what, "resource");
	permission->ns = member(what, "namespace");
	permission->name = member(what, "name");
	list_push_back(list, &permission->node);
}

void permissions_deny(struct permissions *permissions, const cJSON *what)
{
	add(&permissions->denials, what);
}

void permissions_allow_all(struct permissions *permissions)
{
	drop(&permissions->denials);
}

void permissions_grant(struct permissions *permissions, const cJSON *what)
{
	add(&permissions->grants, what);
}

void permissions_drop_grants(struct permissions *permissions)
{
	drop(&permissions->grants);
}

static bool fits(const char *pattern, const char *text)
{
	return !pattern || !strcmp(pattern, text);
}

/* "pods" is none of its subresources; of a denial it is all of them. */
static bool fits_resource(
	const char *pattern, const struct access *access, bool is_denial)
{
	size_t len = strlen(access->plural);

	if (!pattern || (is_denial && !strcmp(pattern, access->plural)))
		return true;
	if (strncmp(pattern, access->plural, len) != 0)
		return false;
	return *access->subresource
		? pattern[len] == '/' &&
			!strcmp(pattern + len + 1, access->subresource)
		: !pattern[len];
}

static bool covers(const struct permission *permission, const char *user,
	const struct access *access, bool is_denial)
{
	return fits(permission->user, user) &&
		fits(permission->verb, access->verb) &&
		fits(permission->group, access->group) &&
		fits(permission->ns, access->ns) &&
		fits(permission->name, access->name) &&
		fits_resource(permission->resource, access, is_denial);
}

static bool is_about_oneself(const struct access *access)
{
	return !strcmp(access->verb, "create") &&
		!strncmp(access->plural, "selfsubject", strlen("selfsubject"));
}

bool permissions_allow(const struct permissions *permissions,
	const struct identity *user, const struct access *access)
{
	bool is_limited = false;

	if (identity_is_anonymous(user) ||
		identity_has_group(user, "system:unauthenticated"))
		return false;
	if (identity_has_group(user, "system:masters"))
		return true;
	LIST_EACH (node, &permissions->denials) {
		if (covers(CONTAINER_OF(node, struct permission, node),
			    user->user, access, true))
			return false;
	}
	LIST_EACH (node, &permissions->grants) {
		const struct permission *grant =
			CONTAINER_OF(node, struct permission, node);

		if (!fits(grant->user, user->user))
			continue;
		is_limited = true;
		if (covers(grant, user->user, access, false))
			return true;
	}
	return !is_limited || is_about_oneself(access);
}
