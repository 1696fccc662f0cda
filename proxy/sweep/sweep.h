/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sweep: looks for objects whose finalizer nobody will remove any more, and
 * removes it if that is wanted (DESIGN.md section 11).
 *
 *	LIST of each target, page by page --> proof, with a GET of each owner
 *	   --> seen often enough? --> caps
 *	   --> for each: read again, proof again, PATCH
 *
 * Targets are Argo's pods, what rules name for other controllers, and last
 * Workflows that are being deleted: only those whose pods have all been
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
#include "policy/sweep/rule.h"
#include "proxy/sweep/client.h"

struct log;
struct sweep_file;
struct sweep_progress;
struct sweep_target;

enum sweep_result {
	SWEEP_FOUND,   /* a dry run, or not its turn yet */
	SWEEP_SIGHTED, /* not in enough sweeps yet */
	SWEEP_REMOVED,
	SWEEP_NO_MORE, /* it is gone, or has no finalizer any more */
	SWEEP_CHANGED, /* what was proven is not so any more */
	SWEEP_REFUSED, /* by the API server: 409, 422, or one of its webhooks */
	SWEEP_WAITS,   /* a Workflow: pods of it still have theirs */
	SWEEP_PUT_BACK, /* an earlier sweep removed it: somebody needs it */
	SWEEP_RESULT_COUNT,
};

const char *sweep_result_name(enum sweep_result result);

struct sweep_candidate {
	struct list_node node;
	struct sweep_target *target; /* borrowed */
	enum sweep_verdict verdict;
	enum sweep_result result;
	bool is_deleting;
	char *namespace; /* owned, as the others; "": it is in none */
	char *name;
	char *uid;
	char *owner; /* "": not asked for */
	uint32_t seen; /* in so many sweeps in a row; 0: not counted */
};

/* What is looked at besides Argo's. */
struct sweep_rule_order {
	const char *name;
	const char *api_version; /* "v1", "example.com/v1" */
	const char *resource;
	const char *selector; /* of labels; "": all */
	struct sweep_rule rule;
	uint32_t sightings; /* sweeps in a row that have to see it */
};

/* All pointers are borrowed. */
struct sweep_order {
	bool with_argo;
	struct sweep_settings proof;
	uint32_t sightings; /* of what is `finished` or `recorded` */
	const struct sweep_rule_order *rules;
	size_t rule_count;
	struct sweep_caps caps;
	const char *namespace; /* "": all */
	bool is_applied;
	usec_t pause; /* between removals */
	/* The ConfigMap that keeps the memory; "": there is none. */
	const char *memory_namespace;
	const char *memory_name;
	int64_t sighting_interval; /* seconds */
	/* Where new Workflows get the finalizer for them. */
	const char *const *add_in;
	size_t add_count;
	bool with_events;
	struct sweep_file *record; /* NULL: none */
	struct sweep_file *audit;  /* NULL: none */
	struct sweep_progress *progress;
	/* Seconds since 1970, now. */
	int64_t (*wall)(void);
};

struct sweep_report {
	struct list kinds;      /* owned, as what is in the others */
	struct list targets;
	struct list candidates; /* in the order of the LISTs */
	uint32_t objects; /* that have the finalizer, but for Workflows */
	uint32_t kept[SWEEP_VERDICT_COUNT]; /* objects that stay, by why */
	uint32_t unread;  /* objects that were not understood: they stay */
	uint32_t removed;
	uint32_t added;   /* … or to be: Workflows that lack the finalizer */
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
