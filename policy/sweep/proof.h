/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof: whether a pod's finalizer is one that nobody will remove any more
 * (DESIGN.md section 11).  Nothing is proven by time alone, by a cache, or by
 * an answer that is anything but what was asked for.
 *
 *	labelled   the controller has recorded the pod: it labels a pod
 *	           completed only after the workflow's status was saved
 *	gone       its Workflow is not there, or is another one of that name:
 *	           there is nothing left to record into
 *	finished   its Workflow is completed, and that for long: it cannot be
 *	           while a result is missing
 *	recorded   its node in the Workflow's status is over, and its result was
 *	           taken over: the Workflow may go on with others
 *
 *	deleted    its Workflow is being deleted, that for a while, and carries
 *	           a finalizer of ours for that: it is released when all of
 *	           its pods are, and who deletes it gives up its status
 *
 * In any class the pod has come to its end, and nothing about it has changed
 * for a while, so that its controller had its chance.
 */
#ifndef POLICY_SWEEP_PROOF_H
#define POLICY_SWEEP_PROOF_H

#include <stdbool.h>

#include "policy/sweep/object.h"

struct sweep_settings {
	struct span finalizer;
	/* Of the controller; "": pods and Workflows without that label. */
	struct span instance;
	bool with_labelled;
	bool with_gone;
	bool with_finished;
	bool with_recorded;
	bool with_deleted;
	int64_t settled_for;  /* seconds without a change of the pod */
	int64_t finished_for; /* seconds since the end of its workflow */
	int64_t deleted_for;  /* … since its deletion */
	struct span workflow_finalizer;
};

/* What a Workflow carries so that its pods are released with it. */
#define SWEEP_WORKFLOW_FINALIZER "fairway.dev/pods-released"

/* labelled, gone and finished; ten minutes; half an hour; five minutes. */
void sweep_settings_default(struct sweep_settings *ret_settings);

enum sweep_verdict {
	/* It may go: */
	SWEEP_LABELLED,
	SWEEP_GONE,
	SWEEP_RECREATED, /* gone: another has its name */
	SWEEP_FINISHED,
	SWEEP_RECORDED,
	SWEEP_DELETED,
	SWEEP_BY_RULE,  /* of other controllers: policy/sweep/rule.h */
	SWEEP_ORPHANED, /* … whose owner is gone */
	/* Its owner has to be asked for. */
	SWEEP_ASK_OWNER,
	/* It stays: */
	SWEEP_HAS_NONE,      /* not that finalizer */
	SWEEP_OPTED_OUT,
	SWEEP_OTHER_INSTANCE,
	SWEEP_RUNNING,       /* not at its end */
	SWEEP_UNSETTLED,     /* something changed not long ago */
	SWEEP_UNMET,         /* not as its rule demands */
	SWEEP_NO_OWNER,
	SWEEP_OWNER_LIVES,   /* … which is not completed */
	SWEEP_OWNER_UNSETTLED, /* … or not for long */
	SWEEP_OWNER_UNSERVED,  /* its kind is not known here */
	SWEEP_OWNER_FORBIDDEN, /* … or not for us to read */
	/* Nothing is proven, of this or of any: the sweep has to end. */
	SWEEP_UNREADABLE,
	SWEEP_VERDICT_COUNT,
};

const char *sweep_verdict_name(enum sweep_verdict verdict); /* "labelled" */
const char *sweep_verdict_text(enum sweep_verdict verdict); /* for people */

static inline bool sweep_may_remove(enum sweep_verdict verdict)
{
	return verdict < SWEEP_ASK_OWNER;
}

/* What the pod alone says.  `wall`: seconds since 1970. */
enum sweep_verdict sweep_judge_pod(const struct sweep_settings *settings,
	const struct sweep_object *pod, int64_t wall);

/*
 * … and a live GET of its Workflow, without resourceVersion.  `are_served`: a
 * LIST of Workflows works, so that one not found is not there.
 */
enum sweep_verdict sweep_judge_owner(const struct sweep_settings *settings,
	const struct sweep_object *pod, unsigned status, struct span body,
	bool are_served, int64_t wall);

/* Whether a Workflow may be released, once its pods are: SWEEP_DELETED. */
enum sweep_verdict sweep_judge_workflow(const struct sweep_settings *settings,
	const struct sweep_object *workflow, int64_t wall);

#endif
