/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents in requests' bodies: JSON, YAML or protobuf, by their
 * Content-Type, and what the API server says to those that are none.
 */
#ifndef TESTS_KUBESIM_BODY_H
#define TESTS_KUBESIM_BODY_H

#include "tests/kubesim/api.h"

/* The media type without its parameters, compared exactly. */
bool body_has_type(const struct call *call, const char *type);

/* 415 that names the types that are understood. */
int body_unsupported(const char *accepted, struct status *st);

/*
 * The object in the body, caller owns; NULL and a status when there is none.
 * Of the resource only what it is called and whether it is custom counts.
 */
cJSON *body_object(
	const struct call *call, const struct resource *res, struct status *st);

/* 422 where ?fieldValidation= is no word for it; `kind` is the options'. */
int body_check_validation(
	const struct call *call, const char *kind, struct status *st);
/*
 * Takes out of `doc` what its kind does not have; as the query says, that is
 * nothing, a warning in the answer (the default), or -1 and `err`.
 */
int body_validate(const struct call *call, const struct resource *res,
	cJSON *doc, struct answer *answer, struct err *err);

/* The DeleteOptions in the body, which is not empty; the same. */
cJSON *body_delete_options(const struct call *call, struct status *st);

#endif
