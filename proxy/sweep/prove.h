/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prove: the verdict on one object, with a live GET of its owner where the
 * object alone does not tell.
 */
#ifndef PROXY_SWEEP_PROVE_H
#define PROXY_SWEEP_PROVE_H

#include "proxy/sweep/ask.h"

/* Whether Workflows are served: where not, one not found proves nothing. */
int sweep_ask_whether_served(struct sweep_run *run, struct err *err);

/*
 * `object` must not borrow from the run's answer.  `is_again`: what an owner
 * was answered before does not count.  -1: nothing is proven, of this or of
 * any.
 */
int sweep_prove(struct sweep_run *run, const struct sweep_target *target,
	const struct sweep_object *object, bool is_again,
	enum sweep_verdict *ret_verdict, struct err *err);

void sweep_owners_init(struct sweep_run *run);
void sweep_owners_forget(struct sweep_run *run);

#endif
