/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Impersonation: the header fields by which a request is somebody's other than
 * the credential's (Kubernetes: impersonation.go, its names and its reading).
 *
 *	impersonate-user	the name; without it the others mean nothing
 *	impersonate-group	one for each group
 *	impersonate-uid
 *	impersonate-extra-KEY	one for each value; KEY percent-encoded
 *
 * Where Fairway's own credentials go along, only what it writes itself
 * reaches the API server: a field of a client's that the two read differently
 * would be one that nobody has checked.
 */
#ifndef PROXY_EXCHANGE_IMPERSONATION_H
#define PROXY_EXCHANGE_IMPERSONATION_H

#include "base/span.h"
#include "policy/verdict.h"
#include "proxy/wire/fields.h"

struct user_info;

/* Appends the fields that make the request that user's. */
void impersonation_write(const struct user_info *user, struct fields *fields);

/*
 * Whom a client wants to be.  BAD_REQUEST: a name that is not one of the
 * above or comes twice where it must not, no user, a value that would not
 * arrive as it is.
 */
enum verdict impersonation_read(
	const struct fields *fields, struct user_info **ret_user);

#endif
