/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Document: what a live GET of an owner was answered: a Status, or the owner
 * itself.  Borrows the JSON.
 */
#ifndef POLICY_SWEEP_DOCUMENT_H
#define POLICY_SWEEP_DOCUMENT_H

#include <stdbool.h>

#include "base/span.h"

/* Absent: it is not there, or is no text. */
struct sweep_document {
	struct span kind;
	struct span reason; /* of a Status, with the details */
	struct span details_name;
	struct span details_kind;
	struct span name;
	struct span uid;
	struct span completed; /* Argo's label */
	struct span finished_at;
};

/* Returns 0, or -1 if it is no JSON object. */
int sweep_document_read(
	struct span body, struct sweep_document *ret_document);

/*
 * A proper 404 names what was asked for.  One of a router, a proxy, or a kind
 * that is not served, does not.
 */
bool sweep_document_says_not_found(const struct sweep_document *document,
	struct span resource, struct span name);

/*
 * A Workflow's status has that node, as one that is over and whose result was
 * taken over.  A status that is kept compressed or elsewhere says nothing.
 */
bool sweep_node_is_recorded(struct span workflow, struct span node_id);

#endif
