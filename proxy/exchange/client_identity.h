/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client identity: whom the certificate of a client's connection names, where
 * Fairway authenticates clients by certificates (identity.clientCAFile).
 *
 * It is found out with the first request and kept with the connection, for as
 * long as all of the chain is valid and neither the authorities nor the lists
 * of who is refused have changed: the API server looks at each request, too.
 *
 * system:masters is nobody's here: what impersonates it may do everything, and
 * no rule of the API server limits that.  A service account is nobody with a
 * certificate: its name alone would make the API server add its groups.
 */
#ifndef PROXY_EXCHANGE_CLIENT_IDENTITY_H
#define PROXY_EXCHANGE_CLIENT_IDENTITY_H

#include "base/util.h"
#include "policy/settings.h"
#include "policy/verdict.h"

struct server;
struct session;
struct user_info;

#define GROUP_MASTERS "system:masters"

struct client_identity {
	/* UNAUTHORIZED, USER_REFUSED, or NONE: it names `user`. */
	enum verdict verdict;
	struct user_info *user; /* owned; NULL: nobody */
	uint64_t hash;          /* of all that is said of the user */
	uint64_t generation;    /* of what it was looked at with */
	usec_t until;           /* since 1970: then it is looked at again */
};

/* NULL: the connection has no certificate, or nobody asked for one. */
const struct client_identity *client_identity_of(
	struct server *server, struct session *session);
/* The connection is gone. */
void client_identity_forget(struct session *session);

/* "alice", or "system:*": what begins so. */
bool names_have(const struct strings *names, struct span name);

#endif
