/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIX sockets with a path, for this machine's own user: mode 0600 from the
 * first moment.  Who listens removes the path when it closes.
 */
#ifndef PROXY_LOOP_UNIX_SOCKET_H
#define PROXY_LOOP_UNIX_SOCKET_H

#include "base/err.h"

/*
 * A listening socket that does not block.  A path that a dead process left is
 * replaced; one that somebody answers on is an error, and so is anything else
 * that is there.
 */
int unix_socket_listen(const char *path, int backlog, struct err *err);
/* A connected socket that blocks, or -1 with errno. */
int unix_socket_connect(const char *path);

#endif
