/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod as the sweeper sees it: what tells whose it is, whether its finalizer
 * is still needed, and what a removal must name.  Of a Workflow the same is
 * looked at.  Borrows the JSON that it was read from.
 */
#ifndef POLICY_SWEEP_POD_H
#define POLICY_SWEEP_POD_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

/* Argo's names (workflow/common/common.go). */
#define SWEEP_FINALIZER "workflows.argoproj.io/status"
#define SWEEP_LABEL_WORKFLOW "workflows.argoproj.io/workflow"
#define SWEEP_LABEL_COMPLETED "workflows.argoproj.io/completed"
#define SWEEP_LABEL_INSTANCE "workflows.argoproj.io/controller-instanceid"
/* "true" on a pod: hands off. */
#define SWEEP_OPT_OUT "fairway.dev/keep-finalizers"

struct sweep_pod {
	struct span namespace;
	struct span name;
	struct span uid;
	struct span resource_version;
	bool has_finalizer;       /* the one that was asked for … */
	unsigned finalizer_index; /* … and where it stands */
	bool is_completed;        /* labelled so */
	bool is_opted_out;
	struct span instance; /* of the controller; "": no label */
	/* The Workflow that controls it; absent: none does. */
	struct span owner;
	struct span owner_uid;
	bool is_terminal; /* Succeeded or Failed */
	bool is_deleting;
	int64_t deleted_at;  /* … and its grace ends then */
	int64_t last_change; /* the latest time of its status; 0: none */
};

/*
 * One object of kind Pod, or an item of a PodList.  Returns 0, or -1 if it is
 * none or has something in it that the API server would not write.
 */
int sweep_pod_read(
	struct span text, struct span finalizer, struct sweep_pod *ret_pod);
/* The same of a Workflow, which has no owner and no phase of a pod's. */
int sweep_workflow_read(struct span text, struct span finalizer,
	struct sweep_pod *ret_workflow);

#endif
