/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many objects at once, for benchmarks.
 */
#ifndef TESTS_KUBESIM_PRELOAD_H
#define TESTS_KUBESIM_PRELOAD_H

#include "tests/kubesim/registry.h"

/* Creates a namespace, unless it is there. */
void preload_namespace(struct registry *reg, const char *name, time_t wall);

/*
 *   {"resource": "pods", "namespace": "argo", "prefix": "p-", "count": 1000,
 *    "size": 2000, "finalizers": ["workflows.argoproj.io/status"],
 *    "labels": {"app": "x"}, "deleted": true, "node": "n1",
 *    "running": true, "checksum": true}
 *
 * `size` is about that of the text; `deleted` deletes them as well, so that
 * those with finalizers are left terminating; `running` is for pods;
 * `checksum` fills each with other text and adds what it comes to.  Objects that exist already
 * are passed over.
 */
int preload(
	struct registry *reg, const cJSON *order, time_t wall, struct err *err);

#endif
