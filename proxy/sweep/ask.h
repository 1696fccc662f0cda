/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ask: the inside of a sweep: what is asked, page by page, and what is done
 * with an answer that is of no use.  sweep.c is the course of it.
 */
#ifndef PROXY_SWEEP_ASK_H
#define PROXY_SWEEP_ASK_H

#include "base/hash.h"
#include "base/map.h"
#include "policy/sweep/memory.h"
#include "proxy/sweep/sweep.h"
#include "proxy/sweep/target.h"

#define ARGO_VERSION "argoproj.io/v1alpha1"

struct sweep_run {
	struct sweep_client *client;
	const struct sweep_order *order;
	struct log *log;
	struct sweep_report *report;
	struct sweep_answer answer;
	const struct sweep_kind *workflows;
	const struct sweep_target *pods; /* Argo's; NULL: they are no target */
	bool are_served; /* Workflows: a LIST of them works */
	/* Owners that were asked for: prove.c. */
	struct map owners;
	struct list owners_order; /* owns them */
	struct hash_key owners_key;
	/* What earlier sweeps left, and where: recall.c.  NULL: nothing. */
	struct sweep_memory *memory;
	char *memory_version; /* owned; resourceVersion of the ConfigMap */
	char *user_name;      /* owned; of ours, for audit events */
	bool is_mute;         /* Events are not taken: no more are tried */
	struct sweep_target *target; /* whose objects are being listed */
	bool has_told_of_clocks; /* that they differ */
	/* Of one Workflow whose pods are asked for: */
	const char *waits_for; /* its uid; borrowed */
	bool is_unreleased;
};

/*
 * Seconds since 1970 by the clock here or that of the API server, whichever is
 * behind: it wrote when an object was deleted, and what is told by a clock that
 * is ahead would look older than it is.
 */
int64_t sweep_wall(const struct sweep_run *run);

/* GET; takes the path.  The answer is run->answer. */
int sweep_ask(struct sweep_run *run, struct buf *path, struct err *err);
/*
 * The same of an object's metadata alone, as PartialObjectMetadata; the whole
 * object where the API server has no such form of it.
 */
int sweep_ask_metadata(
	struct sweep_run *run, struct buf *path, struct err *err);
/*
 * A write; takes path and body.  `audit_id` as in struct sweep_question.  The
 * answer is run->answer.
 */
int sweep_send(struct sweep_run *run, const char *method, struct buf *path,
	struct span content_type, struct buf *body, const char *audit_id,
	struct err *err);
/* What was answered is of no use: it ends the sweep.  Returns -1. */
int sweep_no_use(
	const struct sweep_run *run, const char *what, struct err *err);

/* `item` is not of the run's answer: `take` may ask. */
typedef int sweep_item_fn(
	struct sweep_run *run, struct span item, struct err *err);

/* A LIST. */
struct sweep_listing {
	const struct sweep_kind *kind;
	struct span list_kind; /* "PodList"; absent: any */
	const char *namespace; /* "": all */
	const char *selector;  /* of labels; "": none */
	unsigned limit;
	sweep_item_fn *take;
	/*
	 * What is not in the LIST counts, too: one that expires (410) begins
	 * anew, with this.  NULL: it goes on with what there is by then.
	 */
	void (*begin_anew)(struct sweep_run *run);
};

/* Gives each item of all pages to `take`. */
int sweep_each_of(struct sweep_run *run, const struct sweep_listing *listing,
	struct err *err);

#endif
