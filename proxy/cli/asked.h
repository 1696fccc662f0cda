/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asked: a request as `fairway explain` is given it, on a line of a file or
 * on the command line.
 *
 *	{"id": "…", "method": "PATCH", "path": "/api/v1/…",
 *	 "content_type": "…", "body": "…", "body_encoding": "base64"}
 *
 * method and path are needed; also read are content_encoding, user_agent,
 * user and groups (a list).  All other members are passed over, and of one
 * that comes twice the last counts.
 */
#ifndef PROXY_CLI_ASKED_H
#define PROXY_CLI_ASKED_H

#include "base/err.h"
#include "base/span.h"
#include "conf/arena.h"
#include "policy/class.h"
#include "policy/request.h"

enum {
	ASKED_GROUPS_MAX = 256,
};

struct asked {
	struct span id;
	struct head head;
	struct span body;
	struct span user_agent;
	struct subject subject; /* user absent: not known */
};

/* What is read is kept in `arena`.  Returns 0 or -1. */
int asked_read(struct span line, struct arena *arena, struct asked *ret_asked,
	struct err *err);

#endif
