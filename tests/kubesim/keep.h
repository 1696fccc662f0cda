/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keep: what etcd is to a real API server.  A kubesim that is killed and
 * started again has the objects that it had, and the history of them.
 *
 *	put 1 {object}   del 1 {object}   did {effect}   at 7 3
 *
 * is a line each in DIR/kept, of resources by their index; `at` has the last
 * resourceVersion, and how many effects were forgotten.  A turn's lines are
 * written at once, before an answer leaves: what was answered is there, and an
 * effect is there with its history or not at all.  Nothing is synced: a
 * process dies here, not a machine.  The file is written anew when the history
 * is forgotten, or it would be read for longer with each start.
 */
#ifndef TESTS_KUBESIM_KEEP_H
#define TESTS_KUBESIM_KEEP_H

#include "tests/kubesim/ledger.h"

struct keep {
	int fd; /* -1: nothing is kept */
	const char *dir; /* borrowed */
	struct buf lines;
};

void keep_init(struct keep *keep);
void keep_fini(struct keep *keep);

/* Reads what is there; from now on each change of the store is kept. */
int keep_open(struct keep *keep, const char *dir, struct store *store,
	struct ledger *ledger, struct err *err);

/* The ledger's last effect; the turn ends. */
void keep_effect(struct keep *keep, const struct ledger *ledger);
void keep_write(struct keep *keep);
/* The history is forgotten: begins a file of what there is. */
int keep_anew(struct keep *keep, const struct store *store,
	const struct ledger *ledger, struct err *err);

#endif
