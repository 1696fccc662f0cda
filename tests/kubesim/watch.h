/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch: a cursor into the store's log and the answer that grows by what
 * the cursor passes.  To a client that asks for a WebSocket each event is a
 * message.
 */
#ifndef TESTS_KUBESIM_WATCH_H
#define TESTS_KUBESIM_WATCH_H

#include "tests/kubesim/encode.h"
#include "tests/kubesim/selector.h"
#include "tests/kubesim/source.h"
#include "tests/kubesim/websocket.h"

struct watch {
	struct source source;
	struct api *api; /* borrowed */
	const struct resource *res;
	char *ns;   /* owned; "" for all */
	char *name; /* owned; "" for all: a watch of a single object */
	struct selector labels;
	struct selector fields;
	struct evbuffer *out; /* borrowed: of the answer, or `event` */
	/* Of a WebSocket */
	struct evbuffer *event; /* owned: what is no message yet; or NULL */
	struct buf in;          /* what is no whole frame yet */
	struct websocket ws;
	uint64_t rv;          /* changes up to this one were looked at */
	bool bookmarks;
	struct event_form form;
	usec_t ends_at;
	usec_t bookmark_at;
};

/* Begins with what the query asks for and writes the first events. */
void watch_open(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);

#endif
