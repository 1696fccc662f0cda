/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is particular to a kind: the defaults that the API server fills in
 * and what it refuses (pkg/apis/core/v1/defaults.go, pkg/apis/core/validation,
 * pkg/registry/.../strategy.go), as far as clients notice it.
 */
#ifndef TESTS_KUBESIM_KINDS_H
#define TESTS_KUBESIM_KINDS_H

#include "tests/kubesim/json.h"
#include "tests/kubesim/status.h"

/* Whether the members are of the types that the Go struct has. */
int kind_check_types(
	const struct resource *res, const cJSON *obj, struct err *err);

/* Takes out of the metadata what the real server would not write. */
void kind_tidy(cJSON *obj);

void kind_default(const struct resource *res, cJSON *obj);

/* The state of a new object: after kind_default() on an object that is to be
 * created. */
void kind_prepare_create(const struct resource *res, cJSON *obj);

/* 422 */
int kind_validate(
	const struct resource *res, const cJSON *obj, struct status *st);
int kind_validate_update(const struct resource *res, const cJSON *obj,
	const cJSON *old, struct status *st);

/* 422 where `name` is none that the resource allows. */
int kind_validate_name(
	const struct resource *res, const char *name, struct status *st);

#endif
