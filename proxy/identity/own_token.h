/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own token: the bearer token with which Fairway itself asks the API server,
 * from a kubeconfig or a file that is read again when it changes: a service
 * account's token is replaced before it expires.
 *
 * The file is looked at when somebody asks, at most once a second.  As long as
 * it cannot be read, or holds what is no token, the last one stays.
 */
#ifndef PROXY_IDENTITY_OWN_TOKEN_H
#define PROXY_IDENTITY_OWN_TOKEN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/util.h"

struct own_token {
	char *file;               /* owned; NULL: it never changes */
	struct buf authorization; /* "Bearer …"; empty: there is none */
	struct buf earlier;       /* the one before; empty: none */
	usec_t earlier_until;     /* it may come so long; 0: not yet known */
	bool is_of_one_file;      /* both: that of now */
	struct stat seen;         /* of the file, when it was read */
	usec_t look_at;           /* the file again, not before */
};

/*
 * `file` goes before `token`; both may be "": there is no token.  -1: the file
 * cannot be read, or holds no token.
 */
int own_token_open(struct own_token *ret_token, const char *file,
	const char *token, struct err *err);
/* … of a file that cannot be read now, and may be later. */
void own_token_await(struct own_token *ret_token, const char *file);
void own_token_close(struct own_token *token);

/*
 * Goes on as `fresh`, from where it comes now; what it was is the earlier one
 * then.  If `fresh` awaits the same file, it stays as it is.  `fresh` is left
 * as one without a token.
 */
void own_token_succeed(struct own_token *token, struct own_token *fresh);

/* "Bearer …", valid until the next call; absent if there is none. */
struct span own_token_authorization(struct own_token *token, usec_t now);
/*
 * What takes the place of `authorization`, which came with a request at that
 * time, if that is what it was before the last change; else absent.  What comes
 * long after the change is not replaced: a token may have been changed because
 * somebody else has it.  Looks at the file now.
 */
struct span own_token_replacement(
	struct own_token *token, struct span authorization, usec_t came_at,
	usec_t now);

#endif
