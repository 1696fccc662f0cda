/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta.k8s.io/v1 Table: lists as `kubectl get` asks for them
 * (pkg/printers/internalversion).
 */
#ifndef TESTS_KUBESIM_TABLE_H
#define TESTS_KUBESIM_TABLE_H

#include <time.h>

#include "base/buf.h"
#include "tests/kubesim/store.h"

enum table_object {
	TABLE_OBJECT_METADATA,
	TABLE_OBJECT_WHOLE,
	TABLE_OBJECT_NONE,
};

/* ?includeObject= */
enum table_object table_object_of(const char *param);

/*
 * Appends the document, of meta.k8s.io/v1 or v1beta1; `metadata` is the
 * list's, as JSON.  `headers` is false in a watch behind its first event.
 */
void table_print(struct buf *out, const struct resource *res,
	const char *api_version, const char *metadata,
	struct object *const *items, size_t count, enum table_object include,
	bool headers, time_t wall);

#endif
