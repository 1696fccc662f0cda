/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenAPI documents, as far as kubectl reads them: the kinds and their
 * fields for `explain`, and that the server validates fields.
 *
 *   /openapi/v2                 without definitions
 *   /openapi/v3                 which groups have a document
 *   /openapi/v3/api/v1 ...      paths, and schemas made from the tables of
 *                               protobuf_type.h; no descriptions
 *
 * The operations do not say that they take strategic patches: kubectl would
 * then want merge keys in the schemas, instead of those that it brings.
 */
#ifndef TESTS_KUBESIM_OPENAPI_H
#define TESTS_KUBESIM_OPENAPI_H

#include "tests/kubesim/api.h"

/* Returns whether the path was one of these. */
bool openapi_handle(const struct call *call, struct answer *answer);

#endif
