/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders: what an operator tells a running server to do with lanes, flows, API
 * servers, requests and connections.
 *
 *	pause   nothing of a lane starts; what comes waits
 *	drain   nothing new is taken; what is there is served
 *	kill    ends what is there: who waits gets a 429, what runs a reset
 *
 * An order is carried out within the turn; answers leave at its end.
 */
#ifndef PROXY_EXCHANGE_ORDER_H
#define PROXY_EXCHANGE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

/* Of a lane that is not exempt. */
void order_pause_lane(struct server *server, uint16_t lane, bool is_paused);
void order_drain_lane(struct server *server, uint16_t lane, bool is_drained);
/* Returns 0, or -1: too many are drained, or it is none of them. */
int order_drain_flow(struct server *server, uint64_t flow, bool is_drained);
/* Its watches end too, each behind an event: they begin anew elsewhere. */
void order_drain_endpoint(
	struct server *server, unsigned endpoint, bool is_drained);

/* Each returns how many requests it ended; 0: there is none of that name. */
size_t order_kill_request(struct server *server, uint64_t id);
/* A client's connection, with all that came over it. */
size_t order_kill_connection(struct server *server, uint64_t connection);
size_t order_kill_flow(struct server *server, uint64_t flow);

#endif
