/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health of one API server, from probes of /readyz and from what real
 * requests meet.
 *
 *	      failed probe,                failed again
 *	      could not connect
 *	 UP ------------------> SUSPECT ------------------> AWAY
 *	  ^  <------------------   |                          |
 *	  |     any answer                       any answer   |
 *	  |                                                   v
 *	  +---------------------- RECOVERING <----------------+
 *	        the ramp is over
 *
 *	any -- no API server in the slot --> VACANT -- one again --> RECOVERING
 *
 * SUSPECT, AWAY and VACANT: nothing starts, requests are held.  A live answer
 *within the last second beats a probe.  A 500 of /readyz says only "prefer
 * another": a server that shuts down or has lost its etcd still answers.  What
 * a load balancer says while it has nobody to ask is no answer: a probe that
 * gets it has failed.
 *
 * Where each probe costs a connection (are_probes_dear) an endpoint that is
 * up is not probed while answers come, and seldom when nobody waits for one.
 */
#ifndef POLICY_HEALTH_H
#define POLICY_HEALTH_H

#include <stdbool.h>

#include "base/util.h"
#include "policy/policy.h"
#include "policy/settings.h"

struct health {
	enum health_state state;
	usec_t since;
	usec_t alive_at;     /* of the last answer */
	usec_t probe_at;     /* of the next probe; USEC_NEVER: one is out */
	usec_t probe_out_at; /* when it went out */
	bool is_unready;     /* /readyz said 500 */
	bool is_in_doubt;    /* asked about at once, whatever it costs */
	uint64_t probes_failed;
};

enum health_change {
	HEALTH_SAME,
	HEALTH_WENT,        /* requests are held from now on */
	HEALTH_CAME_BACK,   /* from AWAY: ramp */
	HEALTH_WAS_NOTHING, /* from SUSPECT: go on */
};

void health_init(struct health *health, usec_t now);
bool health_is_there(const struct health *health);
enum health_change health_note(struct health *health,
	const struct health_settings *settings, enum health_kind kind,
	usec_t now);
/* The ramp is over. */
void health_recovered(struct health *health, usec_t now);
/* True: send a probe now; it counts as sent. */
bool health_take_probe(struct health *health,
	const struct health_settings *settings, bool is_waited_for, usec_t now);
/* `is_waited_for`: requests wait for an answer of it. */
usec_t health_wake_at(const struct health *health,
	const struct health_settings *settings, bool is_waited_for);

#endif
