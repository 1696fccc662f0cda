/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch: a cursor into the store's log and the answer that grows by what
 * the cursor passes.
 *
 * Nothing calls a watch back: watch_pump() is called once a turn and brings
 * it up to the last change.
 */
#ifndef TESTS_KUBESIM_WATCH_H
#define TESTS_KUBESIM_WATCH_H

#include "tests/kubesim/api.h"
#include "tests/kubesim/selector.h"

struct watch {
	struct list_node node; /* in api->watches */
	struct api *api;       /* borrowed */
	void *owner;           /* borrowed: whose answer this is */
	const struct resource *res;
	char *ns;   /* owned; "" for all */
	char *name; /* owned; "" for all: a watch of a single object */
	struct selector labels;
	struct selector fields;
	struct evbuffer *out; /* borrowed from the answer */
	uint64_t rv;          /* changes up to this one were looked at */
	bool bookmarks;
	bool table;
	bool table_started;
	unsigned char table_object; /* enum table_object */
	usec_t ends_at;
	usec_t bookmark_at;
	bool is_over; /* the answer is complete */
};

/* Begins with what the query asks for and writes the first events. */
void watch_open(struct api *api, const struct call *call,
	const struct resource *res, struct answer *answer);
void watch_close(struct watch *watch); /* NULL is fine */

/* Returns whether something was written or the watch is over. */
bool watch_pump(struct watch *watch, usec_t now, time_t wall);

#endif
