/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request asks for: its path and query read as the API server reads
 * them (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go).
 *
 * The path is percent-decoded once and then split at '/', so that a decoded
 * slash separates; of a repeated query key the first value counts.
 */
#ifndef TESTS_KUBESIM_REQUEST_H
#define TESTS_KUBESIM_REQUEST_H

#include <stdbool.h>

#include "base/span.h"

enum { REQUEST_MAX_PARAMS = 32 };

struct param {
	const char *key;   /* borrowed from the request's text */
	const char *value; /* the same */
};

struct request {
	char *text;       /* owned: what the pointers below point into */
	const char *path; /* decoded, without the query */
	bool bad_path;    /* "." and ".." segments: 400 */

	/* A resource request; else all of these are "". */
	bool is_resource;
	const char *verb; /* get list watch create update patch delete
			     deletecollection; of no resource: the method in
			     lower case */
	const char *group;
	const char *version;
	const char *plural;
	const char *subresource;
	const char *ns;
	const char *name;

	struct param params[REQUEST_MAX_PARAMS];
	unsigned param_count;
};

void request_init(struct request *req, struct span method, struct span target);
void request_fini(struct request *req);

/* What runs as long as it is wanted and is not counted by priority and
 * fairness; a watch is, until it has begun. */
bool request_is_long_running(const struct request *req);

/* NULL when the query does not have it. */
const char *request_param(const struct request *req, const char *key);
/* The same as a number; `otherwise` when absent or malformed. */
uint64_t request_param_u64(
	const struct request *req, const char *key, uint64_t otherwise);
/* As the API server converts: all but "false" and "0" is true. */
bool request_param_is_true(const struct request *req, const char *key);

#endif
