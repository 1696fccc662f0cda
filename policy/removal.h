/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal: a finalizer removal that is sent again, perhaps much later and
 * without its client: which ones may be, what an answer says of one, and what
 * the object says where the answer does not (DESIGN.md section 9).
 *
 * Pure, as all of policy; bodies are read as the API server reads them.
 */
#ifndef POLICY_REMOVAL_H
#define POLICY_REMOVAL_H

#include <stdbool.h>

#include "base/span.h"
#include "policy/class.h"
#include "policy/settings.h"

enum {
	/* A larger body is not journaled (threat J14). */
	REMOVAL_BODY_MAX = 4096,
};

/* Carries its own proof: it may be sent twice. */
bool removal_is_guarded(const struct class *class);

/*
 * It may be sent again later: a patch that removes finalizers and does nothing
 * besides, or sets labels that are among `labels`; with the resourceVersion of
 * its object, or its uid and the names of what it takes, so that it meets no
 * other object of that name and takes nobody else's finalizer; and small.
 * `body` is all of it, and what the class was read from.
 */
bool removal_may_be_replayed(const struct class *class, struct span body,
	const struct strings *labels);

/* The uid that such a body demands, raw; absent: it has none. */
struct span removal_uid(struct span body);

/*
 * Whether the class has the names of all entries that the body takes one by
 * one: some may have no test, be written with an escape, or be too many.
 */
bool removal_names_all(const struct class *class, struct span body);

/*
 * It is for its object as it was before `other`: both demand a
 * resourceVersion, and these are numbers that grow.
 */
bool removal_is_older(struct span body, struct span other);
/*
 * Of two removals of the same finalizers one makes the other superfluous: they
 * are the same, or one is older, which the API server would refuse by now.
 * Else nobody can tell which of them came later, and both have to go: they may
 * be for two objects of that name, or differ in their labels, or in what they
 * test.
 */
bool removal_is_one_with(struct span body, struct span other);

/* What becomes of an intent. */
enum removal_fate {
	REMOVAL_OPEN,         /* not known: it is to be sent again */
	REMOVAL_UNAUTHORIZED, /* 401: with another token */
	/* 403: an API server that has just begun says so of everybody. */
	REMOVAL_FORBIDDEN,
	REMOVAL_UNDECIDED,    /* 409, 422: the object has to say */
	REMOVAL_DONE,
	REMOVAL_GONE,      /* there is no such object */
	REMOVAL_ABSENT,    /* the object has no such finalizer any more */
	REMOVAL_RECREATED, /* the object is another one */
	REMOVAL_CONFLICT,  /* it has it, and was changed */
	REMOVAL_REFUSED,   /* an answer that will not change */
};

/*
 * As the answer to the removal, or to a question about its object, says.
 * `class` is of either.  `body` is JSON, and all of it, or is not looked at;
 * it is needed of a 404 only, which is OPEN without.
 */
enum removal_fate removal_fate_of_answer(
	const struct class *class, unsigned status, struct span body);
/*
 * As the object says: JSON, all of it.  OPEN: it cannot be read.  `uid` is
 * what the removal demands; empty: any.
 */
enum removal_fate removal_fate_by_object(
	const struct class *class, struct span uid, struct span object);

#endif
