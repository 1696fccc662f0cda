/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of the test: plain HTTP on loopback, where tests order
 * faults, preload objects and ask what happened.  docs/kubesim.md lists the
 * calls.
 */
#ifndef TESTS_KUBESIM_ADMIN_H
#define TESTS_KUBESIM_ADMIN_H

#include "tests/kubesim/server.h"

struct admin;

/* Port 0 becomes a free one. */
struct admin *admin_new(struct server *server,
	const struct sockaddr_in *address, struct err *err);
void admin_free(struct admin *admin);
unsigned admin_port(const struct admin *admin);

#endif
