/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field validation: members of an object that its kind does not have.  They
 * are never stored; `fieldValidation` says whether to mind.
 *
 * The kinds are the tables of protobuf_type.h; of a custom resource only the
 * metadata is known.
 */
#ifndef TESTS_KUBESIM_FIELDS_H
#define TESTS_KUBESIM_FIELDS_H

#include "tests/kubesim/json.h"
#include "tests/kubesim/resource.h"

/*
 * Takes the unknown members out.  Returns an array of what the real server
 * says of each, `unknown field "spec.x"`; NULL when there were none.
 */
cJSON *fields_drop_unknown(const struct resource *res, cJSON *doc);

/* `strict decoding error: A, B` of such an array. */
void fields_set_error(const cJSON *unknown, struct err *err);

#endif
