/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of requests that a controller sends: what policy sees of each,
 * and what each costs at the API server when it is alone there.
 *
 * Sizes are those of a busy Argo controller; service times are of a real
 * kube-apiserver on two cores (docs/performance.md says which).
 */
#ifndef TESTS_SIM_KINDS_H
#define TESTS_SIM_KINDS_H

#include "policy/class.h"
#include "policy/world/world.h"

enum kind {
	REMOVAL,   /* merge patch that removes a finalizer, with uid */
	UNGUARDED, /* the same without uid */
	DELETION,  /* of the pod that REMOVAL names */
	STATUS,    /* PUT of a Workflow of 300 KB */
	ARCHIVE,   /* label patch of a finished Workflow */
	CREATE,
	RESULTS, /* deletecollection of a Workflow's task results */
	EVENT,
	READ,     /* GET */
	LIST,     /* 6 MB */
	POD_LIST, /* of one workflow's pods, 800 KB */
	SMALL_LIST,
	LEASE,
	WATCH,
	WATCH_LIST, /* with sendInitialEvents */
	EVICTION,
	SWEEP,
	KINDS,
};

struct kind_info {
	const char *name; /* in stories and tables */
	struct class class;
	uint64_t body_len;
	const char *user_agent;
	struct work work;
};

_Static_assert(KINDS <= WORLD_KINDS, "a server knows each of them");

extern const struct kind_info KIND_INFOS[KINDS];

#endif
