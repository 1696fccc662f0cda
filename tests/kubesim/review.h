/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about permissions and identity, which are asked by creating
 * objects that are not stored: SubjectAccessReview and its kin, and
 * SelfSubjectReview.
 */
#ifndef TESTS_KUBESIM_REVIEW_H
#define TESTS_KUBESIM_REVIEW_H

#include "tests/kubesim/api.h"

/* The resource that a request names, if it is one of these; or NULL. */
const struct resource *review_resource(const struct request *req);
/* Returns whether the call was one of these. */
bool review_handle(
	struct api *api, const struct call *call, struct answer *answer);

#endif
