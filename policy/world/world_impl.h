/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the world: what its parts share.
 *
 *	server.c  seats, queues, service, faults
 *	world.c	  the pump between it and who sends, and time
 */
#ifndef SIM_WORLD_IMPL_H
#define SIM_WORLD_IMPL_H

#include "policy/world/world.h"

/* Until the API server has refused a request, or a connection was. */
#define REFUSED_AFTER 500

static inline struct call *call_of(struct event *event)
{
	return CONTAINER_OF(event, struct call, event);
}

static inline struct server *server_of(
	struct world *world, const struct call *call)
{
	return &world->servers[call->rq.endpoint];
}

/* ---- world.c ----------------------------------------------------------- */

/* A watch has begun. */
void call_opened(struct world *world, struct call *call);
/* The client has its answer, or will never have one. */
void call_done(struct world *world, struct call *call);

/* ---- server.c ---------------------------------------------------------- */

void server_init(struct server *server);
/* A request comes in. */
void server_arrive(struct world *world, struct call *call);
/* It comes to where nobody listens. */
void server_refuse(struct world *world, struct call *call);
/* The attempt is over; the client may be done with it. */
void server_end_attempt(
	struct world *world, struct call *call, const struct outcome *outcome);
void server_probe(struct world *world, unsigned index);

#endif
