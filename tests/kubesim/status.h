/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metav1.Status: what the API server answers instead of an object.  The
 * constructors use the real server's texts
 * (k8s.io/apimachinery/pkg/api/errors and pkg/util/validation/field).
 *
 * Each of them sets `*st` and returns -1, so that a caller can return it.
 */
#ifndef TESTS_KUBESIM_STATUS_H
#define TESTS_KUBESIM_STATUS_H

#include "base/util.h"
#include "tests/kubesim/json.h"
#include "tests/kubesim/resource.h"

enum { STATUS_MAX_CAUSES = 16 };

struct status_cause {
	const char *reason; /* borrowed: a literal */
	char field[128];
	char message[512];
};

struct status {
	int code;
	const char *reason; /* borrowed: a literal */
	char message[2048];
	bool has_details;
	char name[256];
	char group[64];
	char kind[64];
	char uid[40];
	unsigned retry_after; /* seconds, 0: none */
	char next[640];       /* how a LIST that expired goes on; "": not */
	unsigned cause_count;
	struct status_cause causes[STATUS_MAX_CAUSES];
};

int status_set(struct status *st, int code, const char *reason, const char *fmt,
	...) ATTR_PRINTF(4, 5);

/* `pods "x" not found` and so on; `res` may be NULL where it says so. */
int status_not_found(
	struct status *st, const struct resource *res, const char *name);
int status_already_exists(
	struct status *st, const struct resource *res, const char *name);
int status_conflict(struct status *st, const struct resource *res,
	const char *name, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* The conflict of an update with a resourceVersion that is not current. */
int status_modified(
	struct status *st, const struct resource *res, const char *name);
int status_bad_request(struct status *st, const char *fmt, ...)
	ATTR_PRINTF(2, 3);
int status_forbidden(struct status *st, const struct resource *res,
	const char *name, const char *fmt, ...) ATTR_PRINTF(4, 5);

/*
 * 422 with one cause.
 * `what` is field.ErrorType's text such as "Invalid value" or "Required
 * value"; the message is `FIELD: WHAT: TEXT`.
 */
int status_invalid(struct status *st, const struct resource *res,
	const char *name, const char *what, const char *field, const char *fmt,
	...) ATTR_PRINTF(6, 7);

/* The real one validates metadata twice and tells both. */
void status_repeat_cause(struct status *st);

/* `Pod "x"...`: some conflicts name the kind and not the resource. */
int status_precondition(struct status *st, const struct resource *res,
	const char *name, const char *fmt, ...) ATTR_PRINTF(4, 5);

/* The patched object is none of its kind: 422 that names nothing. */
int status_bad_patch(struct status *st, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* An update without the resourceVersion that it needs. */
int status_needs_rv(
	struct status *st, const struct resource *res, const char *name);

/* The answer to a patch that does not fit its object: 422 without a cause. */
int status_unprocessable(struct status *st);

/* `Status: Success` with the details of the object that was deleted. */
void status_success(struct status *st, const struct resource *res,
	const char *name, const char *uid);

/* The document, caller owns. */
cJSON *status_doc(const struct status *st);

#endif
