/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sweep: looks for pods whose finalizer nobody will remove any more, and
 * removes it if that is wanted (DESIGN.md section 11).
 *
 *	LIST pods, page by page --> proof, with a GET of each Workflow once
 *	LIST Workflows that are being deleted, if that is wanted
 *	   --> caps --> for each: read again, proof again, PATCH
 *
 * Workflows come behind the pods, and only those whose pods have all been
 * released.
 *
 * All reads are live.  Whatever is not a proper answer ends the sweep before
 * anything is removed, or before the next one is.
 */
#ifndef PROXY_SWEEP_SWEEP_H
#define PROXY_SWEEP_SWEEP_H

#include <stdbool.h>

#include "base/err.h"
#include "base/list.h"
#include "policy/sweep/plan.h"
#include "proxy/sweep/client.h"

struct log;

enum sweep_result {
	SWEEP_FOUND,    /* a dry run, or not its turn yet */
	SWEEP_REMOVED,
	SWEEP_NO_MORE,  /* it is gone, or has no finalizer any more */
	SWEEP_CHANGED,  /* what was proven is not so any more */
	SWEEP_REFUSED,  /* by the API server: 409, 422 */
	SWEEP_WAITS,    /* a Workflow: pods of it still have theirs */
};

const char *sweep_result_name(enum sweep_result result);

struct sweep_candidate {
	struct list_node node;
	enum sweep_verdict verdict;
	enum sweep_result result;
	char *namespace; /* owned, as the others */
	char *name;
	char *uid;
	char *owner; /* its Workflow; "": not asked for */
	bool is_workflow;
};

struct sweep_order {
	struct sweep_settings proof;
	struct sweep_caps caps;
	const char *namespace; /* "": all */
	bool is_applied;
	usec_t pause; /* between removals */
	/* Seconds since 1970, now. */
	int64_t (*wall)(void);
};

struct sweep_report {
	struct list candidates; /* owned: in the order of the LIST */
	struct sweep_tally tally;
	uint32_t kept[SWEEP_VERDICT_COUNT]; /* pods that stay, by why */
	uint32_t unread; /* pods that were not understood: they stay */
	uint32_t removed;
};

void sweep_report_init(struct sweep_report *report);
void sweep_report_fini(struct sweep_report *report);

/*
 * Returns 0, or -1 if it ended before its end; what was found and done until
 * then stands in the report.
 */
int sweep_run(struct sweep_client *client, const struct sweep_order *order,
	struct log *log, struct sweep_report *report, struct err *err);

#endif
