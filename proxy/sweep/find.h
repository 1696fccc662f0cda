/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Find: the candidates of all targets, with their proofs; whether they were
 * seen often enough; and whether there are too many.
 */
#ifndef PROXY_SWEEP_FIND_H
#define PROXY_SWEEP_FIND_H

#include "proxy/sweep/ask.h"

/* Into the report. */
int sweep_find(struct sweep_run *run, struct err *err);
/*
 * Those that were not seen in enough sweeps, or got their finalizer back,
 * are out: SIGHTED, PUT_BACK.
 */
void sweep_pick(struct sweep_run *run);
/*
 * It was, for that verdict: another one than before may demand more sweeps.
 */
bool sweep_is_seen_enough(const struct sweep_run *run,
	const struct sweep_candidate *candidate, enum sweep_verdict verdict);
/* -1: what is left is more than the caps allow. */
int sweep_check_caps(struct sweep_run *run, struct err *err);

#endif
