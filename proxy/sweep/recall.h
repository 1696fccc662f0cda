/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recall: the memory of sweeps (policy/sweep/memory.h) in a ConfigMap that is
 * there already and named: to `get` and to `patch` just that one is all the
 * rights that it takes.  Written with the resourceVersion that was read: two
 * sweeps at one time do not count twice, the second one ends.
 */
#ifndef PROXY_SWEEP_RECALL_H
#define PROXY_SWEEP_RECALL_H

#include "proxy/sweep/ask.h"

/* Into run->memory; stays NULL if the order names no ConfigMap. */
int sweep_recall(struct sweep_run *run, struct err *err);
/* Without a memory: does nothing. */
int sweep_keep(struct sweep_run *run, struct err *err);
void sweep_recall_forget(struct sweep_run *run);

#endif
