/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linger: sockets of which all is said, and that wait for the client to see
 * it.
 *
 * A client may still send, if only an acknowledgement.  To a socket that is
 * closed already the kernel answers such bytes with a reset, and a reset makes
 * the client's kernel drop what it has not read yet: the end of an answer.  So
 * what comes is read and dropped until the client ends too, or for a second.  Of many the oldest
 * make way: who opens connections only to leave them is to use up no
 * descriptors.
 */
#ifndef PROXY_WIRE_LINGER_H
#define PROXY_WIRE_LINGER_H

#include <stdbool.h>

#include "base/list.h"

struct event_base;

struct lingers {
	struct event_base *base; /* borrowed */
	struct list sockets;     /* struct lingerer, owned */
};

void lingers_init(struct lingers *lingers, struct event_base *base);
/* Closes them all. */
void lingers_fini(struct lingers *lingers);
/* Takes a socket whose writing side is shut down. */
void lingers_take(struct lingers *lingers, int fd);
bool lingers_is_empty(const struct lingers *lingers);

#endif
