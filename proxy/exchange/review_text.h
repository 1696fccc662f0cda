/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Review text: what is asked with a TokenReview and a SubjectAccessReview, and
 * what their answers say.  An answer that does not say it clearly says no more
 * than none.
 */
#ifndef PROXY_EXCHANGE_REVIEW_TEXT_H
#define PROXY_EXCHANGE_REVIEW_TEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

struct user_info;

/* What somebody wants to do, as a SubjectAccessReview has it. */
struct access {
	struct span verb;
	struct span group;
	struct span resource;
	struct span subresource; /* "", as the next two: none */
	struct span ns;
	struct span name;
};

/* The parts of being somebody else that the API server checks one by one. */
unsigned access_count(const struct user_info *wanted);
/*
 * What it takes to impersonate that part (impersonation.go): users or
 * serviceaccounts, groups, uids, userextras/KEY.
 */
struct access access_of(const struct user_info *wanted, unsigned part);

void review_write_token(struct span token, struct buf *ret_body);
/* `who` is a certificate's user: known, and so in system:authenticated. */
void review_write_access(const struct user_info *who,
	const struct access *access, struct buf *ret_body);

/* Both return -1 if the answer does not say it. */

/* `ret_user` NULL: the token is nobody's. */
int review_read_token(struct span body, struct user_info **ret_user);
int review_read_access(struct span body, bool *ret_is_allowed);

#endif
