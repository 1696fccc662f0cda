/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pump: asks policy what to do, and does it.  Runs at the end of a turn only,
 * so that policy is never called from within one of its own answers.
 */
#ifndef PROXY_EXCHANGE_PUMP_H
#define PROXY_EXCHANGE_PUMP_H

struct server;

void pump_run(struct server *server);

#endif
