/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on command: rules that say which requests are to be delayed,
 * refused, reset or left without an answer, and how often.
 *
 * A rule's action comes either before the request takes effect (the default)
 * or after it, so that both "not executed" and "executed, but nobody knows"
 * can be had.
 *
 *   {"match": {"verb": "patch", "resource": "pods", "namespace": "argo",
 *              "name": "p-1", "user": "argo-controller", "path": "/api"},
 *    "count": 3, "skip": 0, "percent": 100, "delayMs": 20, "jitterMs": 5,
 *    "action": "status", "when": "before",
 *    "code": 429, "retryAfter": 2, "pf": true, "message": "..."}
 */
#ifndef TESTS_KUBESIM_FAULTS_H
#define TESTS_KUBESIM_FAULTS_H

#include "base/list.h"
#include "base/rng.h"
#include "tests/kubesim/identity.h"
#include "tests/kubesim/json.h"
#include "tests/kubesim/request.h"

enum fault_action {
	FAULT_NONE,   /* only the delay */
	FAULT_STATUS, /* answer with a code */
	/* RST_STREAM; of HTTP/1.1 a TCP reset, and the end of the connection */
	FAULT_RESET,  /* before the response's headers */
	FAULT_CUT,    /* behind the headers and some of the body */
	FAULT_STALL,  /* never answer */
	FAULT_CLOSE,  /* end the connection by a TCP reset */
	FAULT_GOAWAY, /* answer, and send GOAWAY or "Connection: close" */
	FAULT_SLOW,   /* answer at so many bytes a second */
};

struct fault {
	struct list_node node;
	unsigned id;
	cJSON *match;   /* owned; NULL: every request */
	uint64_t skip;  /* let so many pass first */
	uint64_t count; /* then hit so many; UINT64_MAX: all */
	unsigned percent;
	usec_t delay;
	usec_t jitter;
	enum fault_action action;
	bool after; /* the effect comes first */

	/* FAULT_STATUS */
	int code;
	int retry_after; /* seconds, negative: none */
	bool with_pf;
	bool as_text;
	char *message; /* owned; NULL: a fitting one */
	/* FAULT_RESET, FAULT_CUT: the HTTP/2 error; FAULT_CUT: after so many
	 * bytes; FAULT_SLOW: bytes a second */
	uint32_t h2_error;
	size_t bytes;

	uint64_t hits;
};

struct faults {
	struct list list; /* struct fault, owned */
	unsigned last_id;
};

/* What is to happen to one request. */
struct fault_plan {
	usec_t delay;
	enum fault_action action;
	bool after;
	int code;
	int retry_after;
	bool with_pf;
	bool as_text;
	char message[256];
	uint32_t h2_error;
	size_t bytes;
};

void faults_init(struct faults *faults);
void faults_fini(struct faults *faults);

/* Returns the rule, which stays the list's. */
struct fault *faults_add(
	struct faults *faults, const cJSON *rule, struct err *err);
/* All of them with id 0. */
void faults_remove(struct faults *faults, unsigned id);

/* All delays that fit are added up; the first action that fits counts. */
void faults_plan(struct faults *faults, const struct request *req,
	const struct identity *user, struct rng *rng,
	struct fault_plan *ret_plan);

cJSON *faults_report(struct faults *faults);

#endif
