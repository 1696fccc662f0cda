/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which options of lists and watches go together, as
 * k8s.io/apimachinery/pkg/apis/meta/internalversion/validation says; and
 * versions that are not there yet.
 */
#ifndef TESTS_KUBESIM_LIST_OPTIONS_H
#define TESTS_KUBESIM_LIST_OPTIONS_H

#include "tests/kubesim/request.h"
#include "tests/kubesim/status.h"

/* 422, all causes at once. */
int list_options_check(
	const struct request *req, bool is_watch, struct status *st);

/* 504 when the query wants a state behind `current`.  The real server waits
 * three seconds for it; this one knows that nobody is ahead of it. */
int list_options_check_version(
	const struct request *req, uint64_t current, struct status *st);

#endif
