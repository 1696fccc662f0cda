/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tell: what others learn of a removal, or of a finalizer that is given back:
 * the log, the record (of removals), an Event at the object, and an audit event
 * (audit.k8s.io/v1).
 */
#ifndef PROXY_SWEEP_TELL_H
#define PROXY_SWEEP_TELL_H

#include "proxy/sweep/ask.h"
#include "proxy/sweep/record.h"

/* "11e4c5f2-…", a fresh one. */
#define SWEEP_AUDIT_ID_CAP 37
void sweep_audit_id(char ret_id[SWEEP_AUDIT_ID_CAP]);

/* Before the attempt: -1 and it must not be made. */
int sweep_tell_begun(struct sweep_run *run,
	const struct sweep_candidate *candidate, struct err *err);
/*
 * Its answer is known, and the candidate's result.  -1: nothing more is to be
 * removed.  The Event is tried, no more.
 */
int sweep_tell_ended(struct sweep_run *run,
	const struct sweep_candidate *candidate, unsigned status,
	const char *audit_id, struct err *err);

/* … of one that was to be given back; `status` is that of the patch. */
int sweep_tell_restored(struct sweep_run *run,
	const struct sweep_removal *removal, unsigned status,
	const char *audit_id, struct err *err);

/* Who we are, for audit events. */
int sweep_ask_who(struct sweep_run *run, struct err *err);

#endif
