/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: one kind of objects that a sweep looks at, with the finalizer it is
 * after and who judges them: a table of what otherwise would be written once
 * for pods, once for Workflows and once for everything else.
 */
#ifndef PROXY_SWEEP_TARGET_H
#define PROXY_SWEEP_TARGET_H

#include "base/buf.h"
#include "base/list.h"
#include "policy/sweep/object.h"
#include "proxy/sweep/sweep.h"

struct sweep_run;

/* A kind as an API server serves it. */
struct sweep_kind {
	struct list_node node;
	char *api_version; /* owned, as the others: "v1", "example.com/v1" */
	char *resource;    /* "pods" */
	char *name;        /* "Pod"; "": it is not served … */
	char *asked_for;   /* … though somebody has one of that name */
	bool is_namespaced;
};

enum sweep_target_type {
	SWEEP_PODS,      /* Argo's */
	SWEEP_WORKFLOWS,
	SWEEP_RULED,     /* by a rule of the order */
};

struct sweep_target {
	struct list_node node;
	enum sweep_target_type type;
	const char *rule_name;         /* borrowed: "argo" … */
	const struct sweep_kind *kind; /* borrowed */
	struct span list_kind;         /* "PodList"; absent: any of a list */
	struct span finalizer;         /* borrowed */
	const char *selector;          /* of labels; borrowed */
	unsigned page;                 /* objects in one answer */
	const struct sweep_rule_order *rule; /* of SWEEP_RULED; borrowed */
	uint32_t carriers;             /* objects that have the finalizer */
	uint32_t removals;             /* of these that may lose it */
};

/* "/apis/argoproj.io/v1alpha1" */
void sweep_append_base(struct buf *path, const char *api_version);
/* "/api/v1/namespaces/argo/pods"; without a namespace all of them. */
void sweep_kind_append_path(const struct sweep_kind *kind,
	const char *namespace, struct buf *path);
/* "/api/v1/namespaces/argo/pods/p" */
void sweep_kind_append_object(const struct sweep_kind *kind,
	const char *namespace, const char *name, struct buf *path);
/* Behind "?labelSelector=". */
void sweep_append_escaped(struct buf *path, const char *text);

/*
 * The kind of that resource, or of that name where `resource` is NULL; asks
 * what is served.  One that is not has the name "".  NULL: `err` says why.
 */
const struct sweep_kind *sweep_kind_find(struct sweep_run *run,
	const char *api_version, const char *resource, const char *name,
	struct err *err);

void sweep_kinds_forget(struct list *kinds);

/* The targets of the run's order, into its report. */
int sweep_targets_make(struct sweep_run *run, struct err *err);

/* An object of the target's kind. */
int sweep_target_read(const struct sweep_target *target, struct span text,
	struct sweep_object *ret_object);

#endif
