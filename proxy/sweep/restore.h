/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restore: gives finalizers back that a record says were removed: only to the
 * very objects (uid) that are still there and not being deleted; on others the
 * API server takes none.  Each is read before it is written, and written as it
 * was read.
 */
#ifndef PROXY_SWEEP_RESTORE_H
#define PROXY_SWEEP_RESTORE_H

#include "proxy/sweep/record.h"

struct sweep_restore_report {
	struct list removals; /* of the record; owned */
	uint32_t restored;
	uint32_t refused; /* by the API server: they have changed meanwhile */
};

/*
 * Sets each removal's result; one of another namespace than the order's has
 * none.  Of the order count besides is_applied, pause, audit, with_events and
 * progress.  -1: it ended before its end.
 */
int sweep_restore(struct sweep_client *client, const struct sweep_order *order,
	struct log *log, struct sweep_restore_report *report, struct err *err);

#endif
