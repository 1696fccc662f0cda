/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts: what an operator tells a running Fairway to do over its admin socket.
 * The socket knows who asks and passes it on; whoever runs the instance
 * carries it out and writes down who did what, and what became of it.
 *
 * To read files again is an act too where nobody used the socket for it.
 */
#ifndef PROXY_OBSERVE_ACT_H
#define PROXY_OBSERVE_ACT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum act_kind {
	ACT_PAUSE,  /* nothing of a lane starts */
	ACT_RESUME, /* ends a pause or a drain */
	ACT_DRAIN,  /* nothing new is taken into a lane, of a flow, to a server */
	ACT_KILL,   /* ends a request, a connection, a flow's requests */
	ACT_LOG_LEVEL,
	ACT_RELOAD,
	ACT_REPLAY,  /* an open intent is sent again now, or all */
	ACT_DISCARD, /* an open intent ends, undone */
	ACT_COUNT,
};

enum act_origin {
	ACT_BY_SOCKET,
	ACT_BY_SIGNAL, /* SIGHUP; whose is not known */
	ACT_BY_FILE,   /* one that changed */
};

struct act;

const char *act_name(enum act_kind kind); /* "pause": the verb */
/* Else it only asks; what changes something is audited. */
bool act_is_change(const struct act *act);

struct act {
	enum act_kind kind;
	enum act_origin by;
	/* "reads", "flow 4711", an id; "": all, or none is needed. */
	const char *what;
	uid_t uid;        /* who asks, as the kernel says (SO_PEERCRED) */
	pid_t pid;        /* … by the socket */
};

/*
 * Carries it out.  Returns 0, with a sentence on what is so now, or -1 and
 * nothing was changed.
 */
typedef int act_fn(
	const struct act *act, void *user, struct buf *ret_said,
	struct err *err);

/* Who asked reads what became of it; -1: it was refused, or no answer. */
int act_read_answer(struct span json, struct buf *ret_said, struct err *err);

#endif
