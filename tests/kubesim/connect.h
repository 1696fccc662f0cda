/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pods/exec, pods/attach and pods/portforward: what the API server refuses,
 * and which protocol it and the kubelet agree to with a client.  What runs
 * then is for remote.h to say.
 *
 * SPDY/3.1, WebSocket with v5.channel.k8s.io and its predecessors, and for
 * port-forward SPDY within WebSocket messages.
 */
#ifndef TESTS_KUBESIM_CONNECT_H
#define TESTS_KUBESIM_CONNECT_H

#include "tests/kubesim/api.h"

/* Returns whether the request is one of these. */
bool connect_handle(
	struct api *api, const struct call *call, struct answer *answer);

/*
 * The pod that a subresource is asked of, and the container that is meant
 * (with `container` that of the query, or the only one).  -1: a status.
 */
int connect_find_pod(const struct api *api, const struct request *req,
	const struct object **ret_pod, struct status *st);
int connect_find_container(const struct request *req, const struct object *pod,
	const char **ret_container, struct status *st);

/* The answer becomes that of a WebSocket; "": of no protocol within it. */
void connect_accept_websocket(
	const struct call *call, struct answer *answer, const char *protocol);

#endif
