/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks: by token, by client certificate, or as somebody else.
 */
#include <string.h>

#include "tests/kubesim/exchange.h"

/* The request is its user's from here on; the real user's right to that is
 * taken for granted. */
static int impersonate(struct exchange *ex, struct status *st)
{
	if (identity_is_anonymous(&ex->user))
		return status_set(st, 403, "Forbidden",
			"users \"%s\" is forbidden: User \"%s\" cannot "
			"impersonate resource \"users\" in API group \"\" at "
			"the cluster scope",
			ex->wanted.user, ex->user.user);
	identity_fini(&ex->user);
	ex->user = ex->wanted;
	ex->wanted = (struct identity){ 0 };
	identity_complete(&ex->user);
	return 0;
}

/* 401 with a token that nobody knows; without any, anonymous. */
int exchange_authenticate(struct exchange *ex, struct status *st)
{
	struct span token = span_str(ex->headers[HEADER_AUTHORIZATION]);
	const struct identity *user = NULL;

	if (span_starts_with(token, SPAN("Bearer "))) {
		user = tokens_find(&ex->server->tokens,
			span_trim(span_skip(token, strlen("Bearer "))));
		if (!user)
			return status_set(
				st, 401, "Unauthorized", "Unauthorized");
	} else if (ex->session->has_peer) {
		user = &ex->session->peer;
	}
	if (user) {
		identity_copy(&ex->user, user);
	} else {
		identity_init(&ex->user, "system:anonymous");
		identity_complete(&ex->user);
	}
	return ex->wanted.user ? impersonate(ex, st) : 0;
}
