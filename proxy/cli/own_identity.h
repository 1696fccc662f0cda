/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own identity: whose Fairway's own credentials are, so that what was asked
 * for with them is not asked again with another's (threat J4).
 *
 *	a client certificate	its issuer and subject
 *	a JSON web token	its issuer and subject
 *	another token		its file, whatever that holds; or itself
 *
 * Unlike those of clients (proxy/exchange/principal.h) all of it comes from who
 * runs Fairway, and is believed.
 */
#ifndef PROXY_CLI_OWN_IDENTITY_H
#define PROXY_CLI_OWN_IDENTITY_H

#include "base/hash.h"
#include "proxy/cli/source.h"

/* 0: there are no credentials. */
uint64_t own_identity(
	struct source *source, const struct hash_key *key, usec_t now);

/*
 * "Bearer …" in the place of `authorization`, which came at that time, if that
 * was Fairway's own token before it changed, and the one of now is the same
 * one's; else absent.
 */
struct span own_identity_replacement(struct source *source,
	const struct hash_key *key, struct span authorization, usec_t came_at,
	usec_t now);

#endif
