/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side apply: who manages which fields of an object, and what becomes
 * of that when somebody applies or updates
 * (k8s.io/apimachinery/pkg/util/managedfields).
 *
 *   apply    the manager's fields are what it applies: those that it no
 *            longer names go, unless somebody else has them; those that
 *            somebody else has with another value are conflicts
 *   update   what it changes becomes the writer's
 *
 * Managers are kept from the first apply on, as the real server does with an
 * object that has no managedFields: what was there before then belongs to
 * `before-first-apply`.  Objects that nobody applies cost nothing.
 */
#ifndef TESTS_KUBESIM_APPLY_H
#define TESTS_KUBESIM_APPLY_H

#include <time.h>

#include "tests/kubesim/json.h"
#include "tests/kubesim/status.h"

/* Who writes. */
struct writer {
	struct span manager;     /* borrowed */
	const char *subresource; /* borrowed; "" for the object itself */
	bool force;              /* an apply takes what others have */
	time_t wall;
};

/*
 * The object with `config` applied, with its managedFields.  `live` is NULL
 * where there is none yet.  Caller owns it; NULL and a status (409, 500) when
 * it fails.
 */
cJSON *apply_config(const struct resource *res, const cJSON *live,
	const cJSON *config, const struct writer *writer, struct status *st);

/* Sets the managedFields of `next`, which an update makes of `old`. */
void apply_note_update(const struct resource *res, const cJSON *old,
	cJSON *next, const struct writer *writer);

#endif
