/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks: static bearer tokens, client certificates, impersonation.
 */
#ifndef TESTS_KUBESIM_IDENTITY_H
#define TESTS_KUBESIM_IDENTITY_H

#include <stdbool.h>

#include "base/list.h"
#include "base/span.h"

enum { IDENTITY_MAX_GROUPS = 32, IDENTITY_MAX_EXTRAS = 32 };

struct identity_extra {
	char *key;
	char *value; /* one of them */
};

struct identity {
	char *user;                        /* owned, as all of it */
	char *uid;                         /* NULL: none */
	char *groups[IDENTITY_MAX_GROUPS];
	unsigned group_count;
	struct identity_extra extras[IDENTITY_MAX_EXTRAS];
	unsigned extra_count;
};

struct token {
	struct list_node node;
	char *secret;
	struct identity identity;
};

struct tokens {
	struct list list; /* struct token, owned */
};

void identity_init(struct identity *id, const char *user);
/* Adds the group of all who are known, or of the anonymous. */
void identity_complete(struct identity *id);
void identity_add_group(struct identity *id, struct span group);
void identity_add_extra(
	struct identity *id, struct span key, struct span value);
void identity_fini(struct identity *id);
void identity_copy(struct identity *id, const struct identity *from);
bool identity_has_group(const struct identity *id, const char *group);
bool identity_is_anonymous(const struct identity *id);

/* "system:serviceaccount:NAMESPACE:NAME"; false: another user. */
bool identity_split_account(
	const char *user, struct span *ret_ns, struct span *ret_name);

/* With those of the project's test cluster. */
void tokens_init(struct tokens *tokens);
void tokens_fini(struct tokens *tokens);
/* "TOKEN=USER" or "TOKEN=USER;GROUP,GROUP".  -1 when malformed. */
int tokens_add(struct tokens *tokens, const char *text);
void tokens_remove(struct tokens *tokens, const char *secret);
/* NULL when there is none. */
const struct identity *tokens_find(
	const struct tokens *tokens, struct span secret);

#endif
