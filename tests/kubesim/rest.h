/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on resources: what the API server's handlers do
 * (k8s.io/apiserver/pkg/endpoints/handlers), between a request and the
 * registry.
 */
#ifndef TESTS_KUBESIM_REST_H
#define TESTS_KUBESIM_REST_H

#include "tests/kubesim/api.h"

/* Permission, resource, verb; answers whatever there is to answer. */
void rest_handle(
	struct api *api, const struct call *call, struct answer *answer);

/* 405 */
void rest_not_allowed(struct answer *answer);

/* rest_read.c */
void rest_get(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);
void rest_list(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);

/* rest_write.c */
/* Where the call points to, and who writes there. */
struct target rest_target(const struct call *call, const struct resource *res);
/* Answers with what was written; the reference is taken. */
void rest_answer_write(const struct call *call, const struct target *target,
	struct answer *answer, int code, struct object *obj);
void rest_create(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);
void rest_update(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);
void rest_patch(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);
/* rest_apply.c: an apply patch. */
void rest_apply(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);
void rest_delete(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);
void rest_delete_collection(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);

#endif
