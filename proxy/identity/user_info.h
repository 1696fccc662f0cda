/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User info: who somebody is, as Kubernetes' UserInfo has it: a name, groups,
 * a uid and extra values.
 *
 * Counted: it lives as long as anybody holds it.  Not changed any more once it
 * was handed on.
 */
#ifndef PROXY_IDENTITY_USER_INFO_H
#define PROXY_IDENTITY_USER_INFO_H

#include <stdbool.h>

#include "base/hash.h"
#include "base/span.h"

enum {
	/* Of a certificate, a token, or whom somebody wants to be. */
	USER_INFO_GROUPS_MAX = 256,
	USER_INFO_EXTRAS_MAX = 64,
};

struct user_extra {
	struct span key;
	struct span value; /* one of its values */
};

struct user_info {
	unsigned refs;
	struct span user; /* all owned */
	struct span uid;  /* absent: none */
	struct span *groups;
	size_t group_count;
	struct user_extra *extras; /* in the order in which they came */
	size_t extra_count;
};

struct user_info *user_info_new(struct span user);
struct user_info *user_info_ref(struct user_info *info);
/* The last one frees it; NULL does nothing. */
void user_info_unref(struct user_info *info);

/* Copies.  -1: there are too many already. */
int user_info_add_group(struct user_info *info, struct span group);
int user_info_add_extra(
	struct user_info *info, struct span key, struct span value);
void user_info_set_uid(struct user_info *info, struct span uid);

bool user_info_has_group(const struct user_info *info, struct span group);
/* Of all of it, mixed with an earlier hash.  Never 0. */
uint64_t user_info_hash(const struct user_info *info,
	const struct hash_key *key, uint64_t earlier);
/*
 * Everything in it can be said in header fields, and in JSON, as it is: UTF-8,
 * no controls, no blanks at the ends, nothing empty.  What cannot would be read
 * as somebody else's.
 */
bool user_info_fits_fields(const struct user_info *info);

/* "system:serviceaccount:NAMESPACE:NAME" */
bool user_name_is_service_account(struct span user);

#endif
