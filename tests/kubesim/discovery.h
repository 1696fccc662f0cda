/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients ask before they ask for anything: /version, /api, /apis and
 * the resource lists below them, and as much of /openapi/v2 as makes kubectl
 * go on without a schema.
 */
#ifndef TESTS_KUBESIM_DISCOVERY_H
#define TESTS_KUBESIM_DISCOVERY_H

#include "tests/kubesim/api.h"

/* Whether that group is one of the API server's own, not of a CRD. */
bool discovery_is_built_in(const char *group, const char *version);

/* Returns whether the path is one of these. */
bool discovery_handle(const struct call *call, struct answer *answer);

#endif
