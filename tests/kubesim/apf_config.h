/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside APF: levels and schemas as they were configured, and a level's
 * queues.  For apf.c and apf_config.c only.
 */
#ifndef TESTS_KUBESIM_APF_CONFIG_H
#define TESTS_KUBESIM_APF_CONFIG_H

#include "tests/kubesim/apf.h"
#include "tests/kubesim/dropped.h"

enum {
	APF_UID_LEN = 36,
	APF_MAX_HAND = 16,
};

struct apf_queue {
	struct list waiting; /* struct apf_seat */
	unsigned waiting_width;
	unsigned executing;
	double next_r; /* virtual start of the next request */
};

struct apf_level {
	struct apf_set *set; /* borrowed */
	char *name;          /* owned */
	char uid[APF_UID_LEN + 1];
	bool exempt;
	bool queues_requests;
	unsigned seats;
	unsigned hand;
	unsigned length_limit;
	usec_t wait_limit;

	struct apf_queue *queues; /* owned */
	unsigned queue_count;
	unsigned in_use;  /* seats */
	unsigned waiting; /* requests */
	double r;         /* virtual time, microseconds of one seat */
	usec_t r_at;
	struct dropped dropped;
	uint64_t dispatched;
	uint64_t rejected;
	uint64_t timed_out;
};

enum apf_distinguisher {
	APF_BY_NOTHING,
	APF_BY_USER,
	APF_BY_NAMESPACE,
};

struct apf_schema {
	char *name; /* owned */
	char uid[APF_UID_LEN + 1];
	struct apf_level *level; /* borrowed from the set */
	enum apf_distinguisher distinguisher;
	cJSON *rule; /* owned: the lists that must match */
};

/* What one configuration made. */
struct apf_set {
	struct list_node node;      /* in apf->sets, the current one first */
	struct apf_level *levels;   /* owned */
	struct apf_schema *schemas; /* owned */
	unsigned level_count;
	unsigned schema_count;
	unsigned users; /* requests that are in */
};

struct apf_set *apf_set_new(
	unsigned total, const cJSON *config, struct err *err);
void apf_set_free(struct apf_set *set);

/* The first schema that fits; NULL when none does. */
const struct apf_schema *apf_set_match(const struct apf_set *set,
	const struct request *req, const struct identity *user);

#endif
