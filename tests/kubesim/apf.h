/* SPDX-License-Identifier: Apache-2.0 */
/*
 * API Priority and Fairness as the real server has it, without lending and
 * borrowing: flow schemas choose a priority level; a level has seats and
 * either queues or rejects what finds none free
 * (k8s.io/apiserver/pkg/util/flowcontrol).
 *
 *   apf_enter() --> APF_RUN     a seat is taken
 *               --> APF_WAIT    in a queue, until apf_next() returns it or
 *                               apf_time_out() is told
 *               --> APF_REJECT  no seat, and no room
 *   apf_leave() from any state; a seat that was taken is free again
 *
 * Fair queuing is over virtual time in seat-microseconds: shuffle sharding
 * deals a hand of queues to each flow, and the queue whose next request would
 * be finished first goes first.
 */
#ifndef TESTS_KUBESIM_APF_H
#define TESTS_KUBESIM_APF_H

#include "base/list.h"
#include "tests/kubesim/identity.h"
#include "tests/kubesim/json.h"
#include "tests/kubesim/request.h"

struct apf;
struct apf_level;
struct apf_queue;

enum apf_state {
	APF_OUTSIDE,
	APF_QUEUED,
	APF_SEATED,
};

enum apf_verdict {
	APF_RUN,
	APF_WAIT,
	APF_REJECT,
};

/* What a request has of it; embedded, zeroed at first. */
struct apf_seat {
	struct list_node node;   /* in a queue */
	struct apf_level *level; /* borrowed; NULL: met none yet */
	struct apf_queue *queue; /* borrowed; NULL: came past the queues */
	const char *schema_uid;  /* borrowed from the level's set */
	enum apf_state state;
	unsigned width;
	double arrival_r;
	usec_t seated_at;
};

/*
 * `total` seats are shared out among the levels that have "shares" rather
 * than "seats".  `config` NULL: the real server's defaults.
 */
struct apf *apf_new(unsigned total, const cJSON *config, struct err *err);
void apf_free(struct apf *apf);

/*
 * Replaces levels and schemas.  Requests that are in stay with their old
 * level until they leave.
 *
 *   {"levels": [{"name": "tight", "type": "Limited", "seats": 1,
 *                "response": "Reject"}, ...],
 *    "schemas": [{"name": "noisy", "level": "tight",
 *                 "distinguisher": "ByUser", "users": ["noisy"],
 *                 "verbs": ["*"], "resources": ["pods"]}, ...]}
 */
int apf_configure(struct apf *apf, const cJSON *config, struct err *err);

/* `width`: the seats that the request would like. */
enum apf_verdict apf_enter(struct apf *apf, const struct request *req,
	const struct identity *user, unsigned width, struct apf_seat *seat,
	usec_t now);
void apf_leave(struct apf *apf, struct apf_seat *seat, usec_t now);
/* It waited for too long: out of the queue and counted as rejected. */
void apf_time_out(struct apf *apf, struct apf_seat *seat, usec_t now);
/* The next queued request that now has its seat; NULL when there is none. */
struct apf_seat *apf_next(struct apf *apf, usec_t now);

/* Of the level that the request met. */
unsigned apf_retry_after(const struct apf_seat *seat); /* seconds */
usec_t apf_wait_limit(const struct apf_seat *seat);
const char *apf_level_uid(const struct apf_seat *seat);

/* The levels with their seats, queues and counts. */
cJSON *apf_report(const struct apf *apf);

void apf_check(const struct apf *apf);

#endif
