/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a text is JSON exactly as Go's encoding/json has it, and if not,
 * why not in that package's words.  cJSON is more lenient and says less.
 */
#ifndef TESTS_KUBESIM_JSON_SCAN_H
#define TESTS_KUBESIM_JSON_SCAN_H

#include "base/err.h"
#include "base/span.h"

/* Deeper than this is refused, as cJSON does (Go: 10000). */
enum { JSON_MAX_DEPTH = 1000 };

int json_scan(struct span text, struct err *err);

#endif
