/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit event: an Event of audit.k8s.io/v1 as a line of JSON, in the API
 * server's own shape (k8s.io/apiserver/pkg/apis/audit/v1), so that what reads
 * its audit log reads this.
 *
 * Level is Metadata, the stage ResponseComplete: it is over.  What the shape
 * has no place for is in annotations, all of them below fairway.dev/.
 */
#ifndef PROXY_OBSERVE_AUDIT_EVENT_H
#define PROXY_OBSERVE_AUDIT_EVENT_H

#include "base/buf.h"
#include "base/span.h"
#include "base/util.h"

/* An annotation; absent or empty: there is none. */
struct audit_note {
	const char *key; /* "lane", without fairway.dev/ */
	struct span value;
};

struct audit_object {
	struct span group, version, resource, subresource;
	struct span namespace, name, uid;
};

/* Borrowed for the call.  What is absent or empty is left out. */
struct audit_event {
	struct span audit_id;
	struct span uri;  /* without the query, where tokens can be */
	const char *verb;
	struct span user; /* always there */
	struct span user_uid;
	struct span user_pid; /* of an order */
	const struct span *groups;
	size_t group_count;
	struct span peer; /* "10.0.0.1:4711": its address is told */
	struct span user_agent;
	struct audit_object object;
	unsigned status;     /* 0: nothing is known of an answer */
	const char *reason;  /* of a failure; NULL: none */
	const char *message; /* as above */
	usec_t began_at;     /* wall clock, since 1970 */
	usec_t ended_at;
	const struct audit_note *notes; /* `key` NULL ends them */
};

/* Appends the line, with its line feed. */
void audit_event_write(const struct audit_event *event, struct buf *ret_line);

#endif
