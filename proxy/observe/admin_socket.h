/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admin socket: a UNIX socket (0600) for the commands of the same machine.
 *
 *	-> {"verb":"status"}\n
 *	<- one JSON document, then the end
 *	<- {"error":"…"}
 *	-> {"verb":"pause","what":"reads"}\n     what changes something: act.h
 *	<- {"done":"reads: paused"}
 *
 * Only root and our own user are heard (SO_PEERCRED).  A request is a line of
 * at most 4 KiB; few are heard at one time, and not for long.
 */
#ifndef PROXY_OBSERVE_ADMIN_SOCKET_H
#define PROXY_OBSERVE_ADMIN_SOCKET_H

#include "base/buf.h"
#include "base/err.h"
#include "proxy/observe/act.h"
#include "proxy/observe/view.h"

struct admin_socket;
struct loop;

/*
 * A socket that a dead one left at `path` is replaced; one that somebody
 * answers on is an error, and so is anything else that is there.
 */
struct admin_socket *admin_socket_new(struct loop *loop, const char *path,
	view_fn *view, void *user, struct err *err);
/* Who carries out what changes something; before the loop runs. */
void admin_socket_on_act(struct admin_socket *admin, act_fn *fn, void *user);
/* Removes the path too. */
void admin_socket_free(struct admin_socket *admin);

/*
 * The other side, for the commands: asks, and waits for the answer.  `what`
 * is "" where the verb needs no more.
 */
int admin_socket_ask(const char *path, const char *verb, const char *what,
	struct buf *ret_json, struct err *err);

#endif
