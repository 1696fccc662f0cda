/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeper: what an instance keeps of removals over a restart: the journal in
 * its state directory, and the key by which it knows a token again without
 * having it.
 */
#ifndef PROXY_CLI_KEEPER_H
#define PROXY_CLI_KEEPER_H

#include "base/err.h"
#include "base/hash.h"
#include "conf/config.h"

struct journal;
struct log;
struct state_dir;

/*
 * Opens the journal; `*ret_journal` is NULL if none is wanted.  -1: it is
 * another's, of a newer version, or has another key.  A disk that takes
 * nothing is no failure: the journal is OFF then.
 */
int keeper_open(const struct config *config, struct state_dir *state,
	struct journal **ret_journal, struct err *err);

/*
 * The key of identities: kept, so that an intent's token is known again.  On a
 * disk that takes nothing it is a new one each time, and says so.
 */
struct hash_key keeper_hash_key(
	const struct state_dir *state, struct log *log);

#endif
