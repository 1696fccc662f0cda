/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs in a pod in which nothing runs: a few programs that are enough
 * to see whether bytes arrive, and ports that send back what they get.
 *
 *   WAITING --all channels are there--> RUNNING --exit--> DONE
 *
 * Programs: cat, echo, true, false, exit N, yes, head -c N, sha256sum, tar
 * (takes all, gives a file of one line), kill, argoexec; sh -c with one of
 * them, and sh, which is cat.  All others are not found.
 * Port 1 refuses connections.
 */
#ifndef TESTS_KUBESIM_REMOTE_H
#define TESTS_KUBESIM_REMOTE_H

#include "tests/kubesim/tunnel.h"

/* A process whose channels are those of `wants`, an array by kind; the error
 * channel is always there.  Attached to, the program is cat. */
struct remote *remote_new_process(char **argv, size_t argc,
	const bool wants[CHANNEL_PORT], bool json_status);
struct remote *remote_new_ports(const char *pod);
void remote_free(struct remote *remote);

/* Called by the carriers. */
void remote_opened(struct remote *remote, struct channel *channel);
void remote_received(
	struct remote *remote, struct channel *channel, struct span bytes);
void remote_ended(struct remote *remote, struct channel *channel);

/* Writes what a program has to say without being asked. */
void remote_pump(struct remote *remote);

#endif
