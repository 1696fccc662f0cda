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

#define MSEC USEC_PER_MSEC
#define SECOND USEC_PER_SEC
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

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
	uint64_t bytes; /* of the answer */
	usec_t service; /* alone */
	uint32_t load;  /* milli-seats of CPU */
	const char *user_agent;
	/* From the answer's head to its end, with the seat held. */
	usec_t transfer;
	uint32_t transfer_load;
};

extern const struct kind_info KIND_INFOS[KINDS];

#endif
