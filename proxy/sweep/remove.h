/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remove: the candidates' turns, one after the other: read again, proven
 * again, and only then the patch.  Between the LIST and its turn the controller
 * may be back, or `argo retry` under way.
 */
#ifndef PROXY_SWEEP_REMOVE_H
#define PROXY_SWEEP_REMOVE_H

#include "proxy/sweep/ask.h"

int sweep_remove_all(struct sweep_run *run, struct err *err);

/*
 * The finalizer that is for deleted Workflows, for those that lack it: not
 * completed, not being deleted, of the order's instance of the controller, in
 * the order's namespaces.
 */
int sweep_add_to_workflows(struct sweep_run *run, struct err *err);

#endif
