/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discovery: what an API server says it serves of a group and version (an
 * APIResourceList).  Borrows the JSON.
 */
#ifndef POLICY_SWEEP_DISCOVERY_H
#define POLICY_SWEEP_DISCOVERY_H

#include <stdbool.h>

#include "base/span.h"

struct sweep_served {
	struct span resource; /* "pods", as paths have it */
	struct span kind;     /* "Pod" */
	bool is_namespaced;
};

/*
 * The one of that resource, or of that kind where `resource` is absent;
 * subresources are none.  Returns 1, 0 if there is none, or -1 if it is no
 * such list.
 */
int sweep_discovery_find(struct span text, struct span resource,
	struct span kind, struct sweep_served *ret_served);

#endif
