/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three patches of the API server, on JSON documents.
 *
 *   merge      RFC 7396
 *   JSON       RFC 6902, with what evanphx/json-patch adds: negative
 *              indices, and a `remove` of what is absent is an error
 *   strategic  k8s.io/apimachinery/pkg/util/strategicpatch: lists that are
 *              sets or are merged by a key, and the directives $patch,
 *              $deleteFromPrimitiveList, $setElementOrder, $retainKeys
 *
 * A patch may share nothing with the document that it changes: what it adds
 * is copied.  The document is in an unknown state after a failure.
 */
#ifndef TESTS_KUBESIM_PATCH_H
#define TESTS_KUBESIM_PATCH_H

#include "tests/kubesim/json.h"
#include "tests/kubesim/status.h"

enum { PATCH_MAX_OPERATIONS = 10000 };

/* `patch` is a JSON object. */
void patch_merge(cJSON *doc, const cJSON *patch);

/*
 * 400 where the patch itself is malformed, 422 where it does not fit the
 * document.
 */
int patch_json(cJSON **doc, const cJSON *operations, struct status *st);

/* `patch` is a JSON object.  400 for a list that lacks its merge key. */
int patch_strategic(cJSON *doc, const cJSON *patch, struct status *st);

#endif
