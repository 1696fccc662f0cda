/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permissions: everybody who is known may do everything, but for denials; and
 * who is named by a grant may do what grants say and no more, as with RBAC.
 * Questions about oneself (SelfSubjectReview …) everybody may ask.
 */
#ifndef TESTS_KUBESIM_PERMISSIONS_H
#define TESTS_KUBESIM_PERMISSIONS_H

#include <stdbool.h>

#include "base/list.h"
#include "tests/kubesim/identity.h"
#include "tests/kubesim/json.h"

/* What is done, or asked about; none is NULL. */
struct access {
	const char *verb;
	const char *group;
	const char *plural;
	const char *subresource;
	const char *ns;
	const char *name;
};

struct permissions {
	struct list denials; /* struct permission, owned, as the next */
	struct list grants;
};

void permissions_init(struct permissions *permissions);
void permissions_fini(struct permissions *permissions);
/*
 * {"user", "verb", "group", "resource", "namespace", "name"}, each optional;
 * "resource" may be "users" or "userextras/KEY".
 */
void permissions_deny(struct permissions *permissions, const cJSON *what);
void permissions_allow_all(struct permissions *permissions);
/* The same; "user" is needed. */
void permissions_grant(struct permissions *permissions, const cJSON *what);
void permissions_drop_grants(struct permissions *permissions);

bool permissions_allow(const struct permissions *permissions,
	const struct identity *user, const struct access *access);

#endif
