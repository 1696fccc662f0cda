/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classifier: from a request's head and body to its class.
 *
 * Path, verb and query are read exactly as the API server's
 * RequestInfoFactory does (apiserver/pkg/endpoints/request/requestinfo.go),
 * so that nothing can be smuggled past a rule; the body exactly as its patch
 * and update handlers do.  The raw bytes are never changed.
 *
 * Pure: no state but the settings it was made with; one pass over the body;
 * no allocation.
 */
#ifndef POLICY_CLASSIFY_H
#define POLICY_CLASSIFY_H

#include "policy/class.h"
#include "policy/object_seen.h"

/* Bodies above this are not looked into (EFFECT_WHY_TOO_LARGE). */
#define CLASSIFY_BODY_MAX ((size_t)64 * 1024)

/*
 * A finalizer that a list on this resource is expected to carry: where a
 * merge patch or JSON patch with a resourceVersion sets a non-empty list that
 * lacks it, the request removes it (Argo's form when others stay).
 */
struct known_finalizer {
	struct span group;
	struct span resource;
	struct span name;
};

struct classifier {
	const struct known_finalizer *known; /* borrowed */
	size_t known_count;
	/*
	 * What is remembered of the object that the request names, which is
	 * being deleted and kept by finalizers (policy_recall); borrowed; NULL:
	 * nothing.  Then a list that is set has an effect that is known: none
	 * can be added to such an object.
	 */
	const struct object_seen *stored;
};

/* workflows.argoproj.io/status on pods. */
extern const struct classifier CLASSIFIER_DEFAULT;

/*
 * Classifies the head alone: everything but the finalizer effect, which is
 * NONE.  `scratch` must have room for head->target.len bytes.  True if the
 * body can change the answer: then give it to classify_body().
 */
bool classify_head(
	const struct head *head, char *scratch, struct class *ret_class);

/*
 * Adds the finalizer effect.  `complete` says that the body ends here; a body
 * that does not (or is above CLASSIFY_BODY_MAX) is TOO_LARGE.
 */
void classify_body(const struct classifier *classifier, const struct head *head,
	const void *body, size_t len, bool complete, struct class *class);

#endif
