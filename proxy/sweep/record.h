/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record: what a sweep removes, one JSON line before the attempt and one with
 * its result behind it, so that it can be given back.
 *
 *	{"time":"2026-11-30T15:02:11Z","result":"begun","apiVersion":"v1",
 *	 "resource":"pods","kind":"Pod","namespace":"argo","name":"p",
 *	 "uid":"…","finalizer":"workflows.argoproj.io/status","rule":"argo",
 *	 "proof":"gone","owner":"wf"}
 *
 * Nothing is removed whose line could not be written.  Of a line "begun"
 * without another one the outcome is not known.
 */
#ifndef PROXY_SWEEP_RECORD_H
#define PROXY_SWEEP_RECORD_H

#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "proxy/sweep/sweep.h"
#include "proxy/sweep/target.h"

/* `result` NULL: "begun". */
void sweep_record_write(const struct sweep_candidate *candidate, int64_t wall,
	const char *result, struct buf *ret_line);

/* What a record says was removed, and what came of giving it back. */
struct sweep_removal {
	struct list_node node;
	struct map_node by_uid; /* while a record is read */
	char *api_version; /* owned, as the others */
	char *resource;
	char *kind;
	char *namespace;
	char *name;
	char *uid;
	char *finalizer;
	bool is_known;      /* that it was removed */
	const char *result; /* static; NULL: not its turn yet */
};

/*
 * Adds the removals of a record to the list, each once.  -1: a line of it is
 * none; only the last one may be cut off.
 */
int sweep_record_read(
	struct span text, struct list *ret_removals, struct err *err);
void sweep_removals_free(struct list *removals);

/* Of that object; borrows. */
struct sweep_kind sweep_removal_kind(const struct sweep_removal *removal);

#endif
