/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bell: one side rings, a thread or the loop on the other hears.  It says
 * that there is something, not what: that is behind a lock of theirs, and is
 * there before the bell rings.  Rings that nobody has heard yet are one.
 */
#ifndef PROXY_LOOP_BELL_H
#define PROXY_LOOP_BELL_H

#include "base/util.h"

struct bell {
	int fd; /* owned: an eventfd; to be read while it rings */
};

void bell_init(struct bell *bell);
void bell_fini(struct bell *bell);

void bell_ring(struct bell *bell);
/* It is quiet until the next ring. */
void bell_hear(struct bell *bell);
/* A thread waits for it, and hears it; USEC_NEVER: for as long as it takes. */
void bell_wait(struct bell *bell, usec_t until);

#endif
