/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object as the sweeper sees it: what tells whose it is, whether its
 * finalizer is still needed, and what a removal must name.  Borrows the JSON
 * that it was read from.
 */
#ifndef POLICY_SWEEP_OBJECT_H
#define POLICY_SWEEP_OBJECT_H

#include <stdbool.h>

#include "base/span.h"
#include "base/util.h"

/* Argo's names (workflow/common/common.go). */
#define SWEEP_FINALIZER "workflows.argoproj.io/status"
#define SWEEP_LABEL_WORKFLOW "workflows.argoproj.io/workflow"
#define SWEEP_LABEL_COMPLETED "workflows.argoproj.io/completed"
#define SWEEP_LABEL_INSTANCE "workflows.argoproj.io/controller-instanceid"
#define SWEEP_ANNOTATION_NODE "workflows.argoproj.io/node-id"
/* On an object, with any value but "false": hands off. */
#define SWEEP_OPT_OUT "fairway.dev/keep-finalizers"

struct sweep_object {
	struct span namespace; /* absent: it is in none */
	struct span name;
	struct span uid;
	struct span resource_version;
	bool has_finalizers;      /* a list of them, which may be empty */
	bool has_finalizer;       /* the one that was asked for … */
	unsigned finalizer_index; /* … and where it stands */
	bool is_completed;        /* labelled so */
	bool is_opted_out;
	struct span instance; /* of the controller; "": no label */
	struct span node_id;  /* in its Workflow; absent: no annotation */
	/*
	 * Its controller; else its only owner.  Absent: it has none, or several
	 * of which none is the controller.
	 */
	struct span owner;
	struct span owner_uid;
	struct span owner_kind;
	struct span owner_version; /* "argoproj.io/v1alpha1" */
	bool is_controlled;        /* by that one */
	bool is_terminal;          /* phase: Succeeded or Failed */
	bool is_deleting;
	int64_t deleted_at;  /* … and its grace ends then */
	int64_t last_change; /* the latest time of its status; 0: none */
	int64_t written_at;  /* … of creation and managed fields */
	/* What was asked for; absent: there is none. */
	struct span label;     /* its value */
	struct span condition; /* its status */
};

/* What is read. */
struct sweep_wanted {
	struct span kind; /* "Pod"; an item of a list may leave it out */
	struct span finalizer;
	struct span label;     /* a key; absent: none */
	struct span condition; /* a type; absent: none */
};

/*
 * What can be put into a path as one part of it: the API server takes any text
 * for the owner in `ownerReferences`, also one that no object can be called,
 * and takes "%2f" in a path for a slash (k8s.io/apimachinery/pkg/api/validation
 * /path, IsValidPathSegmentName).
 */
bool sweep_is_object_name(struct span name);
/* "v1", "example.com/v1" */
bool sweep_is_api_version(struct span version);

/*
 * One object of that kind, or an item of a list of them.  Returns 0, or -1 if
 * it is none or has something in it that the API server would not write.
 */
int sweep_object_read(struct span text, const struct sweep_wanted *wanted,
	struct sweep_object *ret_object);
/* Of kind Pod, and of kind Workflow: both have a namespace. */
int sweep_pod_read(
	struct span text, struct span finalizer, struct sweep_object *ret_pod);
int sweep_workflow_read(struct span text, struct span finalizer,
	struct sweep_object *ret_workflow);

#endif
